package ipvs_test

import (
	"cmp"
	"net/netip"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Few addresses and marks, so that two random tables have services in common.

var addresses = []netip.Addr{
	netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("10.0.0.9"),
	netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:192.0.2.1"),
}

var realAddresses = []netip.Addr{
	netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("10.0.0.10"),
	netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"),
}

func drawAddrPort(t *rapid.T, from []netip.Addr) netip.AddrPort {
	return netip.AddrPortFrom(rapid.SampledFrom(from).Draw(t, "address"),
		rapid.SampledFrom([]uint16{0, 80, 65535}).Draw(t, "port"))
}

func drawKey(t *rapid.T) ipvs.ServiceKey {
	if rapid.IntRange(0, 3).Draw(t, "fwmark?") == 0 {
		return ipvs.FWMarkKey(rapid.SampledFrom([]uint32{1, 1 << 31}).Draw(t, "mark"),
			rapid.SampledFrom([]ipvs.Family{ipvs.IPv4, ipvs.IPv6}).Draw(t, "family"))
	}
	return ipvs.AddressKey(rapid.SampledFrom([]ipvs.Protocol{ipvs.TCP, ipvs.UDP, ipvs.SCTP}).Draw(t, "protocol"), drawAddrPort(t, addresses))
}

func drawService(t *rapid.T) ipvs.Service {
	s := ipvs.Service{
		ServiceKey:  drawKey(t),
		Scheduler:   rapid.SampledFrom([]string{"wlc", "rr", "mh"}).Draw(t, "scheduler"),
		Flags:       ipvs.Flags(rapid.IntRange(0, 0x3f).Draw(t, "flags")),
		Persistence: time.Duration(rapid.SampledFrom([]int{0, 1, 2678400}).Draw(t, "timeout")) * time.Second,
		PE:          rapid.SampledFrom([]string{"", "sip"}).Draw(t, "pe"),
	}
	if s.Family == ipvs.IPv6 {
		s.Netmask = ipvs.Netmask(rapid.IntRange(0, 128).Draw(t, "prefix"))
	} else {
		s.Netmask = ipvs.Netmask(rapid.SampledFrom([]uint32{0, 0xff, 0xffffff00}).Draw(t, "mask"))
	}
	return s
}

func drawDestination(t *rapid.T, of ipvs.Family) ipvs.DestinationEntry {
	var d ipvs.DestinationEntry
	d.Address = drawAddrPort(t, realAddresses)
	d.Method = rapid.SampledFrom([]ipvs.ForwardingMethod{ipvs.Masquerade, ipvs.Tunnel, ipvs.DirectRoute}).Draw(t, "method")
	if ipvs.FamilyOf(d.Address.Addr()) != of {
		d.Method = ipvs.Tunnel
	}
	d.Weight = rapid.Uint32Range(0, 1<<31-1).Draw(t, "weight")
	d.UpperThreshold = rapid.Uint32Max(9).Draw(t, "upper")
	d.LowerThreshold = rapid.Uint32Max(d.UpperThreshold).Draw(t, "lower")
	d.Tunnel.Type = rapid.SampledFrom([]ipvs.TunnelType{ipvs.IPIP, ipvs.GUE, ipvs.GRE}).Draw(t, "tunnel")
	d.Tunnel.Port = rapid.Uint16Min(1).Draw(t, "tunnel port")
	d.Tunnel.Flags = ipvs.TunnelFlags(rapid.IntRange(0, 2).Draw(t, "tunnel flags"))
	d.ActiveConns = rapid.Uint32().Draw(t, "active")
	return d
}

// drawTable gives a table without doubles.
func drawTable(t *rapid.T, label string) ipvs.Table {
	return rapid.Custom(func(t *rapid.T) ipvs.Table {
		services := rapid.SliceOfNDistinct(rapid.Custom(drawService), 0, 6,
			func(s ipvs.Service) ipvs.ServiceKey { return s.ServiceKey }).Draw(t, "services")
		var table ipvs.Table
		for _, s := range services {
			draw := rapid.Custom(func(t *rapid.T) ipvs.DestinationEntry { return drawDestination(t, s.Family) })
			table = append(table, ipvs.ServiceEntry{
				Service: s,
				Destinations: rapid.SliceOfNDistinct(draw, 0, 5,
					func(d ipvs.DestinationEntry) netip.AddrPort { return d.Address }).Draw(t, "destinations"),
			})
		}
		return table
	}).Draw(t, label)
}

// stored is the table as the kernel has it, in an order of its own.
func stored(table ipvs.Table) ipvs.Table {
	out := slices.Clone(table)
	for i, s := range out {
		out[i].Service = s.Stored()
		out[i].Destinations = slices.Clone(s.Destinations)
		for j, d := range s.Destinations {
			out[i].Destinations[j].Destination = d.Stored()
		}
		slices.SortFunc(out[i].Destinations, func(a, b ipvs.DestinationEntry) int { return a.Address.Compare(b.Address) })
	}
	slices.SortFunc(out, func(a, b ipvs.ServiceEntry) int { return cmp.Compare(a.String(), b.String()) })
	return out
}

var ignoreCounters = gocmp.Options{
	cmpopts.IgnoreFields(ipvs.DestinationEntry{}, "ActiveConns", "InactiveConns", "PersistentConns", "Stats"),
	cmpopts.IgnoreFields(ipvs.ServiceEntry{}, "Stats"),
}

var compareAddresses = gocmp.Options{gocmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }), cmpopts.EquateEmpty()}

func diffTables(t interface{ Fatalf(string, ...any) }, want, got ipvs.Table, opts ...gocmp.Option) {
	if h, ok := t.(testing.TB); ok {
		h.Helper()
	}
	if d := gocmp.Diff(stored(want), stored(got), append(opts, compareAddresses)...); d != "" {
		t.Fatalf("tables differ (- want, + got):\n%s", d)
	}
}
