package ipvsadm

import (
	"slices"
	"testing"
)

// Equal ones stay in their order, whichever half they come from.
func TestMergeSortKeepsTheOrderOfEquals(t *testing.T) {
	type item struct {
		key  int32
		from string
	}
	items := []item{{2, "a"}, {1, "b"}, {2, "c"}, {1, "d"}, {2, "e"}}
	var got string
	for _, p := range mergeSort(pointers(items), func(a, b *item) int32 { return a.key - b.key }) {
		got += p.from
	}
	if got != "bdace" {
		t.Errorf("got %s", got)
	}
}

// Comparing goes in circles, so the way of sorting shows in the result. This is
// what qsort(3) of glibc makes of it.
func TestMergeSortOfAnOrderThatGoesInCircles(t *testing.T) {
	keys := []uint32{0x0a000001, 0xc0a80001, 0xac100001, 0x40000000}
	var got []uint32
	for _, p := range mergeSort(pointers(keys), func(a, b *uint32) int32 { return int32(*a - *b) }) {
		got = append(got, *p)
	}
	if want := []uint32{0xc0a80001, 0x0a000001, 0x40000000, 0xac100001}; !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}
