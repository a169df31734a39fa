package change_test

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

func key(vip string) ipvs.ServiceKey {
	return ipvs.AddressKey(ipvs.TCP, netip.MustParseAddrPort(vip))
}

// service makes "192.0.2.1:80 rr 10.0.0.1:80=5 …": a service with its servers and
// their weights.
func service(text string) ipvs.ServiceEntry {
	words := strings.Fields(text)
	s := ipvs.ServiceEntry{Service: ipvs.Service{ServiceKey: key(words[0]), Scheduler: words[1], Netmask: 0xffffffff}}
	for _, w := range words[2:] {
		address, weight, _ := strings.Cut(w, "=")
		var d ipvs.DestinationEntry
		d.Address, d.Method = netip.MustParseAddrPort(address), ipvs.DirectRoute
		for _, digit := range weight {
			d.Weight = d.Weight*10 + uint32(digit-'0')
		}
		s.Destinations = append(s.Destinations, d)
	}
	return s
}

func table(services ...string) (t ipvs.Table) {
	for _, s := range services {
		t = append(t, service(s))
	}
	return t
}

// describe is what operations do, weights told.
func describe(ops []ipvs.Op) (lines []string) {
	for _, op := range ops {
		line := op.String()
		if op.Kind == ipvs.EditDestination && op.Destination.Weight == 0 {
			line += " to weight 0"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestNew(t *testing.T) {
	have := table("192.0.2.1:80 rr 10.0.0.1:80=1 10.0.0.2:80=1 10.0.0.3:80=0", "192.0.2.2:80 rr 10.0.0.9:80=1 10.0.0.8:80=2")
	want := table("192.0.2.1:80 wlc 10.0.0.1:80=1 10.0.0.4:80=1")
	set := []string{"edit service TCP 192.0.2.1:80", "add server 10.0.0.4:80 to service TCP 192.0.2.1:80"}
	drop := []string{"delete server 10.0.0.2:80 from service TCP 192.0.2.1:80", "delete server 10.0.0.3:80 from service TCP 192.0.2.1:80"}
	for name, tc := range map[string]struct {
		options    change.Options
		now, leave []string
	}{
		"others are left alone": {now: slices.Concat(set, drop)},
		"prune":                 {change.Options{Prune: true}, slices.Concat(set, drop, []string{"delete service TCP 192.0.2.2:80"}), nil},
		"drain": {change.Options{Drain: time.Minute}, slices.Concat(set, []string{
			"edit server 10.0.0.2:80 of service TCP 192.0.2.1:80 to weight 0"}), drop},
		"drain whole services": {change.Options{Drain: time.Minute, Prune: true}, slices.Concat(set, []string{
			"edit server 10.0.0.2:80 of service TCP 192.0.2.1:80 to weight 0",
			"edit server 10.0.0.8:80 of service TCP 192.0.2.2:80 to weight 0",
			"edit server 10.0.0.9:80 of service TCP 192.0.2.2:80 to weight 0",
		}), append(slices.Clone(drop), "delete service TCP 192.0.2.2:80")},
	} {
		p := change.New(change.State{Table: have}, change.State{Table: want}, tc.options)
		if d := gocmp.Diff(tc.now, describe(p.Now)); d != "" {
			t.Errorf("%s: now (-want +got):\n%s", name, d)
		}
		if d := gocmp.Diff(tc.leave, describe(p.Leave)); d != "" {
			t.Errorf("%s: leave (-want +got):\n%s", name, d)
		}
	}
	same := change.New(change.State{Table: have}, change.State{Table: have}, change.Options{Prune: true, Drain: time.Hour})
	if !same.Empty() {
		t.Errorf("no change takes %v", describe(same.Ops()))
	}
}

func TestNewBesideTheTable(t *testing.T) {
	master := ipvs.Daemon{Role: ipvs.MasterDaemon, Interface: "eth0", SyncID: 1, MaxLength: 1472, Port: 8848, TTL: 1, Group: netip.MustParseAddr("224.0.0.81")}
	backup := ipvs.Daemon{Role: ipvs.BackupDaemon, Interface: "eth0"}
	times := ipvs.Timeouts{TCP: time.Hour, TCPFin: time.Minute, UDP: time.Minute}
	have := change.State{Daemons: []ipvs.Daemon{master, backup}, Timeouts: &times, Table: table("192.0.2.9:80 rr")}
	brief := ipvs.Daemon{Role: ipvs.MasterDaemon, Interface: "eth0", SyncID: 1}
	other := brief
	other.SyncID = 2
	for name, tc := range map[string]struct {
		want  change.State
		prune bool
		ops   []string
	}{
		"nothing told":         {change.State{}, true, nil},
		"no service":           {change.State{Table: ipvs.Table{}}, true, []string{"delete service TCP 192.0.2.9:80"}},
		"as it is":             {change.State{Daemons: []ipvs.Daemon{brief}, Timeouts: &ipvs.Timeouts{UDP: time.Minute}}, false, nil},
		"another is stopped":   {change.State{Daemons: []ipvs.Daemon{brief}}, true, []string{"stop the backup sync daemon"}},
		"none shall run":       {change.State{Daemons: []ipvs.Daemon{}}, true, []string{"stop the master sync daemon", "stop the backup sync daemon"}},
		"none is named":        {change.State{Daemons: []ipvs.Daemon{}}, false, nil},
		"other values":         {change.State{Daemons: []ipvs.Daemon{other}}, false, []string{"stop the master sync daemon", "start the master sync daemon"}},
		"other timeouts":       {change.State{Timeouts: &ipvs.Timeouts{UDP: time.Hour}}, false, []string{"set the timeouts"}},
		"around a mixed table": {change.State{Daemons: []ipvs.Daemon{other}, Table: table("192.0.2.1:80 rr")}, false, []string{"stop the master sync daemon", "add service TCP 192.0.2.1:80", "start the master sync daemon"}},
	} {
		p := change.New(have, tc.want, change.Options{Prune: tc.prune})
		if d := gocmp.Diff(tc.ops, describe(p.Now)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestDue(t *testing.T) {
	have := table("192.0.2.1:80 rr 10.0.0.1:80=1 10.0.0.2:80=1", "192.0.2.2:80 rr 10.0.0.3:80=1 10.0.0.4:80=1")
	plan := change.New(change.State{Table: have}, change.State{Table: table("192.0.2.1:80 rr")}, change.Options{Prune: true, Drain: time.Minute})
	one := []string{"delete server 10.0.0.1:80 from service TCP 192.0.2.1:80"}
	two := []string{"delete server 10.0.0.2:80 from service TCP 192.0.2.1:80"}
	whole := []string{"delete service TCP 192.0.2.2:80"}
	for name, tc := range map[string]struct {
		active, inactive string // the server with a connection
		gone             string // the service that is not there
		elapsed          time.Duration
		due, wait        []string
	}{
		"nobody is connected":    {due: slices.Concat(one, two, whole)},
		"active":                 {active: "10.0.0.2:80", due: slices.Concat(one, whole), wait: two},
		"inactive":               {inactive: "10.0.0.2:80", due: slices.Concat(one, whole), wait: two},
		"in a service that goes": {active: "10.0.0.4:80", due: slices.Concat(one, two), wait: whole},
		"not yet":                {active: "10.0.0.1:80", elapsed: time.Minute - 1, due: slices.Concat(two, whole), wait: one},
		"time is over":           {active: "10.0.0.1:80", elapsed: time.Minute, due: slices.Concat(one, two, whole)},
		"removed by others":      {gone: "192.0.2.1:80", due: whole},
	} {
		now := table("192.0.2.1:80 rr 10.0.0.1:80=0 10.0.0.2:80=0", "192.0.2.2:80 rr 10.0.0.3:80=0 10.0.0.4:80=0")
		for i := range now {
			for j := range now[i].Destinations {
				d := &now[i].Destinations[j]
				d.ActiveConns, d.InactiveConns = count(d.Address.String() == tc.active), count(d.Address.String() == tc.inactive)
			}
		}
		now = slices.DeleteFunc(now, func(s ipvs.ServiceEntry) bool { return s.Address.String() == tc.gone })
		due, wait := plan.Due(now, tc.elapsed)
		if d := gocmp.Diff(tc.due, describe(due)); d != "" {
			t.Errorf("%s: due (-want +got):\n%s", name, d)
		}
		if d := gocmp.Diff(tc.wait, describe(wait)); d != "" {
			t.Errorf("%s: wait (-want +got):\n%s", name, d)
		}
	}
}

func count(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func drawTable(t *rapid.T, label string) ipvs.Table {
	out := ipvs.Table{}
	for _, vip := range []string{"192.0.2.1:80", "192.0.2.2:80", "192.0.2.3:80"} {
		if !rapid.Bool().Draw(t, label+" "+vip) {
			continue
		}
		s := service(vip + " " + rapid.SampledFrom([]string{"rr", "wlc"}).Draw(t, "scheduler"))
		for _, real := range []string{"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"} {
			if rapid.Bool().Draw(t, real) {
				d := ipvs.DestinationEntry{Destination: ipvs.Destination{Address: netip.MustParseAddrPort(real)}}
				d.Weight = rapid.Uint32Range(0, 2).Draw(t, "weight")
				s.Destinations = append(s.Destinations, d)
			}
		}
		out = append(out, s)
	}
	return out
}

func drawDaemons(t *rapid.T) []ipvs.Daemon {
	ds := []ipvs.Daemon{}
	for _, role := range []ipvs.Role{ipvs.MasterDaemon, ipvs.BackupDaemon} {
		if rapid.Bool().Draw(t, role.String()) {
			ds = append(ds, ipvs.Daemon{Role: role, Interface: rapid.SampledFrom([]string{"eth0", "lo"}).Draw(t, "interface"),
				MaxLength: 1472, Group: netip.MustParseAddr("224.0.0.81"), Port: 8848, TTL: 1})
		}
	}
	return ds
}

func drawState(t *rapid.T, label string) change.State {
	return change.State{Table: drawTable(t, label), Daemons: drawDaemons(t),
		Timeouts: &ipvs.Timeouts{TCP: rapid.SampledFrom([]time.Duration{time.Minute, time.Hour}).Draw(t, "tcp"), TCPFin: time.Minute, UDP: time.Minute}}
}

// in is a kernel in this state.
func in(t *rapid.T, s change.State) *ipvstest.Kernel {
	kernel := ipvstest.New()
	kernel.Load(s.Table)
	ops := []ipvs.Op{{Kind: ipvs.SetTimeouts, Timeouts: s.Timeouts}}
	for i := range s.Daemons {
		ops = append(ops, ipvs.Op{Kind: ipvs.StartDaemon, Daemon: &s.Daemons[i]})
	}
	if err := kernel.Client().Apply(ops...); err != nil {
		t.Fatal(err)
	}
	return kernel
}

func sameState(t *rapid.T, what string, k *ipvstest.Kernel, want change.State) {
	got, _, err := change.Read(k.Client(), want)
	if err == nil {
		got.Table, err = k.Client().Read(ipvs.Complete) // all of it, not only what differs
	}
	if err != nil {
		t.Fatal(err)
	}
	byName := cmpopts.SortSlices(func(a, b ipvs.ServiceEntry) bool { return a.String() < b.String() })
	byAddress := cmpopts.SortSlices(func(a, b ipvs.DestinationEntry) bool { return a.Address.Compare(b.Address) < 0 })
	opts := gocmp.Options{byName, byAddress, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.AddrPort{}, netip.Addr{})}
	if d := gocmp.Diff(want, got, opts); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

// Whatever the states and whichever operation the kernel refuses: the change is
// carried out whole, or nothing has changed.
func TestApplyIsAllOrNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, want := drawState(t, "before"), drawState(t, "want")
		kernel := in(t, before)
		have, rest, err := change.Read(kernel.Client(), want)
		if err != nil {
			t.Fatal(err)
		}
		ops := change.New(have, rest, change.Options{Prune: true}).Now
		nth := rapid.IntRange(1, 12).Draw(t, "refused")
		kernel.Fail(nth, syscall.ENOMEM)
		err = change.Apply(kernel.Client(), have, ops)
		var refused *change.RefusedError
		switch {
		case nth > len(ops):
			if err != nil {
				t.Fatal(err)
			}
			sameState(t, "after the change", kernel, want)
		case !errors.As(err, &refused) || !refused.Undone || !errors.Is(err, syscall.ENOMEM):
			t.Fatalf("got %v", err)
		default:
			sameState(t, "after the refusal", kernel, before)
		}
	})
}

// What others did meanwhile to services and servers that the change is not about
// survives the way back.
func TestUndoLeavesTheWorkOfOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, want := drawState(t, "before"), drawState(t, "want")
		kernel := in(t, before)
		ops := change.New(before, want, change.Options{Prune: true}).Now
		if err := kernel.Client().Apply(ops...); err != nil {
			t.Fatal(err)
		}
		other := service("192.0.2.9:80 rr 10.0.0.1:80=1")
		if err := kernel.Client().Apply(change.New(change.State{}, change.State{Table: ipvs.Table{other}}, change.Options{}).Now...); err != nil {
			t.Fatal(err)
		}
		if err := change.Revert(kernel.Client(), before, ops); err != nil {
			t.Fatal(err)
		}
		before.Table = append(before.Table, other)
		sameState(t, "undone", kernel, before)
	})
}

func TestUndoWithoutTheService(t *testing.T) {
	before := change.State{Table: table("192.0.2.1:80 rr 10.0.0.1:80=1", "192.0.2.2:80 rr")}
	ops := []ipvs.Op{{Kind: ipvs.EditDestination, Service: before.Table[0].Service, Destination: before.Table[0].Destinations[0].Destination}}
	if left := change.Undo(before, change.State{}, ops); len(left) != 0 {
		t.Errorf("brings back what somebody else removed: %v", describe(left))
	}
}

// The error names what was refused, and says so if even the way back fails.
func TestRefusedError(t *testing.T) {
	have := change.State{Table: table("192.0.2.1:80 rr 10.0.0.1:80=1")}
	want := change.State{Table: table("192.0.2.1:80 rr 10.0.0.2:80=1 10.0.0.3:80=1")}
	for name, tc := range map[string]struct {
		fail []int
		want string
	}{
		"undone": {[]int{2}, "the kernel refused 1 of 3 changes; the others were undone, the table is as it was\n" +
			"  not done: add server 10.0.0.3:80 to service TCP 192.0.2.1:80: cannot allocate memory"},
		"not undone": {[]int{2, 5}, "the kernel refused 1 of 3 changes; undoing the others failed, look at the table\n" +
			"  not done: add server 10.0.0.3:80 to service TCP 192.0.2.1:80: cannot allocate memory\n" +
			"  not undone: delete server 10.0.0.2:80 from service TCP 192.0.2.1:80: cannot allocate memory"},
	} {
		kernel := ipvstest.New()
		kernel.Load(have.Table)
		for _, n := range tc.fail {
			kernel.Fail(n, syscall.ENOMEM)
		}
		err := change.Apply(kernel.Client(), have, change.New(have, want, change.Options{}).Now)
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: got\n%v\nwant\n%s", name, err, tc.want)
		}
	}
}

// A connection that ends after 10 s lets its server go, one that does not end holds
// its own to the end of the time.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel := ipvstest.New()
		have := table("192.0.2.1:80 rr 10.0.0.1:80=1 10.0.0.2:80=1 10.0.0.3:80=1")
		have[0].Destinations[0].ActiveConns, have[0].Destinations[1].ActiveConns = 1, 1
		kernel.Load(have)
		plan := change.New(change.State{Table: have}, change.State{Table: table("192.0.2.1:80 rr")}, change.Options{Drain: time.Minute})
		start := time.Now()
		gone := map[string]time.Duration{}
		watch := watcher{Client: kernel.Client(), deleted: func(a netip.AddrPort) { gone[a.String()] = time.Since(start) }}
		time.AfterFunc(10*time.Second-1, func() {
			now := kernel.Table()
			for i := range now[0].Destinations {
				if now[0].Destinations[i].Address.String() == "10.0.0.1:80" {
					now[0].Destinations[i].ActiveConns = 0
				}
			}
			kernel.Load(now)
		})
		if err := change.Drain(t.Context(), watch, plan, time.Second); err != nil {
			t.Fatal(err)
		}
		want := map[string]time.Duration{"10.0.0.3:80": 0, "10.0.0.1:80": 10 * time.Second, "10.0.0.2:80": time.Minute}
		if d := gocmp.Diff(want, gone); d != "" {
			t.Errorf("gone after (-want +got):\n%s", d)
		}
	})
}

// watcher is a client that tells of servers that are deleted.
type watcher struct {
	*ipvs.Client
	deleted func(netip.AddrPort)
}

func (w watcher) Apply(ops ...ipvs.Op) error {
	for _, op := range ops {
		w.deleted(op.Destination.Address)
	}
	return w.Client.Apply(ops...)
}

func TestDrainInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel := ipvstest.New()
		have := table("192.0.2.1:80 rr 10.0.0.1:80=1 10.0.0.2:80=1", "192.0.2.2:80 rr 10.0.0.3:80=1")
		have[0].Destinations[0].ActiveConns, have[1].Destinations[0].ActiveConns = 1, 1
		kernel.Load(have)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		plan := change.New(change.State{Table: have}, change.State{Table: table("192.0.2.1:80 rr")}, change.Options{Prune: true, Drain: time.Minute})
		err := change.Drain(ctx, kernel.Client(), plan, time.Second)
		const want = "interrupted; with weight 0, but not removed:\n  server 10.0.0.1:80 of service TCP 192.0.2.1:80\n  service TCP 192.0.2.2:80 with its servers"
		if err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
		if left := kernel.Table(); len(left) != 2 || len(left[0].Destinations) != 1 {
			t.Errorf("left: %+v", left)
		}
	})
}

// Somebody else may remove a server or a whole service while it drains.
func TestDrainOfWhatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel := ipvstest.New()
		have := table("192.0.2.1:80 rr 10.0.0.1:80=1", "192.0.2.2:80 rr 10.0.0.3:80=1")
		have[0].Destinations[0].ActiveConns, have[1].Destinations[0].ActiveConns = 1, 1
		kernel.Load(have)
		plan := change.New(change.State{Table: have}, change.State{Table: table("192.0.2.1:80 rr")}, change.Options{Prune: true, Drain: time.Minute})
		time.AfterFunc(3*time.Second, func() { kernel.Load(nil) })
		start := time.Now()
		if err := change.Drain(t.Context(), kernel.Client(), plan, time.Second); err != nil || cmp.Compare(time.Since(start), 5*time.Second) > 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}
