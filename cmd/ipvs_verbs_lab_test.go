//go:build lab

package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/internal/lab/labtest"
	"github.com/lvsctl/lvsctl/ipvs"
)

// labBench is lvsctl on the real kernel, in a network namespace of its own that is
// named with --netns.
type labBench struct {
	*testing.T
	ns     *lab.Namespace
	client *ipvs.Client
	path   string
	dir    string
}

func newLabBench(t *testing.T) *labBench {
	b := &labBench{T: t, dir: t.TempDir()}
	b.ns, b.client = labtest.Kernel(t)
	if err := b.ns.Do(func() error {
		b.path = fmt.Sprintf("/proc/%d/task/%d/ns/net", os.Getpid(), unix.Gettid())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return b
}

// do runs "lvsctl ipvs --netns …" with the words of a line.
func (b *labBench) do(line string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	args := append([]string{"lvsctl", "ipvs", "--netns", b.path}, strings.Fields(line)...)
	status = Main(args, "test", Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	return out.String(), errs.String(), status
}

func (b *labBench) must(line string) string {
	b.Helper()
	out, errs, status := b.do(line)
	if status != 0 {
		b.Fatalf("%s: status %d, %s", line, status, errs)
	}
	return out
}

func (b *labBench) file(name, text string) string {
	b.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// command runs a program in the namespace.
func (b *labBench) command(name string, args ...string) (out string) {
	b.Helper()
	if err := b.ns.Do(func() error {
		text, err := exec.Command(name, args...).CombinedOutput()
		out = string(text)
		return err
	}); err != nil {
		b.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// saved is the table as the real ipvsadm saves it, sorted.
func (b *labBench) saved() string {
	b.Helper()
	lines := strings.Split(strings.TrimSpace(b.command("ipvsadm", "-S", "-n")), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func (b *labBench) same(what, got, want string) {
	b.Helper()
	if d := gocmp.Diff(want, got); d != "" {
		b.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// await waits for something that another goroutine or the kernel does.
func (b *labBench) await(what string, done func() bool) {
	b.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if done() {
			return
		}
	}
	b.Fatalf("waited in vain: %s", what)
}

// serve puts real servers that echo on addresses of lo, and VIPs beside them.
func (b *labBench) serve(vip string, reals ...string) {
	b.Helper()
	for _, a := range append(reals, vip) {
		b.command("ip", "address", "add", a+"/32", "dev", "lo")
	}
	for _, a := range reals {
		var l net.Listener
		if err := b.ns.Do(func() (err error) { l, err = net.Listen("tcp4", a+":8000"); return err }); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
			}
		}()
	}
}

// connect opens connections to a VIP.
func (b *labBench) connect(vip string, n int) (conns []net.Conn) {
	b.Helper()
	for range n {
		var c net.Conn
		if err := b.ns.Do(func() (err error) { c, err = net.DialTimeout("tcp4", vip+":8000", 10*time.Second); return err }); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Close() })
		conns = append(conns, c)
	}
	return conns
}

// lives tells whether a connection still carries data.
func lives(c net.Conn) bool {
	if c.SetDeadline(time.Now().Add(3*time.Second)) != nil {
		return false
	}
	var b [4]byte
	if _, err := c.Write([]byte("ping")); err != nil {
		return false
	}
	_, err := io.ReadFull(c, b[:])
	return err == nil
}

// active are the active connections of each server of the first service.
func (b *labBench) active() map[string]uint32 {
	b.Helper()
	t, err := b.client.Table()
	if err != nil {
		b.Fatal(err)
	}
	out := map[string]uint32{}
	for _, d := range t[0].Destinations {
		out[d.Address.Addr().String()] = d.ActiveConns
	}
	return out
}

const labPool = `-A -t 10.99.0.100:8000 -s rr
-a -t 10.99.0.100:8000 -r 10.99.0.1:8000 -m -w 1
-a -t 10.99.0.100:8000 -r 10.99.0.2:8000 -m -w 1
`

// A large change in one service and around it: the servers that stay keep their
// connections and their counts, and whoever looks meanwhile sees the service with
// servers.
func TestLabApplyKeepsConnections(t *testing.T) {
	b := newLabBench(t)
	b.serve("10.99.0.100", "10.99.0.1", "10.99.0.2", "10.99.0.3")
	b.must("restore " + b.file("first", labPool))
	conns := b.connect("10.99.0.100", 4)
	if got := b.active(); got["10.99.0.1"] != 2 || got["10.99.0.2"] != 2 {
		t.Fatalf("active connections %v", got)
	}
	var next strings.Builder
	next.WriteString("-A -t 10.99.0.100:8000 -s wrr\n-a -t 10.99.0.100:8000 -r 10.99.0.1:8000 -m -w 1\n-a -t 10.99.0.100:8000 -r 10.99.0.3:8000 -m -w 5\n")
	for i := range 1000 {
		fmt.Fprintf(&next, "-A -t 10.98.%d.%d:80 -s rr\n", i/250, i%250+1)
	}
	file := b.file("next", next.String())

	looker, stop, looked := labtest.Dial(t, b.ns), make(chan struct{}), make(chan error)
	go func() {
		for looks := 0; ; looks++ {
			select {
			case <-stop:
				t.Logf("looked %d times", looks)
				looked <- nil
				return
			default:
			}
			s, err := looker.Service(ipvs.AddressKey(ipvs.TCP, netip.MustParseAddrPort("10.99.0.100:8000")))
			if err != nil || len(s.Destinations) == 0 {
				looked <- fmt.Errorf("look %d: %d servers, %w", looks, len(s.Destinations), err)
				return
			}
		}
	}()
	if got := b.must("apply " + file); got != "changed: 1000 services added, 1 service edited, 1 server added, 1 server removed\n" {
		t.Errorf("got %q", got)
	}
	if got := b.must("apply --prune " + b.file("small", next.String()[:strings.Index(next.String(), "-A -t 10.98")])); got != "changed: 1000 services removed\n" {
		t.Errorf("got %q", got)
	}
	close(stop)
	if err := <-looked; err != nil {
		t.Error(err)
	}
	if got := b.active(); got["10.99.0.1"] != 2 || len(got) != 2 {
		t.Errorf("active connections %v", got)
	}
	// Those of the server that was removed at once do not live on: that is what
	// draining is for.
	living := 0
	for _, c := range conns {
		if lives(c) {
			living++
		}
	}
	if living != 2 {
		t.Errorf("%d connections live on, want the two of the server that stays", living)
	}
	b.same("table", b.saved(), "-A -t 10.99.0.100:8000 -s wrr\n-a -t 10.99.0.100:8000 -r 10.99.0.1:8000 -m -w 1\n-a -t 10.99.0.100:8000 -r 10.99.0.3:8000 -m -w 5\n")
}

// A server goes as soon as its last connection has ended, and not before.
func TestLabDrain(t *testing.T) {
	b := newLabBench(t)
	b.serve("10.99.0.100", "10.99.0.1", "10.99.0.2")
	b.must("restore " + b.file("first", labPool))
	conns := b.connect("10.99.0.100", 2)
	file := b.file("one", "-A -t 10.99.0.100:8000 -s rr\n-a -t 10.99.0.100:8000 -r 10.99.0.1:8000 -m -w 1\n")
	const draining = "-r 10.99.0.2:8000 -m -w 0"
	ended := make(chan string)
	go func() {
		out, errs, status := b.do("apply --drain 10m " + file)
		ended <- fmt.Sprintf("%d %s%s", status, out, errs)
	}()
	b.await("weight 0", func() bool { return strings.Contains(b.saved(), draining) })
	if more := b.connect("10.99.0.100", 2); b.active()["10.99.0.1"] != 3 {
		t.Errorf("%d new connections went elsewhere: %v", len(more), b.active())
	}
	select {
	case text := <-ended:
		t.Fatalf("did not wait: %s", text)
	default:
	}
	for _, c := range conns {
		if !lives(c) {
			t.Error("a connection broke")
		}
		if err := c.(*net.TCPConn).SetLinger(0); err != nil { // a reset is forgotten after 10 s
			t.Fatal(err)
		}
		_ = c.Close()
	}
	const want = "0 changed: 1 server edited, 1 server removed\nlvsctl: waiting for connections of servers that leave, 10m0s at most\n"
	if text := <-ended; text != want {
		t.Errorf("got %q", text)
	}
	if strings.Contains(b.saved(), "10.99.0.2") {
		t.Errorf("still there:\n%s", b.saved())
	}
}

func TestLabDrainInterrupted(t *testing.T) {
	b := newLabBench(t)
	b.serve("10.99.0.100", "10.99.0.1", "10.99.0.2")
	b.must("restore " + b.file("first", labPool))
	b.connect("10.99.0.100", 2)
	file := b.file("one", "-A -t 10.99.0.100:8000 -s rr\n-a -t 10.99.0.100:8000 -r 10.99.0.1:8000 -m -w 1\n")
	go func() {
		b.await("weight 0", func() bool { return strings.Contains(b.saved(), "-w 0") })
		_ = syscall.Kill(os.Getpid(), syscall.SIGINT)
	}()
	out, errs, status := b.do("apply --drain 10m " + file)
	if status != 1 || out != "" || !strings.Contains(errs, "interrupted; with weight 0, but not removed:\n  server 10.99.0.2:8000 of service TCP 10.99.0.100:8000\n") {
		t.Errorf("status %d, stdout %q, stderr %q", status, out, errs)
	}
	// The time is over: the connection does not count any more.
	b.must("apply --drain 1s " + file)
	if strings.Contains(b.saved(), "10.99.0.2") {
		t.Errorf("still there:\n%s", b.saved())
	}
}

func TestLabConfirm(t *testing.T) {
	b := newLabBench(t)
	b.must("restore " + b.file("first", labPool))
	before := b.saved()
	trial := "--confirm-within 1s --prune --run-dir " + b.dir + " " + b.file("other", "-A -u 10.99.0.100:53 -s rr\n-a -u 10.99.0.100:53 -r 10.99.0.9:53 -i -w 1\n")
	if _, errs, status := b.do("apply " + trial); status != 1 || !strings.Contains(errs, "the change was undone: it was not confirmed within 1s") {
		t.Errorf("status %d, stderr %q", status, errs)
	}
	b.same("undone", b.saved(), before)
	ended := make(chan string)
	go func() {
		out, errs, status := b.do("apply " + strings.Replace(trial, "1s", "10m", 1))
		ended <- fmt.Sprintf("%d %s%s", status, out, errs)
	}()
	b.await("the change", func() bool { return strings.Contains(b.saved(), "10.99.0.9") })
	if got := b.must("confirm --run-dir " + b.dir); got != "the change stays\n" {
		t.Errorf("got %q", got)
	}
	if text := <-ended; !strings.HasPrefix(text, "0 changed: 1 service added, 1 service removed, 1 server added\n") {
		t.Errorf("got %q", text)
	}
	if !strings.Contains(b.saved(), "10.99.0.9") {
		t.Errorf("undone:\n%s", b.saved())
	}
}

// The kernel refuses the last of many rules: what it had done is undone.
func TestLabApplyRefused(t *testing.T) {
	b := newLabBench(t)
	b.must("restore " + b.file("first", labPool))
	before := b.saved()
	_, errs, status := b.do("apply --prune " + b.file("bad", "-A -t 10.99.0.101:80 -s rr\n-a -t 10.99.0.101:80 -r 10.99.0.1:80 -m\n-a -t 10.99.0.101:80 -r 224.0.0.1:80 -m\n"))
	if status != 1 || !strings.Contains(errs, "the kernel refused 1 of 4 changes; the others were undone") || !strings.Contains(errs, "add server 224.0.0.1:80") {
		t.Errorf("status %d, stderr %q", status, errs)
	}
	b.same("undone", b.saved(), before)
}

func TestLabMonitor(t *testing.T) {
	b := newLabBench(t)
	b.serve("10.99.0.100", "10.99.0.1", "10.99.0.2")
	b.must("restore " + b.file("first", labPool))
	ended := make(chan string)
	go func() {
		out, errs, status := b.do("monitor -o json --interval 200ms")
		ended <- fmt.Sprintf("%d%s%s", status, errs, out)
	}()
	// The monitor tells nothing of when it has begun: what comes after two looks is seen.
	time.Sleep(2 * time.Second)
	b.must("edit -t 10.99.0.100:8000 -r 10.99.0.1 -w 7")
	b.connect("10.99.0.100", 2)
	time.Sleep(2 * time.Second)
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(<-ended, "0")
	if !ok {
		t.Fatalf("got %s", text)
	}
	seen := map[string]int{}
	for l := range strings.Lines(text) {
		var e struct {
			Event, Op string
			Active    uint32 `json:"active_connections"`
		}
		if err := json.Unmarshal([]byte(l), &e); err != nil {
			t.Fatalf("%v: %s", err, l)
		}
		seen[e.Event+e.Op]++
		seen[fmt.Sprintf("active %d", e.Active)]++
	}
	if seen["changeedit_server"] != 1 || seen["active 1"] < 2 {
		t.Errorf("got %v in\n%s", seen, text)
	}
}

func TestLabSyncAndTimeouts(t *testing.T) {
	b := newLabBench(t)
	b.command("ip", "link", "add", "sync0", "type", "dummy")
	b.command("ip", "address", "add", "10.97.0.1/24", "dev", "sync0")
	b.command("ip", "link", "set", "sync0", "up")
	b.must("sync start master --mcast-interface sync0 --syncid 7 --mcast-port 9000")
	b.same("status", b.must("sync status"), "ROLE    INTERFACE  SYNCID  MAXLEN  GROUP       PORT  TTL\nmaster  sync0      7       1472    224.0.0.81  9000  1\n")
	b.same("ipvsadm", b.command("ipvsadm", "-L", "--daemon"), "master sync daemon (mcast=sync0, syncid=7, maxlen=1472, group=224.0.0.81, port=9000, ttl=1)\n")
	b.must("timeouts --tcp 1h")
	b.same("timeouts", b.command("ipvsadm", "-L", "--timeout"), "Timeout (tcp tcpfin udp): 3600 120 300\n")

	// All of it is saved, and comes back by one restore.
	b.must("restore " + b.file("first", labPool))
	text := b.must("save -o yaml")
	b.must("sync stop master")
	b.must("clear --yes")
	b.must("timeouts 900 120 300")
	b.must("restore " + b.file("saved.yaml", text))
	b.same("again", b.must("save -o yaml"), text)
	b.must("restore " + b.file("none.yaml", "schema: lvsctl.ipvs/v1\nsync_daemons: []\nservices: []\n"))
	b.same("none", b.command("ipvsadm", "-L", "--daemon"), "")
}

func TestLabListAndConnections(t *testing.T) {
	b := newLabBench(t)
	b.serve("10.99.0.100", "10.99.0.1", "10.99.0.2")
	b.must("restore " + b.file("first", labPool))
	b.connect("10.99.0.100", 3)
	b.same("as ipvsadm", b.must("list -o ipvsadm"), b.command("ipvsadm", "-L", "-n"))
	b.same("connections", b.must("connections -o ipvsadm"), b.command("ipvsadm", "-L", "-n", "-c"))
	for _, want := range []string{"10.99.0.1:8000  ESTABLISHED", "10.99.0.2:8000  ESTABLISHED"} {
		if got := b.must("connections --count"); !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	text := b.must("list -o json")
	if got := b.must("apply --prune " + b.file("list.json", text)); got != "no change\n" {
		t.Errorf("got %q", got)
	}
	if got := b.must("list"); !strings.Contains(got, "\n  10.99.0.1:8000      masq     1       1       0\n") {
		t.Errorf("got\n%s", got)
	}
}

// TestVerbsHelper is not a test: the test binary runs itself with it as nobody.
func TestVerbsHelper(t *testing.T) {
	args, asked := os.LookupEnv("LVSCTL_VERB")
	if !asked {
		t.Skip("only for TestLabListAsNobody")
	}
	status, stdout, stderr := ipvsLine(strings.Fields(args)...)
	t.Logf("status=%d stdout=%s stderr=%s", status, stdout, stderr)
}

func TestLabListAsNobody(t *testing.T) {
	b := newLabBench(t)
	b.must("restore " + b.file("first", labPool))
	var out []byte
	if err := b.ns.Do(func() (err error) {
		c := exec.Command("/proc/self/exe", "-test.run=^TestVerbsHelper$", "-test.v")
		c.Env = append(os.Environ(), "LVSCTL_VERB=list")
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err = c.CombinedOutput()
		return err
	}); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"status=0 stdout=SERVICE / SERVER", "10.99.0.1:8000      masq     1", "stderr=lvsctl: without privilege not all of the table can be seen; missing: counters and rates"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

// What a file of 55,000 rules costs that differs in nothing, beside a listing.
func TestLabApplyNothing(t *testing.T) {
	b := newLabBench(t)
	var rules strings.Builder
	for i := range 5000 {
		vip := fmt.Sprintf("10.1.%d.%d:80", i>>8, i&255)
		fmt.Fprintf(&rules, "-A -t %s -s wlc\n", vip)
		for j := range 10 {
			fmt.Fprintf(&rules, "-a -t %s -r 10.2.%d.%d:80 -g -w 1\n", vip, i&255, j)
		}
	}
	file := b.file("large", rules.String())
	lines := map[string]string{"-Ln": "-Ln", "list": "list", "list json": "list -o json", "apply": "apply --prune " + file}
	runs := map[string][]time.Duration{}
	took := map[string]time.Duration{}
	start := time.Now()
	b.must("restore " + file)
	took["restore"] = time.Since(start)
	for range 5 { // in turn: the machine is not equally fast all the time
		for name, line := range lines {
			start := time.Now()
			out := b.must(line)
			runs[name] = append(runs[name], time.Since(start))
			if name == "apply" && out != "no change\n" {
				t.Errorf("got %q", out)
			}
		}
	}
	for name := range lines {
		slices.Sort(runs[name])
		took[name] = runs[name][2]
	}
	few := strings.ReplaceAll(rules.String(), "-r 10.2.7.3:80 -g -w 1\n", "-r 10.2.7.3:80 -g -w 2\n")
	start = time.Now()
	t.Log(strings.TrimSpace(b.must("apply " + b.file("few", few))))
	took["apply few"] = time.Since(start)
	t.Logf("%v, apply/list %.2f, apply/-Ln %.2f", took, float64(took["apply"])/float64(took["list"]), float64(took["apply"])/float64(took["-Ln"]))
}
