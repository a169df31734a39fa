package watch_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/check"
	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/watch"
)

func ap(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// key is the key of a TCP service.
func key(s string) ipvs.ServiceKey { return ipvs.AddressKey(ipvs.TCP, ap(s)) }

// text shows a table, a line a service, in no particular order of the table's.
func text(t ipvs.Table) string {
	var lines []string
	for _, s := range t {
		var ds []string
		for _, d := range s.Destinations {
			ds = append(ds, fmt.Sprintf(" %s %s %d", d.Address, d.Method, d.Weight))
		}
		slices.Sort(ds)
		lines = append(lines, fmt.Sprintf("%s %s:%s\n", s.ServiceKey, s.Scheduler, strings.Join(ds, ",")))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func dest(address string, weight uint32) ipvs.DestinationEntry {
	return ipvs.DestinationEntry{Destination: ipvs.Destination{Address: ap(address), Method: ipvs.DirectRoute, Weight: weight}}
}

func TestHealthServes(t *testing.T) {
	tests := []struct {
		health watch.Health
		want   bool
	}{
		{watch.Health{Status: check.Up}, true},
		{watch.Health{Status: check.Up, Adopted: true}, true},
		{watch.Health{Status: check.Down}, false},
		{watch.Health{Status: check.Down, Adopted: true}, false},
		{watch.Health{}, false},
		{watch.Health{Adopted: true}, true},
	}
	for _, tt := range tests {
		if got := tt.health.Serves(); got != tt.want {
			t.Errorf("%+v: %v", tt.health, got)
		}
	}
}

func TestPlanFillsInServices(t *testing.T) {
	up := watch.Health{Status: check.Up}
	tests := []struct {
		name   string
		server watch.VirtualServer
		want   ipvs.ServiceEntry
	}{
		{
			"direct routing, persistent",
			watch.VirtualServer{
				Address: ap("192.0.2.1:80"), Protocol: watch.TCP, Scheduler: "wlc", Method: watch.DR, Persistence: 50 * time.Second,
				RealServers: []watch.RealServer{{Address: ap("10.0.0.1:80"), Weight: 3}},
			},
			ipvs.ServiceEntry{
				Service:      ipvs.Service{ServiceKey: key("192.0.2.1:80"), Scheduler: "wlc", Flags: ipvs.FlagPersistent, Persistence: 50 * time.Second, Netmask: 0xffffffff},
				Destinations: []ipvs.DestinationEntry{dest("10.0.0.1:80", 3)},
			},
		},
		{
			"NAT to another port, UDP, weight 0",
			watch.VirtualServer{
				Address: ap("192.0.2.1:53"), Protocol: watch.UDP, Scheduler: "rr", Method: watch.NAT,
				RealServers: []watch.RealServer{{Address: ap("10.0.0.1:5353")}},
			},
			ipvs.ServiceEntry{
				Service:      ipvs.Service{ServiceKey: ipvs.AddressKey(ipvs.UDP, ap("192.0.2.1:53")), Scheduler: "rr", Netmask: 0xffffffff},
				Destinations: []ipvs.DestinationEntry{{Destination: ipvs.Destination{Address: ap("10.0.0.1:5353"), Method: ipvs.Masquerade}}},
			},
		},
		{
			"tunnel, SCTP, IPv6",
			watch.VirtualServer{
				Address: ap("[2001:db8::1]:80"), Protocol: watch.SCTP, Scheduler: "wrr", Method: watch.TUN, Persistence: 300 * time.Second,
				RealServers: []watch.RealServer{{Address: ap("[2001:db8::2]:80"), Weight: 1}},
			},
			ipvs.ServiceEntry{
				Service:      ipvs.Service{ServiceKey: ipvs.AddressKey(ipvs.SCTP, ap("[2001:db8::1]:80")), Scheduler: "wrr", Flags: ipvs.FlagPersistent, Persistence: 300 * time.Second, Netmask: 128},
				Destinations: []ipvs.DestinationEntry{{Destination: ipvs.Destination{Address: ap("[2001:db8::2]:80"), Method: ipvs.Tunnel, Weight: 1}}},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			health := map[watch.RealKey]watch.Health{
				{Service: tt.want.ServiceKey, Address: tt.server.RealServers[0].Address}: up,
			}
			got := watch.Plan([]watch.VirtualServer{tt.server}, health)
			if diff := cmp.Diff(ipvs.Table{tt.want}, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestPlanTakesTheFirstOfTwins(t *testing.T) {
	vs := watch.VirtualServer{
		Address: ap("192.0.2.1:80"), Protocol: watch.TCP, Scheduler: "rr", Method: watch.DR,
		RealServers: []watch.RealServer{{Address: ap("10.0.0.1:80"), Weight: 1}, {Address: ap("10.0.0.1:80"), Weight: 2}},
	}
	twin := vs
	twin.Scheduler = "wlc"
	got := watch.Plan([]watch.VirtualServer{vs, twin}, map[watch.RealKey]watch.Health{
		{Service: key("192.0.2.1:80"), Address: ap("10.0.0.1:80")}: {Status: check.Up},
	})
	if want := "TCP 192.0.2.1:80 rr: 10.0.0.1:80 Route 1\n"; text(got) != want {
		t.Errorf("got  %swant %s", text(got), want)
	}
}

// Whatever the health is: every service stands, with exactly those that serve.
func TestPlanHasThoseThatServe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		health := map[watch.RealKey]watch.Health{}
		var servers []watch.VirtualServer
		serving := 0
		for v := range rapid.IntRange(0, 4).Draw(t, "services") {
			vs := watch.VirtualServer{Address: netip.AddrPortFrom(ap("192.0.2.1:0").Addr(), uint16(80+v)), Protocol: watch.TCP, Method: watch.DR}
			for r := range rapid.IntRange(0, 4).Draw(t, "real servers") {
				rs := watch.RealServer{Address: netip.AddrPortFrom(ap("10.0.0.1:0").Addr(), uint16(80+r))}
				vs.RealServers = append(vs.RealServers, rs)
				h := watch.Health{
					Status:  rapid.SampledFrom([]check.Status{check.Unknown, check.Up, check.Down}).Draw(t, "status"),
					Adopted: rapid.Bool().Draw(t, "adopted"),
				}
				health[watch.RealKey{Service: key(vs.Address.String()), Address: rs.Address}] = h
				if h.Serves() {
					serving++
				}
			}
			servers = append(servers, vs)
		}
		got := watch.Plan(servers, health)
		if len(got) != len(servers) {
			t.Fatalf("%d services of %d", len(got), len(servers))
		}
		for _, s := range got {
			for _, d := range s.Destinations {
				serving--
				if !health[watch.RealKey{Service: s.ServiceKey, Address: d.Address}].Serves() {
					t.Fatalf("%s of %s does not serve", d.Address, s.ServiceKey)
				}
			}
		}
		if serving != 0 {
			t.Fatalf("%d that serve are missing", serving)
		}
	})
}
