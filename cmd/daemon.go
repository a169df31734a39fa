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
	"github.com/lvsctl/lvsctl/config/load"
	"github.com/lvsctl/lvsctl/control"
	"github.com/lvsctl/lvsctl/system"
)

// defaultRunDir holds the sockets and the state of the daemons.
const defaultRunDir = "/run/lvsctl"

// daemon is what the long-running commands have in common: a configuration
// file, a run directory, a log on stderr, SIGHUP to reload and SIGTERM to stop.
// T is all that it runs.
type daemon[T any] struct {
	name   string      // its name in the run directory
	part   config.Part // what it acts on; it does not care for mistakes elsewhere
	pick   func(*config.Config) (T, config.Diagnostics)
	idle   func(T) bool            // there is nothing to do in it
	none   func(file string) error // the error of a configuration without work
	file   string                  // "": where configurations are
	read   load.Options
	host   func() (config.Host, error)
	runDir string
	log    *slog.Logger
}

func (d *daemon[T]) addFlags(c *cobra.Command, s Streams) {
	d.log = slog.New(slog.NewTextHandler(s.Err, nil))
	addFile(c, &d.file)
	addReading(c, &d.read)
	addRunDir(c, &d.runDir)
}

func addRunDir(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "run-dir", defaultRunDir, "sockets and state; one daemon of a kind in each")
}

func addCompat(c *cobra.Command, o *load.Options) {
	c.Flags().BoolVar(&o.KeepalivedCompat, "keepalived-compat", false, "go on where keepalived does, as without a tracker that is missing")
}

// load reads what there is to run, and logs what is to be said about it. Nothing to
// run is a mistake: nobody starts a daemon, or reloads it, to have it do nothing.
func (d *daemon[T]) load() (work T, err error) {
	file := configFile(nil, d.file)
	c, said, err := load.Load(file, d.read)
	if err != nil {
		return work, err
	}
	said = said.For(d.part)
	d.logDiagnostics(slog.LevelWarn, said.Warnings())
	if err := said.Err(); err != nil {
		return work, err
	}
	if host, err := d.host(); err == nil { // else the routers find out by themselves
		d.logDiagnostics(slog.LevelWarn, config.CheckHost(c, host, config.Options{KeepalivedCompat: d.read.KeepalivedCompat}).For(d.part))
	}
	work, leftOut := d.pick(c)
	d.logDiagnostics(slog.LevelError, leftOut)
	if d.idle(work) {
		return work, d.none(file)
	}
	return work, nil
}

func (d *daemon[T]) logDiagnostics(level slog.Level, diags config.Diagnostics) {
	for _, x := range diags.Folded() {
		args := []any{"at", x.Where.String(), "text", x.Message}
		if len(x.Also) > 0 {
			args = append(args, "also", x.AlsoLines())
		}
		if x.Hint != "" {
			args = append(args, "hint", x.Hint)
		}
		d.log.Log(context.Background(), level, "configuration", args...)
	}
}

// work is the body of a daemon. It ends when ctx does. What comes through reloads
// was found good, and takes the place of what runs. It calls ready once, when it can
// answer.
type work[T any] func(ctx context.Context, first T, reloads <-chan T, ready func(answers)) error

// answers is what a running body says of itself.
type answers struct {
	control.Handlers
	alive func(context.Context) error // nil if its loop still turns
}

// run loads the configuration, claims the run directory and carries out the
// work in the foreground until SIGTERM or SIGINT.
func (d *daemon[T]) run(ctx context.Context, body work[T]) error {
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
	ready := func(a answers) {
		owned.Go(func() error { return place.Serve(serving, a.Handlers) })
		owned.Go(func() error { d.supervised(ctx, serving, a.alive); return nil })
	}
	reloads := make(chan T)
	owned.Go(func() error { d.reloadOnHangup(ctx, reloads); return nil })
	err = body(ctx, first, reloads, ready)
	stop() // a body that failed by itself must end the reloader too
	endServing()
	return errors.Join(err, owned.Wait(), place.Close())
}

// supervised tells the supervisor of the start, once the body is at work, of the
// life and of the end.
func (d *daemon[T]) supervised(ctx, serving context.Context, alive func(context.Context) error) {
	if alive(ctx) != nil {
		return // it never was at work
	}
	s := system.SupervisorOf(os.Getenv, os.Getpid())
	if err := s.Ready("runs"); err != nil {
		d.log.Warn("cannot tell the supervisor", "err", err)
	}
	stopping := context.AfterFunc(ctx, func() { _ = s.Stopping() }) // it hears of the end anyway
	defer stopping()
	s.Guard(serving, alive)
	<-serving.Done()
}

// reloadOnHangup reads the file anew on every SIGHUP. A bad file changes nothing.
func (d *daemon[T]) reloadOnHangup(ctx context.Context, reloads chan<- T) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, unix.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
		}
		next, err := d.load()
		if err != nil {
			d.refuse(err)
			continue
		}
		select {
		case reloads <- next:
		case <-ctx.Done():
			return
		}
	}
}

// refuse logs why a reload did not happen, each error with its place.
func (d *daemon[T]) refuse(err error) {
	var invalid *config.InvalidError
	if errors.As(err, &invalid) {
		d.logDiagnostics(slog.LevelError, invalid.Diagnostics)
		err = errors.New("the file has errors")
	}
	d.log.Error("reload refused, the running configuration stays", "err", err)
}
