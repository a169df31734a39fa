package watch_test

import (
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
	"github.com/lvsctl/lvsctl/watch"
)

func svc(address string, ds ...ipvs.DestinationEntry) ipvs.ServiceEntry {
	return ipvs.ServiceEntry{Service: ipvs.Service{ServiceKey: key(address), Scheduler: "rr", Netmask: 0xffffffff}, Destinations: ds}
}

func TestScope(t *testing.T) {
	const a, b = "192.0.2.1:80", "192.0.2.2:80"
	adopted := watch.Ownership{key(a): {Adopted: true, Foreign: []netip.AddrPort{ap("10.0.0.1:80")}}}
	made := watch.Ownership{key(a): {}}
	tests := []struct {
		name           string
		owned          watch.Ownership
		kernel, wanted ipvs.Table
		want           string // the table afterwards
	}{
		{"what is nobody's stays", nil,
			ipvs.Table{svc(b, dest("10.0.0.9:80", 1))}, ipvs.Table{svc(a)},
			"TCP 192.0.2.1:80 rr:\nTCP 192.0.2.2:80 rr: 10.0.0.9:80 Route 1\n"},
		{"a wanted service loses what is not wanted in it", adopted,
			ipvs.Table{svc(a, dest("10.0.0.1:80", 1), dest("10.0.0.9:80", 1))}, ipvs.Table{svc(a, dest("10.0.0.2:80", 1))},
			"TCP 192.0.2.1:80 rr: 10.0.0.2:80 Route 1\n"},
		{"a service of ours goes when it is not wanted", made,
			ipvs.Table{svc(a, dest("10.0.0.1:80", 1)), svc(b)}, nil,
			"TCP 192.0.2.2:80 rr:\n"},
		{"an adopted one is left as it was found", adopted,
			ipvs.Table{svc(a, dest("10.0.0.1:80", 1), dest("10.0.0.2:80", 1))}, nil,
			"TCP 192.0.2.1:80 rr: 10.0.0.1:80 Route 1\n"},
		{"an adopted one that somebody deleted does not come back", adopted, nil, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			have, want := tt.owned.Scope(tt.kernel, tt.wanted)
			k := ipvstest.New()
			k.Load(tt.kernel)
			if err := k.Client().Apply(ipvs.Diff(have, want)...); err != nil {
				t.Fatal(err)
			}
			if got := text(k.Table()); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestClaimRemembersWhatStoodThere(t *testing.T) {
	const a, b, c = "192.0.2.1:80", "192.0.2.2:80", "192.0.2.3:80"
	kernel := ipvs.Table{svc(a, dest("10.0.0.2:80", 1), dest("10.0.0.1:80", 1)), svc(c, dest("10.0.0.3:80", 1))}
	before := watch.Ownership{key(c): {}}
	got := before.Claim(kernel, ipvs.Table{svc(a), svc(b), svc(c)})
	want := watch.Ownership{
		key(a): {Adopted: true, Foreign: []netip.AddrPort{ap("10.0.0.1:80"), ap("10.0.0.2:80")}},
		key(b): {},
		key(c): {}, // claimed before: what stands there is ours
	}
	if !got.Equal(want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if len(before) != 1 {
		t.Error("the claim changed what it was made from")
	}
	if got := got.Standing(ipvs.Table{svc(b)}); !got.Equal(watch.Ownership{key(b): {}}) {
		t.Errorf("standing: %v", got)
	}
}

// world is a kernel's table, the memory on disk, and perhaps a running lvsctl.
// Beside them stands what the test knows of who made what.
type world struct {
	kernel  *ipvstest.Kernel
	client  *ipvs.Client
	disk    watch.Ownership
	process watch.Ownership
	runs    bool
	foreign map[ipvs.ServiceKey]map[netip.AddrPort]bool // made by others and not ours by right
}

// reconcile does what Watcher.reconcile does; killed stops it after some of the operations.
func (w *world) reconcile(t *rapid.T, wanted ipvs.Table, killed int) {
	owned := w.process.Claim(w.kernel.Table(), wanted)
	w.disk = owned
	have, want := owned.Scope(w.kernel.Table(), wanted)
	ops := ipvs.Diff(have, want)
	if killed >= 0 {
		ops = ops[:min(killed, len(ops))]
		w.runs = false
	}
	if err := w.client.Apply(ops...); err != nil {
		t.Fatal(err)
	}
	if w.runs {
		w.process = owned.Keep(wanted)
		w.disk = w.process
	}
}

// Whatever others, starts, reloads and kills did before: a clean stop leaves the
// services of others, with no server that is not theirs, and nothing else.
func TestStopLeavesWhatIsOthers(t *testing.T) {
	vips := []string{"192.0.2.1:80", "192.0.2.2:80", "192.0.2.3:80"}
	reals := []string{"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"}
	someTable := func(t *rapid.T) (table ipvs.Table) {
		for _, v := range vips {
			if !rapid.Bool().Draw(t, "wanted "+v) {
				continue
			}
			s := svc(v)
			for _, r := range reals {
				if rapid.Bool().Draw(t, "with "+r) {
					s.Destinations = append(s.Destinations, dest(r, 1))
				}
			}
			table = append(table, s)
		}
		return table
	}
	rapid.Check(t, func(t *rapid.T) {
		k := ipvstest.New()
		w := &world{kernel: k, client: k.Client(), foreign: map[ipvs.ServiceKey]map[netip.AddrPort]bool{}}
		untouched := ipvs.Table{svc("203.0.113.9:80", dest("10.0.0.1:80", 7))}
		k.Load(append(untouched, someTable(t)...))
		for _, s := range k.Table() {
			w.foreign[s.ServiceKey] = map[netip.AddrPort]bool{}
			for _, d := range s.Destinations {
				w.foreign[s.ServiceKey][d.Address] = true
			}
		}
		for range rapid.IntRange(0, 6).Draw(t, "steps") {
			if !w.runs {
				w.runs, w.process = true, w.disk.Standing(k.Table())
			}
			w.reconcile(t, someTable(t), rapid.IntRange(-1, 5).Draw(t, "killed after"))
		}
		if !w.runs {
			w.runs, w.process = true, w.disk.Standing(k.Table())
		}
		w.reconcile(t, nil, -1)
		if len(w.disk) != 0 {
			t.Fatalf("still owned: %v", w.disk)
		}
		left := k.Table()
		if text(left[:1]) != text(untouched) {
			t.Fatalf("the service that nobody configured: %s", text(left[:1]))
		}
		for _, s := range left {
			for _, d := range s.Destinations {
				if !w.foreign[s.ServiceKey][d.Address] {
					t.Fatalf("left behind: %s of %s", d.Address, s.ServiceKey)
				}
			}
			delete(w.foreign, s.ServiceKey)
		}
		if len(w.foreign) != 0 {
			t.Fatalf("taken from others: %v", slices.Collect(maps.Keys(w.foreign)))
		}
	})
}

func TestStateFile(t *testing.T) {
	f := watch.StateFile{Path: filepath.Join(t.TempDir(), "watch.state")}
	if o, err := f.Load(); err != nil || len(o) != 0 {
		t.Errorf("without a file: %v, %v", o, err)
	}
	want := watch.Ownership{
		key("192.0.2.1:80"):          {Adopted: true, Foreign: []netip.AddrPort{ap("10.0.0.1:80")}},
		key("[2001:db8::1]:80"):      {},
		ipvs.FWMarkKey(7, ipvs.IPv6): {},
	}
	for range 2 { // the second time over the first
		if err := f.Save(want); err != nil {
			t.Fatal(err)
		}
	}
	got, err := f.Load()
	if err != nil || !got.Equal(want) {
		t.Errorf("read back %v, %v", got, err)
	}
	if left, _ := filepath.Glob(f.Path + "*"); len(left) != 1 {
		t.Errorf("files left: %v", left)
	}
	if err := f.Save(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.Path); !os.IsNotExist(err) {
		t.Errorf("owning nothing leaves the file: %v", err)
	}
	if err := f.Save(nil); err != nil {
		t.Errorf("no file to remove: %v", err)
	}
}

func TestStateFileIsReadable(t *testing.T) {
	f := watch.StateFile{Path: filepath.Join(t.TempDir(), "watch.state")}
	if err := f.Save(watch.Ownership{key("192.0.2.1:80"): {Adopted: true, Foreign: []netip.AddrPort{ap("10.0.0.1:80")}}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "version": 1,
  "services": [
    {
      "protocol": 6,
      "address": "192.0.2.1:80",
      "family": 2,
      "adopted": true,
      "foreign": [
        "10.0.0.1:80"
      ]
    }
  ]
}
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestStateFileDamaged(t *testing.T) {
	for _, text := range []string{"", "{", `{"version":2}`, `{"version":1,"services":[{"address":"x"}]}`} {
		f := watch.StateFile{Path: filepath.Join(t.TempDir(), "watch.state")}
		if err := os.WriteFile(f.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if o, err := f.Load(); err == nil {
			t.Errorf("%q was read as %v", text, o)
		}
	}
	if err := (watch.StateFile{Path: "/nonexistent/watch.state"}).Save(watch.Ownership{key("192.0.2.1:80"): {}}); err == nil {
		t.Error("saved into a directory that does not exist")
	}
}
