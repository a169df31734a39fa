package cmd

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/document"
)

var syncRoles = []string{"master", "backup"}

func (v *verbs) syncCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "sync",
		Short: "The daemons of the kernel that synchronise connections between directors",
		Long: `Start, stop and show the daemons of the kernel that synchronise connections
between directors: the master tells its connections to the backups, so that they
live on when a backup takes over. One daemon of each role can run.

Exit status: 0 done, 1 refused, 2 wrong usage.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(v.syncStartCommand(), v.syncStopCommand(), v.syncStatusCommand())
	return c
}

func (v *verbs) syncStartCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "start master|backup --mcast-interface NAME",
		Short: "Start a sync daemon",
		Long: `Start a sync daemon. What is not told is left to the kernel: group 224.0.0.81, port
8848, time to live 1, and messages as long as fit into a packet. Its connections are
heard by the daemons with the same --syncid.

With --if-missing it is no error if one runs in this role already; it is left as it is.

Exit status: 0 started, or runs already with --if-missing, 1 refused, 2 wrong usage.`,
		Example:   "  lvsctl ipvs sync start master --mcast-interface eth1 --syncid 1",
		ValidArgs: syncRoles,
		Args:      usageArgs(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
	}
	letter(c, "mcast-interface", "", "interface where the messages go out or come in")
	letter(c, "syncid", "", "0 (default) to 255; daemons hear only those with their own")
	letter(c, "sync-maxlen", "", "bytes of a message, 1 to 65507")
	letter(c, "mcast-group", "", "multicast address")
	letter(c, "mcast-port", "", "UDP port")
	letter(c, "mcast-ttl", "", "time to live, 1 to 255")
	ifMissing := c.Flags().Bool("if-missing", false, "leave a daemon that runs already as it is")
	v.complete(c, "mcast-interface", func(*cobra.Command) []string { return v.links() })
	c.RunE = func(c *cobra.Command, args []string) error {
		options := given(c)
		if !hasAny(options, "mcast-interface") {
			return usage(c, errors.New("--mcast-interface must be given"))
		}
		op, err := v.parse(c, options, "--start-daemon", args[0])
		if err != nil {
			return err
		}
		if err := v.apply(op); !*ifMissing || !errors.Is(err, ipvs.ErrDaemonRuns) {
			return err
		}
		return nil
	}
	return c
}

func (v *verbs) syncStopCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "stop master|backup",
		Short: "Stop a sync daemon",
		Long: `Stop a sync daemon. With --if-exists it is no error if none runs in this role.

Exit status: 0 stopped, or does not run with --if-exists, 1 refused, 2 wrong usage.`,
		Example:   "  lvsctl ipvs sync stop master",
		ValidArgs: syncRoles,
		Args:      usageArgs(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
	}
	letter(c, "syncid", "", "only the daemon with this number")
	ifExists := c.Flags().Bool("if-exists", false, "do nothing if none runs")
	c.RunE = func(c *cobra.Command, args []string) error {
		op, err := v.parse(c, given(c), "--stop-daemon", args[0])
		if err != nil {
			return err
		}
		if err := v.apply(op); !*ifExists || !errors.Is(err, ipvs.ErrNoDaemon) {
			return err
		}
		return nil
	}
	return c
}

func (v *verbs) syncStatusCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "status",
		Short: "Show the sync daemons that run",
		Long: `Show the sync daemons that run.

Exit status: 0 shown, even if none runs, 1 failed, 2 wrong usage.`,
		Example: "  lvsctl ipvs sync status -o json",
		Args:    usageArgs(cobra.NoArgs),
	}
	output := v.formats(c, "table", "json", "yaml")
	c.RunE = func(*cobra.Command, []string) error {
		var ds []ipvs.Daemon
		if err := v.with(func(k *ipvs.Client) (err error) { ds, err = k.Daemons(); return err }); err != nil {
			return err
		}
		return v.write(func(w io.Writer) error { return printDaemons(w, output.value, ds) })
	}
	return c
}

func printDaemons(w io.Writer, output string, ds []ipvs.Daemon) error {
	if output != "table" {
		return document.Write(w, documentFormat(output), struct {
			Schema  string                 `json:"schema" yaml:"schema"`
			Daemons *[]document.SyncDaemon `json:"sync_daemons" yaml:"sync_daemons"`
		}{document.Schema, document.DaemonsOf(ds)})
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tw, "ROLE\tINTERFACE\tSYNCID\tMAXLEN\tGROUP\tPORT\tTTL")
	for _, d := range ds {
		of := document.DaemonOf(d)
		_, _ = fmt.Fprintf(tw, "%s\t%s\t%d\t%d\t%s\t%d\t%d\n", of.Role, of.Interface, of.SyncID, of.MaxLength, of.Group, of.Port, of.TTL)
	}
	return tw.Flush()
}
