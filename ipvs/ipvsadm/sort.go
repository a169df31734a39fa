package ipvsadm

import (
	"encoding/binary"
	"net/netip"

	"github.com/lvsctl/lvsctl/ipvs"
)

// The order of ipvsadm's listings is not that of the numbers: it subtracts them as
// signed 32-bit integers, which overflow, so that 10.0.0.1 comes after 192.168.0.1,
// and a before b before c does not make a before c. What comes out depends on the
// way of sorting, which is the merge sort of glibc. Scripts compare such listings,
// so this must be the same.

// mergeSort sorts like qsort(3) of glibc: the left half is the smaller.
func mergeSort[T any](s []*T, compare func(a, b *T) int32) []*T {
	if len(s) < 2 {
		return s
	}
	left := mergeSort(s[:len(s)/2], compare)
	right := mergeSort(s[len(s)/2:], compare)
	sorted := make([]*T, 0, len(s))
	for len(left) > 0 && len(right) > 0 {
		if compare(left[0], right[0]) <= 0 {
			sorted, left = append(sorted, left[0]), left[1:]
		} else {
			sorted, right = append(sorted, right[0]), right[1:]
		}
	}
	return append(append(sorted, left...), right...)
}

// pointers to the elements of s.
func pointers[T any](s []T) []*T {
	ps := make([]*T, len(s))
	for i := range s {
		ps[i] = &s[i]
	}
	return ps
}

func compareServices(a, b *ipvs.ServiceEntry) int32 {
	switch {
	case a.FWMark != b.FWMark:
		return int32(a.FWMark - b.FWMark)
	case a.Family != b.Family:
		return int32(a.Family) - int32(b.Family)
	case a.Protocol != b.Protocol:
		return int32(a.Protocol) - int32(b.Protocol)
	}
	return compareAddresses(a.Family, a.Address, b.Address)
}

func compareDestinations(a, b *ipvs.DestinationEntry) int32 {
	return compareAddresses(ipvs.FamilyOf(a.Address.Addr()), a.Address, b.Address)
}

// compareAddresses looks at both with the eyes of family: of a mixed pair only the
// first word if a is IPv4, else as if b's were filled up with zeroes.
func compareAddresses(f ipvs.Family, a, b netip.AddrPort) int32 {
	x, y := addressWords(a.Addr()), addressWords(b.Addr())
	count := 1
	if f == ipvs.IPv6 {
		count = 4
	}
	for i := range count {
		if x[i] != y[i] {
			return int32(x[i] - y[i])
		}
	}
	return int32(a.Port()) - int32(b.Port())
}

func addressWords(a netip.Addr) (w [4]uint32) {
	if a.Is4() {
		b := a.As4()
		w[0] = binary.BigEndian.Uint32(b[:])
	}
	if a.Is6() {
		b := a.As16()
		for i := range w {
			w[i] = binary.BigEndian.Uint32(b[4*i:])
		}
	}
	return w
}
