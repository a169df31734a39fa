package cmd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/check"
	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/control"
	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/watch"
)

// watchName is the daemon's name in the run directory.
const watchName = "watch"

func newWatch(s Streams) *cobra.Command {
	d := newWatchDaemon()
	c := &cobra.Command{
		Use:   "watch",
		Short: "Check real servers and keep the kernel's table true",
		Long: `Check the real servers of a configuration (virtual_server) in the foreground, and
keep the kernel's virtual server table true: servers that fail leave it, servers
that come back return, what others change is put back.

A start disturbs nothing: services that stand in the kernel are adopted, and a
server that is not in the table yet must pass its first check. SIGHUP reads the
file anew and touches only what differs. SIGTERM takes away what lvsctl put there;
a service that was adopted is left with the servers that it had. Services that are
not configured are never touched.

Exit status: 0 stopped by a signal, 1 failed, 2 wrong usage.`,
		Example: "  lvsctl watch -f /etc/keepalived/keepalived.conf",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) (err error) {
			kernel, err := ipvs.Dial()
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, kernel.Close()) }()
			return d.run(c.Context(), watchWith(d, kernel))
		},
	}
	d.addFlags(c, s)
	addSettings(c)
	c.AddCommand(newWatchStatus(s))
	return c
}

// watchDaemon keeps virtual servers true.
type watchDaemon = daemon[[]watch.VirtualServer]

func newWatchDaemon() *watchDaemon {
	return &watchDaemon{
		host: thisHost, name: watchName, part: config.VirtualServers, pick: virtualServers,
		idle: func(all []watch.VirtualServer) bool { return len(all) == 0 },
		none: func(file string) error { return noServersError{file} },
	}
}

// noServersError is a configuration that has no work for watch.
type noServersError struct{ file string }

func (e noServersError) Error() string { return e.file + ": there is no virtual server to watch" }
func (e noServersError) Hint() string {
	return "add a virtual_server, or name another file with -f; lvsctl config check tells which are left out"
}

// watchWith gives the work of the daemon on one kernel's table.
func watchWith(d *watchDaemon, kernel watch.Kernel) work[[]watch.VirtualServer] {
	return func(ctx context.Context, first []watch.VirtualServer, reloads <-chan []watch.VirtualServer, ready func(answers)) error {
		w := watch.New(watch.Parts{
			Kernel:   kernel,
			Checkers: check.Kinds(check.NewDialer()),
			Memory:   watch.StateFile{Path: filepath.Join(d.runDir, watchName+".state")},
			Phase:    func(interval time.Duration) time.Duration { return rand.N(max(interval, 1)) },
			Log:      d.log,
		})
		alive := func(ctx context.Context) error { _, err := w.Status(ctx); return err }
		ready(answers{alive: alive, Handlers: control.Handlers{Queries: map[string]control.Query{
			"status": func(ctx context.Context) (any, error) { return w.Status(ctx) },
		}}})
		return w.Run(ctx, first, reloads)
	}
}

func newWatchStatus(s Streams) *cobra.Command {
	var dir, output string
	c := &cobra.Command{
		Use:   "status",
		Short: "Show services, real servers and their health",
		Long: `Show the services of the running watch with their real servers, the health of each
and the last answers of its checks.

Exit status: 0 shown, 1 failed or watch does not run, 2 wrong usage.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			var st watch.Status
			if err := control.Get(c.Context(), dir, watchName, "status", &st); err != nil {
				return err
			}
			return printAs(s.Out, output, st, func(w *tabwriter.Writer) { watchTable(w, st) })
		},
	}
	addRunDir(c, &dir)
	addOutput(c, &output)
	return c
}

// watchTable shows one line a real server.
func watchTable(w *tabwriter.Writer, st watch.Status) {
	if st.Trouble != "" {
		_, _ = fmt.Fprintf(w, "the table is not as it should be: %s\n\n", st.Trouble)
	}
	_, _ = fmt.Fprintln(w, "SERVICE\tREAL SERVER\tWEIGHT\tHEALTH\tSERVING\tSINCE\tLAST CHECK")
	for _, svc := range st.Services {
		name := fmt.Sprintf("%s %s", svc.Protocol, svc.Address)
		if len(svc.RealServers) == 0 {
			_, _ = fmt.Fprintf(w, "%s\t-\n", name)
		}
		for _, rs := range svc.RealServers {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%s\n", name, rs.Address, rs.Weight, rs.Health,
				yesNo(rs.Serving), rs.Since.Format(time.RFC3339), lastCheck(rs.Checks))
			name = ""
		}
	}
}

// lastCheck is the last answer of a check that fails, else of any.
func lastCheck(checks []watch.CheckStatus) string {
	shown := "-"
	for _, c := range checks {
		if c.Last == nil {
			continue
		}
		shown = fmt.Sprintf("%s %s %s", c.Kind, c.Target, c.Last)
		if c.Last.Status != check.Up {
			break
		}
	}
	return shown
}
