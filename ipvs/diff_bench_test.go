package ipvs_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Two tables of 5000 services with 10 servers each that differ in nothing but the
// order of the servers.
func BenchmarkDiff(b *testing.B) {
	var have ipvs.Table
	for s := range 5000 {
		entry := ipvs.ServiceEntry{Service: addService(s).Service}
		for d := range 10 {
			addr := netip.AddrFrom4([4]byte{10, byte(d), byte(s >> 8), byte(s)})
			entry.Destinations = append(entry.Destinations, ipvs.DestinationEntry{
				Destination: ipvs.Destination{Address: netip.AddrPortFrom(addr, 80), Method: ipvs.DirectRoute, Weight: 1},
			})
		}
		have = append(have, entry)
	}
	want := slices.Clone(have)
	for i := range want {
		want[i].Destinations = slices.Clone(want[i].Destinations)
		slices.Reverse(want[i].Destinations)
	}
	b.ReportAllocs()
	for b.Loop() {
		if ops := ipvs.Diff(have, want); len(ops) != 0 {
			b.Fatal(ops)
		}
	}
}
