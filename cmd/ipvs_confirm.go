package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/control"
	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
)

func (v *verbs) confirmCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "confirm",
		Short: "Keep the change of an apply --confirm-within",
		Long: `Keep the change that lvsctl ipvs apply --confirm-within has made in this network
namespace, and that is undone without this.

Exit status: 0 the change stays, 1 no change waits for it, 2 wrong usage.`,
		Example: "  lvsctl ipvs confirm",
		Args:    usageArgs(cobra.NoArgs),
	}
	var dir string
	addRunDir(c, &dir)
	c.Flags().Lookup("run-dir").Usage = "that of apply"
	c.RunE = func(c *cobra.Command, _ []string) error {
		name, err := trialName(v.netns)
		if err != nil {
			return err
		}
		var kept bool
		err = control.Get(c.Context(), dir, name, "confirm", &kept)
		var none *control.NotRunningError
		if errors.As(err, &none) {
			return nothingToConfirmError{err: none.Err}
		} else if err != nil {
			return err
		}
		return v.print("the change stays\n")
	}
	return c
}

// nothingToConfirmError is a confirmation that nobody waits for.
type nothingToConfirmError struct{ err error }

func (nothingToConfirmError) Error() string { return "no change waits for a confirmation" }
func (nothingToConfirmError) Hint() string {
	return "either its time is over and it was undone, or it was made in another network namespace (--netns) or run directory"
}
func (e nothingToConfirmError) Unwrap() error { return e.err }

// trialName is the name of a trial in the run directory. There is one for each
// network namespace, known by the number of its inode.
func trialName(netns string) (string, error) {
	info, err := os.Stat(namespaceFile(netns))
	if err != nil {
		return "", fmt.Errorf("find the network namespace: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", errors.New("find the network namespace: it has no inode")
	}
	return fmt.Sprintf("ipvs-apply-%d", stat.Ino), nil
}

func namespaceFile(netns string) string {
	switch {
	case netns == "":
		return "/proc/thread-self/ns/net"
	case strings.Contains(netns, "/"):
		return netns
	default:
		return filepath.Join("/run/netns", netns)
	}
}

// undoneError is a change that did not stay.
type undoneError struct{ why string }

func (e undoneError) Error() string { return "the change was undone: " + e.why }

// onTrial carries out ops and waits for the confirmation. If that does not come,
// they are undone.
func (a *application) onTrial(ctx context.Context, k change.Kernel, have change.State, ops []ipvs.Op) error {
	name, err := trialName(a.netns)
	if err != nil {
		return err
	}
	// Before anything is changed: a change that cannot be confirmed is none.
	place, err := control.Listen(a.runDir, name)
	var other *control.RunningError
	if errors.As(err, &other) {
		return errors.New("another change waits for its confirmation")
	} else if err != nil {
		return err
	}
	// Who loses the terminal is who needs this most.
	signal.Ignore(unix.SIGHUP, unix.SIGPIPE)
	defer signal.Reset(unix.SIGHUP, unix.SIGPIPE)
	if err := change.Apply(k, have, ops); err != nil {
		return errors.Join(err, place.Close())
	}
	a.say("changed; unless lvsctl ipvs confirm comes within %s, this is undone", a.within)
	why := a.await(ctx, place)
	closed := place.Close()
	if why == "" {
		return closed
	}
	if err := change.Revert(k, have, ops); err != nil {
		return fmt.Errorf("undo the change, %s: %w", why, err)
	}
	return undoneError{why: why}
}

// await waits for the confirmation and tells why there is none, "" if it came.
func (a *application) await(ctx context.Context, place *control.Server) (why string) {
	confirmed, over := make(chan struct{}), make(chan struct{})
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	var owned errgroup.Group
	owned.Go(func() error {
		return place.Serve(serving, control.Handlers{Queries: map[string]control.Query{"confirm": confirm(confirmed, over)}})
	})
	defer func() { stop(); _ = owned.Wait() }() // that the socket failed shows in no confirmation coming
	select {
	case <-confirmed:
		return ""
	case <-ctx.Done():
		why = "it was interrupted"
	case <-time.After(a.within):
		why = fmt.Sprintf("it was not confirmed within %s", a.within)
	}
	close(over)
	return why
}

// confirm is the query that confirms. It fails when it is too late.
func confirm(confirmed chan<- struct{}, over <-chan struct{}) control.Query {
	return func(ctx context.Context) (any, error) {
		select {
		case confirmed <- struct{}{}:
			return true, nil
		case <-over:
			return nil, errors.New("too late, the change was undone")
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
