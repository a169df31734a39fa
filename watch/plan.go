// Package watch keeps the kernel's virtual server table true to the
// configuration and to the health of the real servers.
//
// Plan and Ownership decide, as functions of values: which table should stand,
// and which part of the kernel's table may be touched for that. Watcher runs the
// checks, and carries out the difference between what stands and what should.
package watch

import (
	"net/netip"

	"github.com/lvsctl/lvsctl/check"
	"github.com/lvsctl/lvsctl/ipvs"
)

// RealKey names one real server of one service.
type RealKey struct {
	Service ipvs.ServiceKey
	Address netip.AddrPort
}

// Health is what is known of one real server.
type Health struct {
	Status  check.Status // of all its checks together
	Adopted bool         // it stood in the kernel when it was first seen
}

// Serves tells whether the real server belongs into the table: it passed its
// checks, or it was there before them and they have not said otherwise yet. So a
// start disturbs nobody's traffic, and never sends any to a server that is dead.
func (h Health) Serves() bool {
	return h.Status == check.Up || h.Status == check.Unknown && h.Adopted
}

// Plan is the table that should stand: every virtual server, with those of its
// real servers that serve. A server that health does not know does not serve. Of
// two virtual servers or real servers with one key the first counts.
func Plan(servers []VirtualServer, health map[RealKey]Health) ipvs.Table {
	table := make(ipvs.Table, 0, len(servers))
	seen := map[ipvs.ServiceKey]bool{}
	for _, vs := range servers {
		key := serviceKey(vs)
		if seen[key] {
			continue
		}
		seen[key] = true
		table = append(table, ipvs.ServiceEntry{Service: service(vs), Destinations: destinations(vs, health)})
	}
	return table
}

func destinations(vs VirtualServer, health map[RealKey]Health) []ipvs.DestinationEntry {
	var ds []ipvs.DestinationEntry
	seen := map[netip.AddrPort]bool{}
	for _, rs := range vs.RealServers {
		if seen[rs.Address] || !health[realKey(vs, rs)].Serves() {
			continue
		}
		seen[rs.Address] = true
		ds = append(ds, ipvs.DestinationEntry{Destination: ipvs.Destination{
			Address: rs.Address,
			Method:  method(vs.Method),
			Weight:  rs.Weight,
		}})
	}
	return ds
}

func service(vs VirtualServer) ipvs.Service {
	key := serviceKey(vs)
	s := ipvs.Service{ServiceKey: key, Scheduler: vs.Scheduler, Netmask: ipvs.FullNetmask(key.Family)}
	if vs.Persistence > 0 {
		s.Flags |= ipvs.FlagPersistent
		s.Persistence = vs.Persistence
	}
	return s
}

func serviceKey(vs VirtualServer) ipvs.ServiceKey {
	return ipvs.AddressKey(protocol(vs.Protocol), vs.Address)
}

func realKey(vs VirtualServer, rs RealServer) RealKey {
	return RealKey{Service: serviceKey(vs), Address: rs.Address}
}

func protocol(p Protocol) ipvs.Protocol {
	switch p {
	case UDP:
		return ipvs.UDP
	case SCTP:
		return ipvs.SCTP
	default:
		return ipvs.TCP
	}
}

func method(m ForwardingMethod) ipvs.ForwardingMethod {
	switch m {
	case DR:
		return ipvs.DirectRoute
	case TUN:
		return ipvs.Tunnel
	default:
		return ipvs.Masquerade
	}
}
