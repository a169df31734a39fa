package change_test

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
)

func TestDifference(t *testing.T) {
	have := change.State{
		Table:    table("192.0.2.1:80 rr 10.0.0.1:80=1 10.0.0.2:80=1 10.0.0.3:80=1", "192.0.2.2:80 rr 10.0.0.9:80=1"),
		Timeouts: &ipvs.Timeouts{TCP: 15 * time.Minute, TCPFin: 2 * time.Minute, UDP: 5 * time.Minute},
		Daemons:  []ipvs.Daemon{{Role: ipvs.MasterDaemon, Interface: "eth0", MaxLength: 1472, Port: 8848, TTL: 1}},
	}
	want := change.State{
		Table:    table("192.0.2.1:80 wlc 10.0.0.1:80=1 10.0.0.2:80=5 10.0.0.4:80=1", "192.0.2.3:80 rr"),
		Timeouts: &ipvs.Timeouts{TCP: time.Hour},
		Daemons:  []ipvs.Daemon{{Role: ipvs.MasterDaemon, Interface: "eth1", SyncID: 7}},
	}
	const text = `--- the kernel
+++ web.yaml
@@ sync daemons @@
-  --start-daemon master --mcast-interface eth0 --syncid 0 --sync-maxlen 1472 --mcast-port 8848 --mcast-ttl 1
+  --start-daemon master --mcast-interface eth1 --syncid 7
@@ timeouts @@
-  --set 900 120 300
+  --set 3600 120 300
@@ TCP 192.0.2.1:80 @@
-  -A -t 192.0.2.1:80 -s rr
+  -A -t 192.0.2.1:80 -s wlc
-  -a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1
+  -a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 5
+  -a -t 192.0.2.1:80 -r 10.0.0.4:80 -g -w 1
-  -a -t 192.0.2.1:80 -r 10.0.0.3:80 -g -w 1
@@ TCP 192.0.2.3:80 @@
+  -A -t 192.0.2.3:80 -s rr
@@ TCP 192.0.2.2:80 @@
-  -A -t 192.0.2.2:80 -s rr
-  -a -t 192.0.2.2:80 -r 10.0.0.9:80 -g -w 1
`
	ops := change.New(have, want, change.Options{Prune: true}).Ops()
	if d := gocmp.Diff(text, change.Difference(have, ops, "the kernel", "web.yaml")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := change.Difference(have, nil, "a", "b"); got != "" {
		t.Errorf("no difference is %q", got)
	}
}

func TestTrafficBetween(t *testing.T) {
	before := table("192.0.2.1:80 rr 10.0.0.1:80=1 10.0.0.2:80=1 10.0.0.3:80=1 10.0.0.5:80=1")
	after := table("192.0.2.1:80 rr 10.0.0.1:80=1 10.0.0.2:80=9 10.0.0.3:80=1 10.0.0.4:80=1", "192.0.2.2:80 rr 10.0.0.1:80=1")
	before[0].Destinations[0].ActiveConns, after[0].Destinations[0].ActiveConns = 1, 2
	after[0].Destinations[1].Stats.BytesIn = 9 // a sum alone is no change
	after[0].Destinations[2].Stats.BPSOut = 9
	after[1].Destinations[0].InactiveConns = 1
	var got []string
	for _, c := range change.TrafficBetween(before, after) {
		got = append(got, c.Service.String()+" "+c.Server.String())
	}
	want := []string{"TCP 192.0.2.1:80 10.0.0.1:80", "TCP 192.0.2.1:80 10.0.0.3:80", "TCP 192.0.2.2:80 10.0.0.1:80"}
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
