package mobyipvs_test

import (
	"encoding/binary"
	"errors"
	"math"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	moby "github.com/moby/ipvs"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/mobyipvs"
)

var comparison = cmp.Options{cmpopts.EquateComparable(netip.AddrPort{}), cmpopts.EquateEmpty()}

func drawAddress(t *rapid.T, f ipvs.Family) netip.AddrPort {
	var a netip.Addr
	if f == ipvs.IPv4 {
		a = netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "IPv4")))
	} else {
		b := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "IPv6"))
		b[0] = 0x20 // not v4-mapped
		a = netip.AddrFrom16(b)
	}
	return netip.AddrPortFrom(a, rapid.Uint16().Draw(t, "port"))
}

// drawStats stays within 32 bits.
func drawStats(t *rapid.T) ipvs.Stats {
	n := func() uint64 { return uint64(rapid.Uint32().Draw(t, "counter")) }
	return ipvs.Stats{
		Connections: n(), PacketsIn: n(), PacketsOut: n(), CPS: n(), PPSIn: n(), PPSOut: n(), BPSIn: n(), BPSOut: n(),
		BytesIn: rapid.Uint64().Draw(t, "bytes in"), BytesOut: rapid.Uint64().Draw(t, "bytes out"),
	}
}

func drawDestination(t *rapid.T, f ipvs.Family) ipvs.DestinationEntry {
	return ipvs.DestinationEntry{
		Destination: ipvs.Destination{
			Address:        drawAddress(t, f),
			Method:         ipvs.ForwardingMethod(rapid.IntRange(0, 4).Draw(t, "method")),
			Weight:         rapid.Uint32Max(math.MaxInt32).Draw(t, "weight"),
			UpperThreshold: rapid.Uint32().Draw(t, "upper"), LowerThreshold: rapid.Uint32().Draw(t, "lower"),
		},
		ActiveConns: rapid.Uint32().Draw(t, "active"), InactiveConns: rapid.Uint32().Draw(t, "inactive"),
		Stats: drawStats(t),
	}
}

// drawEntry draws from all that moby/ipvs can express.
func drawEntry(t *rapid.T) ipvs.ServiceEntry {
	f := rapid.SampledFrom([]ipvs.Family{ipvs.IPv4, ipvs.IPv6}).Draw(t, "family")
	s := ipvs.ServiceEntry{
		Service: ipvs.Service{
			ServiceKey:  ipvs.FWMarkKey(rapid.Uint32Min(1).Draw(t, "mark"), f),
			Scheduler:   rapid.StringMatching("[a-z]{1,15}").Draw(t, "scheduler"),
			PE:          rapid.SampledFrom([]string{"", "sip"}).Draw(t, "pe"),
			Flags:       ipvs.Flags(rapid.IntRange(0, 0x3f).Draw(t, "flags")),
			Persistence: time.Duration(rapid.Uint32().Draw(t, "timeout")) * time.Second,
			Netmask:     ipvs.Netmask(rapid.Uint32().Draw(t, "mask")),
		},
		Stats: drawStats(t),
	}
	if rapid.Bool().Draw(t, "on an address") {
		s.ServiceKey = ipvs.AddressKey(rapid.SampledFrom([]ipvs.Protocol{ipvs.TCP, ipvs.UDP, ipvs.SCTP}).Draw(t, "protocol"), drawAddress(t, f))
	}
	for range rapid.IntRange(0, 3).Draw(t, "servers") {
		s.Destinations = append(s.Destinations, drawDestination(t, f))
	}
	s.Service = s.Stored()
	return s
}

func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawEntry(t)
		service, destinations, err := mobyipvs.ToMoby(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := mobyipvs.FromMoby(service, destinations)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, comparison); d != "" {
			t.Errorf("- before, + after:\n%s", d)
		}
	})
}

// The values that moby/ipvs itself has for a service, field by field.
func TestToMobyValues(t *testing.T) {
	s := ipvs.ServiceEntry{
		Service: ipvs.Service{
			ServiceKey: ipvs.AddressKey(ipvs.UDP, netip.MustParseAddrPort("192.0.2.1:53")), Scheduler: "wrr",
			Flags: ipvs.FlagPersistent, Persistence: 5 * time.Minute, Netmask: 0xffffff00, PE: "sip",
		},
		Stats: ipvs.Stats{Connections: 1 << 40, BytesIn: 1 << 40},
		Destinations: []ipvs.DestinationEntry{{
			Destination: ipvs.Destination{
				Address: netip.MustParseAddrPort("10.0.0.1:54"), Method: ipvs.Tunnel, Weight: 100000, UpperThreshold: 9, LowerThreshold: 3,
			},
			ActiveConns: 1, InactiveConns: 2, PersistentConns: 7,
		}},
	}
	service, destinations, err := mobyipvs.ToMoby(s)
	if err != nil {
		t.Fatal(err)
	}
	wantService := &moby.Service{
		Address: net.IPv4(192, 0, 2, 1).To4(), Protocol: 17, Port: 53, SchedName: "wrr", Flags: 1, Timeout: 300,
		Netmask: binary.NativeEndian.Uint32([]byte{255, 255, 255, 0}), AddressFamily: 2, PEName: "sip",
		Stats: moby.SvcStats{Connections: math.MaxUint32, BytesIn: 1 << 40},
	}
	if d := cmp.Diff(wantService, service); d != "" {
		t.Errorf("service: - want, + got:\n%s", d)
	}
	wantDestinations := []*moby.Destination{{
		Address: net.IPv4(10, 0, 0, 1).To4(), Port: 54, Weight: 100000, ConnectionFlags: moby.ConnectionFlagTunnel, AddressFamily: 2,
		UpperThreshold: 9, LowerThreshold: 3, ActiveConnections: 1, InactiveConnections: 2,
	}}
	if d := cmp.Diff(wantDestinations, destinations); d != "" {
		t.Errorf("server: - want, + got:\n%s", d)
	}
}

// What the caller left open is filled in: the kernel would refuse it.
func TestToMobyFillsIn(t *testing.T) {
	s := ipvs.ServiceEntry{Service: ipvs.Service{ServiceKey: ipvs.FWMarkKey(1, ipvs.IPv6), Flags: ipvs.FlagHashed}}
	service, _, err := mobyipvs.ToMoby(s)
	if err != nil || service.Netmask != 128 || service.Flags != 0 {
		t.Errorf("%+v, %v", service, err)
	}
}

func TestToMobyRefuses(t *testing.T) {
	on := func(address string, ds ...ipvs.Destination) ipvs.ServiceEntry {
		s := ipvs.ServiceEntry{Service: ipvs.Service{ServiceKey: ipvs.AddressKey(ipvs.TCP, netip.MustParseAddrPort(address))}}
		for _, d := range ds {
			s.Destinations = append(s.Destinations, ipvs.DestinationEntry{Destination: d})
		}
		return s
	}
	v4, v6 := netip.MustParseAddrPort("10.0.0.1:80"), netip.MustParseAddrPort("[2001:db8::1]:80")
	for name, tc := range map[string]struct {
		s           ipvs.ServiceEntry
		expressible bool // the kernel would not take it either
	}{
		"gue":                  {s: on("192.0.2.1:80", ipvs.Destination{Address: v4, Method: ipvs.Tunnel, Tunnel: ipvs.TunnelOptions{Type: ipvs.GUE, Port: 1}})},
		"gre":                  {s: on("192.0.2.1:80", ipvs.Destination{Address: v4, Method: ipvs.Tunnel, Tunnel: ipvs.TunnelOptions{Type: ipvs.GRE}})},
		"IPv6 in IPv4":         {s: on("192.0.2.1:80", ipvs.Destination{Address: v6, Method: ipvs.Tunnel})},
		"IPv4 in IPv6":         {s: on("[2001:db8::80]:80", ipvs.Destination{Address: v4, Method: ipvs.Tunnel})},
		"v4-mapped service":    {s: on("[::ffff:192.0.2.1]:80")},
		"v4-mapped server":     {s: on("[2001:db8::80]:80", ipvs.Destination{Address: netip.MustParseAddrPort("[::ffff:10.0.0.1]:80")})},
		"weight beyond an int": {expressible: true, s: on("192.0.2.1:80", ipvs.Destination{Address: v4, Weight: 1 << 31})},
		"no address":           {expressible: true},
		"server without one":   {expressible: true, s: on("192.0.2.1:80", ipvs.Destination{})},
	} {
		s, ds, err := mobyipvs.ToMoby(tc.s)
		if err == nil || s != nil || ds != nil || errors.Is(err, mobyipvs.ErrNotExpressible) == tc.expressible {
			t.Errorf("%s: %v, %v, %v", name, s, ds, err)
		}
	}
	// Options of a tunnel mean nothing to a server that is not behind one.
	if _, _, err := mobyipvs.ToMoby(on("192.0.2.1:80", ipvs.Destination{Address: v4, Tunnel: ipvs.TunnelOptions{Type: ipvs.GRE}})); err != nil {
		t.Error(err)
	}
}

func TestFromMobyRefuses(t *testing.T) {
	v4, v6 := net.ParseIP("192.0.2.1"), net.ParseIP("2001:db8::1")
	good := &moby.Service{Address: v4, AddressFamily: 2, Protocol: 6}
	for name, tc := range map[string]struct {
		s *moby.Service
		d *moby.Destination
	}{
		"no family":              {s: &moby.Service{Address: v4}},
		"mark without family":    {s: &moby.Service{FWMark: 1}},
		"IPv6 called IPv4":       {s: &moby.Service{Address: v6, AddressFamily: 2}},
		"IPv4 called IPv6":       {s: &moby.Service{Address: v4.To4(), AddressFamily: 10}},
		"no address":             {s: &moby.Service{AddressFamily: 2}},
		"server without address": {good, &moby.Destination{}},
		"server of two families": {good, &moby.Destination{Address: v6, AddressFamily: 2}},
		"negative weight":        {good, &moby.Destination{Address: v4, Weight: -1}},
	} {
		var ds []*moby.Destination
		if tc.d != nil {
			ds = append(ds, tc.d)
		}
		s, err := mobyipvs.FromMoby(tc.s, ds)
		if d := cmp.Diff(ipvs.ServiceEntry{}, s, comparison); err == nil || d != "" {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

// What users of moby/ipvs write down by hand: addresses of 16 bytes, servers
// without a family, the kernel's own flag.
func TestFromMobyByHand(t *testing.T) {
	got, err := mobyipvs.FromMoby(
		&moby.Service{Address: net.ParseIP("192.0.2.1"), Protocol: 6, Port: 80, AddressFamily: 2, Flags: 3, SchedName: "rr"},
		[]*moby.Destination{{Address: net.ParseIP("10.0.0.1"), Port: 80}, {Address: net.ParseIP("2001:db8::1"), Port: 80}},
	)
	want := ipvs.ServiceEntry{
		Service: ipvs.Service{
			ServiceKey: ipvs.AddressKey(ipvs.TCP, netip.MustParseAddrPort("192.0.2.1:80")), Scheduler: "rr", Flags: ipvs.FlagPersistent,
		},
		Destinations: []ipvs.DestinationEntry{
			{Destination: ipvs.Destination{Address: netip.MustParseAddrPort("10.0.0.1:80")}},
			{Destination: ipvs.Destination{Address: netip.MustParseAddrPort("[2001:db8::1]:80")}},
		},
	}
	if d := cmp.Diff(want, got, comparison); err != nil || d != "" {
		t.Errorf("%v\n- want, + got:\n%s", err, d)
	}
}
