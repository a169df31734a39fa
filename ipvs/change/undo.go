package change

import (
	"net/netip"
	"slices"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Undo plans how everything that ops touch becomes again as it was before them.
// Some of them may have failed, and others may have changed the table too: what
// ops did not touch stays as it is now.
func Undo(before, now State, ops []ipvs.Op) []ipvs.Op {
	t := touchedBy(ops)
	target := State{Table: ipvs.Table{}}
	if t.timeouts {
		target.Timeouts = before.Timeouts
	}
	var is ipvs.Table
	was, present := byKey(before.Table), byKey(now.Table)
	for _, key := range t.order {
		old, existed := was[key]
		current, exists := present[key]
		if exists {
			is = append(is, *current)
		}
		if entry, ok := t.services[key].target(old, existed, current, exists); ok {
			target.Table = append(target.Table, entry)
		}
	}
	var daemons []ipvs.Daemon
	if len(t.roles) > 0 {
		target.Daemons = filter(before.Daemons, t.roles)
		daemons = filter(now.Daemons, t.roles)
	}
	return New(State{Table: is, Timeouts: now.Timeouts, Daemons: daemons}, target, Options{Prune: true}).Now
}

// touched is what operations are about.
type touched struct {
	order    []ipvs.ServiceKey
	services map[ipvs.ServiceKey]*touchedService
	roles    []ipvs.Role
	timeouts bool
}

type touchedService struct {
	itself  bool // added, edited or deleted
	deleted bool // with all its servers
	servers map[netip.AddrPort]struct{}
}

func touchedBy(ops []ipvs.Op) touched {
	t := touched{services: map[ipvs.ServiceKey]*touchedService{}}
	for i := range ops {
		op := &ops[i]
		switch op.Kind {
		case ipvs.AddService, ipvs.EditService:
			t.service(op.Service.ServiceKey).itself = true
		case ipvs.DeleteService:
			s := t.service(op.Service.ServiceKey)
			s.itself, s.deleted = true, true
		case ipvs.AddDestination, ipvs.EditDestination, ipvs.DeleteDestination:
			t.service(op.Service.ServiceKey).servers[op.Destination.Address] = struct{}{}
		case ipvs.SetTimeouts:
			t.timeouts = true
		case ipvs.StartDaemon, ipvs.StopDaemon:
			t.roles = append(t.roles, op.Daemon.Role)
		}
	}
	return t
}

func (t *touched) service(k ipvs.ServiceKey) *touchedService {
	s := t.services[k]
	if s == nil {
		s = &touchedService{servers: map[netip.AddrPort]struct{}{}}
		t.services[k] = s
		t.order = append(t.order, k)
	}
	return s
}

func (s *touchedService) touches(a netip.AddrPort) bool {
	_, ok := s.servers[a]
	return ok || s.deleted
}

// target is the service as it shall be, false if it shall not be there. A service
// that somebody else removed does not come back.
func (s *touchedService) target(old *ipvs.ServiceEntry, existed bool, now *ipvs.ServiceEntry, exists bool) (ipvs.ServiceEntry, bool) {
	if s.itself && !existed || !s.itself && !exists {
		return ipvs.ServiceEntry{}, false
	}
	var out ipvs.ServiceEntry
	if s.itself {
		out.Service = old.Service
	} else {
		out.Service = now.Service
	}
	if exists {
		for _, d := range now.Destinations {
			if !s.touches(d.Address) {
				out.Destinations = append(out.Destinations, d)
			}
		}
	}
	if existed {
		for _, d := range old.Destinations {
			if s.touches(d.Address) {
				out.Destinations = append(out.Destinations, d)
			}
		}
	}
	return out, true
}

func byKey(t ipvs.Table) map[ipvs.ServiceKey]*ipvs.ServiceEntry {
	m := make(map[ipvs.ServiceKey]*ipvs.ServiceEntry, len(t))
	for i := range t {
		m[t[i].ServiceKey] = &t[i]
	}
	return m
}

// filter are the daemons of these roles; never nil.
func filter(ds []ipvs.Daemon, roles []ipvs.Role) []ipvs.Daemon {
	out := []ipvs.Daemon{}
	for _, d := range ds {
		if slices.Contains(roles, d.Role) {
			out = append(out, d)
		}
	}
	return out
}
