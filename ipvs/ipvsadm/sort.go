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

// sortKey is what two services or real servers of one service are compared by.
type sortKey struct {
	fwmark uint32
	rank   uint32    // family, then protocol; zero for real servers
	words  [4]uint32 // of the address, that of IPv4 filled up with zeroes
	port   uint16
	wide   bool // the address is IPv6
}

func (k *sortKey) address(a netip.AddrPort) {
	k.words, k.port, k.wide = addressWords(a.Addr()), a.Port(), a.Addr().Is6()
}

// notAfter tells whether k may stand before b. Of real servers of both families
// only the first word counts if k is IPv4.
func (k *sortKey) notAfter(b *sortKey) bool {
	switch {
	case k.fwmark != b.fwmark:
		return int32(k.fwmark-b.fwmark) < 0
	case k.rank != b.rank:
		return k.rank < b.rank
	case k.words[0] != b.words[0]:
		return int32(k.words[0]-b.words[0]) < 0
	}
	if k.wide {
		for i := 1; i < len(k.words); i++ {
			if k.words[i] != b.words[i] {
				return int32(k.words[i]-b.words[i]) < 0
			}
		}
	}
	return k.port <= b.port
}

// sorter finds the order of keys. It can be used again without new memory.
type sorter struct {
	keys           []sortKey
	indexes, spare []int32
}

// reset prepares for n keys and gives them, to be overwritten.
func (s *sorter) reset(n int) []sortKey {
	if cap(s.keys) < n {
		s.keys, s.indexes, s.spare = make([]sortKey, n), make([]int32, n), make([]int32, n)
	}
	s.keys, s.indexes = s.keys[:n], s.indexes[:n]
	for i := range s.indexes {
		s.indexes[i] = int32(i)
	}
	return s.keys
}

// sort puts the indexes into the order of their keys like qsort(3) of glibc: the
// left half is the smaller, and of two equal keys the left comes first.
func (s *sorter) sort(indexes []int32) {
	if len(indexes) < 2 {
		return
	}
	half := len(indexes) / 2
	s.sort(indexes[:half])
	s.sort(indexes[half:])
	left, right := s.spare[:copy(s.spare, indexes[:half])], indexes[half:]
	out := indexes[:0]
	for len(left) > 0 && len(right) > 0 {
		if s.keys[left[0]].notAfter(&s.keys[right[0]]) {
			out, left = append(out, left[0]), left[1:]
		} else {
			out, right = append(out, right[0]), right[1:]
		}
	}
	copy(indexes[len(out):], left) // what is left of right is in its place
}

// serviceSorter finds the order of the services of a table.
type serviceSorter struct{ sorter }

// order gives indexes, valid until the next call.
func (s *serviceSorter) order(t ipvs.Table, nosort bool) []int32 {
	keys := s.reset(len(t))
	if nosort {
		return s.indexes
	}
	for i := range t {
		k := &keys[i]
		k.fwmark, k.rank = t[i].FWMark, uint32(t[i].Family)<<16|uint32(t[i].Protocol)
		k.address(t[i].Address)
	}
	s.sort(s.indexes)
	return s.indexes
}

// serverSorter finds the order of the real servers of a service.
type serverSorter struct{ sorter }

// order gives indexes, valid until the next call.
func (s *serverSorter) order(ds []ipvs.DestinationEntry, nosort bool) []int32 {
	keys := s.reset(len(ds))
	if nosort {
		return s.indexes
	}
	for i := range ds {
		keys[i].address(ds[i].Address)
	}
	s.sort(s.indexes)
	return s.indexes
}

// addressWords are the 32-bit words of an address, one of IPv4.
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
