package ipvs_test

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// The kernel that carries out Diff(have, want) on have must have want, and must
// not have refused an operation on the way.
func TestDiffLeadsToWhatIsWanted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, want := drawTable(t, "have"), drawTable(t, "want")
		kernel := ipvstest.New()
		kernel.Load(have)
		if err := kernel.Client().Apply(ipvs.Diff(have, want)...); err != nil {
			t.Fatalf("operations refused: %v", err)
		}
		diffTables(t, want, kernel.Table(), ignoreCounters)
	})
}

func TestDiffOfEqualTablesIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t, "table")
		if ops := ipvs.Diff(table, table); len(ops) != 0 {
			t.Fatalf("equal tables, but: %v", ops)
		}
		kernel := ipvstest.New()
		kernel.Load(table)
		read, err := kernel.Client().Table()
		if err != nil {
			t.Fatal(err)
		}
		if ops := ipvs.Diff(read, table); len(ops) != 0 {
			t.Fatalf("the kernel has what is wanted, but: %v", ops)
		}
	})
}

// Every operation is needed: without any one of them the result is another.
func TestDiffHasNoNeedlessOperation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, want := drawTable(t, "have"), drawTable(t, "want")
		ops := ipvs.Diff(have, want)
		if len(ops) == 0 {
			return
		}
		skip := rapid.IntRange(0, len(ops)-1).Draw(t, "skip")
		kernel := ipvstest.New()
		kernel.Load(have)
		client := kernel.Client()
		for i, op := range ops {
			if i != skip {
				_ = client.Apply(op) // destinations of a service that was not added fail
			}
		}
		if left := ipvs.Diff(kernel.Table(), want); len(left) == 0 {
			t.Fatalf("needless: %v", ops[skip])
		}
	})
}

func TestDiffOrder(t *testing.T) {
	key := func(s string) ipvs.ServiceKey { return ipvs.AddressKey(ipvs.TCP, netip.MustParseAddrPort(s)) }
	real := func(s string, weight uint32) ipvs.DestinationEntry {
		return ipvs.DestinationEntry{Destination: ipvs.Destination{Address: netip.MustParseAddrPort(s), Weight: weight}}
	}
	entry := func(k ipvs.ServiceKey, scheduler string, ds ...ipvs.DestinationEntry) ipvs.ServiceEntry {
		return ipvs.ServiceEntry{Service: ipvs.Service{ServiceKey: k, Scheduler: scheduler}, Destinations: ds}
	}
	have := ipvs.Table{
		entry(key("192.0.2.1:80"), "rr", real("10.0.0.1:80", 1)),
		entry(key("192.0.2.2:80"), "rr", real("10.0.0.1:80", 1), real("10.0.0.2:80", 1), real("10.0.0.4:80", 4)),
	}
	want := ipvs.Table{
		entry(key("192.0.2.2:80"), "wlc", real("10.0.0.2:80", 7), real("10.0.0.3:80", 1), real("10.0.0.4:80", 4)),
		entry(key("192.0.2.3:80"), "rr", real("10.0.0.1:80", 1)),
	}
	wantOps := []string{
		"edit service TCP 192.0.2.2:80",
		"add service TCP 192.0.2.3:80",
		"edit server 10.0.0.2:80 of service TCP 192.0.2.2:80",
		"add server 10.0.0.3:80 to service TCP 192.0.2.2:80",
		"add server 10.0.0.1:80 to service TCP 192.0.2.3:80",
		"delete server 10.0.0.1:80 from service TCP 192.0.2.2:80",
		"delete service TCP 192.0.2.1:80",
	}
	ops := ipvs.Diff(have, want)
	for i, op := range ops {
		if i >= len(wantOps) || op.String() != wantOps[i] {
			t.Errorf("operation %d: %s", i, op)
		}
	}
	if len(ops) != len(wantOps) {
		t.Errorf("%d operations, want %d", len(ops), len(wantOps))
	}
}
