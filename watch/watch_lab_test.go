//go:build lab

package watch_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lvsctl/lvsctl/check"
	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/watch"
)

// childState makes the test binary a watch with this state file, to be killed.
const childState = "LVSCTL_LAB_STATE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childState); path != "" {
		os.Exit(child(path))
	}
	os.Exit(m.Run())
}

func child(path string) int {
	kernel, err := ipvs.Dial()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := labWatcher(kernel, path, os.Stderr).Run(ctx, killedConf(), nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// killedConf is what the child keeps: nothing needs a listener.
func killedConf() []watch.VirtualServer {
	vs := pool("192.0.2.1:8000", "10.99.0.1:8000", "10.99.0.2:8000")
	vs.RealServers[0].Checks, vs.RealServers[1].Checks = nil, nil
	other := vs
	other.Address = ap("192.0.2.2:8000")
	return conf(vs, other)
}

func labWatcher(k watch.Kernel, statePath string, log io.Writer) *watch.Watcher {
	return watch.New(watch.Parts{
		Kernel: k, Checkers: check.Kinds(check.NewDialer()), Memory: watch.StateFile{Path: statePath},
		Phase: func(i time.Duration) time.Duration { return rand.N(i) },
		Log:   slog.New(slog.NewTextHandler(log, nil)),
	})
}

// recorder is the kernel, with a list of what it was asked to change.
type recorder struct {
	watch.Kernel
	mu  sync.Mutex
	ops []string
}

func (r *recorder) Apply(ops ...ipvs.Op) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, op := range ops {
		r.ops = append(r.ops, op.String())
	}
	return r.Kernel.Apply(ops...)
}

func (r *recorder) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.ops)
}

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// rules are the kernel's table as the real ipvsadm saves it, sorted.
func rules(t *testing.T) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(command(t, "ipvsadm", "-S", "-n")), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// await waits until the rules are as wanted.
func await(t *testing.T, wanted ...string) {
	t.Helper()
	wanted = slices.Sorted(slices.Values(wanted))
	want := strings.Join(wanted, "\n")
	var got string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = rules(t); got == want {
			return
		}
	}
	t.Fatalf("ipvsadm -S -n:\n%s\nwant\n%s", got, want)
}

// labNet gives an empty table, and addresses for VIPs and real servers on a dummy link.
func labNet(t *testing.T) *ipvs.Client {
	t.Helper()
	kernel, err := ipvs.Dial()
	if err != nil {
		t.Skipf("no IPVS here: %v", err)
	}
	t.Cleanup(func() { _ = kernel.Close() })
	command(t, "ipvsadm", "-C")
	_ = exec.Command("ip", "link", "del", "lvslab").Run() // of the test before
	command(t, "ip", "link", "add", "lvslab", "type", "dummy")
	command(t, "ip", "link", "set", "lvslab", "up")
	for _, a := range []string{"192.0.2.1/32", "192.0.2.2/32", "10.99.0.1/32", "10.99.0.2/32", "10.99.0.3/32"} {
		command(t, "ip", "address", "add", a, "dev", "lvslab")
	}
	return kernel
}

// startWatch runs a watcher; what it gives stops it.
func startWatch(t *testing.T, k watch.Kernel, c []watch.VirtualServer) (w *watch.Watcher, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w = labWatcher(k, filepath.Join(t.TempDir(), "watch.state"), t.Output())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, c, nil) }()
	return w, func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("stop: %v", err)
		}
	}
}

// awaitChecked waits until every check was made once.
func awaitChecked(t *testing.T, w *watch.Watcher) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		st, err := w.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(st.Services[0].RealServers, func(r watch.RealServerStatus) bool { return len(r.Checks) > 0 && r.Checks[0].Last == nil }) {
			return
		}
	}
	t.Fatal("a first check is missing")
}

// echo is a real server that sends back what it gets.
func echo(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	return l
}

// quick is pool with checks that are made twice a second.
func quick(vip string, reals ...string) watch.VirtualServer {
	vs := pool(vip, reals...)
	for i := range vs.RealServers {
		c := &vs.RealServers[i].Checks[0]
		c.Interval, c.RetryDelay, c.Timeout = 500*time.Millisecond, 200*time.Millisecond, 3*time.Second
	}
	return vs
}

func TestLabTableIsWhatIsConfigured(t *testing.T) {
	kernel := labNet(t)
	echo(t, "10.99.0.1:8000")
	echo(t, "10.99.0.2:8000")
	nat, dr, tun := quick("192.0.2.1:80", "10.99.0.1:8000", "10.99.0.2:8000", "10.99.0.3:8000"), quick("192.0.2.1:8000", "10.99.0.1:8000"), quick("192.0.2.2:8000", "10.99.0.2:8000")
	nat.Method, nat.Scheduler, nat.RealServers[1].Weight = watch.NAT, "wrr", 5
	dr.Persistence = 50 * time.Second
	tun.Method, tun.Scheduler = watch.TUN, "rr"
	udp := watch.VirtualServer{
		Address: ap("192.0.2.1:53"), Protocol: watch.UDP, Scheduler: "rr", Method: watch.DR,
		RealServers: []watch.RealServer{{Address: ap("10.99.0.1:53"), Weight: 1}},
	}
	_, stop := startWatch(t, kernel, conf(nat, dr, tun, udp))
	await(t, // 10.99.0.3 refuses
		"-A -t 192.0.2.1:80 -s wrr",
		"-a -t 192.0.2.1:80 -r 10.99.0.1:8000 -m -w 1",
		"-a -t 192.0.2.1:80 -r 10.99.0.2:8000 -m -w 5",
		"-A -t 192.0.2.1:8000 -s wlc -p 50",
		"-a -t 192.0.2.1:8000 -r 10.99.0.1:8000 -g -w 1",
		"-A -t 192.0.2.2:8000 -s rr",
		"-a -t 192.0.2.2:8000 -r 10.99.0.2:8000 -i -w 1 --tun-type ipip",
		"-A -u 192.0.2.1:53 -s rr",
		"-a -u 192.0.2.1:53 -r 10.99.0.1:53 -g -w 1")
	stop()
	await(t, "")
}

func TestLabListenerDiesAndReturns(t *testing.T) {
	kernel := labNet(t)
	echo(t, "10.99.0.1:8000")
	second := echo(t, "10.99.0.2:8000")
	_, stop := startWatch(t, kernel, conf(quick("192.0.2.1:8000", "10.99.0.1:8000", "10.99.0.2:8000")))
	service, first, both := "-A -t 192.0.2.1:8000 -s wlc", "-a -t 192.0.2.1:8000 -r 10.99.0.1:8000 -g -w 1", "-a -t 192.0.2.1:8000 -r 10.99.0.2:8000 -g -w 1"
	await(t, service, first, both)
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, service, first)
	echo(t, "10.99.0.2:8000")
	await(t, service, first, both)
	command(t, "ipvsadm", "-C") // somebody's mistake
	await(t, service, first, both)
	stop()
}

// talk sends a word through the connection and wants it back.
func talk(t *testing.T, c net.Conn, word string) {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, word); err != nil {
		t.Fatalf("the connection broke: %v", err)
	}
	got := make([]byte, len(word))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != word {
		t.Fatalf("the connection broke: %q, %v", got, err)
	}
}

func TestLabStartAdoptsWithConnections(t *testing.T) {
	kernel := labNet(t)
	echo(t, "10.99.0.1:8000")
	for _, rule := range []string{
		"-A -t 192.0.2.1:80 -s wlc", "-a -t 192.0.2.1:80 -r 10.99.0.1:8000 -m -w 1", // will be configured
		"-A -t 192.0.2.2:80 -s sh", "-a -t 192.0.2.2:80 -r 10.99.0.9:80 -g -w 7", // is somebody else's
	} {
		command(t, "ipvsadm", strings.Fields(rule)...)
	}
	before := rules(t)
	conn, err := net.DialTimeout("tcp", "192.0.2.1:80", 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	talk(t, conn, "before")
	awaitCounted(t, kernel)

	vs := quick("192.0.2.1:80", "10.99.0.1:8000", "10.99.0.3:8000") // the second refuses
	vs.Method = watch.NAT
	r := &recorder{Kernel: kernel}
	w, stop := startWatch(t, r, conf(vs))
	awaitChecked(t, w)
	talk(t, conn, "during")
	echo(t, "10.99.0.3:8000") // joins, is ours, goes at the stop
	await(t, append(strings.Split(before, "\n"), "-a -t 192.0.2.1:80 -r 10.99.0.3:8000 -m -w 1")...)
	if got := strings.Join(r.seen(), "; "); got != "add server 10.99.0.3:8000 to service TCP 192.0.2.1:80" {
		t.Errorf("operations: %s", got)
	}
	stop()
	if got := rules(t); got != before {
		t.Errorf("after the stop\n%s\nwant\n%s", got, before)
	}
	talk(t, conn, "after")
	s := service80(t, kernel)
	if d := s.Destinations[0]; d.Stats.Connections != 1 || d.ActiveConns != 1 || s.Stats.Connections != 1 {
		t.Errorf("the counters began anew: service %+v, real server %+v", s.Stats, d)
	}
}

func service80(t *testing.T, kernel *ipvs.Client) ipvs.ServiceEntry {
	t.Helper()
	s, err := kernel.Service(key("192.0.2.1:80"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// awaitCounted waits for the kernel's estimator, which adds up the counters
// every two seconds.
func awaitCounted(t *testing.T, kernel *ipvs.Client) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if s := service80(t, kernel); s.Stats.Connections == 1 && s.Destinations[0].Stats.Connections == 1 {
			return
		}
	}
	t.Fatal("the connection was not counted")
}

func TestLabKilledAndStartedAgain(t *testing.T) {
	kernel := labNet(t)
	command(t, "ipvsadm", "-A", "-t", "192.0.2.1:8000", "-s", "wlc")
	command(t, "ipvsadm", "-a", "-t", "192.0.2.1:8000", "-r", "10.99.0.2:8000", "-g")
	state := filepath.Join(t.TempDir(), "watch.state")
	first := exec.Command(os.Args[0])
	first.Env = append(os.Environ(), childState+"="+state)
	first.Stderr = t.Output()
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	full := []string{
		"-A -t 192.0.2.1:8000 -s wlc", "-a -t 192.0.2.1:8000 -r 10.99.0.1:8000 -g -w 1", "-a -t 192.0.2.1:8000 -r 10.99.0.2:8000 -g -w 1",
		"-A -t 192.0.2.2:8000 -s wlc", "-a -t 192.0.2.2:8000 -r 10.99.0.1:8000 -g -w 1", "-a -t 192.0.2.2:8000 -r 10.99.0.2:8000 -g -w 1",
	}
	await(t, full...)
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait() // "signal: killed"
	await(t, full...)

	less := killedConf()
	less = less[:1] // 192.0.2.2 is stale now
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	r := &recorder{Kernel: kernel}
	go func() { ended <- labWatcher(r, state, t.Output()).Run(ctx, less, nil) }()
	await(t, full[:3]...)
	if got := strings.Join(r.seen(), "; "); got != "delete service TCP 192.0.2.2:8000" {
		t.Errorf("operations: %s", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	await(t, full[0], full[2]) // as ipvsadm had made it
}
