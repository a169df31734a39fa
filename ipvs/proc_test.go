package ipvs_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

const procTitle = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`

const procTable = procTitle + `TCP  C000020A:0050 wlc  
  -> 0A080003:0050      Route   100    3          4294967295
  -> 0A080002:1F90      Tunnel  2147483647 0          0         
UDP  C000020A:0035 rr ops  
TCP  C000020A:0000 wrr  persistent 36000 FFFFFF00
SCTP  C000020A:26AB none  persistent -1616567296 FFFFFFFF
TCP  [2001:0db8:0000:0000:0000:0000:0000:0080]:FFFF rr persistent 100 40000000
  -> [2001:0db8:0000:0000:0000:0000:0000:0002]:0050      Masq    4      0          0         
FWM  80000000 rr 
FWM  00000001 wlc 
  -> [2001:0db8:0000:0000:0000:0000:0000:0002]:0000      Route   1      0          0         
FWM  00000002 rr persistent 90000 60000000
  -> 0A080002:0000      Tunnel  1      0          0         
FWM  00000003 wlc ops persistent 7700 FFFF0000
FWM  00000004 wlc 
  -> [2001:0db8:0000:0000:0000:0000:0000:0002]:0000      Tunnel  1      0          0         
`

func service(k ipvs.ServiceKey, scheduler string, flags ipvs.Flags, persistence int, mask ipvs.Netmask, ds ...ipvs.DestinationEntry) ipvs.ServiceEntry {
	return ipvs.ServiceEntry{
		Service: ipvs.Service{
			ServiceKey: k, Scheduler: scheduler, Flags: flags,
			Persistence: time.Duration(persistence) * time.Second, Netmask: mask,
		},
		Destinations: ds,
	}
}

func server(address string, m ipvs.ForwardingMethod, weight, active, inactive uint32) ipvs.DestinationEntry {
	return ipvs.DestinationEntry{
		Destination: ipvs.Destination{Address: netip.MustParseAddrPort(address), Method: m, Weight: weight},
		ActiveConns: active, InactiveConns: inactive,
	}
}

func TestReadProc(t *testing.T) {
	at := func(p ipvs.Protocol, a string) ipvs.ServiceKey { return ipvs.AddressKey(p, netip.MustParseAddrPort(a)) }
	want := ipvs.Table{
		service(at(ipvs.TCP, "192.0.2.10:80"), "wlc", 0, 0, 0xffffffff,
			server("10.8.0.3:80", ipvs.DirectRoute, 100, 3, 4294967295),
			server("10.8.0.2:8080", ipvs.Tunnel, 1<<31-1, 0, 0)),
		service(at(ipvs.UDP, "192.0.2.10:53"), "rr", ipvs.FlagOnePacket, 0, 0xffffffff),
		service(at(ipvs.TCP, "192.0.2.10:0"), "wrr", ipvs.FlagPersistent, 360, 0xffffff00),
		// 31 days with 1000 ticks a second do not fit the sign; here 100.
		service(at(ipvs.SCTP, "192.0.2.10:9899"), "none", ipvs.FlagPersistent, 26784000, 0xffffffff),
		service(at(ipvs.TCP, "[2001:db8::80]:65535"), "rr", ipvs.FlagPersistent, 1, 64,
			server("[2001:db8::2]:80", ipvs.Masquerade, 4, 0, 0)),
		service(ipvs.FWMarkKey(1<<31, ipvs.IPv4), "rr", 0, 0, 0xffffffff),
		service(ipvs.FWMarkKey(1, ipvs.IPv6), "wlc", 0, 0, 128, server("[2001:db8::2]:0", ipvs.DirectRoute, 1, 0, 0)),
		service(ipvs.FWMarkKey(2, ipvs.IPv6), "rr", ipvs.FlagPersistent, 900, 96, server("10.8.0.2:0", ipvs.Tunnel, 1, 0, 0)),
		service(ipvs.FWMarkKey(3, ipvs.IPv4), "wlc", ipvs.FlagPersistent|ipvs.FlagOnePacket, 77, 0xffff0000),
		service(ipvs.FWMarkKey(4, ipvs.IPv6), "wlc", 0, 0, 128, server("[2001:db8::2]:0", ipvs.Tunnel, 1, 0, 0)),
	}
	got, info, missing, err := ipvs.ReadProc(strings.NewReader(procTable), 100)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(want, got, compareAddresses); d != "" {
		t.Errorf("- want, + got:\n%s", d)
	}
	if want := (ipvs.Info{Version: [3]uint8{1, 2, 1}, ConnectionTableSize: 4096}); info != want {
		t.Errorf("got %v, want %v", info, want)
	}
	slices.Sort(missing)
	wantMissing := []string{
		"counters and rates",
		"scheduler flags and persistence engines of services",
		"the address family of firewall mark 2 (IPv6 is assumed)",
		"the address family of firewall mark 2147483648 (IPv4 is assumed)",
		"the address family of firewall mark 4 (IPv6 is assumed)",
		"thresholds and persistent connections of real servers",
		"types, ports and checksums of tunnels",
		"which services on IPv6 addresses are one-packet services (ops)",
	}
	if d := gocmp.Diff(wantMissing, missing); d != "" {
		t.Errorf("missing: - want, + got:\n%s", d)
	}
}

// What does not concern the table is not said to be missing.
func TestReadProcMissesOnlyWhatMatters(t *testing.T) {
	for text, want := range map[string][]string{
		"":                        nil,
		"TCP  C000020A:0050 rr\n": {"counters and rates", "scheduler flags and persistence engines of services"},
		"FWM  00000001 wlc\n  -> [2001:0db8::2]:0000      Route   1      0          0\n": {
			"counters and rates", "scheduler flags and persistence engines of services",
			"thresholds and persistent connections of real servers",
		},
		"FWM  00000003 wlc ops persistent 7700 FFFF0000\n": {
			"counters and rates", "scheduler flags and persistence engines of services", "time-outs of persistent services",
		},
	} {
		_, _, missing, err := ipvs.ReadProc(strings.NewReader(procTitle+text), 0)
		if d := gocmp.Diff(want, missing); d != "" || err != nil {
			t.Errorf("%q: %v\n- want, + got:\n%s", text, err, d)
		}
	}
}

func TestReadProcRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                 "",
		"another program's text":  "Pro FromIP   FPrt ToIP\n",
		"server before service":   procTitle + "  -> 0A080001:0050      Route   1      0          0\n",
		"unknown method":          procTitle + "TCP  C000020A:0050 wlc\n  -> 0A080001:0050      Teleport   1      0          0\n",
		"unknown protocol":        procTitle + "QUIC  C000020A:0050 wlc\n",
		"no scheduler":            procTitle + "TCP  C000020A:0050\n",
		"unknown flag":            procTitle + "TCP  C000020A:0050 wlc sticky\n",
		"persistence without end": procTitle + "TCP  C000020A:0050 wlc persistent 100\n",
		"bad time-out":            procTitle + "TCP  C000020A:0050 wlc persistent x FFFFFFFF\n",
		"bad mask":                procTitle + "TCP  C000020A:0050 wlc persistent 1 FFFFFFFFF\n",
		"mark 0":                  procTitle + "FWM  00000000 wlc\n",
		"no line":                 procTitle + "\n",
		"a line without end":      procTitle + "TCP  " + strings.Repeat("x", 1<<17),
	} {
		table, _, missing, err := ipvs.ReadProc(strings.NewReader(text), 100)
		if err == nil || table != nil || missing != nil {
			t.Errorf("%s: %v, %v, %v", name, table, missing, err)
		}
	}
}

// onlyProc leaves of a table what /proc/net/ip_vs tells.
func onlyProc(table ipvs.Table) ipvs.Table {
	table = slices.Clone(table)
	for i := range table {
		s := &table[i]
		s.Stats, s.PE = ipvs.Stats{}, ""
		s.Flags &= ipvs.FlagPersistent | ipvs.FlagOnePacket
		if s.Family == ipvs.IPv6 && s.FWMark == 0 {
			s.Flags &^= ipvs.FlagOnePacket
		}
		if s.Flags&ipvs.FlagPersistent == 0 {
			s.Persistence, s.Netmask = 0, ipvs.FullNetmask(s.Family)
		}
		s.Destinations = slices.Clone(s.Destinations)
		for j, d := range s.Destinations {
			s.Destinations[j] = ipvs.DestinationEntry{
				Destination: ipvs.Destination{Address: d.Address, Method: d.Method, Weight: d.Weight},
				ActiveConns: d.ActiveConns, InactiveConns: d.InactiveConns,
			}
		}
	}
	return table
}

// The text of a real kernel, and what the same kernel answered to the question for
// the same table.
func TestReadProcOfARealKernel(t *testing.T) {
	golden := filepath.Join("..", "..", "shared", "golden", "ipvsadm")
	for text, recording := range map[string]string{
		"01-static/procfs_ip_vs.out": "01-static/dump.nl.jsonl",
		"06-traffic/proc_ip_vs.out":  "06-traffic/dump2.nl.jsonl",
	} {
		t.Run(text, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(golden, text))
			if err != nil {
				t.Skipf("the recordings are not part of the repository: %v", err)
			}
			got, info, _, err := ipvs.ReadProc(strings.NewReader(string(b)), 100)
			if err != nil {
				t.Fatal(err)
			}
			client := replay(t, filepath.Join(golden, recording))
			want, err := client.Table()
			if err != nil {
				t.Fatal(err)
			}
			if d := gocmp.Diff(onlyProc(want), got, compareAddresses); d != "" {
				t.Errorf("- by netlink, + by /proc:\n%s", d)
			}
			if want, err := client.Info(); err != nil || info != want {
				t.Errorf("got %v, want %v, %v", info, want, err)
			}
		})
	}
}

func replay(t *testing.T, path string) *ipvs.Client {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("the recordings are not part of the repository: %v", err)
	}
	defer func() { _ = f.Close() }()
	conn, err := ipvstest.Replay(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	client, err := ipvs.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return client
}
