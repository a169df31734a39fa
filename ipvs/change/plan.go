// Package change leads the kernel's virtual server table from what it is to what
// it should be: with the fewest operations, all or nothing, with time for
// connections to end, and with a way back.
//
// The decisions are values: New plans, Plan.Due tells which servers may go by now,
// Undo plans the way back. Apply and Drain carry them out on a Kernel.
package change

import (
	"net/netip"
	"slices"
	"time"

	"github.com/lvsctl/lvsctl/ipvs"
)

// State is a table with what stands beside it. What is nil is not told: as a wish
// it leaves the kernel as it is.
type State struct {
	Table    ipvs.Table // not nil but empty: there shall be no service
	Timeouts *ipvs.Timeouts
	Daemons  []ipvs.Daemon // not nil but empty: none shall run
}

// Options say how far a plan may go.
type Options struct {
	// Prune also removes the services that are not wanted, and stops such daemons.
	// Without it they are left alone.
	Prune bool
	// Drain is how long a server that leaves may keep its connections. It takes no
	// new ones meanwhile. Zero removes servers at once.
	Drain time.Duration
}

// Plan is how one state becomes another.
type Plan struct {
	Now   []ipvs.Op // to be carried out at once
	Leave []ipvs.Op // removals that wait until connections have ended
	Drain time.Duration
}

// New plans how have becomes want. Neither table may hold a service or a server of
// a service twice. Servers that stay are not touched, and services keep the
// servers that stay at every moment.
func New(have, want State, o Options) Plan {
	stop, start := daemonOps(have.Daemons, want.Daemons, o.Prune)
	p := Plan{Now: stop, Drain: o.Drain}
	if want.Timeouts != nil && have.Timeouts != nil && settable(*want.Timeouts, *have.Timeouts) != *have.Timeouts {
		p.Now = append(p.Now, ipvs.Op{Kind: ipvs.SetTimeouts, Timeouts: want.Timeouts})
	}
	p.Now = append(p.Now, p.table(have.Table, want.Table, o)...)
	p.Now = append(p.Now, start...)
	return p
}

// table plans the services and their servers, and puts off what shall be drained.
func (p *Plan) table(have, want ipvs.Table, o Options) []ipvs.Op {
	if want == nil {
		return nil
	}
	if !o.Prune {
		have = named(have, want)
	}
	ops := ipvs.Diff(have, want)
	if o.Drain > 0 {
		ops, p.Leave = quiesce(have, ops)
	}
	return ops
}

// Empty tells that nothing is to be done.
func (p Plan) Empty() bool { return len(p.Now)+len(p.Leave) == 0 }

// Ops are all operations of the plan in their order.
func (p Plan) Ops() []ipvs.Op { return slices.Concat(p.Now, p.Leave) }

// named are the services of have that are in want too.
func named(have, want ipvs.Table) ipvs.Table {
	wanted := make(map[ipvs.ServiceKey]struct{}, len(want))
	for i := range want {
		wanted[want[i].ServiceKey] = struct{}{}
	}
	out := make(ipvs.Table, 0, len(want))
	for i := range have {
		if _, ok := wanted[have[i].ServiceKey]; ok {
			out = append(out, have[i])
		}
	}
	return out
}

// settable is what the timeouts will be: zero leaves one as it is.
func settable(want, have ipvs.Timeouts) ipvs.Timeouts {
	for _, t := range []struct{ want, have *time.Duration }{
		{&want.TCP, &have.TCP}, {&want.TCPFin, &have.TCPFin}, {&want.UDP, &have.UDP},
	} {
		if *t.want == 0 {
			*t.want = *t.have
		}
	}
	return want
}

// daemonOps stops and starts synchronisation daemons. One that shall be different
// is stopped first: the kernel cannot change it. They start after the table is
// made and stop before, because it may hold servers that go with no daemon.
func daemonOps(have, want []ipvs.Daemon, prune bool) (stop, start []ipvs.Op) {
	if want == nil {
		return nil, nil
	}
	for i := range have {
		w, wanted := byRole(want, have[i].Role)
		if wanted && !asWanted(w, have[i]) || !wanted && prune {
			stop = append(stop, ipvs.Op{Kind: ipvs.StopDaemon, Daemon: &have[i]})
		}
	}
	for i := range want {
		h, runs := byRole(have, want[i].Role)
		if !runs || !asWanted(want[i], h) {
			start = append(start, ipvs.Op{Kind: ipvs.StartDaemon, Daemon: &want[i]})
		}
	}
	return stop, start
}

func byRole(ds []ipvs.Daemon, r ipvs.Role) (ipvs.Daemon, bool) {
	i := slices.IndexFunc(ds, func(d ipvs.Daemon) bool { return d.Role == r })
	if i < 0 {
		return ipvs.Daemon{}, false
	}
	return ds[i], true
}

// asWanted tells whether a running daemon is what was wanted; what the wish leaves
// to the kernel may be anything.
func asWanted(want, have ipvs.Daemon) bool {
	if want.MaxLength == 0 {
		want.MaxLength = have.MaxLength
	}
	if !want.Group.IsValid() {
		want.Group = have.Group
	}
	if want.Port == 0 {
		want.Port = have.Port
	}
	if want.TTL == 0 {
		want.TTL = have.TTL
	}
	return want == have
}

// quiesce puts off the removals among ops: servers that leave get the weight 0.
func quiesce(have ipvs.Table, ops []ipvs.Op) (now, leave []ipvs.Op) {
	old := servers(have)
	for _, op := range ops {
		switch op.Kind {
		case ipvs.DeleteDestination:
			now = appendQuiet(now, op.Service.ServiceKey, old[op.Service.ServiceKey][op.Destination.Address])
		case ipvs.DeleteService:
			for _, d := range sorted(old[op.Service.ServiceKey]) {
				now = appendQuiet(now, op.Service.ServiceKey, d)
			}
		default:
			now = append(now, op)
			continue
		}
		leave = append(leave, op)
	}
	return now, leave
}

func appendQuiet(ops []ipvs.Op, k ipvs.ServiceKey, d ipvs.Destination) []ipvs.Op {
	if d.Weight == 0 {
		return ops
	}
	d.Weight = 0
	return append(ops, ipvs.Op{Kind: ipvs.EditDestination, Service: ipvs.Service{ServiceKey: k}, Destination: d})
}

type pool map[netip.AddrPort]ipvs.Destination

func servers(t ipvs.Table) map[ipvs.ServiceKey]pool {
	m := make(map[ipvs.ServiceKey]pool, len(t))
	for i := range t {
		p := make(pool, len(t[i].Destinations))
		for j := range t[i].Destinations {
			p[t[i].Destinations[j].Address] = t[i].Destinations[j].Destination
		}
		m[t[i].ServiceKey] = p
	}
	return m
}

// sorted are the servers in the order of their addresses.
func sorted(p pool) []ipvs.Destination {
	out := make([]ipvs.Destination, 0, len(p))
	for _, d := range p {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b ipvs.Destination) int { return a.Address.Compare(b.Address) })
	return out
}

// Leaving are the services from which something is to be removed, each once.
func (p Plan) Leaving() []ipvs.ServiceKey {
	var keys []ipvs.ServiceKey
	for _, op := range p.Leave {
		if n := len(keys); n == 0 || keys[n-1] != op.Service.ServiceKey {
			keys = append(keys, op.Service.ServiceKey)
		}
	}
	return keys
}

// Due divides the removals by a look at the table, which needs to hold only the
// services of Leaving: those that may go now, because the connections have ended
// or the time is over, and those that still wait. What is gone already is in
// neither.
func (p Plan) Due(now ipvs.Table, elapsed time.Duration) (due, wait []ipvs.Op) {
	busy := make(map[ipvs.ServiceKey]map[netip.AddrPort]bool, len(now))
	for i := range now {
		of := make(map[netip.AddrPort]bool, len(now[i].Destinations))
		for j := range now[i].Destinations {
			d := &now[i].Destinations[j]
			of[d.Address] = d.ActiveConns+d.InactiveConns > 0
		}
		busy[now[i].ServiceKey] = of
	}
	for _, op := range p.Leave {
		of, exists := busy[op.Service.ServiceKey]
		waits := false
		if op.Kind == ipvs.DeleteDestination {
			waits, exists = of[op.Destination.Address], exists && has(of, op.Destination.Address)
		} else {
			for _, b := range of {
				waits = waits || b
			}
		}
		switch {
		case !exists:
		case waits && elapsed < p.Drain:
			wait = append(wait, op)
		default:
			due = append(due, op)
		}
	}
	return due, wait
}

func has(m map[netip.AddrPort]bool, a netip.AddrPort) bool {
	_, ok := m[a]
	return ok
}
