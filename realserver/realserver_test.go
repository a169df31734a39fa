package realserver

import (
	"errors"
	"maps"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lvsctl/lvsctl/system"
)

var (
	vip1 = netip.MustParseAddr("172.28.14.227")
	vip2 = netip.MustParseAddr("172.28.14.228")
)

// host is a host in memory with what a fresh machine has.
type host struct {
	*system.FakeNetwork
	sysctls system.FakeSysctls
	store   FileStore
}

func newHost(t *testing.T) host {
	return host{
		FakeNetwork: &system.FakeNetwork{Links: map[string]system.Link{
			"lo": {Index: 1, Name: "lo", Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}},
		}},
		sysctls: system.FakeSysctls{
			"net/ipv4/conf/lo/arp_ignore": "0", "net/ipv4/conf/lo/arp_announce": "0",
			"net/ipv4/conf/all/arp_ignore": "0", "net/ipv4/conf/all/arp_announce": "0",
		},
		store: FileStore(filepath.Join(t.TempDir(), "realserver.json")),
	}
}

func (h host) realServer() *RealServer {
	return &RealServer{Host: h.FakeNetwork, Sysctls: h.sysctls, Store: h.store}
}

// state is all that start and stop may change.
type state struct {
	Addresses []netip.Prefix
	Routes    []system.Route
	Sysctls   map[string]string
}

func (h host) state() state {
	return state{h.Links["lo"].Addresses, h.Routes, maps.Clone(map[string]string(h.sysctls))}
}

func mustChange(t *testing.T, want bool, change func([]netip.Addr) (bool, error), vips ...netip.Addr) {
	t.Helper()
	got, err := change(vips)
	if err != nil || got != want {
		t.Fatalf("changed %v, %v; want %v", got, err, want)
	}
}

func mustEqual(t *testing.T, what string, want, got any) {
	t.Helper()
	opts := cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})}
	if d := cmp.Diff(want, got, opts); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestStart(t *testing.T) {
	h := newHost(t)
	r := h.realServer()
	mustChange(t, true, r.Start, vip1, vip2)
	mustEqual(t, "after start", state{
		Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), hostPrefix(vip1), hostPrefix(vip2)},
		Routes:    []system.Route{routeOf(vip1), routeOf(vip2)},
		Sysctls: map[string]string{
			"net/ipv4/conf/lo/arp_ignore": "1", "net/ipv4/conf/lo/arp_announce": "2",
			"net/ipv4/conf/all/arp_ignore": "1", "net/ipv4/conf/all/arp_announce": "2",
		},
	}, h.state())
	mustChange(t, false, r.Start, vip1, vip2)
}

func TestStopRestores(t *testing.T) {
	h := newHost(t)
	h.sysctls["net/ipv4/conf/all/arp_announce"] = "1"
	before, r := h.state(), h.realServer()
	mustChange(t, true, r.Start, vip1, vip2)
	mustChange(t, false, r.Start, vip1)
	mustChange(t, true, r.Stop, vip1)
	if got := h.sysctls["net/ipv4/conf/lo/arp_ignore"]; got != "1" {
		t.Errorf("arp_ignore is %s while a VIP is still there", got)
	}
	mustChange(t, true, r.Stop)
	mustEqual(t, "after stop", before, h.state())
	mustChange(t, false, r.Stop)
	mustChange(t, false, r.Stop, vip1)
}

func TestStopLeavesWhatOthersDid(t *testing.T) {
	h := newHost(t)
	h.sysctls["net/ipv4/conf/all/arp_ignore"] = "2" // stricter than we need
	if _, err := h.AddAddress("lo", system.Address{Prefix: hostPrefix(vip1)}); err != nil {
		t.Fatal(err)
	}
	before, r := h.state(), h.realServer()
	mustChange(t, true, r.Start, vip1)
	if got := h.sysctls["net/ipv4/conf/all/arp_ignore"]; got != "2" {
		t.Errorf("start lowered arp_ignore to %s", got)
	}
	mustChange(t, true, r.Stop, vip1)
	mustEqual(t, "after stop", before, h.state())
}

// A second start that has to raise a setting again does not take the value of
// the meantime for what was there before.
func TestSecondStartRemembersTheFirst(t *testing.T) {
	h := newHost(t)
	h.sysctls["net/ipv4/conf/all/arp_announce"] = "1"
	before, r := h.state(), h.realServer()
	mustChange(t, true, r.Start, vip1)
	h.sysctls["net/ipv4/conf/all/arp_announce"] = "0"
	mustChange(t, true, r.Start, vip1)
	mustChange(t, true, r.Stop)
	mustEqual(t, "after stop", before, h.state())
}

func TestStopLeavesSettingChangedMeanwhile(t *testing.T) {
	h := newHost(t)
	r := h.realServer()
	mustChange(t, true, r.Start, vip1)
	h.sysctls["net/ipv4/conf/all/arp_announce"] = "1"
	mustChange(t, true, r.Stop)
	if got := h.sysctls["net/ipv4/conf/all/arp_announce"]; got != "1" {
		t.Errorf("arp_announce is %s, somebody had set 1", got)
	}
}

// A start that is cut off in the middle is repeated, and stop still knows what was before.
func TestStartAfterCrash(t *testing.T) {
	h := newHost(t)
	before, r := h.state(), h.realServer()
	crash := errors.New("crash")
	h.Err = crash
	if _, err := r.Start([]netip.Addr{vip1}); !errors.Is(err, crash) {
		t.Fatalf("got %v", err)
	}
	h.Err = nil
	mustChange(t, true, r.Start, vip1)
	mustChange(t, true, r.Stop)
	mustEqual(t, "after stop", before, h.state())
}

func TestStartRefuses(t *testing.T) {
	for _, bad := range []string{"2001:db8::1", "127.0.0.1", "224.0.0.1", "0.0.0.0", "255.255.255.255"} {
		h := newHost(t)
		before := h.state()
		var refused *AddressError
		_, err := h.realServer().Start([]netip.Addr{vip1, netip.MustParseAddr(bad)})
		if !errors.As(err, &refused) {
			t.Errorf("%s: got %v", bad, err)
		}
		mustEqual(t, "after a refusal", before, h.state())
	}
}

func TestStatus(t *testing.T) {
	h := newHost(t)
	r := h.realServer()
	mustChange(t, true, r.Start, vip1)
	want := []Status{{VIP: vip1, Address: true, Route: true, Quiet: true}, {VIP: vip2, Quiet: true}}
	got, err := r.Status([]netip.Addr{vip1, vip2})
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, "status", want, got)
	if !got[0].Running() || got[1].Running() || !got[1].Stopped() {
		t.Errorf("running %v %v", got[0].Running(), got[1].Running())
	}
	all, err := r.Status(nil)
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, "status of all that was started", want[:1], all)
}
