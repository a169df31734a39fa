package ipvs_test

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// What leads from the rest to the rest is what leads from the whole to the whole,
// and nothing that is alike is kept.
func TestUnlikeKeepsTheDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, other := drawTable(t, "want"), drawTable(t, "other")
		have := slices.Clone(want)
		for i := range have {
			have[i].Destinations = slices.Clone(have[i].Destinations)
			slices.Reverse(have[i].Destinations)
			if len(have[i].Destinations) > 0 && rapid.Bool().Draw(t, "weight") {
				have[i].Destinations[0].Weight ^= 1
			}
			if rapid.IntRange(0, 3).Draw(t, "scheduler") == 0 {
				have[i].Scheduler = "sed"
			}
		}
		have = slices.DeleteFunc(have, func(ipvs.ServiceEntry) bool { return rapid.IntRange(0, 4).Draw(t, "missing") == 0 })
		for _, s := range other {
			if !slices.ContainsFunc(want, func(w ipvs.ServiceEntry) bool { return w.ServiceKey == s.ServiceKey }) {
				have = append(have, s)
			}
		}
		kernel := ipvstest.New()
		kernel.Load(have)
		left, rest, err := kernel.Client().Unlike(want)
		if err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(described(ipvs.Diff(have, want)), described(ipvs.Diff(left, rest))); d != "" {
			t.Fatalf("- whole, + rest:\n%s", d)
		}
		for _, s := range left {
			for _, w := range rest {
				if s.ServiceKey == w.ServiceKey && len(ipvs.Diff(ipvs.Table{s}, ipvs.Table{w})) == 0 {
					t.Fatalf("%s is alike and kept", s.ServiceKey)
				}
			}
		}
	})
}

// described gives operations as sorted text.
func described(ops []ipvs.Op) (text []string) {
	for _, op := range ops {
		text = append(text, fmt.Sprintf("%s %+v %+v", op, op.Service, op.Destination))
	}
	slices.Sort(text)
	return text
}
