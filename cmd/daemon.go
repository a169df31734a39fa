package cmd

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived"
	"github.com/lvsctl/lvsctl/control"
)

// defaultRunDir holds the sockets and the state of the daemons.
const defaultRunDir = "/run/lvsctl"

// defaultConfig is read when -f is not given.
const defaultConfig = "/etc/keepalived/keepalived.conf"

// daemon is what the long-running commands have in common: a configuration
// file, a run directory, a log on stderr, SIGHUP to reload and SIGTERM to stop.
type daemon struct {
	name   string      // its name in the run directory
	part   config.Part // what it acts on; it does not care for mistakes elsewhere
	file   string
	runDir string
	log    *slog.Logger
}

func (d *daemon) addFlags(c *cobra.Command, s Streams) {
	d.log = slog.New(slog.NewTextHandler(s.Err, nil))
	c.Flags().StringVarP(&d.file, "file", "f", defaultConfig, "configuration to run")
	addRunDir(c, &d.runDir)
}

func addRunDir(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "run-dir", defaultRunDir, "sockets and state; one daemon of a kind in each")
}

// load reads the configuration and logs its warnings.
func (d *daemon) load() (config.Config, error) {
	c, diags, err := keepalived.Load(d.file)
	if err != nil {
		return c, err
	}
	diags = diags.For(d.part)
	d.logDiagnostics(slog.LevelWarn, diags.Warnings())
	return c, diags.Err()
}

func (d *daemon) logDiagnostics(level slog.Level, diags config.Diagnostics) {
	for _, x := range diags {
		args := []any{"at", x.Where.String(), "text", x.Message}
		if x.Hint != "" {
			args = append(args, "hint", x.Hint)
		}
		d.log.Log(context.Background(), level, "configuration", args...)
	}
}

// work is the body of a daemon. It ends when ctx does. Each value that comes
// through reloads is a new configuration that was found good. queries must be
// answered from the moment that ready is called with them.
type work func(ctx context.Context, first config.Config, reloads <-chan config.Config, ready func(map[string]control.Query)) error

// run loads the configuration, claims the run directory and carries out the
// work in the foreground until SIGTERM or SIGINT.
func (d *daemon) run(ctx context.Context, body work) error {
	first, err := d.load()
	if err != nil {
		return err
	}
	place, err := control.Listen(d.runDir, d.name)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, unix.SIGTERM, unix.SIGINT)
	defer stop()
	// The socket answers until the body has ended, not until it is told to.
	serving, endServing := context.WithCancel(context.WithoutCancel(ctx))
	var owned errgroup.Group
	ready := func(queries map[string]control.Query) {
		owned.Go(func() error { return place.Serve(serving, queries) })
	}
	reloads := make(chan config.Config)
	owned.Go(func() error { d.reloadOnHangup(ctx, reloads); return nil })
	err = body(ctx, first, reloads, ready)
	stop() // a body that failed by itself must end the reloader too
	endServing()
	return errors.Join(err, owned.Wait(), place.Close())
}

// reloadOnHangup reads the file anew on every SIGHUP. A bad file changes nothing.
func (d *daemon) reloadOnHangup(ctx context.Context, reloads chan<- config.Config) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, unix.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
		}
		c, err := d.load()
		if err != nil {
			d.refuse(err)
			continue
		}
		select {
		case reloads <- c:
		case <-ctx.Done():
			return
		}
	}
}

// refuse logs why a reload did not happen, each error with its place.
func (d *daemon) refuse(err error) {
	var invalid *config.InvalidError
	if errors.As(err, &invalid) {
		d.logDiagnostics(slog.LevelError, invalid.Diagnostics)
		err = errors.New("the file has errors")
	}
	d.log.Error("reload refused, the running configuration stays", "err", err)
}
