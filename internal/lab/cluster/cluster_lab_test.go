//go:build lab

package cluster

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

// start builds the cluster with that software on the directors, and waits until
// it is whole.
func start(t *testing.T, master, backup Software) (context.Context, *Cluster) {
	t.Helper()
	lvsctl, err := filepath.Abs("../../../bin/lvsctl") // make lab builds it
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	c, err := New(lvsctl, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("d1 said:\n%s\nd2 said:\n%s", &c.Master.Log, &c.Backup.Log)
		}
	})
	c.Master.Software, c.Backup.Software = master, backup
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx, c
}

// What the admin sees is what ipvsadm shows, to the byte: empty, and with the
// cluster's table, whole and of one service.
func TestLabListingLikeIpvsadm(t *testing.T) {
	_, c := start(t, Lvsctl, Lvsctl)
	vip := c.Pools[0].VIP.String()
	for _, on := range []struct {
		name   string
		output func(name string, args ...string) (string, error)
	}{{"empty table", c.Client.Output}, {"the cluster's table", c.Master.Output}} {
		for _, args := range [][]string{{"-Ln"}, {"-L", "-n"}, {"-ln", "-t", vip}} {
			if on.name == "empty table" && len(args) == 3 {
				continue // there is no such service there
			}
			want, err := on.output("ipvsadm", args...)
			if err != nil {
				t.Fatal(err)
			}
			got, err := on.output(c.Master.lvsctl, append([]string{"ipvs"}, args...)...)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s, %v\nlvsctl:\n%s\nipvsadm:\n%s", on.name, args, got, want)
			}
		}
	}
}

// Requests spread over all real servers; a dead one gets none after a while, a
// living one gets some again.
func TestLabRealServerDiesAndReturns(t *testing.T) {
	ctx, c := start(t, Lvsctl, Lvsctl)
	ask := func() map[string]int {
		r := c.Probe().Start()
		time.Sleep(2 * time.Second)
		samples := r.Stop()
		if lost := samples.Lost(); lost > 0 {
			t.Errorf("%d of %d requests lost", lost, len(samples))
		}
		return samples.ByServer()
	}
	if by := ask(); len(by) != 9 {
		t.Errorf("answers of %v, want all nine", by)
	}
	dead := c.Pools[1].Servers[2]
	if err := dead.StopServing(); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*Director{c.Master, c.Backup} {
		if err := d.UntilListed(ctx, dead, false); err != nil {
			t.Fatal(err)
		}
	}
	if by := ask(); len(by) != 8 || by[dead.Name] != 0 {
		t.Errorf("answers of %v, want all but %s", by, dead.Name)
	}
	if err := dead.Serve(); err != nil {
		t.Fatal(err)
	}
	if err := c.UntilWhole(ctx); err != nil {
		t.Fatal(err)
	}
}

// However the master is lost, the backup takes over in time, and gives back.
// The bounds leave room for the lab's slowness; the bench compares.
func TestLabFailover(t *testing.T) {
	ctx, c := start(t, Lvsctl, Lvsctl)
	most := map[string]time.Duration{
		"SIGTERM":   400 * time.Millisecond, // keepalived: the skew time, 610 ms
		"SIGKILL":   400 * time.Millisecond, // the kernel goes on without the daemons
		"link loss": 4500 * time.Millisecond,
	}
	for _, e := range Events() {
		o, err := c.Measure(ctx, e)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: takeover %s, outage %s; failback %s, outage %s",
			e.Name, o.Takeover, o.Lost.Outage(), o.Failback, o.Back.Outage())
		if outage := o.Lost.Outage(); outage > most[e.Name] {
			t.Errorf("%s: outage %s, at most %s", e.Name, outage, most[e.Name])
		}
	}
}

// A stop takes the table away, and what somebody else put there stays.
func TestLabStopLeavesForeignService(t *testing.T) {
	_, c := start(t, Lvsctl, Lvsctl)
	if _, err := c.Master.Output("ipvsadm", "-A", "-t", "172.28.14.230:80"); err != nil {
		t.Fatal(err)
	}
	if err := c.Master.Stop(); err != nil {
		t.Fatal(err)
	}
	rules, err := c.Master.Output("ipvsadm", "-Sn")
	if want := "-A -t 172.28.14.230:80 -s wlc\n"; err != nil || rules != want {
		t.Errorf("after the stop: %v\n%s\nwant:\n%s", err, rules, want)
	}
}

// One director runs the real keepalived: whoever is master, the other takes over
// and gives back, and the client hardly sees it.
func TestLabBesideKeepalived(t *testing.T) {
	for _, tt := range []struct {
		name           string
		master, backup Software
	}{
		{"lvsctl is master", Lvsctl, Keepalived},
		{"keepalived is master", Keepalived, Lvsctl},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, c := start(t, tt.master, tt.backup)
			for _, e := range Events()[:2] {
				o, err := c.Measure(ctx, e)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%s: takeover %s, outage %s; failback %s, outage %s",
					e.Name, o.Takeover, o.Lost.Outage(), o.Failback, o.Back.Outage())
			}
		})
	}
}
