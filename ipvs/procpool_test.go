package ipvs

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const procHead = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`

func services(keys ...ServiceKey) Table {
	var t Table
	for _, k := range keys {
		t = append(t, ServiceEntry{Service: Service{ServiceKey: k}})
	}
	return t
}

// addDestinations gives the services the destinations of the text. It tells
// whether that worked.
func addDestinations(table Table, text string) bool {
	pools, ok := splitProc(table, text)
	for i := 0; ok && i < len(table); i++ {
		table[i].Destinations, ok = pools.read(i, nil)
	}
	return ok
}

func TestAddDestinations(t *testing.T) {
	v4 := AddressKey(TCP, netip.MustParseAddrPort("192.0.2.10:80"))
	v6 := AddressKey(UDP, netip.MustParseAddrPort("[2001:db8::80]:53"))
	table := services(v4, v6, FWMarkKey(0xfffffffe, IPv6))
	text := procHead + `TCP  C000020A:0050 wlc persistent 5000 FFFFFFFF
  -> 0A080001:0050      Route   2147483647 3          4294967295
  -> 0A080002:1F90      Masq    0      0          0         
UDP  [2001:0db8:0000:0000:0000:0000:0000:0080]:0035 rr
  -> [2001:0db8:0000:0000:0000:0000:0000:0001]:0035      Tunnel  1      0          0         
FWM  FFFFFFFE wlc
  -> 0A080003:0000      Local   1      2          3         
`
	if !addDestinations(table, text) {
		t.Fatal("not understood")
	}
	entry := func(addr string, m ForwardingMethod, weight, active, inactive uint32) DestinationEntry {
		return DestinationEntry{
			Destination: Destination{Address: netip.MustParseAddrPort(addr), Method: m, Weight: weight},
			ActiveConns: active, InactiveConns: inactive,
		}
	}
	want := [][]DestinationEntry{
		{entry("10.8.0.1:80", DirectRoute, 2147483647, 3, 4294967295), entry("10.8.0.2:8080", Masquerade, 0, 0, 0)},
		{entry("[2001:db8::1]:53", Tunnel, 1, 0, 0)},
		{entry("10.8.0.3:0", Local, 1, 2, 3)},
	}
	for i, s := range table {
		if d := cmp.Diff(want[i], s.Destinations, cmpopts.EquateComparable(netip.AddrPort{})); d != "" {
			t.Errorf("%s (-want +got):\n%s", s.ServiceKey, d)
		}
	}
}

// What does not fit the services, or is not understood, is never taken for a table.
func TestAddDestinationsRefuses(t *testing.T) {
	a := AddressKey(TCP, netip.MustParseAddrPort("10.0.0.1:80"))
	b := AddressKey(TCP, netip.MustParseAddrPort("10.0.0.2:80"))
	lineA, lineB := "TCP  0A000001:0050 rr\n", "TCP  0A000002:0050 rr\n"
	good := "  -> 0A080001:0050      Route   1      0          0         \n"
	tests := map[string]struct {
		table Table
		text  string
	}{
		"a service less":                 {services(a, b), lineA},
		"a service more":                 {services(a), lineA + lineB},
		"another order":                  {services(a, b), lineB + lineA},
		"another protocol":               {services(a), "UDP  0A000001:0050 rr\n"},
		"another mark":                   {services(FWMarkKey(1, IPv4)), "FWM  00000002 rr\n"},
		"destination before any service": {services(a), good + lineA},
		"unknown method":                 {services(a), lineA + strings.Replace(good, "Route", "Teleport", 1)},
		"negative weight":                {services(a), lineA + strings.Replace(good, "1     ", "-1    ", 1)},
		"a word more":                    {services(a), lineA + strings.Replace(good, "\n", "x\n", 1)},
		"cut off":                        {services(a), lineA + "  -> 0A080001:00"},
		"bad address":                    {services(a), lineA + strings.Replace(good, "0A080001", "0A08000", 1)},
		"long address":                   {services(a), lineA + strings.Replace(good, "0A080001", "0A08000100", 1)},
		"only titles":                    {services(a), ""},
	}
	for name, tt := range tests {
		if addDestinations(tt.table, procHead+tt.text) {
			t.Errorf("%s: taken", name)
		}
	}
	if !addDestinations(services(a, b), procHead+lineA+good+lineB) {
		t.Error("what the cases are made of is not taken either")
	}
}

func FuzzAddDestinations(f *testing.F) {
	f.Add([]byte(procHead + "TCP  0A000001:0050 rr\n  -> 0A080001:0050      Route   1      0          0         \n"))
	f.Add([]byte(procHead + "TCP  [2001:0db8::1]:0050 rr\n"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		addDestinations(services(AddressKey(TCP, netip.MustParseAddrPort("10.0.0.1:80"))), string(text))
	})
}
