package document_test

import (
	"bytes"
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
	"github.com/lvsctl/lvsctl/ipvs/document"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

func drawKey(t *rapid.T) ipvs.ServiceKey {
	if rapid.IntRange(0, 3).Draw(t, "fwmark?") == 0 {
		return ipvs.FWMarkKey(rapid.Uint32Range(1, math.MaxUint32).Draw(t, "mark"), rapid.SampledFrom([]ipvs.Family{ipvs.IPv4, ipvs.IPv6}).Draw(t, "family"))
	}
	return ipvs.AddressKey(rapid.SampledFrom([]ipvs.Protocol{ipvs.TCP, ipvs.UDP, ipvs.SCTP}).Draw(t, "protocol"),
		netip.AddrPortFrom(drawAddr(t), rapid.Uint16Range(1, math.MaxUint16).Draw(t, "port")))
}

func drawAddr(t *rapid.T) netip.Addr {
	return netip.MustParseAddr(rapid.SampledFrom([]string{"192.0.2.1", "9.0.0.1", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.1", "::1"}).Draw(t, "address"))
}

// drawService makes what every form can tell. With rules no netmask without
// persistence can be told, nor a third flag of sh.
func drawService(t *rapid.T) ipvs.ServiceEntry {
	var s ipvs.ServiceEntry
	s.ServiceKey = drawKey(t)
	s.Scheduler = rapid.SampledFrom([]string{"wlc", "rr", "sh", "mh"}).Draw(t, "scheduler")
	s.Flags = rapid.SampledFrom([]ipvs.Flags{0, ipvs.FlagSched1, ipvs.FlagSched2 | ipvs.FlagSched1}).Draw(t, "flags")
	s.Netmask = ipvs.FullNetmask(s.Family)
	if rapid.Bool().Draw(t, "persistent") {
		s.Flags |= ipvs.FlagPersistent
		s.Persistence = time.Duration(rapid.IntRange(1, 2678400).Draw(t, "timeout")) * time.Second
		s.PE = rapid.SampledFrom([]string{"", "sip"}).Draw(t, "pe")
		if s.Family == ipvs.IPv6 {
			s.Netmask = ipvs.Netmask(rapid.IntRange(1, 128).Draw(t, "prefix"))
		} else {
			s.Netmask = ipvs.Netmask(rapid.SampledFrom([]uint32{0, 0xff, 0xffffff00, 0xffffffff}).Draw(t, "mask"))
		}
	}
	if s.FWMark != 0 || s.Protocol == ipvs.UDP {
		s.Flags |= rapid.SampledFrom([]ipvs.Flags{0, ipvs.FlagOnePacket}).Draw(t, "ops")
	}
	s.Destinations = rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) ipvs.DestinationEntry { return drawServer(t, s.Service) }), 0, 3,
		func(d ipvs.DestinationEntry) netip.AddrPort { return d.Address }).Draw(t, "servers")
	return s
}

func drawServer(t *rapid.T, s ipvs.Service) (d ipvs.DestinationEntry) {
	d.Address = netip.AddrPortFrom(drawAddr(t), s.Address.Port())
	d.Method = rapid.SampledFrom([]ipvs.ForwardingMethod{ipvs.DirectRoute, ipvs.Tunnel, ipvs.Masquerade}).Draw(t, "method")
	if ipvs.FamilyOf(d.Address.Addr()) != s.Family {
		d.Method = ipvs.Tunnel
	}
	d.Weight = rapid.Uint32Range(0, math.MaxInt32).Draw(t, "weight")
	d.UpperThreshold = rapid.Uint32Range(0, math.MaxInt32).Draw(t, "upper")
	d.LowerThreshold = rapid.Uint32Range(0, d.UpperThreshold).Draw(t, "lower")
	d.ActiveConns, d.Stats.BytesIn = rapid.Uint32().Draw(t, "active"), rapid.Uint64().Draw(t, "bytes")
	if d.Method != ipvs.Tunnel {
		return d
	}
	switch d.Tunnel.Type = rapid.SampledFrom([]ipvs.TunnelType{ipvs.IPIP, ipvs.GUE, ipvs.GRE}).Draw(t, "tunnel"); d.Tunnel.Type {
	case ipvs.GUE:
		d.Tunnel.Port = rapid.Uint16Range(1, math.MaxUint16).Draw(t, "tunnel port")
		d.Tunnel.Flags = rapid.SampledFrom([]ipvs.TunnelFlags{0, ipvs.TunnelChecksum, ipvs.TunnelRemoteChecksum}).Draw(t, "checksum")
	case ipvs.GRE:
		d.Tunnel.Flags = rapid.SampledFrom([]ipvs.TunnelFlags{0, ipvs.TunnelChecksum}).Draw(t, "checksum")
	}
	return d
}

var sameTable = gocmp.Options{
	cmpopts.EquateComparable(netip.AddrPort{}, netip.Addr{}), cmpopts.EquateEmpty(),
	cmpopts.SortSlices(func(a, b ipvs.ServiceEntry) bool { return a.String() < b.String() }),
	cmpopts.SortSlices(func(a, b ipvs.DestinationEntry) bool { return a.Address.Compare(b.Address) < 0 }),
	cmpopts.IgnoreFields(ipvs.ServiceEntry{}, "Stats"),
	cmpopts.IgnoreFields(ipvs.DestinationEntry{}, "Stats", "ActiveConns", "InactiveConns", "PersistentConns"),
}

// noNames knows no hosts.
type noNames struct{}

func (noNames) Address(string) (netip.Addr, bool)            { return netip.Addr{}, false }
func (noNames) Port(string, ipvs.Protocol) (uint16, bool)    { return 0, false }
func (noNames) Host(netip.Addr) (string, bool)               { return "", false }
func (noNames) Service(uint16, ipvs.Protocol) (string, bool) { return "", false }

// Every table comes back from each of the three forms, counters passed over.
func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := ipvs.Table(rapid.SliceOfNDistinct(rapid.Custom(drawService), 0, 4,
			func(s ipvs.ServiceEntry) ipvs.ServiceKey { return s.ServiceKey }).Draw(t, "table"))
		state := change.State{Table: table}
		for _, f := range []document.Format{document.JSON, document.YAML} {
			doc := document.Of(table, rapid.Bool().Draw(t, "counters"))
			if rapid.Bool().Draw(t, "beside") {
				state.Timeouts = &ipvs.Timeouts{TCP: time.Hour, TCPFin: time.Minute, UDP: time.Second}
				state.Daemons = []ipvs.Daemon{
					{Role: ipvs.BackupDaemon, Interface: "eth0", SyncID: 255, MaxLength: 1472, Group: netip.MustParseAddr("ff02::1"), Port: 8848, TTL: 1},
					{Role: ipvs.MasterDaemon, Interface: "eth1"},
				}
				doc.Timeouts, doc.SyncDaemons = document.TimeoutsOf(*state.Timeouts), document.DaemonsOf(state.Daemons)
			}
			var text bytes.Buffer
			if err := document.Write(&text, f, doc); err != nil {
				t.Fatal(err)
			}
			if got := document.Recognize(text.String()); got != f {
				t.Fatalf("form %d is taken for %d:\n%s", f, got, text.Bytes())
			}
			got, err := document.Read("file", text.String(), noNames{})
			if err != nil {
				t.Fatalf("%v\n%s", err, text.Bytes())
			}
			if d := gocmp.Diff(state, got, sameTable); d != "" {
				t.Fatalf("form %d (-want +got):\n%s\n%s", f, d, text.Bytes())
			}
			state.Timeouts, state.Daemons = nil, nil
		}
		rules := ipvsadm.RenderRules(table)
		if got, err := document.Read("file", string(rules), noNames{}); err != nil {
			t.Fatalf("%v\n%s", err, rules)
		} else if d := gocmp.Diff(state, got, sameTable); d != "" {
			t.Fatalf("rules (-want +got):\n%s\n%s", d, rules)
		}
	})
}

// The same table gives the same text, whatever order the kernel has it in; numbers
// are compared as numbers.
func TestOrder(t *testing.T) {
	var table ipvs.Table
	for _, vip := range []string{"192.168.0.1:80", "10.0.0.1:443", "10.0.0.1:80", "9.0.0.1:80", "[2001:db8::1]:80"} {
		for _, p := range []ipvs.Protocol{ipvs.SCTP, ipvs.TCP} {
			table = append(table, ipvs.ServiceEntry{Service: ipvs.Service{ServiceKey: ipvs.AddressKey(p, netip.MustParseAddrPort(vip))}})
		}
	}
	for _, mark := range []uint32{1 << 31, 2} {
		table = append(table, ipvs.ServiceEntry{Service: ipvs.Service{ServiceKey: ipvs.FWMarkKey(mark, ipvs.IPv4)}})
	}
	for _, real := range []string{"10.0.0.10:80", "10.0.0.9:80", "10.0.0.9:8"} {
		table[0].Destinations = append(table[0].Destinations, ipvs.DestinationEntry{Destination: ipvs.Destination{Address: netip.MustParseAddrPort(real)}})
	}
	var got []string
	for _, s := range document.Sorted(table) {
		got = append(got, s.String())
		for _, d := range s.Destinations {
			got = append(got, "  "+d.Address.String())
		}
	}
	const want = `TCP 9.0.0.1:80
TCP 10.0.0.1:80
TCP 10.0.0.1:443
TCP 192.168.0.1:80
SCTP 9.0.0.1:80
SCTP 10.0.0.1:80
SCTP 10.0.0.1:443
SCTP 192.168.0.1:80
  10.0.0.9:8
  10.0.0.9:80
  10.0.0.10:80
FWM 2
FWM 2147483648
TCP [2001:db8::1]:80
SCTP [2001:db8::1]:80`
	if d := gocmp.Diff(strings.Split(want, "\n"), got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if slices.IsSortedFunc(table[0].Destinations, func(a, b ipvs.DestinationEntry) int { return cmp.Compare(a.Address.String(), b.Address.String()) }) {
		t.Error("the table itself was sorted")
	}
}
