package transport

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netns"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
)

// end is one end of a cable: eth0 in a namespace of its own.
type end struct {
	t  *testing.T
	ns string
}

// cable connects two namespaces, 10.9.0.1 with fe80::1 and 10.9.0.2 with fe80::2.
func cable(t *testing.T) (a, b end) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root for network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("ip is not installed")
	}
	prefix := fmt.Sprintf("cable%d", os.Getpid())
	ends := []end{{t, prefix + "a"}, {t, prefix + "b"}}
	for _, e := range ends {
		ip(t, "netns add "+e.ns)
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", e.ns).Run() })
	}
	ip(t, fmt.Sprintf("link add eth0 netns %s address 02:00:00:00:00:01 type veth peer name eth0 netns %s", ends[0].ns, ends[1].ns))
	for i, e := range ends {
		ip(t, fmt.Sprintf("-n %s link set eth0 addrgenmode none", e.ns))
		ip(t, fmt.Sprintf("-n %s addr add 10.9.0.%d/24 dev eth0", e.ns, i+1))
		ip(t, fmt.Sprintf("-n %s addr add fe80::%d/64 dev eth0 nodad", e.ns, i+1))
		ip(t, fmt.Sprintf("-n %s link set eth0 up", e.ns))
	}
	return ends[0], ends[1]
}

func ip(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", args, err, out)
	}
}

// open opens a socket there; it stays there.
func (e end) open(k Kind, in Interest) *Socket {
	e.t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := netns.Get()
	if err != nil {
		e.t.Fatal(err)
	}
	there, err := netns.GetFromName(e.ns)
	if err != nil {
		e.t.Fatal(err)
	}
	if err := netns.Set(there); err != nil {
		e.t.Fatal(err)
	}
	defer func() {
		if err := netns.Set(home); err != nil {
			panic(err) // this thread must not be used any more
		}
		_, _ = home.Close(), there.Close()
	}()
	network, err := system.OpenNetwork()
	if err != nil {
		e.t.Fatal(err)
	}
	defer network.Close()
	l, err := network.Link("eth0")
	if err != nil {
		e.t.Fatal(err)
	}
	s, err := Open(l, k)
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { _ = s.Close() })
	if err := s.Listen(in); err != nil {
		e.t.Fatal(err)
	}
	return s
}

func path(source, destination string, ttl uint8) packet.Path {
	return packet.Path{Source: netip.MustParseAddr(source), Destination: netip.MustParseAddr(destination), TTL: ttl}
}

// encode is an advertisement as the socket of the kind wants it.
func encode(t *testing.T, k Kind, id uint8, p packet.Path) []byte {
	t.Helper()
	a := packet.Advertisement{Version: 3, ID: id, Priority: 7, Interval: time.Second, Addresses: []netip.Addr{p.Source}}
	write := a.AppendIPv4
	switch k {
	case AH4:
		a.Version, a.Authentication, a.Sequence = 2, packet.KeyAuthentication("k"), 1
		write = a.AppendIPv4
	case VRRP6:
		write = a.Append
	}
	b, err := write(nil, p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// received are the paths of what arrives with each identifier, in its order.
func received(s *Socket) string {
	time.Sleep(50 * time.Millisecond) // veth delivers at once, on another processor
	var all []string
	for {
		d, why, ok := s.Receive()
		if !ok {
			return strings.Join(all, ", ")
		}
		id, _ := d.RouterID()
		_, bad := packet.Parse(d)
		all = append(all, fmt.Sprintf("%d %s>%s/%d %s %s", id, d.Source, d.Destination, d.TTL, why, bad))
	}
}

// TestSocket sends what every kind of socket must carry and what must not get in.
func TestSocket(t *testing.T) {
	a, b := cable(t)
	for _, c := range []struct {
		name                string
		kind                Kind
		self, peer          string
		group, other, third string
	}{
		{"IPv4", VRRP4, "10.9.0.1", "10.9.0.2", "224.0.0.18", "239.1.1.1", "224.0.0.5"},
		{"AH", AH4, "10.9.0.1", "10.9.0.2", "224.0.0.18", "239.1.1.1", "224.0.0.5"},
		{"IPv6", VRRP6, "fe80::1", "fe80::2", "ff02::12", "ff02::99", "ff02::5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			from := a.open(c.kind, Interest{})
			to := b.open(c.kind, Interest{IDs: [256]bool{51: true}, Groups: []netip.Addr{netip.MustParseAddr(c.group)}, Buffer: 1 << 20})
			send := func(id uint8, p packet.Path) {
				t.Helper()
				if err := from.Send(p, encode(t, c.kind, id, p)); err != nil {
					t.Fatal(err)
				}
			}
			send(51, path(c.self, c.group, 255))
			send(52, path(c.self, c.group, 255))
			send(51, path(c.self, c.other, 255))
			send(51, path(c.self, c.peer, 64))
			want := fmt.Sprintf("51 %s>%s/255 accepted accepted, 51 %s>%s/64 accepted accepted", c.self, c.group, c.self, c.peer)
			if got := received(to); got != want {
				t.Errorf("received %s\nwant %s", got, want)
			}
			// Others are of interest now.
			if err := to.Listen(Interest{IDs: [256]bool{52: true}, Groups: []netip.Addr{netip.MustParseAddr(c.other)}}); err != nil {
				t.Fatal(err)
			}
			send(51, path(c.self, c.other, 255))
			send(52, path(c.self, c.group, 255))
			send(52, path(c.self, c.other, 255))
			if got, want := received(to), fmt.Sprintf("52 %s>%s/255 accepted accepted", c.self, c.other); got != want {
				t.Errorf("after a change: received %s, want %s", got, want)
			}
			if got := received(from); got != "" {
				t.Errorf("heard itself: %s", got)
			}
			p := path(c.self, c.third, 255) // nobody listens
			m := encode(t, c.kind, 51, p)
			if n := testing.AllocsPerRun(100, func() { _ = from.Send(p, m) }); n > 0 {
				t.Errorf("%v allocations for one packet", n)
			}
		})
	}
}

// Close ends Wait.
func TestWaitEnds(t *testing.T) {
	a, b := cable(t)
	closed, lost := a.open(VRRP4, Interest{}), b.open(VRRP6, Interest{})
	results := make(chan error, 2)
	go func() { results <- closed.Wait() }()
	go func() { results <- lost.Wait() }()
	time.Sleep(20 * time.Millisecond)
	_ = closed.Close()
	if err := <-results; err == nil {
		t.Error("no error after Close")
	}
	_ = lost.Close()
	if err := <-results; err == nil {
		t.Error("no error after Close of the other")
	}
}
