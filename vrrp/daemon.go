package vrrp

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/system"
)

// Daemon runs virtual routers. One goroutine reads the sockets, keeps the time
// and carries the actions out, so that what happens has one order. Each socket
// has a goroutine that only waits.
type Daemon struct {
	host     Host
	log      *slog.Logger
	readable chan *listener
	requests chan request
	owned    sync.WaitGroup

	mu       sync.Mutex // for what follows; held by Run while it works, not while it waits
	wanted   Config
	ifaces   map[place]*iface
	links    <-chan system.Link // nil while it is not known when links change
	stopping bool
}

// NewDaemon gives a daemon that does nothing before Run.
func NewDaemon(h Host, log *slog.Logger) *Daemon {
	return &Daemon{host: h, log: log, readable: make(chan *listener), requests: make(chan request), ifaces: map[place]*iface{}}
}

// NoInterfaceError is a configuration that names an interface the host lacks.
type NoInterfaceError struct {
	Router, Interface string
}

// Error names both.
func (e *NoInterfaceError) Error() string {
	return fmt.Sprintf("virtual router %s: interface %s: %v", e.Router, e.Interface, system.ErrNoLink)
}

// Unwrap gives system.ErrNoLink.
func (e *NoInterfaceError) Unwrap() error { return system.ErrNoLink }

// Hint tells what to do.
func (e *NoInterfaceError) Hint() string {
	return `"ip link" lists the interfaces of this host; correct the configuration or bring the interface up first`
}

// Run runs the routers of config until ctx ends, then lets masters resign and
// wait for their successors. Each value from reloads replaces the configuration:
// routers that did not change go on untouched, and a change of parameters keeps
// mastership. It fails at once if an interface is not there or cannot be used.
// Run may be called once.
func (d *Daemon) Run(ctx context.Context, config Config, reloads <-chan Config) error {
	if err := Validate(config); err != nil {
		return err
	}
	log, write, closeLog := newLateLog(d.log)
	d.log = log
	var logWriter sync.WaitGroup
	logWriter.Go(write)
	defer logWriter.Wait()
	defer closeLog()

	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	defer d.owned.Wait()
	defer d.close()
	defer stopWatching()
	if err := d.start(watching, config); err != nil {
		return err
	}
	d.loop(ctx, watching, reloads)
	return nil
}

// Status tells how the routers stand, in the order of interface and identifier.
// It may be called from any goroutine.
func (d *Daemon) Status() []Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := []Status{}
	for n := range d.instances() {
		all = append(all, n.status())
	}
	slices.SortFunc(all, func(a, b Status) int {
		if c := strings.Compare(a.Interface, b.Interface); c != 0 {
			return c
		}
		if a.ID != b.ID {
			return int(a.ID) - int(b.ID)
		}
		return strings.Compare(a.Family, b.Family)
	})
	return all
}

// start looks at every interface before the first router begins.
func (d *Daemon) start(watching context.Context, config Config) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watchLinks(watching)
	d.wanted = config
	now := time.Now()
	for _, c := range config.Routers {
		i := d.interfaceOf(c.place(), now)
		switch i.trouble {
		case BecauseLinkGone:
			return &NoInterfaceError{Router: c.Name, Interface: c.Interface}
		case BecauseNoSocket:
			return fmt.Errorf("virtual router %s: %w", c.Name, i.err)
		}
	}
	d.apply(now)
	return nil
}

// loop waits for what happens next until every router has stopped.
func (d *Daemon) loop(ctx, watching context.Context, reloads <-chan Config) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	stop := ctx.Done()
	for {
		wake, links, done := d.plan()
		if done {
			return
		}
		timer.Reset(time.Until(wake))
		var work func(now time.Time)
		select {
		case <-stop:
			stop, reloads = nil, nil
			work = d.shutdown
		case config, ok := <-reloads:
			if !ok {
				reloads = nil
			}
			work = func(now time.Time) { d.reload(now, config, ok) }
		case l, ok := <-links:
			work = func(now time.Time) { d.linkChanged(now, l, ok) }
		case r := <-d.requests:
			work = r.carryOut
		case l := <-d.readable:
			work = func(now time.Time) { d.receive(l, now) }
		case <-timer.C:
			work = func(now time.Time) { d.expire(watching, now) }
		}
		d.mu.Lock()
		work(time.Now())
		d.sweep(time.Now())
		d.mu.Unlock()
	}
}

// plan is when to wake at the latest, what to listen to, and whether all is done.
func (d *Daemon) plan() (wake time.Time, links <-chan system.Link, done bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	wake = time.Now().Add(time.Hour) // with no router there is nothing to wake for
	running := false
	for _, i := range d.ifaces {
		wake = earlier(wake, i.lookAt)
		for _, n := range i.instances {
			wake = earlier(wake, n.router.Wake())
			running = true
		}
	}
	return wake, d.links, d.stopping && !running
}

func earlier(a, b time.Time) time.Time {
	if !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (d *Daemon) instances() iter.Seq[*instance] {
	return func(yield func(*instance) bool) {
		for _, i := range d.ifaces {
			for _, n := range i.instances {
				if !yield(n) {
					return
				}
			}
		}
	}
}

func (d *Daemon) step(n *instance, now time.Time, ev Event) {
	d.perform(n, now, n.router.Step(now, ev))
}

// expire does what is due. Before a timer counts, the queue is read once more: a
// process that was stopped must not take over from a master that is alive.
func (d *Daemon) expire(watching context.Context, now time.Time) {
	if d.links == nil {
		d.watchLinks(watching)
	}
	for _, i := range d.ifaces {
		if due(i.lookAt, now) {
			d.look(i, now)
		}
		if i.due(now) {
			d.drainAll(i, now)
			i.stepAll(d, now, TimerExpired{})
		}
	}
}

// due tells whether a router on the interface wants to be woken.
func (i *iface) due(now time.Time) bool {
	for _, n := range i.instances {
		if due(n.router.Wake(), now) {
			return true
		}
	}
	return false
}

func (d *Daemon) shutdown(now time.Time) {
	d.stopping = true
	for n := range d.instances() {
		d.step(n, now, Shutdown{})
	}
}

// reload takes a new configuration; a bad one changes nothing.
func (d *Daemon) reload(now time.Time, config Config, ok bool) {
	if !ok {
		return
	}
	if err := Validate(config); err != nil {
		d.log.Error("reload refused, the running configuration stays", "err", err)
		return
	}
	d.wanted = config
	d.apply(now)
}

// apply makes the routers those that are wanted. A router that has resigned
// already is in the way of one with its identifier until it has stopped.
func (d *Daemon) apply(now time.Time) {
	wanted := map[key]bool{}
	for _, c := range d.wanted.Routers {
		wanted[c.key()] = true
	}
	for n := range d.instances() {
		if !wanted[n.config.key()] && !n.leaving {
			n.leaving = true
			d.step(n, now, Shutdown{})
		}
	}
	d.relisten(now)
	defer d.relisten(now) // what is not needed any more
	for _, c := range d.wanted.Routers {
		n, ok := d.interfaceOf(c.place(), now).instances[c.ID]
		switch {
		case !ok:
			d.add(c, now)
		case !n.leaving && !n.config.equal(c):
			n.configure(c)
			d.step(n, now, Reload{Parameters: c.Parameters})
			d.tell(n, now, n.condition())
		}
	}
}

// add starts a router.
func (d *Daemon) add(c RouterConfig, now time.Time) {
	i := d.interfaceOf(c.place(), now)
	n := &instance{
		router: NewRouter(c.Parameters), iface: i, since: now,
		log:       d.log.With("instance", c.Name, "vrid", c.ID, "interface", c.Interface),
		sequence:  uint32(now.Unix()),
		sequences: map[netip.Addr]uint32{},
	}
	n.configure(c)
	d.removeResidue(n)
	i.instances[c.ID] = n
	if up, usable := n.condition().(LinkUp); usable {
		n.told, n.source = up, up.Source
		d.step(n, now, Startup(up))
		return
	}
	d.tell(n, now, n.condition())
}

// sweep forgets routers that have stopped and interfaces without any.
func (d *Daemon) sweep(now time.Time) {
	swept := false
	for at, i := range d.ifaces {
		for id, n := range i.instances {
			if n.router.State() == Stopped {
				delete(i.instances, id)
				swept = true
			}
		}
		if len(i.instances) == 0 {
			i.closeSockets()
			delete(d.ifaces, at)
		}
	}
	if swept && !d.stopping {
		d.apply(now)
	} else if swept {
		d.relisten(now)
	}
}

func (d *Daemon) watchLinks(ctx context.Context) {
	links, err := d.host.Network.WatchLinks(ctx)
	if err != nil {
		d.log.Error("cannot watch links, looking at them every second", "err", err)
		return
	}
	d.links = links
}

func (d *Daemon) linkChanged(now time.Time, l system.Link, ok bool) {
	if !ok {
		d.links = nil // the next look tries to watch again
	}
	for _, i := range d.ifaces {
		if !ok || i.iface == l.Name {
			d.look(i, now)
		}
	}
}

// close gives up what Run has opened.
func (d *Daemon) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, i := range d.ifaces {
		i.closeSockets()
	}
	clear(d.ifaces)
}
