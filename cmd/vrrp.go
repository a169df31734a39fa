package cmd

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/control"
	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp"
)

// vrrpName is the daemon's name in the run directory.
const vrrpName = "vrrp"

func newVRRP(s Streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "vrrp",
		Short: "Run the virtual routers that keep the VIPs on a living director",
		Args:  usageArgs(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	addSettings(c)
	c.AddCommand(newVRRPRun(s), newVRRPStatus(s))
	return c
}

func newVRRPRun(s Streams) *cobra.Command {
	d := newVRRPDaemon()
	c := &cobra.Command{
		Use:   "run",
		Short: "Run virtual routers in the foreground",
		Long: `Run the virtual routers (vrrp_instance) of a configuration in the foreground: VRRPv2
and VRRPv3, IPv4 and IPv6, multicast and unicast, compatible with keepalived. SIGHUP reads the file anew, and
what did not change goes on untouched. SIGTERM lets a master resign; it answers for
its addresses until its successor does, for 1.25 seconds at most.

Exit status: 0 stopped by a signal, 1 failed, 2 wrong usage.`,
		Example: "  lvsctl vrrp run -f /etc/keepalived/keepalived.conf",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return d.run(c.Context(), runVRRP(d))
		},
	}
	d.addFlags(c, s)
	return c
}

// vrrpDaemon runs virtual routers.
type vrrpDaemon = daemon[vrrp.Config]

func newVRRPDaemon() *vrrpDaemon {
	return &vrrpDaemon{
		host: thisHost, name: vrrpName, part: config.VirtualRouters, pick: virtualRouters,
		idle: func(c vrrp.Config) bool { return len(c.Routers) == 0 },
		none: func(file string) error { return noRoutersError{file} },
	}
}

// noRoutersError is a configuration that has no work for vrrp run.
type noRoutersError struct{ file string }

func (e noRoutersError) Error() string { return e.file + ": there is no virtual router to run" }
func (e noRoutersError) Hint() string {
	return "add a vrrp_instance, or name another file with -f; lvsctl config check tells which are left out"
}

// runVRRP is the work of the daemon.
func runVRRP(d *vrrpDaemon) work[vrrp.Config] {
	return func(ctx context.Context, first vrrp.Config, reloads <-chan vrrp.Config, ready func(answers)) error {
		network, err := system.OpenNetwork()
		if err != nil {
			return err
		}
		defer network.Close()
		announcer := system.OpenAnnouncer()
		defer announcer.Close()
		routers := vrrp.NewDaemon(vrrp.Host{
			Network: network, Announcer: announcer, Transport: vrrp.Sockets{},
		}, d.log)
		ready(answers{alive: routers.Alive, Handlers: control.Handlers{Queries: map[string]control.Query{
			"status": func(context.Context) (any, error) { return routers.Status(), nil },
		}}})
		return routers.Run(ctx, first, reloads)
	}
}

func newVRRPStatus(s Streams) *cobra.Command {
	var dir, output string
	c := &cobra.Command{
		Use:   "status",
		Short: "Tell how the virtual routers of the running daemon stand",
		Long: `Tell how the virtual routers of the running daemon stand.

Exit status: 0 told, 1 no daemon answers, 2 wrong usage.`,
		Example: "  lvsctl vrrp status -o json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			var stati []vrrp.Status
			if err := control.Get(c.Context(), dir, vrrpName, "status", &stati); err != nil {
				return err
			}
			return printAs(s.Out, output, stati, func(w *tabwriter.Writer) { writeVRRP(w, stati, time.Now()) })
		},
	}
	addRunDir(c, &dir)
	addOutput(c, &output)
	return c
}

func writeVRRP(w *tabwriter.Writer, stati []vrrp.Status, now time.Time) {
	_, _ = fmt.Fprintln(w, "INSTANCE\tINTERFACE\tVRID\tSTATE\tFOR\tPRIORITY\tMASTER\tADDRESSES\tDROPPED")
	for _, v := range stati {
		master := "-"
		if v.Master.IsValid() {
			master = v.Master.String()
		}
		var addrs []string
		for _, p := range v.Addresses {
			addrs = append(addrs, p.String())
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%d\t%s\t%s\t%d\n", v.Instance, v.Interface, v.ID, v.State,
			now.Sub(v.Since).Truncate(time.Second), v.Priority, master, strings.Join(addrs, ","), dropped(v))
	}
}

func dropped(v vrrp.Status) uint64 {
	var all uint64
	for _, n := range v.Counters.Dropped {
		all += n
	}
	return all
}
