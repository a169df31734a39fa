package ipvsadm_test

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// One table with everything in it, in every form: testdata/listings.txt. "rules"
// makes the table, "counters" gives each service and real server counters of
// another length, "connections" is the kernel's text of them, "ipvsadm" a listing.
// A line that ends with blanks has a $ behind them.
func TestEveryListing(t *testing.T) {
	names := readBook(t, "testdata/hosts", "testdata/services")
	kernel := ipvstest.New()
	datadriven.RunTest(t, "testdata/listings.txt", func(t *testing.T, d *datadriven.TestData) string {
		switch d.Cmd {
		case "rules":
			load(t, kernel, d.Input, names)
		case "counters":
			kernel.Load(counted(kernel.Table()))
		case "connections":
			kernel.Proc("ip_vs_conn", d.Input+"\n")
		case "ipvsadm":
			return printed(t, kernel, d.Input, names)
		case "complete":
			return visible(string(ipvsadm.RenderRules(kernel.Table())))
		default:
			t.Fatalf("no such command: %s", d.Cmd)
		}
		return ""
	})
}

// counted gives each entry of the table numbers with one digit more.
func counted(t ipvs.Table) ipvs.Table {
	const digits = "12345678901234567890"
	n := uint64(0)
	next := func() uint64 {
		n++
		v, _ := strconv.ParseUint(digits[:n%20+1], 10, 64)
		return v
	}
	stats := func() ipvs.Stats {
		v := next()
		return ipvs.Stats{
			Connections: v, PacketsIn: v + 1, PacketsOut: v + 2, BytesIn: v + 3, BytesOut: v + 4,
			CPS: v + 5, PPSIn: v + 6, PPSOut: v + 7, BPSIn: v + 8, BPSOut: v + 9,
		}
	}
	for i := range t {
		t[i].Stats = stats()
		for j := range t[i].Destinations {
			d := &t[i].Destinations[j]
			d.Stats = stats()
			d.ActiveConns, d.InactiveConns, d.PersistentConns = uint32(n), uint32(n*n*n*n*n*n*n), uint32(n*n)
		}
	}
	return t
}

func printed(t *testing.T, kernel *ipvstest.Kernel, line string, names ipvsadm.Resolver) string {
	t.Helper()
	command, err := ipvsadm.Parse(strings.Fields(line), names)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	var out bytes.Buffer
	if err := ipvsadm.Run(kernel.Client(), command, names, &out); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return visible(out.String())
}

func visible(s string) string { return strings.ReplaceAll(s, " \n", " $\n") }

// forgetful counts how often it is asked.
type forgetful struct{ hosts, ports map[any]int }

func (f forgetful) Address(string) (netip.Addr, bool)         { return netip.Addr{}, false }
func (f forgetful) Port(string, ipvs.Protocol) (uint16, bool) { return 0, false }
func (f forgetful) Host(a netip.Addr) (string, bool)          { f.hosts[a]++; return "x", a.Is4() }
func (f forgetful) Service(n uint16, p ipvs.Protocol) (string, bool) {
	f.ports[[2]any{n, p}]++
	return "y", n == 80
}

// A name server may take seconds for each name, and as long for what it does not
// know.
func TestNamesAreAskedForOnce(t *testing.T) {
	kernel := ipvstest.New()
	load(t, kernel, "-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m\n-a -t 192.0.2.1:80 -r 10.0.0.1:81 -m\n"+
		"-A -u 192.0.2.1:80\n-a -u 192.0.2.1:80 -r 10.0.0.1:80 -m\n-A -t [2001:db8::1]:81\n-A -u [2001:db8::1]:81\n"+
		"-A -f 1\n-a -f 1 -r 10.0.0.1:80 -m\n", book{})
	names := forgetful{map[any]int{}, map[any]int{}}
	out := string(ipvsadm.Render(ipvsadm.Listing{}, ipvs.Info{}, kernel.Table(), names))
	for what, n := range names.hosts {
		if n != 1 {
			t.Errorf("asked %d times for %v", n, what)
		}
	}
	for what, n := range names.ports {
		if n != 1 {
			t.Errorf("asked %d times for %v", n, what)
		}
	}
	if !strings.Contains(out, "FWM  1 wlc\n  -> x:80 ") {
		t.Errorf("a port of no protocol has a name:\n%s", out)
	}
	if len(names.hosts) != 3 || len(names.ports) != 4 || !strings.Contains(out, "  -> x:81 ") || !strings.Contains(out, "UDP  [2001:db8::1]:81 ") {
		t.Errorf("asked for %v and %v:\n%s", names.hosts, names.ports, out)
	}
}

// Addresses are written as inet_ntop(3) does, weights with a sign but in one form.
func TestAddressesAndWeights(t *testing.T) {
	for addr, want := range map[string]string{
		"::192.0.2.1": "[::192.0.2.1]", "::0.1.0.0": "[::0.1.0.0]", "::ffff": "[::ffff]", "::1": "[::1]", "::": "[::]",
		"::ffff:192.0.2.1": "[::ffff:192.0.2.1]", "1:0:2::": "[1:0:2::]", "1:0:2:3:4:5:6:7": "[1:0:2:3:4:5:6:7]",
		"0.0.0.0": "0.0.0.0", "255.255.255.255": "255.255.255.255",
	} {
		d := ipvs.Destination{Address: netip.AddrPortFrom(netip.MustParseAddr(addr), 0), Weight: 1<<32 - 1}
		table := ipvs.Table{{Destinations: []ipvs.DestinationEntry{{Destination: d}}}}
		for format, weight := range map[ipvsadm.Format]string{ipvsadm.Plain: " -1 ", ipvsadm.TunnelFormat: " -1 ", ipvsadm.PersistentFormat: " 4294967295 "} {
			out := string(ipvsadm.Render(ipvsadm.Listing{Numeric: true, Format: format}, ipvs.Info{}, table, nil))
			if !strings.Contains(out, "  -> "+want+":0 ") || !strings.Contains(out, weight) {
				t.Errorf("want %s and weight %s:\n%s", want, weight, out)
			}
		}
	}
}

func TestDaemonsAndTimeouts(t *testing.T) {
	got := string(ipvsadm.RenderDaemons([]ipvs.Daemon{
		{Role: ipvs.MasterDaemon, Interface: "eth0", SyncID: 255, MaxLength: 1452, Group: netip.MustParseAddr("ff05::1"), Port: 8848, TTL: 1},
		{Role: ipvs.BackupDaemon, Interface: "eth1"}, // as a kernel before 4.3 tells it
	})) + string(ipvsadm.RenderTimeouts(ipvs.Timeouts{TCP: 15 * time.Minute, TCPFin: 2 * time.Minute, UDP: 31 * 24 * time.Hour}))
	want := "master sync daemon (mcast=eth0, syncid=255, maxlen=1452, group=ff05::1, port=8848, ttl=1)\n" +
		"backup sync daemon (mcast=eth1, syncid=0)\n" +
		"Timeout (tcp tcpfin udp): 900 120 2678400\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if out := ipvsadm.RenderDaemons(nil); len(out) != 0 {
		t.Errorf("no daemon gives %q", out)
	}
}

// Neither formatting nor sorting needs memory for each line.
func TestRenderAllocatesForTheWholeOnly(t *testing.T) {
	table := ipvs.Table{}
	for i := range 100 {
		s := ipvs.ServiceEntry{Service: ipvs.Service{ServiceKey: ipvs.FWMarkKey(uint32(i+1), ipvs.IPv4), Scheduler: "rr", Netmask: 0xffffffff}}
		for j := range 10 {
			d := ipvs.Destination{Address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(j), byte(i), 1}), 80)}
			s.Destinations = append(s.Destinations, ipvs.DestinationEntry{Destination: d})
		}
		table = append(table, s)
	}
	for format := ipvsadm.Plain; format <= ipvsadm.TunnelFormat; format++ {
		l := ipvsadm.Listing{Numeric: true, Format: format}
		if n := testing.AllocsPerRun(3, func() { ipvsadm.Render(l, ipvs.Info{}, table, nil) }); n > 10 {
			t.Errorf("format %d: %v allocations for 1000 lines", format, n)
		}
	}
	if n := testing.AllocsPerRun(3, func() { ipvsadm.RenderSave(table, true, nil) }); n > 10 {
		t.Errorf("save: %v allocations for 1000 lines", n)
	}
}
