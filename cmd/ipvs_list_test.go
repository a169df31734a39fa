package cmd

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/document"
)

// busy is the table web with connections and counters on the first server.
func busy(t *testing.T) *bench {
	b := newBench(t, web...)
	table := b.kernel.Table()
	for i := range table {
		for j := range table[i].Destinations {
			if d := &table[i].Destinations[j]; d.Address == netip.MustParseAddrPort("10.0.0.2:80") && table[i].Family == ipvs.IPv4 {
				d.ActiveConns, d.InactiveConns, d.PersistentConns = 3, 12, 1
				d.Stats = ipvs.Stats{Connections: 15, PacketsIn: 100, PacketsOut: 90, BytesIn: math.MaxUint64, BytesOut: 1 << 40, CPS: 1, PPSIn: 20, PPSOut: 18, BPSIn: 3000, BPSOut: 40000}
				table[i].Stats = d.Stats
			}
		}
	}
	b.kernel.Load(table)
	return b
}

func TestList(t *testing.T) {
	b := busy(t)
	want := []string{
		"SERVICE / SERVER      FORWARD  WEIGHT  ACTIVE  INACTIVE",
		"tcp 192.0.2.1:80      wlc persistent 300s",
		"  10.0.0.2:80         route    1       3       12",
		"  10.0.0.10:80        route    0       0       0",
		"tcp 192.0.2.1:443     sh sh-port",
		"  10.0.0.2:8443       masq     5       0       0",
		"udp 192.0.2.1:53      rr ops",
		"fwm 7                 rr",
		"tcp [2001:db8::1]:80  rr",
		"  10.0.0.2:80         tunnel   1       0       0",
	}
	b.same("list", b.must("list"), want...)
	b.same("bare", b.must(""), want...)
	b.same("numeric", b.must("list -n"), want...)
	for l := range strings.Lines(strings.Join(want, "\n")) {
		if len(strings.TrimSpace(l)) > 80 {
			t.Errorf("%d columns: %s", len(l), l)
		}
	}
}

func TestListCounters(t *testing.T) {
	b := busy(t)
	b.same("stats", b.must("list -t 192.0.2.1:80 --stats"),
		"SERVICE / SERVER  CONNS  PKTS IN  PKTS OUT  BYTES IN              BYTES OUT",
		"tcp 192.0.2.1:80  15     100      90        18446744073709551615  1099511627776  wlc persistent 300s",
		"  10.0.0.2:80     15     100      90        18446744073709551615  1099511627776",
		"  10.0.0.10:80    0      0        0         0                     0")
	b.same("rate", b.must("list -t 192.0.2.1:80 -r 10.0.0.2 --rate"),
		"SERVICE / SERVER  CONNS/S  PKTS/S IN  PKTS/S OUT  BYTES/S IN  BYTES/S OUT",
		"tcp 192.0.2.1:80  1        20         18          3000        40000        wlc persistent 300s",
		"  10.0.0.2:80     1        20         18          3000        40000")
	b.same("wide", b.must("list -o wide -t [2001:db8::1]:80"),
		"SERVICE / SERVER      FORWARD  WEIGHT  ACTIVE  INACTIVE  PERSISTENT  UPPER  LOWER  TUNNEL         CONNS  PKTS IN  PKTS OUT  BYTES IN  BYTES OUT  CONNS/S  PKTS/S IN  PKTS/S OUT  BYTES/S IN  BYTES/S OUT",
		"tcp [2001:db8::1]:80                                                                              0      0        0         0         0          0        0          0           0           0            rr",
		"  10.0.0.2:80         tunnel   1       0       0         0           0      0      gue:6080:csum  0      0        0         0         0          0        0          0           0           0")
}

func TestListAsIpvsadm(t *testing.T) {
	b := newBench(t, web...)
	b.same("ipvsadm", b.must("list -o ipvsadm -t 192.0.2.1"),
		"IP Virtual Server version 1.2.1 (size=4096)",
		"Prot LocalAddress:Port Scheduler Flags",
		"  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
		"TCP  192.0.2.1:80 wlc persistent 300",
		"  -> 10.0.0.2:80                  Route   1      0          0         ",
		"  -> 10.0.0.10:80                 Route   0      0          0         ",
		"TCP  192.0.2.1:443 sh (sh-port)",
		"  -> 10.0.0.2:8443                Masq    5      0          0         ")
}

// names are what is left of a listing: "192.0.2.1:80 10.0.0.2:80".
func names(doc document.Document) string {
	var out []string
	for _, s := range doc.Services {
		name := fmt.Sprint(s.FWMark)
		if s.Port != nil {
			name = fmt.Sprintf("%s/%s:%d", s.Protocol, s.Address, *s.Port)
		}
		out = append(out, name)
		for _, r := range s.Servers {
			out = append(out, fmt.Sprintf(">%s:%d", r.Address, r.Port))
		}
	}
	return strings.Join(out, " ")
}

func (b *bench) document(line string) (doc document.Document) {
	b.Helper()
	if err := json.Unmarshal([]byte(b.must(line)), &doc); err != nil {
		b.Fatal(err)
	}
	return doc
}

func TestListFilters(t *testing.T) {
	b := newBench(t, web...)
	const (
		first  = "tcp/192.0.2.1:80 >10.0.0.2:80 >10.0.0.10:80"
		second = "tcp/192.0.2.1:443 >10.0.0.2:8443"
		third  = "udp/192.0.2.1:53"
		mark   = "7"
		sixth  = "tcp/2001:db8::1:80 >10.0.0.2:80"
	)
	for filter, want := range map[string]string{
		"":                              strings.Join([]string{first, second, third, mark, sixth}, " "),
		"-t 192.0.2.1:80":               first,
		"-t 192.0.2.1":                  first + " " + second,
		"-u 192.0.2.1":                  third,
		"-t 2001:db8::1":                sixth,
		"-t [2001:db8::1]":              sixth,
		"-t [2001:db8::1]:80":           sixth,
		"-f 7":                          mark,
		"--protocol udp":                third,
		"--protocol fwm":                mark,
		"-t 192.0.2.9":                  "",
		"-r 10.0.0.2":                   "tcp/192.0.2.1:80 >10.0.0.2:80 tcp/192.0.2.1:443 >10.0.0.2:8443 " + sixth,
		"-r 10.0.0.2:80":                "tcp/192.0.2.1:80 >10.0.0.2:80 " + sixth,
		"-r 10.0.0.2 -t 192.0.2.1:443":  second,
		"-r 10.0.0.99 -t 192.0.2.1:443": "",
		"-r 10.0.0.99":                  "",
	} {
		if got := names(b.document("list -o json " + filter)); got != want {
			t.Errorf("%s: %s, want %s", filter, got, want)
		}
	}
	for filter, want := range map[string]struct {
		status int
		stderr string
	}{
		"-t 192.0.2.9:80":           {1, "service TCP 192.0.2.9:80: no such service"},
		"-f 7 -6":                   {1, "service FWM 7 IPv6: no such service"},
		"-t x":                      {2, "illegal virtual server address[:port] specified"},
		"-t 192.0.2.1 -u 192.0.2.1": {2, "multiple 'service-address' options specified"},
		"-6":                        {2, "-6 used before -f"},
		"-r x":                      {2, "illegal real server address[:port] specified"},
		"--protocol icmp":           {2, "it is one of tcp, udp, sctp, fwm"},
		"-o xml":                    {2, "it is one of table, wide, json, yaml, ipvsadm"},
		"--stats --rate":            {2, "--stats and --rate do not go together"},
		"192.0.2.1":                 {2, "unknown command"},
	} {
		out, errs, status := b.do("list " + filter)
		if status != want.status || out != "" || !strings.Contains(errs, want.stderr) {
			t.Errorf("%s: status %d, stdout %q, stderr %q", filter, status, out, errs)
		}
	}
}

// All that there is to tell of a server, to the last bit.
func TestListJSON(t *testing.T) {
	b := busy(t)
	b.same("json", b.must("list -o json -t 192.0.2.1:80 -r 10.0.0.2"), strings.Split(`{
  "schema": "lvsctl.ipvs/v1",
  "services": [
    {
      "protocol": "tcp",
      "family": "ipv4",
      "address": "192.0.2.1",
      "port": 80,
      "scheduler": "wlc",
      "persistence_seconds": 300,
      "counters": {
        "connections": 15,
        "packets_in": 100,
        "packets_out": 90,
        "bytes_in": 18446744073709551615,
        "bytes_out": 1099511627776
      },
      "rates": {
        "connections": 1,
        "packets_in": 20,
        "packets_out": 18,
        "bytes_in": 3000,
        "bytes_out": 40000
      },
      "servers": [
        {
          "address": "10.0.0.2",
          "port": 80,
          "forward": "route",
          "weight": 1,
          "active_connections": 3,
          "inactive_connections": 12,
          "persistent_connections": 1,
          "counters": {
            "connections": 15,
            "packets_in": 100,
            "packets_out": 90,
            "bytes_in": 18446744073709551615,
            "bytes_out": 1099511627776
          },
          "rates": {
            "connections": 1,
            "packets_in": 20,
            "packets_out": 18,
            "bytes_in": 3000,
            "bytes_out": 40000
          }
        }
      ]
    }
  ]
}`, "\n")...)
	b.same("empty", newBench(t).must("list -o json"), "{", `  "schema": "lvsctl.ipvs/v1",`, `  "services": []`, "}")
}

// What list tells, apply takes: there is nothing to change.
func TestListIsApplied(t *testing.T) {
	b := busy(t)
	for _, form := range []string{"list -o json", "list -o yaml", "save", "save -o json", "save -o yaml"} {
		b.input = b.must(form)
		if got := b.must("apply --prune -"); got != "no change\n" {
			t.Errorf("%s: %s", form, got)
		}
	}
}

func TestListUnprivileged(t *testing.T) {
	b := busy(t)
	table := b.kernel.Table()
	b.kernel.Deny()
	b.proc = func(string) (ipvs.Table, ipvs.Info, []string, error) {
		return table, ipvs.Info{}, []string{"counters and rates", "thresholds"}, nil
	}
	out, errs, status := b.do("list -t 192.0.2.1:80")
	if status != 0 || errs != "lvsctl: without privilege not all of the table can be seen; missing: counters and rates; thresholds\n" {
		t.Errorf("status %d, stderr %q", status, errs)
	}
	b.same("list", out,
		"SERVICE / SERVER  FORWARD  WEIGHT  ACTIVE  INACTIVE",
		"tcp 192.0.2.1:80  wlc persistent 300s",
		"  10.0.0.2:80     route    1       3       12",
		"  10.0.0.10:80    route    0       0       0")
	out, _, _ = b.do("list -o json -t 192.0.2.1:80 -r 10.0.0.2")
	var doc document.Document
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	s := doc.Services[0].Servers[0]
	if len(doc.Missing) != 2 || doc.Services[0].Counters != nil || s.Counters != nil || s.Persistent != nil || *s.Active != 3 {
		t.Errorf("got %s", out)
	}
	b.input = out
	if _, errs, status := b.do("apply -"); status != 1 || !strings.Contains(errs, "standard input:3:14: this was listed without privilege") {
		t.Errorf("applied all the same: status %d, %q", status, errs)
	}
	if _, errs, status := b.do("list -t 192.0.2.9:80"); status != 1 || !strings.Contains(errs, "no such service") {
		t.Errorf("status %d, stderr %q", status, errs)
	}
}

const connectionsText = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP 0A090002 4E85 C0000201 0050 0A000002 0050 ESTABLISHED     894
TCP 0A090003 4E85 C0000201 0050 0A000002 0050 ESTABLISHED       5
TCP 0A090002 0000 C0000201 0050 0A000002 0050 ASSURED         100
IP  0A090002 0000 00000007 0000 0A000003 0000 ASSURED          16
UDP 0A090002 1388 C0000201 0035 0A000002 0035 UDP             300 sip abc@x
`

func TestConnections(t *testing.T) {
	b := newBench(t, web...)
	b.kernel.Proc("ip_vs_conn", connectionsText)
	rows := []string{
		"PROTO EXPIRES  STATE       CLIENT                VIRTUAL               SERVER",
		"tcp   14m54s   ESTABLISHED 10.9.0.2:20101        192.0.2.1:80          10.0.0.2:80",
		"tcp   5s       ESTABLISHED 10.9.0.3:20101        192.0.2.1:80          10.0.0.2:80",
		"tcp   1m40s    ASSURED     10.9.0.2:0            192.0.2.1:80          10.0.0.2:80",
		"fwm   16s      ASSURED     10.9.0.2:0            7                     10.0.0.3:0",
		"udp   5m0s     UDP         10.9.0.2:5000         192.0.2.1:53          10.0.0.2:53",
	}
	pick := func(at ...int) (out []string) {
		for _, i := range append([]int{0}, at...) {
			out = append(out, rows[i])
		}
		return out
	}
	for filter, want := range map[string][]string{
		"":                rows,
		"-t 192.0.2.1:80": pick(1, 2, 3),
		"-t 192.0.2.1":    pick(1, 2, 3),
		"-u 192.0.2.1:53": pick(5),
		"-t 192.0.2.1:53": pick(),
		"--protocol fwm":  pick(4),
		"-r 10.0.0.2":     pick(1, 2, 3, 5),
		"-r 10.0.0.2:53":  pick(5),
	} {
		b.same(filter, b.must("connections "+filter), want...)
	}
	b.same("json", b.must("connections -o json -u 192.0.2.1"), "{", `  "schema": "lvsctl.ipvs/v1",`, `  "connections": [`,
		`    {"protocol":"udp","client":"10.9.0.2:5000","virtual":"192.0.2.1:53","server":"10.0.0.2:53","state":"UDP","expires_seconds":300,"template":false,"persistence_engine":"sip","persistence_data":"abc@x"}`,
		"  ]", "}")
	b.same("none", b.must("connections -o json -r 10.0.0.99"), "{", `  "schema": "lvsctl.ipvs/v1",`, `  "connections": [`, "  ]", "}")
	b.same("count", b.must("connections --count"),
		"PROTO  VIRTUAL       SERVER       STATE        CONNECTIONS",
		"fwm    7             10.0.0.3:0   ASSURED      1",
		"tcp    192.0.2.1:80  10.0.0.2:80  ASSURED      1",
		"tcp    192.0.2.1:80  10.0.0.2:80  ESTABLISHED  2",
		"udp    192.0.2.1:53  10.0.0.2:53  UDP          1")
	if got := b.must("connections --count -o json -r 10.0.0.3"); !strings.Contains(got, `"connections": 1`) || !json.Valid([]byte(got)) {
		t.Errorf("got %s", got)
	}
	if got := b.must("connections -o ipvsadm -u 192.0.2.1"); !strings.HasPrefix(got, "IPVS connection entries\n") || !strings.Contains(got, "UDP 05:00") {
		t.Errorf("got %s", got)
	}
	if _, errs, status := b.do("connections -f 7"); status != 2 {
		t.Errorf("-f: status %d, %q", status, errs)
	}
	if _, errs, status := newBench(t).do("connections"); status != 1 || !strings.Contains(errs, "read the connections") {
		t.Errorf("without the file: status %d, %q", status, errs)
	}
}
