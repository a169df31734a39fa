package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/check"
	"github.com/lvsctl/lvsctl/ipvs"
)

// Kernel is the virtual server table. *ipvs.Client is one.
type Kernel interface {
	Table() (ipvs.Table, error)
	Apply(ops ...ipvs.Op) error
}

// Memory keeps an Ownership over the end of the process. StateFile is one.
type Memory interface {
	Load() (Ownership, error)
	Save(o Ownership) error
}

// Parts are what a Watcher works with.
type Parts struct {
	Kernel   Kernel
	Checkers map[string]check.Checker // by kind, see check.Kinds
	Memory   Memory
	// Phase gives a random part of an interval: how long after the first check
	// of a server the second is made.
	Phase func(interval time.Duration) time.Duration
	Log   *slog.Logger
}

// Watcher keeps one kernel's table true. What it knows belongs to the goroutine
// of Run; reports and questions come to it through channels.
type Watcher struct {
	parts     Parts
	reports   chan report
	questions chan chan<- Status
	running   sync.WaitGroup // the probes

	pending  []VirtualServer // to be put in force with the next look at the kernel
	wanted   []VirtualServer // in force
	servers  map[RealKey]*server
	owned    Ownership
	saved    Ownership // as the memory has it
	trouble  error     // of the last attempt, nil if the table is true
	failures int       // attempts in a row
}

// New makes a Watcher; Run starts it.
func New(p Parts) *Watcher {
	return &Watcher{parts: p, reports: make(chan report), questions: make(chan chan<- Status)}
}

// cause says why the table is looked at, in the log.
type cause string

const (
	atStart  cause = "start"
	onReload cause = "reload"
	onHealth cause = "health"
	onRepair cause = "repair" // somebody else changed the table
	onRetry  cause = "retry"
	atStop   cause = "stop"
)

// Run keeps the table as the configuration wants it until ctx ends, then gives
// back what it took and leaves the rest. Each value from reloads takes the place
// of the configuration before it, unless it cannot run. Trouble with the kernel is
// logged and tried again; only at the start and at the end it is an error.
func (w *Watcher) Run(ctx context.Context, first []VirtualServer, reloads <-chan []VirtualServer) error {
	if err := w.usable(first); err != nil {
		return err
	}
	if err := w.recall(); err != nil {
		return err
	}
	probes, stopProbes := context.WithCancel(ctx)
	defer w.running.Wait()
	defer stopProbes()
	w.pending = first
	timer := time.NewTimer(0)
	defer timer.Stop()
	for why := atStart; why != atStop; {
		timer.Reset(w.attempt(probes, why))
		why = w.wait(ctx, timer.C, reloads)
	}
	w.pending, w.wanted = nil, nil
	return w.reconcile(probes, atStop)
}

// NoServersError is a configuration without virtual servers.
type NoServersError struct{}

// Error says what is missing.
func (NoServersError) Error() string { return "the configuration has no virtual servers" }

// usable refuses what the watcher cannot run.
func (w *Watcher) usable(c []VirtualServer) error {
	if len(c) == 0 {
		return NoServersError{}
	}
	for _, vs := range c {
		for _, rs := range vs.RealServers {
			for _, k := range rs.Checks {
				if w.parts.Checkers[string(k.Kind)] == nil {
					return fmt.Errorf("real server %s: no such kind of check: %q", rs.Address, k.Kind)
				}
			}
		}
	}
	return nil
}

// recall finds out what an earlier run left in the kernel. A memory that cannot
// be read means that nothing in the kernel is known to be ours.
func (w *Watcher) recall() error {
	table, err := w.parts.Kernel.Table()
	if err != nil {
		return fmt.Errorf("read the virtual server table: %w", err)
	}
	w.saved, err = w.parts.Memory.Load()
	if err != nil {
		w.parts.Log.Error("services of an earlier run stay, the memory of it is lost", "err", err)
	}
	w.owned = w.saved.Standing(table)
	return nil
}

// wait blocks until there is a reason to look at the table, and gives it.
func (w *Watcher) wait(ctx context.Context, tick <-chan time.Time, reloads <-chan []VirtualServer) cause {
	for {
		select {
		case <-ctx.Done():
			return atStop
		case <-tick:
			if w.trouble != nil {
				return onRetry
			}
			return onRepair
		case c := <-reloads:
			if err := w.usable(c); err != nil {
				w.parts.Log.Error("reload refused, the running configuration stays", "err", err)
				continue
			}
			w.pending = c
			return onReload
		case r := <-w.reports:
			if w.take(r) {
				w.takeRest()
				return onHealth
			}
		case answer := <-w.questions:
			answer <- w.status()
		}
	}
}

// take tells whether a report changes the health of its server. A last word of a
// server that is no longer configured changes nothing.
func (w *Watcher) take(r report) bool {
	s := r.server
	if w.servers[s.key] != s || !s.settle() {
		return false
	}
	w.parts.Log.Info("health changed", "service", s.key.Service.String(), "real", s.key.Address.String(),
		"status", s.health.Status.String(), "check", string(r.probe.check.Kind), "result", r.probe.known().last.String())
	return true
}

// takeRest takes the reports that are waiting, so that many changes at once cost
// one look at the table.
func (w *Watcher) takeRest() {
	for {
		select {
		case r := <-w.reports:
			w.take(r)
		default:
			return
		}
	}
}

// How often the table is compared with what it should be, and how long the
// kernel is left alone after it refused something.
const (
	compareEvery = 2 * time.Second
	firstRetry   = time.Second
	longestRetry = 16 * time.Second
)

// attempt makes the table true, and tells when to look at it again.
func (w *Watcher) attempt(ctx context.Context, why cause) time.Duration {
	w.trouble = w.reconcile(ctx, why)
	if w.trouble == nil {
		w.failures = 0
		return compareEvery
	}
	delay := min(firstRetry<<min(w.failures, 10), longestRetry)
	w.failures++
	w.parts.Log.Error("the table is not as it should be", "err", w.trouble, "again_in", delay)
	return delay
}

// reconcile compares the kernel's table with the wanted one and changes what
// differs, within what is ours.
func (w *Watcher) reconcile(ctx context.Context, why cause) error {
	kernel, err := w.parts.Kernel.Table()
	if err != nil {
		return fmt.Errorf("read the virtual server table: %w", err)
	}
	if w.pending != nil {
		w.configure(ctx, w.pending, kernel)
		w.pending = nil
	}
	wanted := Plan(w.wanted, w.health())
	owned := w.owned.Claim(kernel, wanted)
	w.remember(owned) // before the kernel is changed: a kill may come at any time
	have, want := owned.Scope(kernel, wanted)
	if err := w.apply(ipvs.Diff(have, want), why); err != nil {
		return err
	}
	w.remember(owned.Keep(wanted))
	return nil
}

// remember keeps the ownership. If the memory fails, traffic goes before
// book-keeping: the next look at the table tries again.
func (w *Watcher) remember(o Ownership) {
	w.owned = o
	if w.saved.Equal(o) {
		return
	}
	if err := w.parts.Memory.Save(o); err != nil {
		w.parts.Log.Error("what is owned is not remembered", "err", err)
		return
	}
	w.saved = o
}

func (w *Watcher) health() map[RealKey]Health {
	health := make(map[RealKey]Health, len(w.servers))
	for k, s := range w.servers {
		health[k] = s.health
	}
	return health
}

// configure puts a configuration in force. Servers that stay keep their health
// and the checks that stay the same; new ones are adopted if the kernel has them.
func (w *Watcher) configure(ctx context.Context, wanted []VirtualServer, kernel ipvs.Table) {
	standing := realKeys(kernel)
	old := maps.Clone(w.servers)
	w.wanted, w.servers = wanted, map[RealKey]*server{}
	for _, vs := range wanted {
		for _, rs := range vs.RealServers {
			key := realKey(vs, rs)
			if w.servers[key] != nil {
				continue
			}
			s := old[key]
			if s == nil {
				s = &server{key: key, health: Health{Adopted: standing[key]}, since: time.Now()}
			}
			delete(old, key)
			w.servers[key] = s
			w.setChecks(ctx, s, rs.Checks, s.health.Status)
			s.settle()
		}
	}
	for _, s := range old {
		stopAll(s.probes)
	}
}

func realKeys(t ipvs.Table) map[RealKey]bool {
	m := map[RealKey]bool{}
	for _, s := range t {
		for _, d := range s.Destinations {
			m[RealKey{Service: s.ServiceKey, Address: d.Address}] = true
		}
	}
	return m
}

// apply carries out operations, service by service, so that one which the kernel
// refuses does not hold up the others.
func (w *Watcher) apply(ops []ipvs.Op, why cause) error {
	var order []ipvs.ServiceKey
	groups := map[ipvs.ServiceKey][]ipvs.Op{}
	for _, op := range ops {
		key := op.Service.ServiceKey
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], op)
	}
	var errs []error
	for _, key := range order {
		err := w.parts.Kernel.Apply(groups[key]...)
		w.tell(groups[key], err, why)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
