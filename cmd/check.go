package cmd

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/check"
)

func newCheck(s Streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "check",
		Short: "Check once whether a server does its work",
		Long: `Check once whether a server does its work, in the way in which watch checks it over
and over. The answer is one line: up or down, the kind of check, the target, the
reason and the time that it took.

Exit status: 0 up, 1 down or not known, 2 wrong usage.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newCheckTCP(s))
	return c
}

func newCheckTCP(s Streams) *cobra.Command {
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "tcp HOST:PORT",
		Short: "Check that a server accepts TCP connections",
		Long: `Check that a server accepts TCP connections (keepalived's TCP_CHECK). Nothing is
sent, and the connection is closed in order: the server's log stays clean. A host
name with several addresses is up if one of them is.

Exit status: 0 up, 1 down or not known, 2 wrong usage.`,
		Example: "  lvsctl check tcp 172.28.14.229:80\n  lvsctl check tcp --timeout 500ms [2001:db8::1]:443",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if timeout <= 0 {
				return usageError{err: fmt.Errorf("timeout %s is not positive", timeout), hint: "--timeout 5s"}
			}
			return checkHost(c.Context(), s, "tcp", args[0], timeout)
		},
	}
	c.Flags().DurationVar(&timeout, "timeout", check.DefaultTimeout, "for the whole check, name resolution included")
	return c
}

// checkHost makes one check and prints its answer.
func checkHost(ctx context.Context, s Streams, kind, target string, timeout time.Duration) error {
	host, port, err := splitTarget(target)
	if err != nil {
		return usageError{err: err, hint: "give HOST:PORT, an IPv6 address as [ADDRESS]:PORT"}
	}
	checker := check.Kinds(check.NewDialer())[kind]
	checked, r := check.Host(ctx, checker, net.DefaultResolver, host, port, timeout)
	shown := target
	if checked.IsValid() && checked.Addr().String() != host {
		shown = fmt.Sprintf("%s (%s)", target, checked.Addr())
	}
	if _, err := fmt.Fprintf(s.Out, "%s %s %s %s\n", r.Status, kind, shown, r); err != nil {
		return err
	}
	if r.Status != check.Up {
		return answer(exitFailed)
	}
	return nil
}

func splitTarget(target string) (host string, port uint16, err error) {
	host, word, err := net.SplitHostPort(target)
	if err != nil || host == "" {
		return "", 0, fmt.Errorf("%q is not HOST:PORT", target)
	}
	n, err := strconv.ParseUint(word, 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("port %q of %q is not a number from 1 to 65535", word, target)
	}
	return host, uint16(n), nil
}
