package vrrp

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
)

// v3 makes the router one of VRRPv3, which knows no authentication.
func v3(c RouterConfig) RouterConfig {
	c.Version, c.Authentication = 3, packet.Authentication{}
	return c
}

func ipv6(c RouterConfig) RouterConfig {
	c = v3(c)
	c.Name, c.Transport.Family, c.Addresses = "VI_6", packet.IPv6, vips("fe80::50", "fd00::50")
	return c
}

// unicast makes the router talk to one peer.
func unicast(c RouterConfig, peer string) RouterConfig {
	c.Transport.Peers, c.Transport.CheckPeers = []packet.Peer{{Addr: netip.MustParseAddr(peer)}}, true
	return c
}

// withAddresses gives eth0 further addresses of its own.
func (n *node) withAddresses(all ...string) *node {
	l := n.net.Links["eth0"]
	for _, a := range all {
		l.Addresses = append(l.Addresses, netip.MustParsePrefix(a))
	}
	n.net.Links["eth0"] = l
	return n
}

func (n *node) states() string {
	var all []string
	for _, s := range n.Status() {
		all = append(all, s.Family+" "+string(s.State))
	}
	return strings.Join(all, ", ")
}

// Routers of both families with one identifier live side by side on an interface.
func TestFamiliesSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		four, six := config(100, vip), ipv6(config(100))
		lower := func(c RouterConfig) RouterConfig { c.Priority = 90; return c }
		a := newNode(lan, "10.0.0.1/24").withAddresses("fd00::1/64", "fe80::1/64")
		b := newNode(lan, "10.0.0.2/24").withAddresses("fe80::2/64")
		a.run(t, four, lower(six))
		b.run(t, lower(four), six)
		pass(5 * time.Second)
		if got := a.states() + "; " + b.states(); got != "IPv4 MASTER, IPv6 BACKUP; IPv4 BACKUP, IPv6 MASTER" {
			t.Error(got)
		}
		if got := a.Status()[1].Master; got != netip.MustParseAddr("fe80::2") {
			t.Errorf("the master of IPv6 is %s", got)
		}
		b.change(func(l *system.Link) { l.Addresses = l.Addresses[:1] }) // without link-local address
		pass(5 * time.Second)
		if got := a.states() + "; " + b.states(); got != "IPv4 MASTER, IPv6 MASTER; IPv4 BACKUP, IPv6 FAULT" {
			t.Error(got)
		}
		if got := a.Status()[1].Master; got != netip.MustParseAddr("fe80::1") {
			t.Errorf("then it is %s", got)
		}
		if why := b.Status()[1].Reason; why != BecauseNoLinkLocal {
			t.Error(why)
		}
		finish(a, b)
	})
}

func finish(nodes ...*node) {
	for _, n := range nodes {
		n.stop()
		pass(2 * time.Second)
	}
}

// Unicast reaches the peer and nobody else; the group hears nothing of it.
func TestUnicast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		a := startNode(t, lan, "10.0.0.1/24", unicast(config(100, vip), "10.0.0.2"))
		b := startNode(t, lan, "10.0.0.2/24", unicast(config(99, vip), "10.0.0.1"))
		c := startNode(t, lan, "10.0.0.3/24", config(98, vip))
		pass(6 * time.Second)
		a.expect(t, Master, vip)
		b.expect(t, Backup, "")
		c.expect(t, Master, vip)
		for _, d := range lan.Take() {
			if to, from := d.Destination.String(), d.Source.String(); (from == "10.0.0.1") != (to == "10.0.0.2") || d.TTL != 255 {
				t.Errorf("from %s to %s with TTL %d", from, to, d.TTL)
			}
		}
		stranger := advertisement(t, "10.0.0.9", 200, "1111")
		stranger.Destination = netip.MustParseAddr("10.0.0.1")
		lan.Inject(stranger)
		synctest.Wait()
		a.expect(t, Master, vip)
		if got := a.Status()[0].Counters.Dropped; got["peer"] != 1 {
			t.Errorf("dropped %v", got)
		}
		finish(a, b, c)
	})
}

// A router with a source address sends from it, and fails without it if told so.
func TestSourceAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		c := config(255, vip)
		c.Transport.Source, c.Transport.Group = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("239.0.0.1")
		a := startNode(t, lan, "10.0.0.1/24", c)
		want := packet.Path{Source: c.Transport.Source, Destination: c.Transport.Group, TTL: 255}
		if sent := lan.Take(); len(sent) != 1 || sent[0].Path != want {
			t.Errorf("sent %v", sent)
		}
		c.Transport.TrackSource = true
		a.reloads <- Config{Routers: []RouterConfig{c}}
		synctest.Wait()
		if s := a.Status()[0]; s.State != Fault || s.Reason != BecauseNoSource {
			t.Errorf("%+v", s)
		}
		a.change(func(l *system.Link) { l.Addresses = append(l.Addresses, netip.MustParsePrefix("192.0.2.1/32")) })
		if s := a.Status()[0]; s.State != Master {
			t.Errorf("%+v", s)
		}
		finish(a)
	})
}

// A reload may change how routers authenticate: the sockets follow.
func TestAuthenticationHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		ah := func(c RouterConfig) RouterConfig { c.Authentication = packet.KeyAuthentication("k"); return c }
		a := startNode(t, lan, "10.0.0.1/24", config(100, vip))
		b := startNode(t, lan, "10.0.0.2/24", ah(config(99, vip)))
		pass(5 * time.Second)
		a.expect(t, Master, vip)
		b.expect(t, Master, vip)
		a.reloads <- Config{Routers: []RouterConfig{ah(config(100, vip))}}
		pass(5 * time.Second)
		a.expect(t, Master, vip)
		b.expect(t, Backup, "")
		if len(lan.conns) != 2 {
			t.Errorf("%d sockets, want one for each node", len(lan.conns))
		}
		lan.Take()
		pass(time.Second)
		old := lan.Take()
		if len(old) != 1 || old[0].Authenticated == nil {
			t.Fatalf("sent %v", old)
		}
		a.stop()
		pass(2 * time.Second)
		b.expect(t, Master, vip)
		lan.Inject(old[0]) // a replay of the dead master
		synctest.Wait()
		b.expect(t, Master, vip)
		if got := b.Status()[0].Counters.Dropped; got["sequence"] != 1 {
			t.Errorf("dropped %v", got)
		}
		finish(b)
	})
}

// What a router of another school sends counts, and is told.
func TestOtherChecksumIsNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		a := startNode(t, lan, "10.0.0.1/24", v3(config(100, vip)))
		message := packet.Advertisement{
			Version: 3, ID: 51, Priority: 200, Interval: 40 * time.Second, Addresses: []netip.Addr{netip.MustParseAddr(vip)},
			Checksum: packet.MessageOnly,
		}
		pass(5 * time.Second)
		a.expect(t, Master, vip)
		lan.Inject(datagram(t, "10.0.0.2", "224.0.0.18", message))
		synctest.Wait()
		a.expect(t, Backup, "")
		if c := a.Status()[0].Counters; c.OtherChecksum != 1 || c.Capped != 1 {
			t.Errorf("counted %+v", c)
		}
		finish(a)
		for _, line := range []string{"in another way", "too seldom"} {
			if !strings.Contains(a.log.String(), line) {
				t.Errorf("not told: %s", line)
			}
		}
	})
}

// With log_unknown_vrids what is for none of the routers is counted and told.
func TestUnknownIDsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &FakeLAN{}
		a := startNode(t, lan, "10.0.0.1/24", config(100, vip))
		a.reloads <- Config{Routers: []RouterConfig{config(100, vip)}, LogUnknownIDs: true}
		synctest.Wait()
		stranger := advertisement(t, "10.0.0.2", 200, "1111")
		stranger.Message[1] = 99
		lan.Inject(stranger)
		synctest.Wait()
		if diff := cmp.Diff(map[string]uint64{"unknown-id": 1}, a.Status()[0].Counters.InterfaceDropped); diff != "" {
			t.Errorf("dropped on the interface (-want +got):\n%s", diff)
		}
		finish(a)
		if log := a.log.String(); !strings.Contains(log, "vrid=99") {
			t.Errorf("not told: %s", log)
		}
	})
}
