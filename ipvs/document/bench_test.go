package document_test

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/document"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

// large is 5000 services of 10 servers.
func large() (t ipvs.Table) {
	for i := range 5000 {
		vip := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 80)
		s := ipvs.ServiceEntry{Service: ipvs.Service{ServiceKey: ipvs.AddressKey(ipvs.TCP, vip), Scheduler: "wlc", Netmask: 0xffffffff}}
		for j := range 10 {
			real := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 2, byte(i), byte(j)}), 80)
			s.Destinations = append(s.Destinations, ipvs.DestinationEntry{Destination: ipvs.Destination{Address: real, Method: ipvs.DirectRoute, Weight: 1}})
		}
		t = append(t, s)
	}
	return t
}

func BenchmarkRead(b *testing.B) {
	table := large()
	for name, f := range map[string]document.Format{"json": document.JSON, "yaml": document.YAML, "listed json": document.JSON, "rules": 0} {
		var text bytes.Buffer
		if f == 0 {
			text.Write(ipvsadm.RenderRules(table))
		} else if err := document.Write(&text, f, document.Of(table, name == "listed json")); err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				if s, err := document.Read("f", text.String(), noNames{}); err != nil || len(s.Table) != len(table) {
					b.Fatal(err)
				}
			}
		})
	}
}
