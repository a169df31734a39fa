package config

import (
	"fmt"
	"net/netip"
	"time"
)

// keepalived's defaults of virtual servers and their checks.
const (
	defaultScheduler  = "wlc"
	forcedPersistence = 360 * time.Second
	defaultInterval   = 60 * time.Second
	defaultTimeout    = 5 * time.Second
)

// Words of the model.
const (
	familyInet  = "inet"
	familyInet6 = "inet6"
	tunnelIPIP  = "ipip"
)

// serviceState is what the resolver knows while it works on virtual servers.
type serviceState struct {
	groups     map[string]poolFacts // virtual_server_group by name
	trackFiles map[string]*TrackFile
	sessions   map[string]bool        // BFD sessions that real servers can follow
	places     map[serviceKey]int     // of virtual servers in the list
	members    map[memberKey]Position // real servers
}

// serviceKey is what the kernel tells virtual services apart by.
type serviceKey struct {
	address  netip.AddrPort
	mark     uint32
	name     string // family of a mark, or group
	protocol Protocol
}

// memberKey is the same of real servers; service is the place in the list.
type memberKey struct {
	service int
	address netip.AddrPort
}

// services resolves virtual servers, their real servers and checks.
func (r *resolver) services() {
	r.part = VirtualServers
	r.findTracked()
	r.serverGroups()
	all := r.config.VirtualServers
	r.places = make(map[serviceKey]int, len(all))
	r.members = make(map[memberKey]Position, countMembers(all))
	kept := 0
	for i := range all {
		s := &all[i]
		switch first, second := r.service(s, kept); {
		case second:
			r.join(&all[first], s)
		case len(s.RealServers) > 0:
			if i != kept {
				all[kept] = *s
			}
			kept++
		}
	}
	clear(all[kept:])
	r.config.VirtualServers = all[:kept]
}

func countMembers(all []VirtualServer) (n int) {
	for i := range all {
		n += len(all[i].RealServers)
	}
	return n
}

// service resolves one virtual server, which will stand at a place in the list.
// One that is left out has no real servers then. If there is one like it already,
// it gives the place of that.
func (r *resolver) service(s *VirtualServer, place int) (first int, second bool) {
	pool, ok := r.poolOf(s)
	if !ok || !r.serviceFamily(s, pool) {
		s.RealServers = nil
		return 0, false
	}
	r.serviceDefaults(s)
	r.sorryFamily(s)
	r.memberFamilies(s)
	if len(s.RealServers) == 0 {
		r.fix(s.Where, "", "virtual_server "+s.ID()+" has no real server", "left out")
		return 0, false
	}
	r.serviceProtocol(s, pool)
	r.servicePersistence(s, pool)
	r.scheduler(s)
	r.serviceForwarding(s)
	key := serviceKeyOf(s)
	if first, second = r.places[key]; second {
		place = first
	} else {
		r.places[key] = place
	}
	r.membersOf(s, pool, place)
	return first, second
}

func serviceKeyOf(s *VirtualServer) serviceKey {
	k := serviceKey{address: s.Address.V, mark: s.FWMark.V, protocol: s.Protocol.V}
	switch {
	case s.Group.IsSet():
		k.name = s.Group.V
	case s.FWMark.IsSet():
		k.name = s.Family.V
	}
	return k
}

// membersOf resolves the real servers, and what depends on all of them.
func (r *resolver) membersOf(s *VirtualServer, pool poolFacts, place int) {
	for i := range s.RealServers {
		r.memberDefaults(s, &s.RealServers[i])
	}
	if s.Sorry != nil {
		r.sorry(s, pool)
	}
	r.quorum(s)
	for i := range s.RealServers {
		member := &s.RealServers[i]
		checkPort := member.Address.V.Port()
		reset := r.memberPort(s, pool, member)
		r.checks(s, member, checkPort, reset)
	}
	r.duplicates(s, place)
}

// serviceDefaults fills in what depends on nothing else.
func (r *resolver) serviceDefaults(s *VirtualServer) {
	s.Weight.Default(1)
	s.Alpha.Default(false)
	s.Omega.Default(false)
	s.HASuspend.Default(false)
	s.OnePacket.Default(false)
	s.InhibitOnFailure.Default(false)
	s.Times.Interval.Default(defaultInterval)
	s.Times.Timeout.Default(defaultTimeout)
	s.Alert.Inherit(r.config.Global.Mail.AlertChecker)
	s.Alert.Inherit(r.config.Global.Mail.Alert)
	s.Alert.Default(false)
}

// serviceProtocol gives a service with an address its protocol; a mark has none.
func (r *resolver) serviceProtocol(s *VirtualServer, pool poolFacts) {
	if pool.marks && s.HASuspend.V {
		r.fix(s.HASuspend.Where, "", "virtual_server "+s.ID()+": ha_suspend follows an address, and a firewall mark has none", "cleared")
		s.HASuspend.Adjust(false)
	}
	if !pool.addresses {
		if s.Protocol.IsSet() {
			r.fix(s.Protocol.Where, "the rule that sets the mark chooses the protocol", "virtual_server "+s.ID()+": a firewall mark has no protocol", "ignored")
			s.Protocol.Clear()
		}
		return
	}
	if !s.Protocol.IsKnown() {
		r.fix(s.Where, `add "protocol TCP" if TCP is meant`, "virtual_server "+s.ID()+" has no protocol", "taken as UDP, which TCP connections do not reach")
		s.Protocol.Default(UDP)
	}
	if s.OnePacket.V && s.Protocol.V != UDP {
		r.fix(s.OnePacket.Where, "", "virtual_server "+s.ID()+": only UDP packets can be scheduled each on its own", "cleared")
		s.OnePacket.Adjust(false)
	}
}

// servicePersistence turns persistence on where the kernel wants it, or what was
// written needs it.
func (r *resolver) servicePersistence(s *VirtualServer, pool poolFacts) {
	if s.PersistenceBits.IsSet() && !s.Persistence.IsSet() {
		s.Persistence.Default(forcedPersistence)
	}
	if s.Persistence.V == 0 && pool.everyPort {
		r.fix(s.Where, "", "virtual_server "+s.ID()+" without port must be persistent", "taken as persistence_timeout 360")
		s.Persistence.Clear()
		s.Persistence.Default(forcedPersistence)
	}
	s.Persistence.Default(0)
	if s.Family.V == familyInet6 {
		s.PersistenceBits.Default(128)
	}
	s.PersistenceBits.Default(32)
}

// scheduler fills the scheduler in, and leaves out flags that are of another one.
func (r *resolver) scheduler(s *VirtualServer) {
	if !s.Scheduler.IsKnown() {
		r.fix(s.Where, "", "virtual_server "+s.ID()+" has no lb_algo", "taken as "+defaultScheduler)
		s.Scheduler.Default(defaultScheduler)
	}
	if !s.SchedulerFlags.IsSet() {
		return
	}
	var kept []string
	for _, f := range s.SchedulerFlags.V {
		if of, fits := flagFits(f, s.Scheduler.V); !fits {
			r.fix(s.SchedulerFlags.Where, "", fmt.Sprintf("virtual_server %s: %s is a flag of the scheduler %s, not of %s", s.ID(), f, of, s.Scheduler.V), "left out")
			continue
		}
		kept = append(kept, f)
	}
	switch {
	case len(kept) == 0:
		s.SchedulerFlags.Clear()
	case len(kept) < len(s.SchedulerFlags.V):
		s.SchedulerFlags.Adjust(kept)
	}
}

// flagFits tells which scheduler a flag is of, and whether it is that.
func flagFits(flag, scheduler string) (of string, fits bool) {
	switch flag {
	case "sh-port", "sh-fallback":
		return "sh", scheduler == "sh"
	case "mh-port", "mh-fallback":
		return "mh", scheduler == "mh"
	default:
		return "", true
	}
}

// serviceForwarding fills the forwarding method in, which somebody must need for
// its lack to be told.
func (r *resolver) serviceForwarding(s *VirtualServer) {
	if !s.Forwarding.Method.IsKnown() {
		needed := s.Sorry != nil && !s.Sorry.Forwarding.Method.IsKnown()
		for i := range s.RealServers {
			needed = needed || !s.RealServers[i].Forwarding.Method.IsKnown()
		}
		if needed {
			r.fix(s.Where, "add lb_kind NAT, DR or TUN", "virtual_server "+s.ID()+" has no lb_kind", "taken as NAT")
		}
		s.Forwarding.Method.Default(NAT)
	}
	s.Forwarding.complete()
}

// inherit takes a method with its tunnel over, all or nothing.
func (f *Forwarding) inherit(from *Forwarding) {
	if !f.Method.IsKnown() {
		f.Method.Inherit(from.Method)
		f.TunnelType.Inherit(from.TunnelType)
		f.TunnelPort.Inherit(from.TunnelPort)
		f.TunnelChecksum.Inherit(from.TunnelChecksum)
	}
	f.complete()
}

// complete fills in what is left of a tunnel.
func (f *Forwarding) complete() {
	if f.Method.V != TUN {
		return
	}
	f.TunnelType.Default(tunnelIPIP)
	if f.TunnelType.V != tunnelIPIP {
		f.TunnelChecksum.Default("nocsum")
	}
}

// quorum bounds the quorum by what the real servers can give, and the hysteresis by the quorum.
func (r *resolver) quorum(s *VirtualServer) {
	s.Quorum.Default(1)
	s.Hysteresis.Default(0)
	var sum uint64
	for i := range s.RealServers {
		sum += uint64(s.RealServers[i].Weight.V)
	}
	if uint64(s.Quorum.V) > sum {
		r.lowerQuorum(s, uint32(sum))
	}
	if most := max(s.Quorum.V, 1) - 1; s.Hysteresis.V > most {
		r.fix(s.Hysteresis.Where, "", fmt.Sprintf("virtual_server %s: the hysteresis %d is not below the quorum %d", s.ID(), s.Hysteresis.V, s.Quorum.V), fmt.Sprintf("reduced to %d", most))
		s.Hysteresis.Adjust(most)
	}
}

// lowerQuorum makes a quorum reachable. Of one that nobody wrote there is nothing
// to be put right.
func (r *resolver) lowerQuorum(s *VirtualServer, sum uint32) {
	written, where := s.Quorum.IsSet(), s.Where
	if written {
		where = s.Quorum.Where
	}
	if written || !r.Strict {
		r.fix(where, "", fmt.Sprintf("virtual_server %s: the quorum %d is more than the weight %d of all real servers", s.ID(), s.Quorum.V, sum), fmt.Sprintf("reduced to %d", sum))
	}
	if s.Quorum.V = sum; written {
		s.Quorum.Adjust(sum)
	}
}
