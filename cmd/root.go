// Package cmd is lvsctl's command tree: one file per command. A command parses
// its flags, calls a package that does the work, and prints. What goes wrong
// becomes an exit status in one place, exitStatus.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"
)

// Streams are what a command reads from and writes to.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Exit statuses of every command, unless its help says otherwise.
const (
	exitOK     = 0
	exitFailed = 1 // the work could not be done, or the answer is no
	exitUsage  = 2 // the command line was wrong; nothing was tried
)

// Main runs the command line args (args[0] is the program) and gives the exit status.
func Main(args []string, version string, s Streams) int {
	if status, was := runIpvsadm(args, s); was {
		return status
	}
	return execute(context.Background(), NewRoot(version, s), args[1:], s)
}

// execute runs a command line of the tree and gives the exit status.
func execute(ctx context.Context, root *cobra.Command, args []string, s Streams) int {
	root.SetArgs(bareOptions(args))
	err := root.ExecuteContext(ctx)
	return detailedStatus(args, err, report(s.Err, err))
}

// NewRoot builds the whole command tree.
func NewRoot(version string, s Streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "lvsctl",
		Short: "Administer Linux Virtual Server: table, virtual routers, health checks, real servers",
		Long: `lvsctl gives Linux Virtual Server administrators one tool: the kernel's virtual
server table (ipvs), VRRP failover between directors (vrrp), health checks
(check, watch) and the hosts behind them (realserver).

Exit status: 0 done, 1 failed or the answer is no, 2 wrong usage.`,
		Version:       version,
		Args:          usageArgs(cobra.NoArgs),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{err: err, hint: c.CommandPath() + " --help"}
	})
	root.AddCommand(newVerbs(s).command(), newVRRP(s), newWatch(s), newCheck(s), newRealServer(s), newConfig(s))
	return root
}

// usageError is a command line that makes no sense.
type usageError struct {
	err  error
	hint string
}

func (e usageError) Error() string   { return e.err.Error() }
func (e usageError) Unwrap() error   { return e.err }
func (e usageError) Hint() string    { return e.hint }
func (e usageError) ExitStatus() int { return exitUsage }

// usageArgs makes the errors of an argument check usage errors.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usageError{err: err, hint: c.CommandPath() + " --help"}
		}
		return nil
	}
}

// exitStatus is the status that an error asks for, exitFailed if it names none.
func exitStatus(err error) int {
	var s interface{ ExitStatus() int }
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &s):
		return s.ExitStatus()
	default:
		return exitFailed
	}
}

// report tells the operator of an error, with its hint if it has one, and gives
// the exit status. An error without text (the answer was already printed) is silent.
func report(w io.Writer, err error) int {
	if err != nil && err.Error() != "" {
		_, _ = fmt.Fprintf(w, "lvsctl: %v\n", err)
		if h := hint(err); h != "" {
			_, _ = fmt.Fprintf(w, "hint: %s\n", h)
		}
	}
	return exitStatus(err)
}

// hint is the advice that comes with an error, "" if there is none.
func hint(err error) string {
	var h interface{ Hint() string }
	switch {
	case errors.As(err, &h):
		return h.Hint()
	case errors.Is(err, fs.ErrPermission):
		return "run as root, or with CAP_NET_ADMIN and CAP_NET_RAW"
	default:
		return ""
	}
}
