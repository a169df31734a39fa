//go:build lab

package ipvsadm_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	moby "github.com/moby/ipvs"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/internal/lab/labtest"
	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

const ipvsadmPath = realDir + "/ipvsadm"

// runReal runs the real ipvsadm.
func runReal(t *testing.T, ns *lab.Namespace, args ...string) (out string, ok bool) {
	t.Helper()
	err := ns.Do(func() error {
		b, err := exec.Command(ipvsadmPath, args...).Output()
		out = string(b)
		return err
	})
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out, err == nil
}

func runOurs(client *ipvs.Client, args ...string) (string, error) {
	command, err := ipvsadm.Parse(args, book{})
	if err != nil {
		return "", err
	}
	out, err := run(client, command, book{})
	return string(out), err
}

// inProcess is lvsctl in a network namespace of its own, without a process of its own.
type inProcess struct {
	inKernel
	names book
}

func (p *inProcess) run(_ *testing.T, argv []string, in string) result {
	got := callDialing(func() (c *ipvs.Client, err error) {
		err = p.ns.Do(func() (err error) { c, err = ipvs.Dial(); return err })
		return c, err
	}, argv, in, p.names)
	got.out = tableSize.ReplaceAllString(got.out, sameSize)
	return got
}

// contest is three that are given the same rules: the real ipvsadm and lvsctl, each in
// a namespace of its own, and lvsctl with the kernel in memory.
type contest struct {
	theirs inKernel
	ours   inProcess
	fake   inMemory
	lines  int
	ends   map[int]int // how often -R ended with a status
}

func newContest(t *testing.T) *contest {
	names := readBook(t, "testdata/hosts", "testdata/services")
	return &contest{
		theirs: inKernel{dir: realDir}, ours: inProcess{names: names}, fake: inMemory{names: names},
		ends: map[int]int{},
	}
}

// The same random rules for all, thousands of them: the same exit status, output and
// errors, the same table afterwards, and the same listings to the byte, no matter who
// wrote the table. LVSCTL_LAB_LONG=5m tries other rules for that long.
func TestLabSameAsIpvsadm(t *testing.T) {
	const rounds = 9
	c := newContest(t)
	if long, err := time.ParseDuration(os.Getenv(longVariable)); err == nil {
		seed := rand.Uint64() >> 20
		for end := time.Now().Add(long); time.Now().Before(end) && !t.Failed(); seed++ {
			c.round(t, seed)
		}
	}
	for seed := range uint64(rounds) {
		c.round(t, seed)
	}
	t.Logf("%d lines; -R ended so often with each status: %v", c.lines, c.ends)
	for _, status := range []int{0, 2, 255} {
		if c.ends[status] == 0 {
			t.Errorf("the rules do not try much: -R never ended with status %d", status)
		}
	}
}

// round is one story of random rules, each in a subtest named after its seed.
func (c *contest) round(t *testing.T, seed uint64) {
	t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
		const scripts, lines = 10, 80
		r := &random{Rand: rand.New(rand.NewPCG(seed, 1)), names: c.ours.names}
		c.theirs.fresh(t)
		c.ours.fresh(t)
		c.fake.fresh(t)
		for range scripts {
			c.daemon(t, r)
			script := r.script(1 + r.IntN(lines))
			c.each(t, []string{"ipvsadm", "-R"}, script)
			c.tables(t, script)
			if t.Failed() {
				return
			}
		}
		c.listings(t, &c.theirs)
		c.listings(t, &c.ours.inKernel)
		c.each(t, []string{"ipvsadm", "--stop-daemon", "master"}, "")
		c.each(t, []string{"ipvsadm", "--stop-daemon", "backup"}, "")
		c.each(t, []string{"ipvsadm", "-C"}, "")
		c.each(t, []string{"ipvsadm", "-Sn"}, "")
	})
}

// daemon starts or stops a daemon now and then, or tries to.
func (c *contest) daemon(t *testing.T, r *random) {
	argv := []string{"ipvsadm", "--start-daemon", pick(r, "master", "backup")}
	switch r.IntN(8) {
	case 0:
		argv[1] = "--stop-daemon"
	case 1:
		argv = append(argv, "--syncid", pick(r, "0", "255"), "--mcast-interface", pick(r, "eth0", "eth0", "nosuch", "down0"))
	case 2:
		argv = append(argv, "--mcast-group", "239.1.2.3", "--mcast-port", "9000", "--mcast-ttl", "5", "--sync-maxlen", "500")
	default:
		return
	}
	c.each(t, argv, "")
}

// each lets all carry out the same, and compares what they say.
func (c *contest) each(t *testing.T, argv []string, in string) {
	t.Helper()
	want := c.theirs.run(t, argv, in)
	c.lines += strings.Count(in, "\n")
	c.ends[want.status]++
	for who, got := range map[string]result{"lvsctl": c.ours.run(t, argv, in), "in memory": c.fake.run(t, argv, in)} {
		if got.status != want.status {
			t.Errorf("%s: %q: status %d, of ipvsadm %d", who, argv, got.status, want.status)
		}
		// The order in which the kernel gives services differs between namespaces.
		if d := cmp.Diff(sortedLines(savedRightly(want.out)), sortedLines(got.out)); d != "" {
			t.Errorf("%s: %q (- ipvsadm, + %[1]s):\n%s", who, argv, d)
		}
		if !sayTheSame(got.errors, want.errors) {
			t.Errorf("%s: %q says\n%s\nipvsadm\n%s", who, argv, got.errors, want.errors)
		}
	}
	if t.Failed() {
		t.Logf("%q reads\n%s", argv, in)
	}
}

// savedRightly: see RenderSave.
func savedRightly(out string) string { return strings.ReplaceAll(out, " -b \n", " -b flag-3\n") }

func sortedLines(out string) []string {
	lines := strings.Split(out, "\n")
	slices.Sort(lines)
	return lines
}

// own are lines that only lvsctl writes: hints, and what was carried out.
var own = regexp.MustCompile(`(?m)^(hint: .*|[0-9]+ of [0-9]+ lines? carried out.*|there are mistakes in lines? .*)\n`)

// sayTheSame tells whether our errors are theirs, line by line, with more in each.
func sayTheSame(ours, theirs string) bool {
	ours = own.ReplaceAllString(ours, "")
	theirs = strings.ReplaceAll(theirs, "\n\n", "\n")
	const more = "Try `" // behind this line we tell what is wrong
	return beginLike(ours, theirs) && strings.Count(ours, "\n") == strings.Count(theirs, "\n")+strings.Count(theirs, more)
}

// tables compares what stands in the kernels.
func (c *contest) tables(t *testing.T, script string) {
	t.Helper()
	want := sorted(c.theirs.table(t))
	for i := range want {
		// A mask of 0 counts only with persistence, and is not kept without it.
		want[i].Service = want[i].Stored()
	}
	for who, got := range map[string]ipvs.Table{"lvsctl": c.ours.table(t), "in memory": c.fake.table(t)} {
		if d := cmp.Diff(want, sorted(got), comparison); d != "" {
			t.Errorf("%s: tables (- ipvsadm, + %[1]s):\n%s\nafter\n%s", who, d, script)
		}
	}
}

// listings compares what ipvsadm and lvsctl print of one table.
func (c *contest) listings(t *testing.T, of *inKernel) {
	t.Helper()
	theirs, ours := inKernel{dir: realDir, ns: of.ns, client: of.client}, inProcess{*of, c.ours.names}
	for _, line := range []string{
		"-L", "-Ln", "-Ln --nosort", "-Ln --stats", "-Ln --rate --exact", "-Ln --thresholds", "-Ln --persistent-conn",
		"-Ln --tun-info", "-S", "-Sn", "-Lnc", "-L --timeout", "-L --daemon",
	} {
		argv := append([]string{"ipvsadm"}, strings.Fields(line)...)
		want := theirs.run(t, argv, "")
		want.out = savedRightly(want.out)
		if got := ours.run(t, argv, ""); got != want {
			t.Errorf("%s: (- ipvsadm, + lvsctl):\n%s", line, cmp.Diff(want.out, got.out))
		}
	}
}

// The kernel gives no answer when it stops a daemon that was just started, for which
// ipvsadm -R waits for ever.
func TestLabStopsADaemonJustStarted(t *testing.T) {
	ns, client := labtest.Kernel(t)
	if err := ns.Do(func() error { return exec.Command("ip", "link", "set", "lo", "up").Run() }); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	p := ipvsadm.Program{
		Name: "ipvsadm", Names: book{}, Out: &out, Err: &errs,
		Dial: func() (c *ipvs.Client, err error) {
			err = ns.Do(func() (err error) { c, err = ipvs.Dial(); return err })
			return c, err
		},
		In: strings.NewReader("--start-daemon master --mcast-interface lo\n--stop-daemon master\n" +
			"--start-daemon backup --mcast-interface lo --syncid 3\n-L --daemon\n--stop-daemon backup\n-A -f 1\n"),
	}
	const want = "backup sync daemon (mcast=lo, syncid=3, maxlen="
	if status := p.Ipvsadm([]string{"-R"}); status != 0 || !strings.HasPrefix(out.String(), want) || errs.Len() > 0 {
		t.Errorf("status %d, printed %q, errors %q", status, out.String(), errs.String())
	}
	if ds, err := client.Daemons(); err != nil || len(ds) != 0 {
		t.Errorf("left: %v, %v", ds, err)
	}
}

// An independent reader confirms what was written, where it reads rightly: IPv4
// services with IPv4 servers and weights of 16 bits.
func TestLabMobyReadsWhatWasWritten(t *testing.T) {
	ns, client := labtest.Kernel(t)
	for _, line := range []string{
		"-A -t 192.0.2.1:80 -s wrr -p 300 -M 255.255.255.0",
		"-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 65535 -x 9 -y 3",
		"-a -t 192.0.2.1:80 -r 10.0.0.2 -g",
		"-A -u 192.0.2.1:53 -s mh -b mh-port -o",
		"-a -u 192.0.2.1:53 -r 10.0.0.3 -i -w 0",
	} {
		if _, err := runOurs(client, strings.Fields(line)...); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	var got []string
	err := ns.Do(func() error {
		handle, err := moby.New("")
		if err != nil {
			return err
		}
		defer handle.Close()
		services, err := handle.GetServices()
		if err != nil {
			return err
		}
		for _, s := range services {
			got = append(got, fmt.Sprintf("%d %s:%d %s flags %x timeout %d mask %x af %d", s.Protocol, s.Address, s.Port, s.SchedName,
				s.Flags&^2, s.Timeout, s.Netmask, s.AddressFamily))
			destinations, err := handle.GetDestinations(s)
			if err != nil {
				return err
			}
			for _, d := range destinations {
				got = append(got, fmt.Sprintf("%s:%d method %d weight %d x %d y %d af %d", d.Address, d.Port, d.ConnectionFlags&7,
					d.Weight, d.UpperThreshold, d.LowerThreshold, d.AddressFamily))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"6 192.0.2.1:80 wrr flags 1 timeout 300 mask ffffff af 2", // moby shows the bytes of the mask in memory
		"10.0.0.1:8080 method 0 weight 65535 x 9 y 3 af 2",
		"10.0.0.2:80 method 3 weight 1 x 0 y 0 af 2",
		"17 192.0.2.1:53 mh flags 14 timeout 0 mask ffffffff af 2",
		"10.0.0.3:53 method 2 weight 0 x 0 y 0 af 2",
	}
	if d := cmp.Diff(want, got, cmpopts.SortSlices(func(a, b string) bool { return a < b })); d != "" {
		t.Errorf("- written, + read by moby/ipvs:\n%s", d)
	}
}
