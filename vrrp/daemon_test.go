package vrrp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
)

// node is a host in memory with a daemon on it. All times are synctest's.
type node struct {
	*Daemon
	net     *system.FakeNetwork
	arp     *system.FakeAnnouncer
	log     *bytes.Buffer
	reloads chan Config
	stop    context.CancelFunc
	result  chan error
}

// startNode runs a daemon on a host whose eth0 has that address.
func startNode(t *testing.T, lan *FakeLAN, address string, configs ...RouterConfig) *node {
	n := newNode(lan, address)
	n.run(t, configs...)
	return n
}

func newNode(lan *FakeLAN, address string) *node {
	eth0 := system.Link{Index: 2, Name: "eth0", Running: true}
	if address != "" {
		eth0.Addresses = []netip.Prefix{netip.MustParsePrefix(address)}
	}
	n := &node{
		net: &system.FakeNetwork{Links: map[string]system.Link{"eth0": eth0}, Updates: make(chan system.Link)},
		arp: &system.FakeAnnouncer{}, log: &bytes.Buffer{},
		reloads: make(chan Config), result: make(chan error, 1),
	}
	n.Daemon = NewDaemon(Host{Network: n.net, Announcer: n.arp, Transport: lan}, slog.New(slog.NewTextHandler(n.log, nil)))
	return n
}

func (n *node) run(t *testing.T, configs ...RouterConfig) {
	ctx, stop := context.WithCancel(t.Context())
	n.stop = stop
	go func() { n.result <- n.Run(ctx, Config{Routers: configs}, n.reloads) }()
	synctest.Wait()
}

// change edits eth0 and tells the daemon.
func (n *node) change(edit func(*system.Link)) {
	l := n.net.Links["eth0"]
	edit(&l)
	n.net.Links["eth0"] = l
	n.net.Updates <- l
	synctest.Wait()
}

func (n *node) state() State { return n.Status()[0].State }

// addresses are those on eth0 besides its own.
func (n *node) addresses(t *testing.T) string {
	t.Helper()
	l, err := n.net.Link("eth0")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range l.Addresses {
		if p.IsSingleIP() {
			all = append(all, p.Addr().String())
		}
	}
	return strings.Join(all, " ")
}

func (n *node) expect(t *testing.T, state State, addresses string) {
	t.Helper()
	if got, has := n.state(), n.addresses(t); got != state || has != addresses {
		t.Errorf("after %v: %s with %q, want %s with %q", time.Since(epoch()), got, has, state, addresses)
	}
}

func epoch() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) } // where synctest begins

func config(priority uint8, addrs ...string) RouterConfig {
	return RouterConfig{
		Name: "VI_1", Interface: "eth0", ID: 51, Authentication: packet.PasswordAuthentication("1111"),
		Parameters: Parameters{Priority: priority, Interval: time.Second, Addresses: vips(addrs...)},
	}
}

func pass(d time.Duration) {
	time.Sleep(d) // synctest's time
	synctest.Wait()
}

const vip = "10.0.0.50"

func TestDaemonElects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		a := startNode(t, lan, "10.0.0.1/24", config(100, vip))
		b := startNode(t, lan, "10.0.0.2/24", config(99, vip))
		pass(3600 * time.Millisecond)
		a.expect(t, Backup, "")
		pass(100 * time.Millisecond)
		a.expect(t, Master, vip)
		b.expect(t, Backup, "")
		pass(10 * time.Second)
		if got := a.arp.Take(); len(got) != 5 || got[0] != (system.Announcement{Link: "eth0", Address: netip.MustParseAddr(vip)}) {
			t.Errorf("announced %v, want it 5 times", got)
		}
		want := netip.MustParseAddr("10.0.0.1")
		if s := b.Status()[0]; s.Master != want || s.Counters.Received != 11 || s.Counters.Sent != 0 {
			t.Errorf("backup has status %+v", s)
		}
		b.stop()
		synctest.Wait()
		a.stop()
		pass(2 * time.Second)
		if err := errors.Join(<-a.result, <-b.result); err != nil {
			t.Error(err)
		}
		if left := a.addresses(t); left != "" {
			t.Errorf("left behind: %s", left)
		}
	})
}

// At every moment of an orderly handover somebody has the address.
func TestDaemonHandsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		a := startNode(t, lan, "10.0.0.1/24", config(100, vip))
		b := startNode(t, lan, "10.0.0.2/24", config(99, vip))
		pass(5 * time.Second)
		a.stop()
		synctest.Wait()
		for range 613 { // the skew time of b is 157/256 s
			a.expect(t, Releasing, vip)
			b.expect(t, Backup, "")
			pass(time.Millisecond)
		}
		pass(time.Millisecond)
		b.expect(t, Master, vip)
		if err := <-a.result; err != nil || a.addresses(t) != "" {
			t.Errorf("the old master ended with %v and has %q", err, a.addresses(t))
		}
		if len(b.arp.Take()) == 0 {
			t.Error("not announced")
		}
		b.stop()
		if err := <-b.result; err != nil {
			t.Error(err)
		}
	})
}

// After a partition both announce, so that clients of the loser find the winner.
func TestDaemonHealsPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		a := startNode(t, lan, "10.0.0.1/24", config(100, vip))
		b := startNode(t, lan, "10.0.0.2/24", config(99, vip))
		lan.Cut(true)
		pass(20 * time.Second)
		a.expect(t, Master, vip)
		b.expect(t, Master, vip)
		a.arp.Take()
		lan.Cut(false)
		pass(time.Second)
		a.expect(t, Master, vip)
		b.expect(t, Backup, "")
		if len(a.arp.Take()) == 0 {
			t.Error("the winner did not announce")
		}
		b.stop()
		a.stop()
		pass(2 * time.Second)
	})
}

func TestDaemonFollowsTheLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startNode(t, &FakeLAN{}, "10.0.0.1/24", config(100, vip))
		pass(4 * time.Second)
		a.expect(t, Master, vip)
		a.change(func(l *system.Link) { l.Running = false })
		a.expect(t, Fault, "")
		if s := a.Status()[0]; s.Reason != BecauseLinkDown || !s.Since.Equal(time.Now()) {
			t.Errorf("fault because %q since %v", s.Reason, s.Since)
		}
		pass(time.Minute)
		a.change(func(l *system.Link) { l.Running = true })
		a.expect(t, Backup, "")
		pass(4 * time.Second)
		a.expect(t, Master, vip)
		// The link was made anew: its addresses are gone, the old socket is deaf.
		a.change(func(l *system.Link) { l.Index++; l.Addresses = l.Addresses[:1] })
		a.expect(t, Backup, "")
		pass(4 * time.Second)
		a.expect(t, Master, vip)
		a.stop()
		pass(2 * time.Second)
	})
}

func TestDaemonWaitsForAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startNode(t, &FakeLAN{}, "", config(100, vip))
		pass(time.Minute)
		a.expect(t, Fault, "")
		if r := a.Status()[0].Reason; r != BecauseNoAddress {
			t.Errorf("fault because %q", r)
		}
		if _, err := a.net.AddAddress("eth0", system.Address{Prefix: netip.MustParsePrefix("10.0.0.1/24")}); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		a.expect(t, Backup, "")
		pass(4 * time.Second)
		a.expect(t, Master, vip)
		a.stop()
		pass(2 * time.Second)
	})
}

func TestDaemonRefusesToStart(t *testing.T) {
	for _, c := range []struct {
		name    string
		spoil   func(*node, *FakeLAN)
		want    string
		missing bool
	}{
		{"no interface", func(n *node, _ *FakeLAN) { clear(n.net.Links) }, "VI_1: interface eth0", true},
		{"no socket", func(_ *node, l *FakeLAN) { l.Err = errors.New("no raw socket today") }, "no raw socket today", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			lan := &FakeLAN{}
			n := newNode(lan, "10.0.0.1/24")
			c.spoil(n, lan)
			err := n.Run(t.Context(), Config{Routers: []RouterConfig{config(100, vip)}}, nil)
			var missing *NoInterfaceError
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &missing) != c.missing {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestDaemonRemovesResidue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newNode(&FakeLAN{}, "10.0.0.1/24")
		for _, left := range []string{vip + "/32", "10.0.0.60/32"} { // the second is not ours
			if _, err := a.net.AddAddress("eth0", system.Address{Prefix: netip.MustParsePrefix(left)}); err != nil {
				t.Fatal(err)
			}
		}
		a.run(t, config(100, vip))
		a.expect(t, Backup, "10.0.0.60")
		a.stop()
		if err := <-a.result; err != nil {
			t.Error(err)
		}
	})
}

// The address owner has the address without us, and keeps it after us.
func TestDaemonOfTheOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(Owner, vip, "10.0.0.51")
		a := startNode(t, &FakeLAN{}, vip+"/32", c)
		a.expect(t, Master, vip+" 10.0.0.51")
		if m := a.Status()[0].Master.String(); m != vip {
			t.Errorf("sends from %s", m)
		}
		a.stop()
		pass(2 * time.Second)
		if left := a.addresses(t); left != vip {
			t.Errorf("left %q", left)
		}
	})
}

func TestDaemonReloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		other := config(200, "10.0.0.60")
		other.Name, other.ID = "VI_2", 52
		a := startNode(t, lan, "10.0.0.1/24", config(100, vip), other)
		pass(4500 * time.Millisecond)
		since := a.Status()[0].Since

		lan.Take()
		a.reloads <- Config{Routers: []RouterConfig{config(100, vip), other}}
		synctest.Wait()
		if sent := lan.Take(); len(sent) != 0 {
			t.Errorf("a reload without a change sent %d messages", len(sent))
		}

		third := config(Owner, "10.0.0.70")
		third.Name, third.ID = "VI_3", 53
		a.reloads <- Config{Routers: []RouterConfig{config(50, vip, "10.0.0.51"), third}}
		synctest.Wait()
		s := a.Status()
		if s[0].State != Master || !s[0].Since.Equal(since) || s[0].Priority != 50 {
			t.Errorf("changed router: %+v", s[0])
		}
		if s[1].State != Releasing || s[2].State != Master {
			t.Errorf("gone router is %s, new one %s", s[1].State, s[2].State)
		}
		if got, want := priorities(t, lan.Take()), []string{"51:50", "52:0", "53:255"}; !cmp.Equal(want, got) {
			t.Errorf("sent %v, want %v", got, want)
		}
		pass(2 * time.Second)
		if got, want := a.addresses(t), "10.0.0.50 10.0.0.51 10.0.0.70"; got != want {
			t.Errorf("addresses %s, want %s", got, want)
		}
		if s := a.Status(); len(s) != 2 {
			t.Errorf("%d routers left", len(s))
		}

		bad := config(0, vip)
		a.reloads <- Config{Routers: []RouterConfig{bad}}
		synctest.Wait()
		if s := a.Status(); len(s) != 2 || s[0].Priority != 50 {
			t.Errorf("a bad configuration changed something: %+v", s)
		}
		a.stop()
		pass(2 * time.Second)
	})
}

// An address that moves from one router to another must not get lost, and a
// router that comes back while it resigns must start again.
func TestDaemonReloadMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := config(Owner, vip)
		second := config(Owner, vip)
		second.Name, second.ID = "VI_2", 52
		a := startNode(t, &FakeLAN{}, "10.0.0.1/24", first)
		a.reloads <- Config{Routers: []RouterConfig{second}}
		pass(3 * time.Second)
		a.expect(t, Master, vip)
		a.reloads <- Config{Routers: []RouterConfig{first}}
		a.reloads <- Config{Routers: []RouterConfig{first, func() RouterConfig { c := second; c.Addresses = vips("10.0.0.51"); return c }()}}
		pass(3 * time.Second)
		s := a.Status()
		if len(s) != 2 || s[0].State != Master || s[1].State != Master || a.addresses(t) != vip+" 10.0.0.51" {
			t.Errorf("%+v with %s", s, a.addresses(t))
		}
		a.stop()
		pass(2 * time.Second)
	})
}

// A process that was stopped finds its timer expired and the master's
// advertisements in the queue: it must not take over.
func TestStalledDaemonDoesNotTakeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		a := newNode(lan, "10.0.0.1/24")
		a.wanted = Config{Routers: []RouterConfig{config(100, vip)}}
		if err := a.start(t.Context(), a.wanted); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second) // nobody runs the loop
		lan.Inject(advertisement(t, "10.0.0.2", 200, "1111"))
		a.expire(t.Context(), time.Now())
		a.expect(t, Backup, "")
		a.expire(t.Context(), time.Now().Add(4*time.Second))
		a.expect(t, Master, vip)
		a.close()
	})
}

// Rejected packets touch no timer: two bad ones a second silence keepalived.
func TestRejectedPacketsTouchNoTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		a := startNode(t, lan, "10.0.0.1/24", config(100, vip))
		pass(4 * time.Second)
		lan.Take()
		bad := advertisement(t, "10.0.0.2", 200, "2222")
		far := advertisement(t, "10.0.0.2", 200, "1111")
		far.TTL = 254
		unknown := advertisement(t, "10.0.0.2", 200, "1111")
		unknown.Message = slices.Clone(unknown.Message)
		unknown.Message[1] = 99
		for range 100 {
			lan.Inject(bad)
			lan.Inject(far)
			lan.Inject(unknown)
			lan.Inject(packet.Datagram{Path: bad.Path, Message: bad.Message[:7]})
			pass(100 * time.Millisecond)
		}
		a.expect(t, Master, vip)
		if sent := lan.Take(); len(sent) != 10 {
			t.Errorf("%d advertisements in 10 s", len(sent))
		}
		c := a.Status()[0].Counters
		if diff := cmp.Diff(map[string]uint64{"password": 100, "ttl": 100, "short": 100}, c.Dropped); diff != "" {
			t.Errorf("dropped (-want +got):\n%s", diff)
		}
		if len(c.InterfaceDropped) > 0 {
			t.Errorf("the filter lets through: %v", c.InterfaceDropped)
		}
		a.stop()
		pass(2 * time.Second)
		if n := strings.Count(a.log.String(), "advertisement dropped"); n != 9 {
			t.Errorf("%d lines about dropped packets, want 1st, 10th and 100th of three reasons", n)
		}
	})
}

// An address list that differs is noted and does not make two masters.
func TestOtherAddressesAreNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		a := startNode(t, lan, "10.0.0.1/24", config(100, vip))
		b := startNode(t, lan, "10.0.0.2/24", config(99, vip, "10.0.0.51"))
		pass(10 * time.Second)
		a.expect(t, Master, vip)
		b.expect(t, Backup, "")
		if c := b.Status()[0].Counters; c.OtherAddresses == 0 || c.OtherAddresses != c.Received {
			t.Errorf("counted %+v", c)
		}
		a.stop()
		b.stop()
		pass(3 * time.Second)
	})
}

// What the host refuses is told and does not stop the election.
func TestFailedActionsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		a := newNode(lan, "10.0.0.1/24")
		a.net.Err, a.arp.Err = errors.New("no memory"), errors.New("no buffer")
		a.run(t, config(100, vip))
		pass(20 * time.Second)
		if s := a.Status()[0]; s.State != Master || s.Counters.Failed != 6 || s.Counters.Sent != 17 {
			t.Errorf("%+v", s)
		}
		a.stop()
		pass(2 * time.Second)
		if log := a.log.String(); !strings.Contains(log, "no memory") {
			t.Errorf("not logged: %s", log)
		}
	})
}

func TestStatusAsJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startNode(t, &FakeLAN{}, "10.0.0.1/24", config(100, vip))
		b, err := json.Marshal(a.Status())
		if err != nil {
			t.Fatal(err)
		}
		want := `[{"instance":"VI_1","vrid":51,"interface":"eth0","family":"IPv4","version":2,"state":"BACKUP","since":"2000-01-01T00:00:00Z",` +
			`"reason":"startup","priority":100,"addresses":["10.0.0.50/32"],"counters":{"advertisements_sent":0,` +
			`"advertisements_received":0,"transitions":1,"announcements_sent":0,"advertisements_with_other_addresses":0,"advertisements_with_other_checksum":0,"advertisements_with_capped_interval":0,` +
			`"failed_actions":0,"dropped":{},"interface_dropped":{}}}]`
		if diff := cmp.Diff(want, strings.Replace(string(b), time.Local.String(), "UTC", 1)); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
		a.stop()
		if err := <-a.result; err != nil {
			t.Error(err)
		}
	})
}

// advertisement is one of another router, VRRPv2 over IPv4.
func advertisement(t *testing.T, from string, priority uint8, password string) packet.Datagram {
	t.Helper()
	return datagram(t, from, "224.0.0.18", packet.Advertisement{
		Version: 2, ID: 51, Priority: priority, Interval: time.Second, Authentication: packet.PasswordAuthentication(password),
		Addresses: []netip.Addr{netip.MustParseAddr(vip)},
	})
}

func datagram(t *testing.T, from, to string, a packet.Advertisement) packet.Datagram {
	t.Helper()
	p := packet.Path{Source: netip.MustParseAddr(from), Destination: netip.MustParseAddr(to), TTL: 255}
	m, err := a.Append(nil, p)
	if err != nil {
		t.Fatal(err)
	}
	return packet.Datagram{Path: p, Message: m}
}

// priorities lists what was sent as id:priority, sorted.
func priorities(t *testing.T, sent []packet.Datagram) []string {
	t.Helper()
	var out []string
	for _, d := range sent {
		a, why := packet.Parse(d)
		if why != packet.Accepted {
			t.Fatalf("sent a message that is dropped: %v", why)
		}
		out = append(out, strings.Join([]string{itoa(a.ID), itoa(a.Priority)}, ":"))
	}
	slices.Sort(out)
	return out
}

func itoa(n uint8) string { b, _ := json.Marshal(n); return string(b) }
