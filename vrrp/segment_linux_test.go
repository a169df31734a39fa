package vrrp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netns"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
	"github.com/lvsctl/lvsctl/vrrp/transport"
)

// nodeEnv makes the test binary a virtual router: it holds the host, the name of a
// pair's wire and a priority.
const nodeEnv = "VRRP_TEST_NODE"

// TestMain runs a router instead of the tests when it is asked to, so that the
// tests can kill a real process.
func TestMain(m *testing.M) {
	if p := os.Getenv(nodeEnv); p != "" {
		os.Exit(runNode(p))
	}
	if err := flag.Set("test.parallel", "4"); err != nil { // they wait more than they work
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func runNode(node string) int {
	var host, name string
	var p uint8
	if _, err := fmt.Sscan(node, &host, &name, &p); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	config := wires()[name].config(host, p)
	network, err := system.OpenNetwork()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer network.Close()
	announcer := system.OpenAnnouncer()
	defer announcer.Close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	h := Host{Network: network, Announcer: announcer, Transport: Sockets{}}
	if err := NewDaemon(h, slog.New(slog.NewTextHandler(os.Stderr, nil))).Run(ctx, Config{Routers: []RouterConfig{config}}, nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// seedVIPs are the addresses of the seed configuration.
func seedVIPs() []string { return []string{"172.28.14.227", "172.28.14.228", "172.28.14.229"} }

func seedConfig(priority uint8) RouterConfig {
	return RouterConfig{
		Name: "VI_1", Interface: "eth0", ID: 51, Authentication: packet.PasswordAuthentication("1111"),
		Parameters: Parameters{Priority: priority, Interval: time.Second, Addresses: vips(seedVIPs()...)},
	}
}

// segment is a switch with three hosts, each with eth0: two routers and a client.
type segment struct {
	t            *testing.T
	sw           string
	a, b, client *host
}

type host struct {
	t       *testing.T
	segment *segment
	ns      string
	port    string // its link on the switch
	address string
	network *system.Network
}

func numberSegments() func() int64 {
	var n atomic.Int64
	return func() int64 { return n.Add(1) }
}

var nextSegment = numberSegments()

func newSegment(t *testing.T, programs ...string) *segment {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root for network namespaces")
	}
	if testing.Short() {
		t.Skip("waits for real elections, which -short leaves out")
	}
	for _, p := range append(programs, "ip") {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not installed", p)
		}
	}
	prefix := fmt.Sprintf("vrrp%d-%d-", os.Getpid(), nextSegment())
	s := &segment{t: t, sw: prefix + "sw"}
	s.addNamespace(s.sw)
	s.ip(s.sw, "link add br0 type bridge mcast_snooping 0 forward_delay 0")
	s.ip(s.sw, "link set br0 up")
	s.a = s.addHost(prefix+"a", "172.28.0.1")
	s.b = s.addHost(prefix+"b", "172.28.0.2")
	s.client = s.addHost(prefix+"client", "172.28.0.9")
	return s
}

func (s *segment) addNamespace(name string) {
	s.t.Helper()
	runCommand(s.t, "ip", "netns", "add", name)
	s.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", name).Run() })
	s.ip(name, "link set lo up")
}

func (s *segment) addHost(name, address string) *host {
	s.t.Helper()
	h := &host{t: s.t, segment: s, ns: name, port: "p" + address[len(address)-1:], address: address}
	s.addNamespace(name)
	// A link-local address is good for nothing while the kernel looks for its double.
	runCommand(s.t, "ip", "netns", "exec", name, "sysctl", "-q", "-w", "net.ipv6.conf.default.accept_dad=0")
	s.ip(s.sw, "link add "+h.port+" type veth peer name eth0 netns "+name)
	s.ip(s.sw, "link set "+h.port+" master br0 up")
	s.ip(name, "addr add "+address+"/16 dev eth0")
	s.ip(name, "link set eth0 up")
	// A router that forwarded what it should answer would hide an outage.
	runCommand(s.t, "ip", "netns", "exec", name, "sysctl", "-q", "-w", "net.ipv4.ip_forward=0")
	h.inside(func() {
		var err error
		if h.network, err = system.OpenNetwork(); err != nil {
			s.t.Fatal(err)
		}
	})
	s.t.Cleanup(h.network.Close)
	return h
}

func (s *segment) ip(ns, args string) {
	s.t.Helper()
	runCommand(s.t, "ip", append([]string{"-n", ns}, strings.Fields(args)...)...)
}

// inside calls f on a thread in the host's namespace; sockets opened there stay there.
func (h *host) inside(f func()) {
	h.t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := netns.Get()
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = home.Close() }()
	there, err := netns.GetFromName(h.ns)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = there.Close() }()
	if err := netns.Set(there); err != nil {
		h.t.Fatal(err)
	}
	f()
	if err := netns.Set(home); err != nil {
		panic(err) // this thread must not be used any more
	}
}

// holds counts the virtual addresses on the host.
func (h *host) holds() int {
	l, err := h.network.Link("eth0")
	if err != nil {
		h.t.Fatal(err)
	}
	n := 0
	for _, p := range l.Addresses {
		if a := p.Addr().String(); strings.HasPrefix(a, "172.28.14.") || strings.HasPrefix(a, "fd28:14:") {
			n++
		}
	}
	return n
}

func (h *host) carrier(up bool) {
	h.t.Helper()
	h.segment.ip(h.segment.sw, "link set "+h.port+map[bool]string{true: " up", false: " down"}[up])
}

// router is a running process: lvsctl's daemon or keepalived.
type router struct {
	t    *testing.T
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan error
}

// starter starts a router of one kind.
type starter func(h *host, priority uint8) *router

func startLvsctl(h *host, priority uint8) *router { return lvsctlOn("seed")(h, priority) }

func startKeepalived(h *host, priority uint8) *router { return keepalivedOn("seed")(h, priority) }

// lvsctlOn starts our daemon with a wire of that name.
func lvsctlOn(wire string) starter {
	return func(h *host, priority uint8) *router {
		self, err := os.Executable()
		if err != nil {
			h.t.Fatal(err)
		}
		return h.start(fmt.Sprintf("%s=%s %s %d", nodeEnv, h.address, wire, priority), self)
	}
}

func keepalivedOn(wire string) starter {
	return func(h *host, priority uint8) *router {
		dir := h.t.TempDir()
		file := filepath.Join(dir, "keepalived.conf")
		if err := os.WriteFile(file, []byte(wires()[wire].keepalived(h.address, priority)), 0o600); err != nil {
			h.t.Fatal(err)
		}
		return h.start("", "keepalived", "-n", "-l", "-P", "-f", file,
			"-p", filepath.Join(dir, "pid"), "-r", filepath.Join(dir, "vrrp-pid"))
	}
}

func (h *host) start(env string, command ...string) *router {
	h.t.Helper()
	r := &router{t: h.t, log: &lockedBuffer{}, done: make(chan error, 1)}
	r.cmd = exec.Command("ip", append([]string{"netns", "exec", h.ns}, command...)...)
	r.cmd.Env = append(os.Environ(), env)
	r.cmd.Stdout, r.cmd.Stderr = r.log, r.log
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // keepalived has a child
	if err := r.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() { r.done <- r.cmd.Wait() }()
	h.t.Cleanup(func() {
		r.kill()
		if h.t.Failed() {
			h.t.Logf("%s on %s:\n%s", filepath.Base(command[0]), h.ns, r.log)
		}
	})
	return r
}

// terminate stops it in order and does not wait.
func (r *router) terminate() { _ = r.cmd.Process.Signal(syscall.SIGTERM) }

// ended waits until it has stopped.
func (r *router) ended() error {
	select {
	case err := <-r.done:
		r.done <- err
		return err
	case <-time.After(10 * time.Second):
		return errors.New("still running")
	}
}

// kill ends it and its children without a chance to say anything.
func (r *router) kill() {
	_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
	_ = r.ended()
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// listen opens a socket at the client that hears every router.
func (s *segment) listen() Conn {
	s.t.Helper()
	var conn Conn
	s.client.inside(func() {
		l, err := s.client.network.Link("eth0")
		if err != nil {
			s.t.Fatal(err)
		}
		if conn, err = (Sockets{}).Open(l, transport.VRRP4); err != nil {
			s.t.Fatal(err)
		}
		if err := conn.Listen(transport.Interest{EveryID: true, Groups: []netip.Addr{packet.Group(packet.IPv4)}}); err != nil {
			s.t.Fatal(err)
		}
	})
	s.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// awaitAdvertisement returns just after a router has advertised.
func (s *segment) awaitAdvertisement(of *host) {
	s.t.Helper()
	conn := s.listen()
	for {
		if err := conn.Wait(); err != nil {
			s.t.Fatal(err)
		}
		if d, _, _ := conn.Receive(); d.Source.String() == of.address {
			return
		}
	}
}

// heard are the routers that advertised with a priority during d, by address.
func (s *segment) heard(d time.Duration) map[string]int {
	s.t.Helper()
	conn := s.listen()
	time.Sleep(d)
	heard := map[string]int{}
	for {
		dg, why, ok := conn.Receive()
		if !ok {
			return heard
		}
		a, bad := packet.Parse(dg)
		if why != packet.Accepted || bad != packet.Accepted || dg.TTL != packet.RouterTTL {
			s.t.Errorf("bad packet from %s: %v %v, TTL %d", dg.Source, why, bad, dg.TTL)
		}
		if a.Priority > 0 {
			heard[dg.Source.String()]++
		}
	}
}

// probe asks the first virtual address from the client every interval, until
// stopped, and tells the longest time without an answer.
type probe struct {
	mu       sync.Mutex
	sent     []time.Time
	answered map[int]bool
	stopped  chan struct{}
	owned    sync.WaitGroup
}

const probeInterval = 10 * time.Millisecond

func (s *segment) startProbe() *probe {
	s.t.Helper()
	p := &probe{answered: map[int]bool{}, stopped: make(chan struct{})}
	var conn net.PacketConn
	s.client.inside(func() {
		var err error
		if conn, err = net.ListenPacket("ip4:icmp", "0.0.0.0"); err != nil {
			s.t.Fatal(err)
		}
	})
	p.owned.Go(func() { p.send(conn) })
	p.owned.Go(func() { p.receive(conn) })
	return p
}

// send sends ICMP echo requests whose sequence number is the index in sent.
func (p *probe) send(conn net.PacketConn) {
	to := &net.IPAddr{IP: netip.MustParseAddr(seedVIPs()[0]).AsSlice()}
	tick := time.NewTicker(probeInterval)
	defer tick.Stop()
	for {
		select {
		case <-p.stopped:
			time.Sleep(50 * time.Millisecond) // for the last answers
			_ = conn.Close()
			return
		case <-tick.C:
		}
		p.mu.Lock()
		seq := len(p.sent)
		p.sent = append(p.sent, time.Now())
		p.mu.Unlock()
		m := []byte{8, 0, 0, 0, 0x51, 0x51, byte(seq >> 8), byte(seq)}
		binary.BigEndian.PutUint16(m[2:], icmpChecksum(m))
		_, _ = conn.WriteTo(m, to) // a loss like any other
	}
}

// icmpChecksum is that of RFC 1071, for an even length.
func icmpChecksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) > 0; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	return ^uint16(sum>>16 + sum&0xffff)
}

func (p *probe) receive(conn net.PacketConn) {
	buf := make([]byte, 100)
	for {
		n, _, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil && n >= 8 && buf[0] == 0 && buf[4] == 0x51 {
			p.mu.Lock()
			p.answered[int(binary.BigEndian.Uint16(buf[6:]))] = true
			p.mu.Unlock()
		}
	}
}

// outage is the longest time from the first lost request to the next answered
// one, and how many were lost in all. What was lost at the end counts.
func (p *probe) outage() (longest time.Duration, lost int) {
	close(p.stopped)
	p.owned.Wait()
	var since time.Time
	for seq, at := range p.sent {
		if p.answered[seq] {
			if !since.IsZero() {
				longest = max(longest, at.Sub(since))
			}
			since = time.Time{}
			continue
		}
		lost++
		if since.IsZero() {
			since = at
		}
	}
	if !since.IsZero() {
		longest = max(longest, time.Since(since))
	}
	return longest, lost
}

// eventually waits until the hosts hold so many virtual addresses.
func (s *segment) eventually(what string, within time.Duration, a, b int) {
	s.t.Helper()
	start := time.Now()
	for time.Since(start) < within {
		if s.a.holds() == a && s.b.holds() == b {
			s.t.Logf("%s: after %v", what, time.Since(start).Round(time.Millisecond))
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.t.Fatalf("%s: after %v the hosts hold %d and %d addresses, want %d and %d", what, within, s.a.holds(), s.b.holds(), a, b)
}

func runCommand(t *testing.T, name string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, io.Writer(&out)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &out)
	}
	return out.String()
}
