package vrrp

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestInteroperation lets lvsctl and the real keepalived of Debian elect between
// them, each in both roles, with the seed's three addresses and password.
func TestInteroperation(t *testing.T) {
	for _, c := range []struct {
		name          string
		master, other starter
	}{
		{"lvsctl is master", startLvsctl, startKeepalived},
		{"keepalived is master", startKeepalived, startLvsctl},
		{"both are lvsctl", startLvsctl, startLvsctl},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSegment(t, "keepalived")
			interoperate(t, s, c.master, c.other)
		})
	}
}

// interoperate goes through what happens to a pair in its life. Down times: 3 s
// and the skew time, 0.61 s with either priority; a little more for slow machines.
func interoperate(t *testing.T, s *segment, startMaster, startOther starter) {
	const all, slack = 3, 700 * time.Millisecond
	master := startMaster(s.a, 100)
	startOther(s.b, 99)
	s.eventually("election", 4*time.Second+slack, all, 0)
	s.steady("172.28.0.1")

	master.terminate()
	s.eventually("takeover after SIGTERM", time.Second+slack, 0, all)
	if err := master.ended(); err != nil {
		t.Errorf("the old master ended with %v", err)
	}
	s.steady("172.28.0.2")

	master = startMaster(s.a, 100)
	s.eventually("fail-back by preemption", 4*time.Second+slack, all, 0)
	s.steady("172.28.0.1")

	master.kill()
	s.eventually("takeover after SIGKILL, the dead one's addresses stay", 4*time.Second+slack, all, all)
	s.steady("172.28.0.2")
	startMaster(s.a, 100)
	s.eventually("what the killed run left is removed", time.Second+slack, 0, all)
	s.eventually("fail-back after a crash", 4*time.Second+slack, all, 0)
	s.steady("172.28.0.1")

	s.a.carrier(false)
	s.eventually("takeover after loss of link", 4*time.Second+slack, 0, all)
	s.a.carrier(true)
	s.eventually("fail-back of the link", 4*time.Second+slack, all, 0)
	s.steady("172.28.0.1")
}

// steady wants advertisements of that router alone.
func (s *segment) steady(master string) {
	s.t.Helper()
	const advertisements = 2
	time.Sleep(100 * time.Millisecond) // the loser's last word
	heard := s.heard(advertisements * time.Second)
	if diff := cmp.Diff(map[string]int{master: advertisements}, heard); diff != "" {
		s.t.Errorf("advertisements in %d s (-want +got):\n%s", advertisements, diff)
	}
}

// TestOutage measures what a client that asks every 10 ms sees of a failover,
// for a pair of lvsctl and a pair of keepalived.
func TestOutage(t *testing.T) {
	for _, event := range []struct {
		name   string
		happen func(h *host, master *router)
		most   time.Duration // what lvsctl may cost; keepalived is only measured
	}{
		{"SIGTERM", func(_ *host, master *router) { master.terminate() }, 5 * probeInterval},
		{"loss of link", func(h *host, _ *router) { h.carrier(false) }, 3*time.Second + 614*time.Millisecond + 300*time.Millisecond},
	} {
		for _, pair := range []struct {
			name  string
			start starter
			most  time.Duration
		}{
			{"lvsctl", startLvsctl, event.most},
			{"keepalived", startKeepalived, time.Minute},
		} {
			t.Run(event.name+" "+pair.name, func(t *testing.T) {
				t.Parallel()
				s := newSegment(t, "keepalived")
				master := pair.start(s.a, 100)
				pair.start(s.b, 99)
				s.eventually("election", 5*time.Second, 3, 0)
				time.Sleep(2 * time.Second)
				p := s.startProbe()
				time.Sleep(200 * time.Millisecond)
				event.happen(s.a, master)
				time.Sleep(5 * time.Second)
				longest, lost := p.outage()
				t.Logf("outage %v, %d requests lost", longest.Round(time.Millisecond), lost)
				if longest > pair.most {
					t.Errorf("more than %v", pair.most)
				}
			})
		}
	}
}

// TestHeal measures what a client sees when two masters find each other again:
// keepalived's default leaves it cut off, because nobody announces.
func TestHeal(t *testing.T) {
	t.Parallel()
	s := newSegment(t)
	// The client hears both, they do not hear each other.
	startLvsctl(s.a, 100)
	startLvsctl(s.b, 99)
	s.eventually("election", 5*time.Second, 3, 0)
	time.Sleep(5500 * time.Millisecond) // the first has no announcement left to make
	p := s.startProbe()
	time.Sleep(200 * time.Millisecond)
	s.isolate(true)
	s.eventually("partition", 5*time.Second, 3, 3) // and the client follows the second
	// The winner is the next to advertise, 0.39 s from now: the loser hears of it
	// first, which is where keepalived's winner never learns that it must announce.
	s.awaitAdvertisement(s.b)
	s.isolate(false)
	s.eventually("heal", 2*time.Second, 3, 0)
	time.Sleep(2 * time.Second)
	longest, lost := p.outage()
	t.Logf("outage %v, %d requests lost", longest.Round(time.Millisecond), lost)
	if longest > 5*probeInterval {
		t.Errorf("outage %v after a heal", longest)
	}
}

// isolate keeps the two routers from hearing each other.
func (s *segment) isolate(on bool) {
	state := map[bool]string{true: "on", false: "off"}[on]
	for _, h := range []*host{s.a, s.b} {
		runCommand(s.t, "ip", "netns", "exec", s.sw, "bridge", "link", "set", "dev", h.port, "isolated", state)
	}
}

// TestDissection lets tshark judge what goes over the wire.
func TestDissection(t *testing.T) {
	t.Parallel()
	s := newSegment(t, "tshark", "tcpdump")
	file := filepath.Join(t.TempDir(), "capture.pcap")
	stop := s.capture(s.client, file)
	r := startLvsctl(s.a, 255)
	time.Sleep(2500 * time.Millisecond)
	r.terminate()
	if err := r.ended(); err != nil {
		t.Fatal(err)
	}
	stop()

	fields := []string{"ip.src", "ip.dst", "ip.ttl", "ip.dsfield", "ip.flags.df", "vrrp.prio", "vrrp.addr_count", "vrrp.adver_int", "vrrp.checksum.status"}
	got := tshark(t, file, "vrrp", fields...)
	line := func(priority string) string {
		return strings.Join([]string{"172.28.0.1", "224.0.0.18", "255", "0xc0", "0", priority, "3", "1", "1"}, "\t")
	}
	if diff := cmp.Diff([]string{line("255"), line("255"), line("255"), line("0")}, got); diff != "" {
		t.Errorf("advertisements (-want +got):\n%s", diff)
	}
	if bad := tshark(t, file, "_ws.expert || _ws.malformed", "frame.number", "_ws.expert.message"); hasVRRP(bad) {
		t.Errorf("tshark complains: %q", bad)
	}
	arp := tshark(t, file, "arp.isgratuitous == 1 && arp.src.proto_ipv4 == 172.28.14.227", "arp.opcode", "eth.dst", "arp.dst.hw_mac")
	if len(arp) < 4 || arp[0] != "1\tff:ff:ff:ff:ff:ff\tff:ff:ff:ff:ff:ff" || arp[1] != "2\tff:ff:ff:ff:ff:ff\tff:ff:ff:ff:ff:ff" {
		t.Errorf("announcements: %q", arp)
	}
}

// awaitFile waits until the header of a capture is written, once tcpdump listens.
func awaitFile(file string) {
	for size := int64(0); size == 0; time.Sleep(10 * time.Millisecond) {
		if info, err := os.Stat(file); err == nil {
			size = info.Size()
		}
	}
}

// hasVRRP leaves out what tshark says of gratuitous ARP, which it always notes.
func hasVRRP(lines []string) bool {
	for _, l := range lines {
		if strings.Contains(strings.ToLower(l), "vrrp") || strings.Contains(strings.ToLower(l), "malformed") {
			return true
		}
	}
	return false
}

func tshark(t *testing.T, file, filter string, fields ...string) []string {
	t.Helper()
	args := []string{"-r", file, "-Y", filter, "-T", "fields"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.Command("tshark", args...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark %s: %v", filter, err)
	}
	text := strings.TrimSpace(string(out))
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
