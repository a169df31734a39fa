package config

import (
	"fmt"
	"net/netip"
)

// Lint tells what is suspicious in a resolved configuration, although every line
// of it is right: keepalived does not say any of this.
func Lint(c *Config) Diagnostics {
	l := &resolver{config: c}
	l.part = VirtualRouters
	l.sharedAddresses()
	l.weightsWithoutEffect()
	l.part = VirtualServers
	for i := range c.VirtualServers {
		l.pool(&c.VirtualServers[i])
	}
	l.carriers()
	return l.said
}

// sharedAddresses tells of an address that two routers of one file would hold.
func (r *resolver) sharedAddresses() {
	type holder struct {
		router string
		line   int32
	}
	held := map[netip.Addr]holder{}
	for i := range r.config.VirtualRouters {
		v := &r.config.VirtualRouters[i]
		for _, list := range [][]VirtualAddress{v.Addresses, v.ExcludedAddresses} {
			for _, a := range list {
				ip := a.Prefix.V.Addr()
				first, twice := held[ip]
				switch {
				case !twice:
					held[ip] = holder{v.Name.V, a.Where.Line}
				case first.router == v.Name.V:
					r.warn(a.Where, "remove it", "address %s stands twice in %s, also in line %d", ip, v.Name.V, first.line)
				default:
					r.warn(a.Where, "give it to one of them",
						"address %s is also in %s, line %d: when the two have different masters, two hosts answer for it", ip, first.router, first.line)
				}
			}
		}
	}
}

// weightsWithoutEffect tells of trackers that cannot change who is master, because
// no priority goes above 254 or below 1.
func (r *resolver) weightsWithoutEffect() {
	for i := range r.config.VirtualRouters {
		v := &r.config.VirtualRouters[i]
		for _, list := range [][]Tracked{v.Track.Interfaces, v.Track.Scripts, v.Track.Processes, v.Track.BFD} {
			for _, t := range list {
				if t.Weight.V != 0 && v.Priority.V == 255 {
					r.warn(t.Where, "use a priority below 255", "the weight of %s has no effect on the owner of the addresses, whose priority stays 255", t.Name.V)
				}
			}
		}
	}
}

// pool looks at the real servers of one virtual server.
func (r *resolver) pool(s *VirtualServer) {
	var total uint64
	for i := range s.RealServers {
		real := &s.RealServers[i]
		total += uint64(real.Weight.V)
		if real.Address.V == s.Address.V && !s.FWMark.IsSet() && !s.Group.IsSet() {
			r.warn(real.Where, "name the address of the real server itself", "the real server is the virtual server itself: packets would go round in a circle")
		}
		if s.Sorry != nil && s.Sorry.Address.V == real.Address.V {
			r.warn(s.Sorry.Where, "take another host that is not in the pool", "the sorry server %s is also a real server: it is gone when the pool is", real.Address.V)
		}
	}
	switch {
	case len(s.RealServers) == 0:
	case total == 0:
		r.warn(s.Where, "give at least one real server a weight", "virtual_server %s: every real server has weight 0, so no client is ever served", s.ID())
	case uint64(s.Quorum.V) > total:
		r.warn(s.Quorum.Where, fmt.Sprintf("at most %d can be reached", total), "virtual_server %s: quorum %d is never reached, all real servers together have weight %d", s.ID(), s.Quorum.V, total)
	}
	if s.Quorum.V == 0 && s.Quorum.IsSet() {
		r.warn(s.Quorum.Where, "", "virtual_server %s: a quorum of 0 is never lost", s.ID())
	}
}

// carriers tells of virtual servers whose address no virtual router of this file
// brings up, if there are routers.
func (r *resolver) carriers() {
	if len(r.config.VirtualRouters) == 0 {
		return
	}
	carried := map[netip.Addr]bool{}
	note := func(list []VirtualAddress) {
		for _, a := range list {
			carried[a.Prefix.V.Addr()] = true
		}
	}
	note(r.config.StaticAddresses)
	for i := range r.config.VirtualRouters {
		note(r.config.VirtualRouters[i].Addresses)
		note(r.config.VirtualRouters[i].ExcludedAddresses)
	}
	told := map[netip.Addr]bool{}
	for i := range r.config.VirtualServers {
		s := &r.config.VirtualServers[i]
		ip := s.Address.V.Addr()
		if !s.Address.IsSet() || carried[ip] || told[ip] {
			continue
		}
		told[ip] = true
		r.warn(s.Where, "add it to virtual_ipaddress, if no other program sets it", "no virtual router here has the address %s of this virtual server", ip)
	}
}
