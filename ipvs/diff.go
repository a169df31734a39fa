package ipvs

import "net/netip"

// Diff gives the operations that turn the table have into the table want, as few
// as possible, in an order that keeps traffic flowing: services are added and
// edited, then destinations are added and edited, then destinations and at last
// services are deleted. Between two operations every service that stays has at
// least the destinations that it keeps.
//
// A service is known by its ServiceKey, a destination by its Address; neither may
// occur twice in a table. Counters, the order of the tables and whatever the
// kernel does not store (see Service.Stored) make no difference. A service goes
// with its destinations: they are not deleted one by one. Diff never flushes,
// so what somebody else added since have was read survives.
func Diff(have, want Table) []Op {
	old, wanted := byKey(have), byKey(want)
	var d difference
	for _, w := range want {
		h, known := old[w.ServiceKey]
		d.service(h, w, known)
		d.destinations(h, w)
	}
	for _, h := range have {
		if _, stays := wanted[h.ServiceKey]; !stays {
			d.deleteServices = append(d.deleteServices, Op{Kind: DeleteService, Service: Service{ServiceKey: h.ServiceKey}})
		}
	}
	return d.ops()
}

// difference collects operations by the step they belong to.
type difference struct {
	setServices, setDestinations, deleteDestinations, deleteServices []Op
}

func (d *difference) ops() []Op {
	ops := append(d.setServices, d.setDestinations...)
	return append(append(ops, d.deleteDestinations...), d.deleteServices...)
}

// service adds or edits the service itself.
func (d *difference) service(have, want ServiceEntry, known bool) {
	switch {
	case !known:
		d.setServices = append(d.setServices, Op{Kind: AddService, Service: want.Service})
	case have.Stored() != want.Stored():
		d.setServices = append(d.setServices, Op{Kind: EditService, Service: want.Service})
	}
}

// destinations adds, edits and deletes the destinations of one service that stays.
func (d *difference) destinations(have, want ServiceEntry) {
	svc := Service{ServiceKey: want.ServiceKey}
	old, wanted := byAddress(have.Destinations), byAddress(want.Destinations)
	for _, w := range want.Destinations {
		h, known := old[w.Address]
		switch {
		case !known:
			d.setDestinations = append(d.setDestinations, Op{Kind: AddDestination, Service: svc, Destination: w.Destination})
		case h.Stored() != w.Stored():
			d.setDestinations = append(d.setDestinations, Op{Kind: EditDestination, Service: svc, Destination: w.Destination})
		}
	}
	for _, h := range have.Destinations {
		if _, stays := wanted[h.Address]; !stays {
			d.deleteDestinations = append(d.deleteDestinations, Op{Kind: DeleteDestination, Service: svc, Destination: h.Destination})
		}
	}
}

// Stored is the service as the kernel will read it back: without FlagHashed, which
// only the kernel sets, and with the full netmask if there was none. Zero is only
// a netmask of a persistent IPv4 service, where it makes all clients one.
func (s Service) Stored() Service {
	s.Flags &^= FlagHashed
	if s.Netmask == 0 && (s.Family == IPv6 || s.Flags&FlagPersistent == 0) {
		s.Netmask = FullNetmask(s.Family)
	}
	return s
}

// Stored is the destination as the kernel will read it back: tunnel options exist
// only with the method Tunnel and a type other than plain IPIP.
func (d Destination) Stored() Destination {
	if d.Method != Tunnel || d.Tunnel.Type == IPIP {
		d.Tunnel = TunnelOptions{}
	}
	return d
}

func byKey(t Table) map[ServiceKey]ServiceEntry {
	m := make(map[ServiceKey]ServiceEntry, len(t))
	for _, s := range t {
		m[s.ServiceKey] = s
	}
	return m
}

func byAddress(ds []DestinationEntry) map[netip.AddrPort]DestinationEntry {
	m := make(map[netip.AddrPort]DestinationEntry, len(ds))
	for _, d := range ds {
		m[d.Address] = d
	}
	return m
}
