package ipvsadm

import (
	"net/netip"
	"testing"

	"github.com/lvsctl/lvsctl/ipvs"
)

// bigTable has 5000 services with 10 real servers each, in no order.
func bigTable() ipvs.Table {
	var t ipvs.Table
	for i := range 5000 {
		n := uint32(i) * 2654435761 % 5000
		s := ipvs.ServiceEntry{Service: ipvs.Service{
			ServiceKey: ipvs.AddressKey(ipvs.TCP, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 200, byte(n >> 8), byte(n)}), 80)),
			Scheduler:  "wlc", Netmask: ipvs.FullNetmask(ipvs.IPv4),
		}}
		for j := range 10 {
			a := netip.AddrFrom4([4]byte{172, 16, byte(j * 37), byte(n + uint32(j))})
			s.Destinations = append(s.Destinations, ipvs.DestinationEntry{
				Destination: ipvs.Destination{Address: netip.AddrPortFrom(a, 8080), Method: ipvs.DirectRoute, Weight: uint32(j)},
				ActiveConns: n, InactiveConns: uint32(j),
			})
		}
		t = append(t, s)
	}
	return t
}

func BenchmarkRender(b *testing.B) {
	t := bigTable()
	for name, format := range map[string]Format{"plain": Plain, "stats": StatsFormat} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Render(Listing{Numeric: true, Format: format}, ipvs.Info{}, t, nil)
			}
		})
	}
}

func BenchmarkRenderSave(b *testing.B) {
	t := bigTable()
	b.ReportAllocs()
	for b.Loop() {
		RenderSave(t, true, nil)
	}
}
