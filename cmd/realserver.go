package cmd

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/realserver"
	"github.com/lvsctl/lvsctl/system"
)

// Exit statuses of realserver status, as the LSB says for init scripts.
const (
	exitPartly     = 1 // something of it is there, but not all
	exitNotRunning = 3
)

func newRealServer(s Streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "realserver",
		Short: "Make this host a direct-routing real server",
		Long: `A direct-routing real server carries the virtual addresses (VIPs) on lo and never
answers ARP for them. start puts each VIP on lo as /32 with a host route and sets
arp_ignore and arp_announce on lo and all; stop undoes only what start did. Both
can be repeated.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newRealServerStart(s), newRealServerStop(s), newRealServerStatus(s))
	return c
}

func newRealServerStart(s Streams) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "start VIP…",
		Short: "Put virtual addresses on lo and keep ARP quiet about them",
		Long: `Put virtual addresses on lo and keep ARP quiet about them.

Exit status: 0 the host is a real server for every VIP, 1 failed, 2 wrong usage.`,
		Example: "  lvsctl realserver start 172.28.14.227 172.28.14.228",
		Args:    usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			return changeRealServer(s, dir, args, "started", (*realserver.RealServer).Start)
		},
	}
	addRunDir(c, &dir)
	return c
}

func newRealServerStop(s Streams) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "stop [VIP…]",
		Short: "Undo what start did, for all addresses if none is named",
		Long: `Undo what start did, for all addresses if none is named. With the last address
the settings go back to what they were before start.

Exit status: 0 done, 1 failed, 2 wrong usage.`,
		Example: "  lvsctl realserver stop",
		RunE: func(_ *cobra.Command, args []string) error {
			return changeRealServer(s, dir, args, "stopped", (*realserver.RealServer).Stop)
		},
	}
	addRunDir(c, &dir)
	return c
}

// changeRealServer starts or stops under a lock, so that two calls at a time do
// not forget each other's work.
func changeRealServer(s Streams, dir string, args []string, done string,
	change func(*realserver.RealServer, []netip.Addr) (bool, error)) error {
	vips, err := parseVIPs(args)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make run directory: %w", err)
	}
	lock, err := system.Lock(filepath.Join(dir, "realserver.lock"))
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	changed, err := withRealServer(dir, func(r *realserver.RealServer) (bool, error) { return change(r, vips) })
	if err != nil {
		return err
	}
	if !changed {
		done = "was " + done + " already"
	}
	_, err = fmt.Fprintln(s.Out, strings.Join(append([]string{"real server"}, append(args, done)...), " "))
	return err
}

// withRealServer opens this host for f.
func withRealServer[T any](dir string, f func(*realserver.RealServer) (T, error)) (T, error) {
	network, err := system.OpenNetwork()
	if err != nil {
		var none T
		return none, err
	}
	defer network.Close()
	return f(&realserver.RealServer{
		Host: network, Sysctls: system.OpenSysctls(),
		Store: realserver.FileStore(filepath.Join(dir, "realserver.json")),
	})
}

func newRealServerStatus(s Streams) *cobra.Command {
	var dir, output string
	c := &cobra.Command{
		Use:   "status [VIP…]",
		Short: "Tell how the virtual addresses stand on this host",
		Long: `Tell how the virtual addresses stand on this host.

Exit status: 0 all of it is in place, 1 only a part or failed, 2 wrong usage,
3 nothing of it is there.`,
		Example: "  lvsctl realserver status 172.28.14.227",
		RunE: func(_ *cobra.Command, args []string) error {
			vips, err := parseVIPs(args)
			if err != nil {
				return err
			}
			stati, err := withRealServer(dir, func(r *realserver.RealServer) ([]realserver.Status, error) {
				return r.Status(vips)
			})
			if err == nil {
				err = printRealServer(s, output, stati)
			}
			return err
		},
	}
	addRunDir(c, &dir)
	addOutput(c, &output)
	return c
}

func printRealServer(s Streams, output string, stati []realserver.Status) error {
	err := printAs(s.Out, output, stati, func(w *tabwriter.Writer) {
		_, _ = fmt.Fprintln(w, "VIP\tON LO\tROUTE\tARP QUIET")
		for _, v := range stati {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", v.VIP, yesNo(v.Address), yesNo(v.Route), yesNo(v.Quiet))
		}
	})
	return errors.Join(err, realServerAnswer(stati))
}

// realServerAnswer is the exit status of status, nil if all is in place.
func realServerAnswer(stati []realserver.Status) error {
	running, stopped := 0, 0
	for _, v := range stati {
		switch {
		case v.Running():
			running++
		case v.Stopped():
			stopped++
		}
	}
	switch {
	case stopped == len(stati):
		return answer(exitNotRunning)
	case running < len(stati):
		return answer(exitPartly)
	default:
		return nil
	}
}

func parseVIPs(args []string) ([]netip.Addr, error) {
	var vips []netip.Addr
	for _, a := range args {
		vip, err := netip.ParseAddr(a)
		if err != nil {
			return nil, usageError{err: fmt.Errorf("%q is not an IP address", a), hint: "lvsctl realserver --help"}
		}
		vips = append(vips, vip)
	}
	return vips, nil
}
