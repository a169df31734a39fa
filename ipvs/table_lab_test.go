//go:build lab

package ipvs_test

import (
	"net/netip"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/internal/lab/labtest"
	"github.com/lvsctl/lvsctl/ipvs"
)

// everything is a table with each feature once, for a reader to look up.
func everything() ipvs.Table {
	at := func(p ipvs.Protocol, a string) ipvs.ServiceKey { return ipvs.AddressKey(p, netip.MustParseAddrPort(a)) }
	tunnel := func(address string, o ipvs.TunnelOptions) ipvs.DestinationEntry {
		d := server(address, ipvs.Tunnel, 7, 0, 0)
		d.Tunnel = o
		return d
	}
	limited := server("10.8.0.2:8443", ipvs.Masquerade, 1<<31-1, 0, 0)
	limited.UpperThreshold, limited.LowerThreshold = 2000, 1500
	sip := service(at(ipvs.UDP, "192.0.2.10:5060"), "sh", ipvs.FlagPersistent|ipvs.FlagSched1|ipvs.FlagSched2, 300, 0xffffffff)
	sip.PE = "sip"
	return ipvs.Table{
		service(at(ipvs.TCP, "192.0.2.10:443"), "wlc", 0, 0, 0xffffffff, limited, server("10.8.0.3:443", ipvs.DirectRoute, 0, 0, 0)),
		service(at(ipvs.TCP, "192.0.2.10:0"), "wrr", ipvs.FlagPersistent, 360, 0xffffff00),
		service(at(ipvs.TCP, "192.0.2.11:80"), "wrr", ipvs.FlagPersistent, 2678400, 0), // -M 0.0.0.0
		service(at(ipvs.UDP, "192.0.2.10:53"), "rr", ipvs.FlagOnePacket, 0, 0xffffffff),
		sip,
		service(at(ipvs.SCTP, "192.0.2.10:9899"), "rr", 0, 0, 0xffffffff),
		service(at(ipvs.UDP, "192.0.2.11:514"), "mh", ipvs.FlagSched1|ipvs.FlagSched2, 0, 0xffffffff,
			tunnel("10.8.0.2:514", ipvs.TunnelOptions{Type: ipvs.GUE, Port: 6080, Flags: ipvs.TunnelRemoteChecksum}),
			tunnel("10.8.0.3:514", ipvs.TunnelOptions{Type: ipvs.GUE, Port: 65535, Flags: ipvs.TunnelChecksum}),
			tunnel("10.8.0.4:514", ipvs.TunnelOptions{Type: ipvs.GUE, Port: 1}),
			tunnel("10.8.0.5:514", ipvs.TunnelOptions{Type: ipvs.GRE, Flags: ipvs.TunnelChecksum}),
			tunnel("10.8.0.6:514", ipvs.TunnelOptions{Type: ipvs.GRE}),
			tunnel("10.8.0.7:514", ipvs.TunnelOptions{}),
			tunnel("[2001:db8::8]:514", ipvs.TunnelOptions{Type: ipvs.GUE, Port: 6080})),
		service(at(ipvs.TCP, "[2001:db8::80]:80"), "wlc", ipvs.FlagPersistent|ipvs.FlagOnePacket, 1, 64,
			server("[2001:db8::2]:80", ipvs.Masquerade, 4, 0, 0), tunnel("10.8.0.2:80", ipvs.TunnelOptions{Type: ipvs.GRE})),
		service(ipvs.FWMarkKey(1, ipvs.IPv4), "wlc", 0, 0, 0xffffffff, server("10.8.0.2:0", ipvs.DirectRoute, 1, 0, 0)),
		service(ipvs.FWMarkKey(1, ipvs.IPv6), "rr", ipvs.FlagPersistent, 900, 96, server("[2001:db8::2]:0", ipvs.DirectRoute, 1, 0, 0)),
		service(ipvs.FWMarkKey(1<<32-1, ipvs.IPv4), "nq", 0, 0, 0xffffffff),
	}
}

func TestLabEverything(t *testing.T) {
	ns, client := labtest.Kernel(t)
	want := everything()
	if err := client.Apply(ipvs.Diff(nil, want)...); err != nil {
		t.Fatal(err)
	}
	got, err := client.Table()
	if err != nil {
		t.Fatal(err)
	}
	diffTables(t, want, got)
	for _, s := range want {
		one, err := client.Service(s.ServiceKey)
		if err != nil {
			t.Fatal(err)
		}
		diffTables(t, ipvs.Table{s}, ipvs.Table{one})
	}
	var text ipvs.Table
	if err := ns.Do(func() (err error) { text, _, _, err = ipvs.ReadProcFile(""); return err }); err != nil {
		t.Fatal(err)
	}
	diffTables(t, onlyProc(want), text)
}

// The text tells of every table what it promises to tell.
func TestLabProc(t *testing.T) {
	ns, client := labtest.Kernel(t)
	rapid.Check(t, func(t *rapid.T) {
		want := drawTable(t, "want")
		have, err := client.Table()
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Apply(ipvs.Diff(have, want)...); err != nil {
			t.Fatal(err)
		}
		have, err = client.Table()
		if err != nil {
			t.Fatal(err)
		}
		var got ipvs.Table
		var missing []string
		if err := ns.Do(func() (err error) { got, _, missing, err = ipvs.ReadProcFile(""); return err }); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(have) {
			t.Fatalf("%d services by netlink, %d in the text", len(have), len(got))
		}
		guessed := strings.Join(missing, "\n")
		for i, s := range got { // the order is the same
			if s.Family != have[i].Family && strings.Contains(guessed, "firewall mark") {
				have[i].Family, have[i].Netmask, got[i].Netmask = s.Family, 0, 0
			}
		}
		if d := gocmp.Diff(onlyProc(have), onlyProc(got), compareAddresses); d != "" {
			t.Fatalf("- by netlink, + by /proc:\n%s", d)
		}
	})
}

// meddler changes the table between two datagrams of an answer.
type meddler struct {
	ipvs.Conn
	received int
	meddle   func()
}

func (m *meddler) Receive() ([]byte, error) {
	if m.received++; m.received == 2 && m.meddle != nil {
		m.meddle()
	}
	return m.Conn.Receive()
}

// readWhile reads a table of n services while every other one of them is added or
// deleted after the first datagram, and counts what of those that stay is missing
// or doubled.
func readWhile(t *testing.T, n int, change ipvs.OpKind) (missing, doubled int) {
	t.Helper()
	ns, writer := labtest.Kernel(t)
	var setUp, changes []ipvs.Op
	for i := range n {
		op := addService(i)
		if i%2 == 0 || change == ipvs.DeleteService {
			setUp = append(setUp, op)
		}
		if i%2 == 1 {
			op.Kind = change
			changes = append(changes, op)
		}
	}
	if err := writer.Apply(setUp...); err != nil {
		t.Fatal(err)
	}
	m := &meddler{}
	if err := ns.Do(func() (err error) { m.Conn, err = ipvs.DialConn(); return err }); err != nil {
		t.Fatal(err)
	}
	reader, err := ipvs.New(m)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	m.received = 0
	m.meddle = func() {
		if err := writer.Apply(changes...); err != nil {
			t.Error(err)
		}
	}
	table, err := reader.Table()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[ipvs.ServiceKey]int{}
	for _, s := range table {
		seen[s.ServiceKey]++
	}
	for i := 0; i < n; i += 2 {
		switch seen[addService(i).Service.ServiceKey] {
		case 0:
			missing++
		case 1:
		default:
			doubled++
		}
	}
	return missing, doubled
}

// No service that stays is missing or doubled, whoever changes the table while it
// is read. Of one that fits into a datagram the kernel takes care itself.
func TestLabReadWhileItChanges(t *testing.T) {
	for _, n := range []int{60, 600} {
		for _, change := range []ipvs.OpKind{ipvs.DeleteService, ipvs.AddService} {
			if missing, doubled := readWhile(t, n, change); missing != 0 || doubled != 0 {
				t.Errorf("%d services, operation %d: %d missing, %d doubled", n, change, missing, doubled)
			}
		}
	}
}
