package ipvs

import (
	"testing"

	"github.com/mdlayher/netlink"
)

// counterBytes encodes ten counters of 32 bits (bytes: 64) or of 64 bits each.
func counterBytes(t *testing.T, wide bool, first uint64) []byte {
	t.Helper()
	ae := netlink.NewAttributeEncoder()
	for i := range uint16(10) {
		if number := i + 1; wide || number == statsBytesIn || number == statsBytesOut {
			ae.Uint64(number, first+uint64(i))
		} else {
			ae.Uint32(number, uint32(first)+uint32(i))
		}
	}
	b, err := ae.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Old kernels have only the narrow counters, new ones both.
func TestStatsOfOldAndNewKernels(t *testing.T) {
	narrow, wide := counterBytes(t, false, 100), counterBytes(t, true, 1<<40)
	counters := func(n uint64) Stats {
		return Stats{n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9}
	}
	for name, tc := range map[string]struct {
		raw  rawStats
		want Stats
	}{
		"old":     {rawStats{narrow: narrow}, counters(100)},
		"new":     {rawStats{narrow: narrow, wide: wide}, counters(1 << 40)},
		"neither": {rawStats{}, Stats{}},
	} {
		var got Stats
		if err := got.decode(tc.raw); err != nil || got != tc.want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}
