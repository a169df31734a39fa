package ipvsadm

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Equal ones stay in their order, whichever half they come from.
func TestSortKeepsTheOrderOfEquals(t *testing.T) {
	var s sorter
	keys := s.reset(5)
	for i, port := range []uint16{2, 1, 2, 1, 2} {
		keys[i].port = port
	}
	s.sort(s.indexes)
	if want := []int32{1, 3, 0, 2, 4}; !slices.Equal(s.indexes, want) {
		t.Errorf("got %v, want %v", s.indexes, want)
	}
}

// Comparing goes in circles, so the way of sorting shows in the result. This is
// what qsort(3) of glibc makes of it.
func TestSortOfAnOrderThatGoesInCircles(t *testing.T) {
	var ds []ipvs.DestinationEntry
	for _, a := range []string{"10.0.0.1:80", "192.168.0.1:80", "172.16.0.1:80", "64.0.0.0:80"} {
		ds = append(ds, ipvs.DestinationEntry{Destination: ipvs.Destination{Address: netip.MustParseAddrPort(a)}})
	}
	var s serverSorter
	if got, want := s.order(ds, false), []int32{1, 0, 3, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Below is the order once more, as plainly as it can be said.

// modelSort is qsort(3) of glibc: halves are sorted and merged, the left half is
// the smaller, and what compares as equal or less is taken from the left.
func modelSort[T any](items []T, compare func(a, b T) int32) []T {
	if len(items) < 2 {
		return items
	}
	half := len(items) / 2
	left, right := modelSort(items[:half], compare), modelSort(items[half:], compare)
	var merged []T
	for len(left) > 0 && len(right) > 0 {
		if compare(left[0], right[0]) <= 0 {
			merged, left = append(merged, left[0]), left[1:]
		} else {
			merged, right = append(merged, right[0]), right[1:]
		}
	}
	return append(append(merged, left...), right...)
}

// modelAddress subtracts as ipvsadm does: in 32 bits with a sign, one word of the
// address for IPv4, four for IPv6, both addresses taken as being of family.
func modelAddress(family ipvs.Family, a, b netip.AddrPort) int32 {
	bytes := func(a netip.Addr) []byte { return append(a.AsSlice(), make([]byte, 16)...) }
	length := 4
	if family == ipvs.IPv6 {
		length = 16
	}
	for i := 0; i < length; i += 4 {
		x, y := binary.BigEndian.Uint32(bytes(a.Addr())[i:]), binary.BigEndian.Uint32(bytes(b.Addr())[i:])
		if difference := int32(x - y); difference != 0 {
			return difference
		}
	}
	return int32(a.Port()) - int32(b.Port())
}

func modelServers(a, b ipvs.DestinationEntry) int32 {
	return modelAddress(ipvs.FamilyOf(a.Address.Addr()), a.Address, b.Address)
}

func modelServices(a, b ipvs.ServiceEntry) int32 {
	return cmp.Or(int32(a.FWMark-b.FWMark), int32(a.Family)-int32(b.Family),
		int32(a.Protocol)-int32(b.Protocol), modelAddress(a.Family, a.Address, b.Address))
}

// addresses that are close, far apart, and more than 2^31 apart, of both families.
var addresses = rapid.Custom(func(t *rapid.T) netip.AddrPort {
	word := rapid.SampledFrom([]uint32{0, 1, 2, 0x0a000001, 0x20010db8, 0x7fffffff, 0x80000000, 0x80000001, 0xac100001, 0xc0a80001, 0xfd000008, 0xffffffff})
	length := rapid.SampledFrom([]int{4, 16}).Draw(t, "length")
	var b []byte
	for len(b) < length {
		b = binary.BigEndian.AppendUint32(b, word.Draw(t, "word"))
	}
	addr, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(addr, rapid.SampledFrom([]uint16{0, 80, 65535}).Draw(t, "port"))
})

func TestOrderIsThatOfTheModel(t *testing.T) {
	var services serviceSorter // used again and again, as in a listing
	var servers serverSorter
	rapid.Check(t, func(t *rapid.T) {
		destinations := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ipvs.DestinationEntry {
			d := ipvs.DestinationEntry{Destination: ipvs.Destination{Address: addresses.Draw(t, "real server")}}
			d.Weight = rapid.Uint32().Draw(t, "to tell equals apart")
			return d
		}), 0, 40).Draw(t, "real servers")
		for i, j := range servers.order(destinations, false) {
			if want := modelSort(destinations, modelServers)[i]; destinations[j] != want {
				t.Fatalf("real server %d is %v, want %v", i, destinations[j].Address, want.Address)
			}
		}
		table := rapid.SliceOfN(rapid.Custom(randomService), 0, 40).Draw(t, "services")
		for i, j := range services.order(table, false) {
			if want := modelSort(table, modelServices)[i]; table[j].Service != want.Service {
				t.Fatalf("service %d is %v, want %v", i, table[j].ServiceKey, want.ServiceKey)
			}
		}
	})
}

func randomService(t *rapid.T) (s ipvs.ServiceEntry) {
	if rapid.Bool().Draw(t, "firewall mark") {
		mark := rapid.SampledFrom([]uint32{1, 2, 0x7fffffff, 0x80000000, 0xffffffff}).Draw(t, "mark")
		s.ServiceKey = ipvs.FWMarkKey(mark, rapid.SampledFrom([]ipvs.Family{ipvs.IPv4, ipvs.IPv6}).Draw(t, "family"))
	} else {
		protocol := rapid.SampledFrom([]ipvs.Protocol{ipvs.TCP, ipvs.UDP, ipvs.SCTP}).Draw(t, "protocol")
		s.ServiceKey = ipvs.AddressKey(protocol, addresses.Draw(t, "address"))
	}
	s.PE = rapid.StringN(0, 3, 3).Draw(t, "to tell equals apart")
	return s
}
