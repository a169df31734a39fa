package document

import (
	"math"
	"net/netip"
	"time"

	"github.com/lvsctl/lvsctl/ipvs"
)

// service takes one virtual service with its servers. Its mistakes are told all,
// and it counts only if it has none.
func (r *reader) service(n node) {
	before := len(r.problems)
	const what = "a service"
	var s ipvs.ServiceEntry
	var address netip.Addr
	var port uint16
	var servers node
	protocol, family := ipvs.Protocol(0), ipvs.Family(0)
	if !r.fields(n, what, serviceFields, func(name string, v node) {
		switch name {
		case "protocol":
			protocol = choice(&r.judge, v, name, protocols)
		case "family":
			family = choice(&r.judge, v, name, families)
		case "address":
			address = r.address(v, name)
		case "port":
			port = r.port(v, name)
		case "fwmark":
			s.FWMark = uint32(r.number(v, name, 1, math.MaxUint32))
		case "scheduler":
			s.Scheduler = r.name(v, name)
		case "persistence_seconds":
			s.Flags |= ipvs.FlagPersistent
			s.Persistence = time.Duration(r.number(v, name, 0, maxPersistence)) * time.Second
		case "persistence_engine":
			s.PE = r.name(v, name)
		case "one_packet":
			if r.truth(v, name) {
				s.Flags |= ipvs.FlagOnePacket
			}
		case "servers":
			servers = v
		}
	}) || !r.has(n, "protocol", what) {
		return
	}
	if s.Scheduler == "" {
		s.Scheduler = "wlc"
	}
	if !r.key(n, &s, protocol, family, netip.AddrPortFrom(address, port)) {
		return
	}
	r.dependent(n, &s.Service)
	if servers.kind != nothing && r.is(servers, "servers", list) {
		clear(r.here)
		s.Destinations = make([]ipvs.DestinationEntry, 0, len(servers.nodes))
		for _, e := range servers.nodes {
			r.server(e, &s)
		}
	}
	if len(r.problems) == before {
		r.state.Table = append(r.state.Table, s)
	}
}

// key settles what identifies the service.
func (r *reader) key(n node, s *ipvs.ServiceEntry, p ipvs.Protocol, f ipvs.Family, a netip.AddrPort) bool {
	const what = "a service"
	if v, _ := value(n, "protocol"); v.text != "fwm" {
		if p == 0 || !r.has(n, "address", what) || !r.has(n, "port", what) || !a.Addr().IsValid() {
			return false
		}
		s.ServiceKey = ipvs.AddressKey(p, a)
		r.onlyWith(n, "fwmark", "protocol fwm")
		if v, ok := value(n, "family"); ok && f != 0 && f != s.Family {
			r.wrong(v, "family can be left out", "the address is %s", familyName(s.Family))
		}
	} else {
		if !r.has(n, "fwmark", what) {
			return false
		}
		if f == 0 {
			f = ipvs.IPv4
		}
		s.ServiceKey = ipvs.FWMarkKey(s.FWMark, f)
		r.onlyWith(n, "address", "tcp, udp or sctp")
		r.onlyWith(n, "port", "tcp, udp or sctp")
	}
	if s.FWMark != 0 || s.Address.IsValid() {
		r.once(n, "service "+s.String())
	}
	return true
}

// onlyWith is wrong about a field that goes with something else.
func (r *reader) onlyWith(n node, name, with string) {
	if v, ok := value(n, name); ok {
		r.wrong(v, "", "%s is only for %s", name, with)
	}
}

// dependent takes the fields whose meaning depends on others, and judges what does
// not go together.
func (r *reader) dependent(n node, s *ipvs.Service) {
	s.Netmask = ipvs.FullNetmask(s.Family)
	if v, ok := value(n, "netmask"); ok {
		m, ok := netmaskNamed(v.text, s.Family)
		if !ok || v.kind != text && v.kind != number {
			r.wrong(v, "for IPv4 like 255.255.255.0, for IPv6 a length from 1 to 128", "%q is no netmask for %s", v.text, familyName(s.Family))
		}
		s.Netmask = m
	}
	if v, ok := value(n, "scheduler_flags"); ok && r.is(v, "scheduler_flags", list) {
		for _, e := range v.nodes {
			flag, ok := flagNamed(s.Scheduler, r.word(e, "a scheduler flag"))
			if !ok && e.kind == text {
				r.wrong(e, "", "scheduler %s has no flag %q", s.Scheduler, e.text)
			}
			s.Flags |= flag
		}
	}
	switch {
	case s.FWMark == 0 && s.Address.Port() == 0 && s.Flags&ipvs.FlagPersistent == 0:
		r.wrong(n, "add persistence_seconds, or name the port", "a service on every port must be persistent")
	case s.Flags&ipvs.FlagOnePacket != 0 && s.FWMark == 0 && s.Protocol != ipvs.UDP:
		r.wrong(n, "", "one_packet is only for udp and fwm")
	}
}

// server takes one real server.
func (r *reader) server(n node, s *ipvs.ServiceEntry) {
	const what = "a server"
	d := ipvs.Destination{Method: ipvs.DirectRoute, Weight: 1}
	var address netip.Addr
	var tunnel node
	port := s.Address.Port()
	if !r.fields(n, what, serverFields, func(name string, v node) {
		switch name {
		case "address":
			address = r.address(v, name)
		case "port":
			port = r.port(v, name)
		case "forward":
			d.Method = choice(&r.judge, v, name, methods)
		case "weight":
			d.Weight = r.kernelInt(v, name)
		case "upper_threshold":
			d.UpperThreshold = r.kernelInt(v, name)
		case "lower_threshold":
			d.LowerThreshold = r.kernelInt(v, name)
		case "tunnel":
			tunnel = v
			d.Tunnel = r.tunnel(v)
		}
	}) || !r.has(n, "address", what) || !address.IsValid() {
		return
	}
	d.Address = netip.AddrPortFrom(address, port)
	switch {
	case ipvs.FamilyOf(address) != s.Family && d.Method != ipvs.Tunnel:
		r.wrong(n, "forward: tunnel", "a server of another address family than its service can only be reached through a tunnel")
	case d.LowerThreshold > d.UpperThreshold:
		r.wrong(n, "", "lower_threshold is above upper_threshold")
	case d.Method != ipvs.Tunnel && tunnel.kind != nothing:
		r.wrong(tunnel, "", "tunnel is only for forward: tunnel")
	}
	if _, again := r.here[d.Address]; again {
		r.wrong(n, "", "server %s stands in this service already", d.Address)
	}
	r.here[d.Address] = struct{}{}
	s.Destinations = append(s.Destinations, ipvs.DestinationEntry{Destination: d})
}

func (r *reader) tunnel(n node) (t ipvs.TunnelOptions) {
	if !r.fields(n, "tunnel", tunnelFields, func(name string, v node) {
		switch name {
		case "type":
			t.Type = choice(&r.judge, v, name, tunnelTypes)
		case "port":
			t.Port = uint16(r.number(v, name, 1, math.MaxUint16))
		case "checksum":
			t.Flags = choice(&r.judge, v, name, checksums)
		}
	}) {
		return t
	}
	_, hasPort := value(n, "port")
	switch {
	case t.Type == ipvs.GUE && t.Port == 0 && !hasPort:
		r.wrong(n, "", "a gue tunnel must have the field port")
	case t.Type != ipvs.GUE && hasPort:
		r.onlyWith(n, "port", "gue")
	case t.Type == ipvs.IPIP:
		r.onlyWith(n, "checksum", "gue and gre")
	case t.Type == ipvs.GRE && t.Flags == ipvs.TunnelRemoteChecksum:
		r.wrong(n, "", "remcsum is only for gue")
	}
	return t
}
