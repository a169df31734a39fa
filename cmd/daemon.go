package cmd

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync"

	"github.com/spf13/cobra"
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
	name   string // its name in the run directory
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

// load reads the configuration and logs what there is to say about it.
func (d *daemon) load() (config.Config, error) {
	c, diags, err := keepalived.Load(d.file)
	if err != nil {
		return c, err
	}
	for _, w := range diags {
		if w.Severity == config.Warning {
			d.log.Warn("configuration", "at", w.Where.String(), "text", w.Message, "hint", w.Hint)
		}
	}
	return c, diags.Err()
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
	serveCtx, endServe := context.WithCancel(context.WithoutCancel(ctx))
	var owned sync.WaitGroup
	var serveErr error
	ready := func(queries map[string]control.Query) {
		owned.Go(func() { serveErr = place.Serve(serveCtx, queries) })
	}
	reloads := make(chan config.Config)
	owned.Go(func() { d.reloadOnHangup(ctx, reloads) })
	err = body(ctx, first, reloads, ready)
	stop() // a body that failed by itself must end the reloader too
	endServe()
	owned.Wait()
	return errors.Join(err, serveErr)
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
			d.log.Error("reload refused, the running configuration stays", "err", firstLine(err))
			continue
		}
		select {
		case reloads <- c:
		case <-ctx.Done():
			return
		}
	}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
