//go:build lab

package ipvsadm_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	moby "github.com/moby/ipvs"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/internal/lab/labtest"
	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

const ipvsadmPath = "/usr/sbin/ipvsadm"

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

// rules makes random command lines about few addresses, so that many meet. It
// remembers services that were accepted, to come back to them.
type rules struct {
	*rand.Rand
	known *[][]string
}

func pick[T any](r rules, of ...T) T { return of[r.IntN(len(of))] }

func (r rules) maybe(args ...string) []string {
	if r.IntN(2) == 0 {
		return nil
	}
	return args
}

func (r rules) service() []string {
	if n := len(*r.known); n > 0 && r.IntN(8) > 0 {
		return (*r.known)[r.IntN(n)]
	}
	return r.newService()
}

func (r rules) newService() []string {
	address := pick(r, "192.0.2.1", "10.0.0.1", "[2001:db8::1]", "[2001:db8:ffff::1]")
	switch r.IntN(8) {
	case 0:
		return append([]string{"-f", pick(r, "1", "2147483648", "4294967295", "0")}, r.maybe("-6")...)
	case 1:
		return []string{"-u" + address + ":53"}
	case 2:
		return []string{pick(r, "-t", "-u", "--sctp-service"), address + ":" + pick(r, "0", "443", "65535", "x")}
	default:
		return []string{pick(r, "-t", "--tcp-service"), address + ":80"}
	}
}

func (r rules) server(service []string) []string {
	v4 := []string{"10.0.0.1", "192.168.0.1", "172.16.0.1", "10.0.0.2", "10.0.0.3"}
	v6 := []string{"[2001:db8::2]", "[2001:db8:ffff::2]", "[2001:db8::3]", "[fd00::1]"}
	address := pick(r, v4...)
	if isV6 := strings.ContainsAny(strings.Join(service, ""), "[6"); isV6 != (r.IntN(6) == 0) {
		address = pick(r, v6...)
	}
	if r.IntN(20) == 0 {
		address = pick(r, "224.0.0.1", "0.0.0.0", "[ff02::1]")
	}
	return []string{"-r", address + pick(r, ":80", ":8080", ":443", "")}
}

// seldom gives the bad value once in eight times.
func (r rules) seldom(bad string, good ...string) string {
	if r.IntN(8) == 0 {
		return bad
	}
	return pick(r, good...)
}

func (r rules) serviceOptions() (args []string) {
	args = append(args, r.maybe("-s", r.seldom("nosuch", "rr", "wrr", "wlc", "sh", "mh", "sed"))...)
	if r.IntN(2) == 0 {
		args = append(args, pick(r, []string{"-p"}, []string{"-p", r.seldom("0", "1", "300", "2678400")})...)
		args = append(args, r.maybe("-M", pick(r, "255.255.255.0", "0.0.0.0", "64", "128", "255.0.0.255"))...)
	}
	if r.IntN(4) == 0 {
		args = append(args, pick(r, []string{"-o"}, []string{"--pe", "sip"}, []string{"-b", pick(r, "flag-1,flag-3", "sh-port", "mh-fallback,mh-port", "")})...)
	}
	return args
}

func (r rules) serverOptions() (args []string) {
	args = append(args, pick(r, nil, []string{"-m"}, []string{"-i"}, []string{"-i"}, []string{"-g"})...)
	args = append(args, r.maybe("-w", r.seldom("2147483648", "0", "100", "65536", "2147483647"))...)
	args = append(args, r.maybe("-x", pick(r, "4", "5"), "-y", r.seldom("9", "0", "3"))...)
	return args
}

func (r rules) line() []string {
	command := pick(r, "-A", "-A", "-A", "-a", "-a", "-a", "-a", "-a", "-E", "-e", "-d", "-D", "-L")
	service := r.service()
	if command == "-A" && r.IntN(4) > 0 || r.IntN(20) == 0 {
		service = r.newService()
	}
	line := append([]string{command}, service...)
	switch command {
	case "-A", "-E":
		return append(line, r.serviceOptions()...)
	case "-a", "-e":
		return append(append(line, r.server(service)...), r.serverOptions()...)
	case "-d":
		return append(line, r.server(service)...)
	default:
		return line
	}
}

// The same random rules for both, each in a namespace of its own: every rule must
// be accepted or refused alike, every listing must be the same to the byte, no
// matter who wrote the table and who lists it.
func TestLabSameAsIpvsadm(t *testing.T) {
	const sequences, length = 6, 50
	accepted, refused := 0, 0
	for seed := range uint64(sequences) {
		var known [][]string
		r := rules{rand.New(rand.NewPCG(seed, 1)), &known}
		theirs, reader := labtest.Kernel(t)
		ours, client := labtest.Kernel(t)
		for range length {
			line := r.line()
			_, ok := runReal(t, theirs, line...)
			_, err := runOurs(client, line...)
			if ok != (err == nil) {
				t.Fatalf("seed %d: %q: ipvsadm accepts: %v, lvsctl: %v", seed, line, ok, err)
			}
			if !ok {
				refused++
				continue
			}
			accepted++
			if line[0] == "-A" {
				known = append(known, serviceOf(line))
			}
		}
		compareListings(t, seed, theirs, ours, reader, client)
		if _, err := runOurs(client, "-C"); err != nil {
			t.Error(err)
		}
		if out, _ := runReal(t, ours, "-Sn"); out != "" {
			t.Errorf("seed %d: -C left\n%s", seed, out)
		}
	}
	t.Logf("%d rules accepted, %d refused, all alike", accepted, refused)
	if accepted < 50 || refused < 50 {
		t.Error("the rules do not try much")
	}
}

// serviceOf gives the words of an -A that name the service.
func serviceOf(line []string) []string {
	n := 2
	if !strings.ContainsAny(line[1], ":") {
		n = 3
	}
	if len(line) > n && line[n] == "-6" {
		n++
	}
	return line[1:n]
}

func compareListings(t *testing.T, seed uint64, theirs, ours *lab.Namespace, reader, client *ipvs.Client) {
	t.Helper()
	want, _ := runReal(t, theirs, "-Ln")
	written, _ := runReal(t, ours, "-Ln")
	// Each table in its own namespace's order: of two such lists only one need be
	// the kernel's, so each is compared where it was read.
	oursOfOurs, err := runOurs(client, "-Ln")
	if err != nil {
		t.Fatal(err)
	}
	oursOfTheirs, err := runOurs(reader, "-Ln")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, oursOfTheirs); d != "" {
		t.Errorf("seed %d: what ipvsadm wrote (- ipvsadm, + lvsctl lists):\n%s", seed, d)
	}
	if d := cmp.Diff(written, oursOfOurs); d != "" {
		t.Errorf("seed %d: what lvsctl wrote (- ipvsadm, + lvsctl lists):\n%s", seed, d)
	}
	a, err := reader.Table()
	if err != nil {
		t.Fatal(err)
	}
	b, err := client.Table()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sorted(a), sorted(b), comparison); d != "" {
		t.Errorf("seed %d: tables (- ipvsadm, + lvsctl wrote):\n%s", seed, d)
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
