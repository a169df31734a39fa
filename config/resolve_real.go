package config

import (
	"fmt"
	"net/netip"
	"strconv"
)

// serviceFamily finds the family of a service: that of its address, else what was
// written, else that of its real servers. It is false if those of its group cannot
// be reached from there.
func (r *resolver) serviceFamily(s *VirtualServer, pool poolFacts) bool {
	if pool.addresses && pool.group == nil {
		r.addressFamily(s)
		return true
	}
	for i := range s.RealServers {
		if m := &s.RealServers[i]; !s.tunnels(&m.Forwarding) {
			s.Family.Default(familyOf(m.Address.V.Addr()))
		}
	}
	if s.Sorry != nil && !s.tunnels(&s.Sorry.Forwarding) {
		s.Family.Default(familyOf(s.Sorry.Address.V.Addr()))
	}
	if s.Family.V == familyInet && pool.inet6 || s.Family.V == familyInet6 && pool.inet {
		r.fix(s.Where, "", "virtual_server "+s.ID()+": the group has addresses of another family than the real servers", "left out")
		return false
	}
	if pool.inet != pool.inet6 {
		s.Family.Default(map[bool]string{true: familyInet, false: familyInet6}[pool.inet])
	}
	if family, one := s.onlyFamily(); one {
		s.Family.Default(family)
	}
	s.Family.Default(familyInet)
	return true
}

// addressFamily is the family of a service with an address.
func (r *resolver) addressFamily(s *VirtualServer) {
	family := familyOf(s.Address.V.Addr())
	if s.Family.IsSet() && s.Family.V != family {
		r.fix(s.Family.Where, "", "ip_family "+s.Family.V+" is not that of the address "+s.Address.V.Addr().String(), "ignored")
		s.Family.Clear()
	}
	s.Family.Default(family)
}

func familyOf(a netip.Addr) string {
	if a.Is4() {
		return familyInet
	}
	return familyInet6
}

// onlyFamily is the family that all real servers are of.
func (s *VirtualServer) onlyFamily() (family string, one bool) {
	if s.Sorry != nil {
		family = familyOf(s.Sorry.Address.V.Addr())
	}
	for i := range s.RealServers {
		f := familyOf(s.RealServers[i].Address.V.Addr())
		if family != "" && f != family {
			return "", false
		}
		family = f
	}
	return family, family != ""
}

// tunnels tells whether packets come in a tunnel; only tunnels carry IPv4 in IPv6
// and the other way round.
func (s *VirtualServer) tunnels(f *Forwarding) bool {
	if f.Method.IsKnown() {
		return f.Method.V == TUN
	}
	return s.Forwarding.Method.V == TUN
}

// reaches tells whether a server of an address can stand behind the service.
func (s *VirtualServer) reaches(f *Forwarding, a netip.Addr) bool {
	return familyOf(a) == s.Family.V || s.tunnels(f)
}

// memberFamilies leaves real servers out that the service cannot reach.
func (r *resolver) memberFamilies(s *VirtualServer) {
	kept := 0
	for i := range s.RealServers {
		m := &s.RealServers[i]
		if !s.reaches(&m.Forwarding, m.Address.V.Addr()) {
			r.fix(m.Where, "", "real_server "+m.Address.V.Addr().String()+" is of another address family than the virtual server", "left out")
			continue
		}
		if i != kept {
			s.RealServers[kept] = *m
		}
		kept++
	}
	clear(s.RealServers[kept:])
	s.RealServers = s.RealServers[:kept]
}

func (r *resolver) sorryFamily(s *VirtualServer) {
	if s.Sorry == nil || s.reaches(&s.Sorry.Forwarding, s.Sorry.Address.V.Addr()) {
		return
	}
	r.fix(s.Sorry.Where, "", "sorry_server "+s.Sorry.Address.V.Addr().String()+" is of another address family than the virtual server", "left out")
	s.Sorry = nil
}

// memberDefaults gives a real server what it takes over from its virtual server.
func (r *resolver) memberDefaults(s *VirtualServer, m *RealServer) {
	m.Forwarding.inherit(&s.Forwarding)
	m.Weight.Inherit(s.Weight)
	m.Alpha.Inherit(s.Alpha)
	m.InhibitOnFailure.Inherit(s.InhibitOnFailure)
	m.UpperThreshold.Default(0)
	m.LowerThreshold.Default(0)
	m.Times.inherit(&s.Times)
	if m.Extra != nil {
		r.extra(s, m.Extra)
	}
}

// extra fills in what few real servers have.
func (r *resolver) extra(s *VirtualServer, x *RealServerExtra) {
	x.VirtualHost.Inherit(s.VirtualHost)
	x.Alert.Inherit(r.config.Global.Mail.AlertChecker)
	x.Alert.Inherit(r.config.Global.Mail.Alert)
	x.Alert.Default(true)
}

// inherit takes the times of an enclosing block over.
func (t *CheckTimes) inherit(from *CheckTimes) {
	t.Interval.Inherit(from.Interval)
	t.Timeout.Inherit(from.Timeout)
	t.Retries.Inherit(from.Retries)
	t.RetryDelay.Inherit(from.RetryDelay)
	t.Warmup.Inherit(from.Warmup)
}

// memberPort gives a real server its port: only NAT can change the port of a
// packet. It tells whether another one was written.
func (r *resolver) memberPort(s *VirtualServer, pool poolFacts, m *RealServer) (reset bool) {
	if pool.group != nil {
		r.groupPort(s, pool, m)
		return false
	}
	was := m.Address.V.Port()
	port := r.port("real_server", s, pool, m.Forwarding.Method.V, m.Address)
	if port != was {
		m.Address.Adjust(netip.AddrPortFrom(m.Address.V.Addr(), port))
	}
	return was != 0 && port != was
}

// port is the port that packets to a server have.
func (r *resolver) port(what string, s *VirtualServer, pool poolFacts, method ForwardingMethod, a Value[netip.AddrPort]) uint16 {
	port, want := a.V.Port(), s.Address.V.Port()
	switch {
	case pool.markOnly && method == NAT:
		return port
	case pool.markOnly && port != 0:
		r.fix(a.Where, "", fmt.Sprintf("%s %s: %s cannot change the port of packets with a mark", what, a.V, method), "port cleared")
		return 0
	case port == 0:
		return want
	case method == NAT:
		return port
	case port != want:
		r.fix(a.Where, "use lb_kind NAT, or the same port", fmt.Sprintf("port %d is not that of the virtual server, which %s cannot change", port, method), fmt.Sprintf("reset to %d", want))
	}
	return want
}

// groupPort tells that a port has no effect.
func (r *resolver) groupPort(s *VirtualServer, pool poolFacts, m *RealServer) {
	port := m.Address.V.Port()
	if port == 0 || m.Forwarding.Method.V == NAT {
		return
	}
	for i := range pool.group.Entries {
		if e := &pool.group.Entries[i]; e.FWMark.IsSet() || e.Port.V != port {
			r.fix(m.Address.Where, "", fmt.Sprintf("virtual_server %s: port %d of real_server %s is not that of the whole group, which %s cannot change",
				s.ID(), port, m.Address.V, m.Forwarding.Method.V), "the port has no effect")
			return
		}
	}
}

// sorry resolves the server that answers while the quorum is lost.
func (r *resolver) sorry(s *VirtualServer, pool poolFacts) {
	y := s.Sorry
	y.Forwarding.inherit(&s.Forwarding)
	y.Inhibit.Default(false)
	for i := range s.RealServers {
		m := &s.RealServers[i]
		if m.Address.V == y.Address.V && m.InhibitOnFailure.V != y.Inhibit.V {
			r.fix(y.Where, "", "sorry_server "+y.Address.V.String()+" is a real server too, with another inhibit_on_failure", "taken as that")
			y.Inhibit.Where = y.Where
			y.Inhibit.Adjust(m.InhibitOnFailure.V)
		}
	}
	if pool.group == nil && y.Forwarding.Method.V != NAT {
		if port := r.port("sorry_server", s, pool, y.Forwarding.Method.V, y.Address); port != y.Address.V.Port() {
			y.Address.Adjust(netip.AddrPortFrom(y.Address.V.Addr(), port))
		}
	}
}

// duplicates leaves out real servers that the virtual server has already.
func (r *resolver) duplicates(s *VirtualServer, place int) {
	kept := 0
	for i := range s.RealServers {
		m := &s.RealServers[i]
		key := memberKey{place, m.Address.V}
		if first, second := r.members[key]; second {
			r.fix(m.Where, "", fmt.Sprintf("second real_server %s, the first is in %s", m.Address.V, lineFrom(first, m.Where)), "left out")
			continue
		}
		r.members[key] = m.Where
		if i != kept {
			s.RealServers[kept] = *m
		}
		kept++
	}
	clear(s.RealServers[kept:])
	s.RealServers = s.RealServers[:kept]
}

// join puts the real servers of a second virtual_server with the same address and
// protocol into the first. That is what comes out of keepalived: the kernel refuses
// the second service, and takes its real servers for the first.
func (r *resolver) join(first, second *VirtualServer) {
	name := second.ID()
	if second.Protocol.V != "" {
		name = string(second.Protocol.V) + " " + name
	}
	r.fix(second.Where, "write them as one block", "second virtual_server "+name+", the first is in "+lineFrom(first.Where, second.Where),
		"its real servers join the first, whose settings count")
	for i := range second.RealServers {
		m := &second.RealServers[i]
		if second.VirtualHost.V != first.VirtualHost.V && m.Extra == nil {
			m.Extra = &RealServerExtra{VirtualHost: second.VirtualHost}
			r.extra(second, m.Extra)
		}
		m.move(second, first)
	}
	first.RealServers = append(first.RealServers, second.RealServers...)
}

// move makes its own what a real server took over from one virtual server and would
// not take over from the other.
func (m *RealServer) move(from, to *VirtualServer) {
	own(&m.Weight, to.Weight, m.Where)
	own(&m.Alpha, to.Alpha, m.Where)
	own(&m.InhibitOnFailure, to.InhibitOnFailure, m.Where)
	if !sameForwarding(&m.Forwarding, &to.Forwarding) {
		own(&m.Forwarding.Method, Value[ForwardingMethod]{}, m.Where)
		own(&m.Forwarding.TunnelType, Text{}, m.Where)
		own(&m.Forwarding.TunnelPort, Value[uint16]{}, m.Where)
		own(&m.Forwarding.TunnelChecksum, Text{}, m.Where)
	}
	if m.Extra != nil {
		own(&m.Extra.VirtualHost, to.VirtualHost, m.Where)
	}
	if sameTimes(&from.Times, &to.Times) {
		return
	}
	m.Times.own(m.Where)
	m.Times.inherit(&to.Times)
	for i := range m.Checks {
		m.Checks[i].Times.own(m.Where)
	}
}

// own makes all times that are known ones that stand here.
func (t *CheckTimes) own(where Position) {
	own(&t.Interval, Span{}, where)
	own(&t.Timeout, Span{}, where)
	own(&t.Retries, Value[uint32]{}, where)
	own(&t.RetryDelay, Span{}, where)
	own(&t.Warmup, Span{}, where)
}

// own makes a value that is known, but another than there is, one that stands here.
func own[T comparable](v *Value[T], there Value[T], where Position) {
	if v.IsKnown() && !v.IsSet() && (!there.IsKnown() || there.V != v.V) {
		v.Where = where
		v.Adjust(v.V)
	}
}

func sameForwarding(a, b *Forwarding) bool {
	return a.Method.V == b.Method.V && a.TunnelType.V == b.TunnelType.V &&
		a.TunnelPort.V == b.TunnelPort.V && a.TunnelChecksum.V == b.TunnelChecksum.V
}

func sameTimes(a, b *CheckTimes) bool {
	return sameSpan(a.Interval, b.Interval) && sameSpan(a.Timeout, b.Timeout) && sameSpan(a.RetryDelay, b.RetryDelay) &&
		sameSpan(a.Warmup, b.Warmup) && a.Retries.V == b.Retries.V && a.Retries.IsKnown() == b.Retries.IsKnown()
}

func sameSpan(a, b Span) bool { return a.V == b.V && a.IsKnown() == b.IsKnown() }

// lineFrom names a place, shortly if it is in the same file.
func lineFrom(place, from Position) string {
	if place.File == from.File {
		return "line " + strconv.Itoa(int(place.Line))
	}
	return place.File + ":" + strconv.Itoa(int(place.Line))
}
