package change

import (
	"net/netip"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Traffic is what passes through a real server, at two looks at the table.
type Traffic struct {
	Service       ipvs.ServiceKey
	Server        netip.AddrPort
	Before, After ipvs.DestinationEntry // Before is zero for a server that is new
}

// TrafficBetween are the servers whose connections or rates changed from one look
// to the next, in the order of the second. Servers that went are not among them.
func TrafficBetween(before, after ipvs.Table) (out []Traffic) {
	old := make(map[ipvs.ServiceKey]map[netip.AddrPort]*ipvs.DestinationEntry, len(before))
	for i := range before {
		p := make(map[netip.AddrPort]*ipvs.DestinationEntry, len(before[i].Destinations))
		for j := range before[i].Destinations {
			p[before[i].Destinations[j].Address] = &before[i].Destinations[j]
		}
		old[before[i].ServiceKey] = p
	}
	for i := range after {
		for _, d := range after[i].Destinations {
			t := Traffic{Service: after[i].ServiceKey, Server: d.Address, After: d}
			if b := old[t.Service][d.Address]; b != nil {
				t.Before = *b
			}
			if t.changed() {
				out = append(out, t)
			}
		}
	}
	return out
}

func (t Traffic) changed() bool {
	a, b := &t.After, &t.Before
	return a.ActiveConns != b.ActiveConns || a.InactiveConns != b.InactiveConns || a.PersistentConns != b.PersistentConns ||
		rates(a.Stats) != rates(b.Stats)
}

// rates are the counters without their sums.
func rates(s ipvs.Stats) ipvs.Stats {
	return ipvs.Stats{CPS: s.CPS, PPSIn: s.PPSIn, PPSOut: s.PPSOut, BPSIn: s.BPSIn, BPSOut: s.BPSOut}
}
