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
	var d difference
	old := make(map[ServiceKey]int, len(have))
	for i := range have {
		old[have[i].ServiceKey] = i
	}
	stays := make([]bool, len(have))
	for i := range want {
		w := &want[i]
		at, known := old[w.ServiceKey]
		if !known {
			d.setServices = append(d.setServices, Op{Kind: AddService, Service: w.Service})
			d.destinations(nil, w)
			continue
		}
		stays[at] = true
		if have[at].Stored() != w.Stored() {
			d.setServices = append(d.setServices, Op{Kind: EditService, Service: w.Service})
		}
		d.destinations(have[at].Destinations, w)
	}
	for i, stays := range stays {
		if !stays {
			key := Service{ServiceKey: have[i].ServiceKey}
			d.deleteServices = append(d.deleteServices, Op{Kind: DeleteService, Service: key})
		}
	}
	return d.ops()
}

// difference collects operations by the step they belong to. What it remembers of
// one pool is used again for the next.
type difference struct {
	setServices, setDestinations, deleteDestinations, deleteServices []Op

	places map[netip.AddrPort]int
	stays  []bool
}

func (d *difference) ops() []Op {
	ops := append(d.setServices, d.setDestinations...)
	return append(append(ops, d.deleteDestinations...), d.deleteServices...)
}

// destinations adds, edits and deletes the destinations of one service that stays.
func (d *difference) destinations(have []DestinationEntry, want *ServiceEntry) {
	svc := Service{ServiceKey: want.ServiceKey}
	d.remember(have)
	for i := range want.Destinations {
		w := &want.Destinations[i].Destination
		at, known := d.find(have, i, w.Address)
		switch {
		case !known:
			d.setDestinations = append(d.setDestinations, Op{Kind: AddDestination, Service: svc, Destination: *w})
			continue
		case have[at].Stored() != w.Stored():
			d.setDestinations = append(d.setDestinations, Op{Kind: EditDestination, Service: svc, Destination: *w})
		}
		d.stays[at] = true
	}
	for i, stays := range d.stays {
		if !stays {
			d.deleteDestinations = append(d.deleteDestinations, Op{Kind: DeleteDestination, Service: svc, Destination: have[i].Destination})
		}
	}
}

// smallPool is up to how many destinations looking through all is faster than a map.
const smallPool = 16

// remember prepares to find destinations in a pool.
func (d *difference) remember(have []DestinationEntry) {
	d.stays = append(d.stays[:0], make([]bool, len(have))...)
	d.places = nil
	if len(have) > smallPool {
		d.places = make(map[netip.AddrPort]int, len(have))
		for i := range have {
			d.places[have[i].Address] = i
		}
	}
}

// find is where in the pool a destination is. It looks first at the place where it
// is if nothing has changed: the kernel lists the newest first, so a file that was
// saved and restored has them the other way round.
func (d *difference) find(have []DestinationEntry, i int, a netip.AddrPort) (at int, known bool) {
	for _, at := range [2]int{i, len(have) - 1 - i} {
		if at >= 0 && at < len(have) && have[at].Address == a {
			return at, true
		}
	}
	if d.places != nil {
		at, known = d.places[a]
		return at, known
	}
	for at := range have {
		if have[at].Address == a {
			return at, true
		}
	}
	return 0, false
}

// alike tells whether a service with the destinations ds is as it is wanted.
func (d *difference) alike(have *ServiceEntry, ds []DestinationEntry, want *ServiceEntry) bool {
	if have.Stored() != want.Stored() || len(ds) != len(want.Destinations) {
		return false
	}
	d.remember(ds)
	for i := range want.Destinations {
		w := &want.Destinations[i].Destination
		at, known := d.find(ds, i, w.Address)
		if !known || d.stays[at] || ds[at].Stored() != w.Stored() {
			return false
		}
		d.stays[at] = true
	}
	return true
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
