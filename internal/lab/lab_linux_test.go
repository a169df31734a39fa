package lab

import (
	"net/netip"
	"os"
	"testing"
	"time"
)

func newNetwork(t *testing.T) *Network {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to make network namespaces")
	}
	n, err := NewNetwork()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func addHost(t *testing.T, n *Network, name, prefix string) *Host {
	t.Helper()
	h, err := n.AddHost(name, netip.MustParsePrefix(prefix))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// The probe sees a server that answers, one that refuses, and a pulled cable.
func TestProbeSeesOutages(t *testing.T) {
	n := newNetwork(t)
	client := addHost(t, n, "client", "10.9.0.1/24")
	host := addHost(t, n, "server", "10.9.0.2/24")
	server, err := host.Serve(80)
	if err != nil {
		t.Fatal(err)
	}
	target := netip.MustParseAddrPort("10.9.0.2:80")
	probe := Probe{Host: client, Targets: []netip.AddrPort{target}, Timeout: 200 * time.Millisecond}

	record := func(during func() error) Samples {
		t.Helper()
		r := probe.Start()
		time.Sleep(150 * time.Millisecond)
		if err := during(); err != nil {
			t.Error(err)
		}
		time.Sleep(300 * time.Millisecond)
		return r.Stop()
	}
	all := record(func() error { return nil })
	if all.Lost() != 0 || all.ByServer()["server"] != len(all) || len(all) < 20 {
		t.Errorf("healthy: lost %d of %d, answers %v", all.Lost(), len(all), all.ByServer())
	}
	if cut := record(host.Unplug); cut.Outage() < 200*time.Millisecond {
		t.Errorf("cable pulled: outage %s", cut.Outage())
	}
	if err := host.Plug(); err != nil {
		t.Fatal(err)
	}
	untilAnswered(t, probe)
	if again := record(server.Stop); again.Lost() < 10 || again.Lost() == len(again) {
		t.Errorf("server stopped after a while: lost %d of %d", again.Lost(), len(again))
	}
}

// untilAnswered waits until a request is answered: after the cable is back the
// client's ARP may take a second to find the server again.
func untilAnswered(t *testing.T, p Probe) {
	t.Helper()
	var s Sample
	for range 100 {
		if s = p.ask(netip.Addr{}, p.Targets[0]); s.Err == nil {
			return
		}
	}
	t.Fatalf("no answer any more: %v", s.Err)
}

func TestOutage(t *testing.T) {
	at := func(ms int, ok bool) Sample {
		s := Sample{At: time.UnixMilli(int64(ms))}
		if !ok {
			s.Err = os.ErrDeadlineExceeded
		}
		return s
	}
	tests := []struct {
		name string
		in   Samples
		want int // milliseconds
	}{
		{"none", Samples{at(0, true), at(10, true)}, 0},
		{"one lost", Samples{at(0, true), at(10, false), at(20, true)}, 10},
		{"the longest counts", Samples{at(0, false), at(10, true), at(20, false), at(30, false), at(40, true)}, 20},
		{"also if it is the first", Samples{at(0, false), at(10, false), at(20, true), at(30, false), at(40, true)}, 20},
		{"until the end", Samples{at(0, true), at(10, false), at(30, false)}, 20},
		{"empty", nil, 0},
	}
	for _, tt := range tests {
		if got := tt.in.Outage(); got != time.Duration(tt.want)*time.Millisecond {
			t.Errorf("%s: %s, want %d ms", tt.name, got, tt.want)
		}
	}
}

// A program in a namespace sees that namespace, and its end is told.
func TestProcess(t *testing.T) {
	n := newNetwork(t)
	h := addHost(t, n, "host", "10.9.0.1/24")
	out, err := h.Output("ip", "-brief", "-4", "address", "show", "dev", "eth0")
	if err != nil || out == "" {
		t.Errorf("got %q, %v", out, err)
	}
	p, err := h.Start(os.Stderr, "sleep", "60")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(9); err != nil {
		t.Error(err)
	}
	if p, err = h.Start(os.Stderr, "false"); err != nil {
		t.Fatal(err)
	}
	if p.Wait() == nil {
		t.Error("false ended well")
	}
	if _, err := h.Start(os.Stderr, "/does/not/exist"); err == nil {
		t.Error("started what does not exist")
	}
}
