package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/ipvs"
)

// watched runs a monitor for three and a half seconds, in which the table changes
// twice.
func watched(t *testing.T, output string, noTraffic bool) (out *bytes.Buffer, err error) {
	b := newBench(t, two...)
	v, out, _ := b.verbs()
	m := &monitor{verbs: v, output: &choiceFlag{value: output}, interval: time.Second, noTraffic: noTraffic}
	ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
	defer cancel()
	time.AfterFunc(500*time.Millisecond, func() {
		b.must("edit -t 192.0.2.1:80 -r 10.0.0.1 -w 0")
		b.must("delete -t 192.0.2.1:80 -r 10.0.0.2")
		b.must("delete -t 192.0.2.2:80")
		b.must("add -u 192.0.2.1:53 -s rr -o")
		b.must("add -u 192.0.2.1:53 -r 10.0.0.5 -i --tun-type gue --tun-port 6080 -x 9")
	})
	time.AfterFunc(1500*time.Millisecond, func() {
		table := b.kernel.Table()
		d := &table[0].Destinations[0]
		d.ActiveConns, d.InactiveConns, d.Stats = 3, 1, ipvs.Stats{Connections: 9, CPS: 2, BPSIn: 100, BPSOut: 2000}
		b.kernel.Load(table)
		b.must("edit -t 192.0.2.1:80 -s sh")
	})
	return out, m.run(ctx, b.kernel.Client())
}

func TestMonitor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		out, err := watched(t, "text", false)
		if err != nil {
			t.Fatal(err)
		}
		at := func(seconds int) string { return start.Add(time.Duration(seconds) * time.Second).Format(time.DateTime) }
		want := strings.Join([]string{
			at(1) + " service udp 192.0.2.1:53 added: rr ops",
			at(1) + " server 10.0.0.1:80 of tcp 192.0.2.1:80 edited: route weight 0, was route weight 1",
			at(1) + " server 10.0.0.5:53 of udp 192.0.2.1:53 added: tunnel gue:6080:none weight 1 thresholds 9 0",
			at(1) + " server 10.0.0.2:80 of tcp 192.0.2.1:80 removed",
			at(1) + " service tcp 192.0.2.2:80 removed",
			at(2) + " service tcp 192.0.2.1:80 edited: sh, was wlc",
			at(2) + " server 10.0.0.1:80 of tcp 192.0.2.1:80: active 3 (+3) inactive 1 (+1) persistent 0 (+0), per second 2 connections, 100 bytes in, 2000 bytes out",
		}, "\n") + "\n"
		if d := gocmp.Diff(want, out.String()); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

func TestMonitorJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, err := watched(t, "json", false)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		var kinds []string
		for _, l := range lines {
			var e struct{ Time, Event, Op string }
			if err := json.Unmarshal([]byte(l), &e); err != nil || e.Time == "" {
				t.Fatalf("%v: %s", err, l)
			}
			kinds = append(kinds, strings.TrimSpace(e.Event+" "+e.Op))
		}
		want := []string{"change add_service", "change edit_server", "change add_server", "change delete_server", "change delete_service", "change edit_service", "traffic"}
		if d := gocmp.Diff(want, kinds); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		const last = `"event":"traffic","service":{"protocol":"tcp","family":"ipv4","address":"192.0.2.1","port":80},"server":{"address":"10.0.0.1","port":80},` +
			`"active_connections":3,"inactive_connections":1,"persistent_connections":0,"rates":{"connections":2,"packets_in":0,"packets_out":0,"bytes_in":100,"bytes_out":2000}}`
		if !strings.HasSuffix(lines[len(lines)-1], last) {
			t.Errorf("got %s", lines[len(lines)-1])
		}
	})
}

func TestMonitorWithoutTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, err := watched(t, "text", true)
		if err != nil || strings.Contains(out.String(), "active") || strings.Count(out.String(), "\n") != 6 {
			t.Errorf("%v, %s", err, out)
		}
	})
}

func TestMonitorWrongUsage(t *testing.T) {
	for _, line := range []string{"monitor --interval 0s", "monitor --interval -1s", "monitor -o table", "monitor x"} {
		if _, errs, status := newBench(t).do(line); status != 2 || !strings.Contains(errs, "hint: lvsctl ipvs") {
			t.Errorf("%s: status %d, stderr %q", line, status, errs)
		}
	}
}
