package vrrp

import (
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
)

// wire is a way to talk, as lvsctl and as keepalived are told of it.
type wire struct {
	change    func(c *RouterConfig, self string) // of the seed configuration
	keywords  func(self string) string           // of keepalived
	addresses []string
	interval  time.Duration
}

// wires are those that pairs are tested with.
func wires() map[string]wire {
	fast := 100 * time.Millisecond
	v3 := func(c *RouterConfig, _ string) { c.Version, c.Authentication = 3, packet.Authentication{} }
	six := []string{"fe80::14:227/64", "fd28:14::227/64"}
	return map[string]wire{
		"seed": {
			func(*RouterConfig, string) {},
			func(string) string { return "authentication {\n auth_type PASS\n auth_pass 1111\n}" },
			seedVIPs(), time.Second,
		},
		"v3-ipv4": {v3, func(string) string { return "version 3" }, seedVIPs(), fast},
		"v3-ipv6": {
			func(c *RouterConfig, self string) { v3(c, self); c.Transport.Family = packet.IPv6 },
			func(string) string { return "version 3" }, six, fast,
		},
		"v3-unicast": {
			func(c *RouterConfig, self string) {
				v3(c, self)
				c.Transport.Source = netip.MustParseAddr(self)
				c.Transport.Peers = []packet.Peer{{Addr: netip.MustParseAddr(peerOf(self)), MinTTL: 255}}
			},
			func(self string) string {
				return "version 3\nunicast_src_ip " + self + "\nunicast_peer {\n " + peerOf(self) + "\n}"
			},
			seedVIPs(), fast,
		},
		"v2-ah": {
			func(c *RouterConfig, _ string) { c.Authentication = packet.KeyAuthentication("1111") },
			func(string) string { return "authentication {\n auth_type AH\n auth_pass 1111\n}" },
			seedVIPs(), time.Second,
		},
		"v3-other-group": {
			func(c *RouterConfig, self string) {
				v3(c, self)
				c.Transport.Group, c.Transport.Source = netip.MustParseAddr("239.1.2.3"), netip.MustParseAddr("172.28.9."+self[len(self)-1:])
			},
			func(self string) string {
				return "version 3\nmcast_dst_ip 239.1.2.3\nmcast_src_ip 172.28.9." + self[len(self)-1:]
			},
			seedVIPs(), fast,
		},
	}
}

func peerOf(self string) string {
	if self == "172.28.0.1" {
		return "172.28.0.2"
	}
	return "172.28.0.1"
}

func (w wire) config(self string, priority uint8) RouterConfig {
	c := seedConfig(priority)
	c.Interval, c.Addresses = w.interval, nil
	for _, a := range w.addresses {
		p, err := netip.ParsePrefix(a)
		if err != nil {
			ip := netip.MustParseAddr(a)
			p = netip.PrefixFrom(ip, ip.BitLen())
		}
		c.Addresses = append(c.Addresses, VirtualAddress{Address: system.Address{Prefix: p}})
	}
	w.change(&c, self)
	return c
}

func (w wire) keepalived(self string, priority uint8) string {
	return fmt.Sprintf(`vrrp_instance VI_1 {
    %s
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority %d
    advert_int %g
    virtual_ipaddress {
        %s
    }
}
`, w.keywords(self), priority, w.interval.Seconds(), strings.Join(w.addresses, "\n        "))
}

// held is how many addresses a master is seen to have.
func (w wire) held() int {
	n := 0
	for _, a := range w.addresses {
		if !strings.HasPrefix(a, "fe80:") {
			n++
		}
	}
	return n
}

// TestWires lets lvsctl and the real keepalived elect over each wire, in both
// roles: whoever does not understand the other becomes master too.
func TestWires(t *testing.T) {
	for _, name := range []string{"v3-ipv4", "v3-ipv6", "v3-unicast", "v2-ah", "v3-other-group"} {
		for _, c := range []struct {
			name          string
			master, other starter
		}{
			{"lvsctl is master", lvsctlOn(name), keepalivedOn(name)},
			{"keepalived is master", keepalivedOn(name), lvsctlOn(name)},
			{"both are lvsctl", lvsctlOn(name), lvsctlOn(name)},
		} {
			if c.name == "both are lvsctl" && name != "v3-ipv6" || c.name == "lvsctl is master" && (name == "v2-ah" || name == "v3-other-group") {
				continue // nothing that the others do not show
			}
			t.Run(name+" "+c.name, func(t *testing.T) {
				t.Parallel()
				s := newSegment(t, "keepalived")
				elect(t, s, wires()[name], c.master, c.other)
			})
		}
	}
}

// elect starts the backup first: it takes over, loses to the master, and takes over
// again when that one resigns.
func elect(t *testing.T, s *segment, w wire, startMaster, startOther starter) {
	down, all := 4*w.interval+3*time.Second, w.held()
	other := startOther(s.b, 90)
	s.eventually("the only one is master", down, 0, all)
	master := startMaster(s.a, 200)
	s.eventually("the better one takes over", down, all, 0)
	time.Sleep(4*w.interval + 300*time.Millisecond)
	s.eventually("and stays the only master", w.interval, all, 0)
	master.terminate()
	s.eventually("takeover after SIGTERM", down, 0, all)
	for _, r := range []*router{master, other} {
		if strings.Contains(r.log.String(), "advertisement dropped") || strings.Contains(r.log.String(), "cannot do its work") && !strings.Contains(r.log.String(), "not an IPv4 address") {
			t.Errorf("complaint:\n%s", r.log)
		}
	}
}

// TestWiresDissection lets tshark judge the packets of both versions and families.
func TestWiresDissection(t *testing.T) {
	for name, want := range map[string]string{
		"v3-ipv4":    "172.28.0.1\t224.0.0.18\t255\t0xc0\t\t\t\t3\t255\t3\t1",
		"v3-ipv6":    "\t\t\t\tff02::12\t255\t0x000000c0\t3\t255\t2\t1",
		"v3-unicast": "172.28.0.1\t172.28.0.2\t255\t0xc0\t\t\t\t3\t255\t3\t1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSegment(t, "tshark", "tcpdump")
			file := filepath.Join(t.TempDir(), "capture.pcap")
			stop := s.capture(s.b, file)
			r := lvsctlOn(name)(s.a, 255)
			s.eventually("the owner is master", 5*time.Second, wires()[name].held(), 0)
			time.Sleep(300 * time.Millisecond)
			r.terminate()
			_ = r.ended()
			stop()
			got := tshark(t, file, "vrrp && !icmp && !icmpv6", "ip.src", "ip.dst", "ip.ttl", "ip.dsfield", "ipv6.dst", "ipv6.hlim", "ipv6.tclass", "vrrp.version", "vrrp.prio", "vrrp.addr_count", "vrrp.checksum.status")
			if len(got) < 3 || got[1] != want {
				t.Errorf("advertisements %q, want %q", got, want)
			}
			if bad := tshark(t, file, "vrrp && !icmp && !icmpv6 && (_ws.expert || _ws.malformed)", "frame.number", "_ws.expert.message"); len(bad) > 0 {
				t.Errorf("tshark complains: %q", bad)
			}
		})
	}
}

// capture writes what arrives at a host to a file, until it is stopped.
func (s *segment) capture(h *host, file string) (stop func()) {
	s.t.Helper()
	tcpdump := exec.Command("ip", "netns", "exec", h.ns, "tcpdump", "-i", "eth0", "-U", "-w", file, "-Z", "root")
	if err := tcpdump.Start(); err != nil {
		s.t.Fatal(err)
	}
	awaitFile(file)
	return func() {
		time.Sleep(200 * time.Millisecond)
		_ = tcpdump.Process.Kill()
		_ = tcpdump.Wait()
	}
}
