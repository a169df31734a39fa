package cmd

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// bench is a command line on a kernel in memory.
type bench struct {
	*testing.T
	kernel *ipvstest.Kernel
	input  string
	proc   func(string) (ipvs.Table, ipvs.Info, []string, error)
}

// numbers knows no names.
type numbers struct{}

func (numbers) Address(string) (netip.Addr, bool)            { return netip.Addr{}, false }
func (numbers) Port(string, ipvs.Protocol) (uint16, bool)    { return 0, false }
func (numbers) Host(netip.Addr) (string, bool)               { return "", false }
func (numbers) Service(uint16, ipvs.Protocol) (string, bool) { return "", false }

// newBench makes a kernel whose table is these rules.
func newBench(t *testing.T, rules ...string) *bench {
	t.Helper()
	b := &bench{T: t, kernel: ipvstest.New()}
	b.load(rules...)
	return b
}

func (b *bench) load(rules ...string) {
	b.Helper()
	table, err := ipvsadm.ReadRules(strings.Join(rules, "\n"), numbers{})
	if err != nil {
		b.Fatal(err)
	}
	b.kernel.Load(table)
}

// verbs are those of the bench, with what they print.
func (b *bench) verbs() (v *verbs, out, errs *bytes.Buffer) {
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	v = newVerbs(Streams{In: strings.NewReader(b.input), Out: out, Err: errs})
	v.dial = func(string) (*ipvs.Client, error) {
		if c := b.kernel.Client(); c != nil {
			return c, nil
		}
		return nil, ipvs.ErrNoModule
	}
	v.proc = b.proc
	v.names = numbers{}
	v.links = func() []string { return []string{"lo", "eth0"} }
	return v, out, errs
}

// run carries out "lvsctl ipvs" with the words of a line.
func (b *bench) run(ctx context.Context, line string) (stdout, stderr string, status int) {
	b.Helper()
	v, out, errs := b.verbs()
	root := NewRoot("test", v.Streams)
	for _, c := range root.Commands() {
		if c.Name() == "ipvs" {
			root.RemoveCommand(c)
		}
	}
	root.AddCommand(v.command())
	var words []string
	for _, w := range strings.Fields(line) {
		words = append(words, strings.ReplaceAll(w, "''", ""))
	}
	status = execute(ctx, root, append([]string{"ipvs"}, words...), v.Streams)
	return out.String(), errs.String(), status
}

func (b *bench) do(line string) (stdout, stderr string, status int) {
	b.Helper()
	return b.run(b.Context(), line)
}

// must carries out a line that has nothing to complain of.
func (b *bench) must(line string) string {
	b.Helper()
	out, errs, status := b.do(line)
	if status != 0 || errs != "" {
		b.Errorf("%s: status %d, stderr %q", line, status, errs)
	}
	return out
}

// rules are the table of the kernel.
func (b *bench) rules() string { return string(ipvsadm.RenderRules(b.kernel.Table())) }

func (b *bench) same(what, got string, want ...string) {
	b.Helper()
	if d := gocmp.Diff(strings.Join(want, "\n")+"\n", got); d != "" {
		b.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// file writes a file.
func (b *bench) file(name string, lines ...string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// web is the table of most tests.
var web = []string{
	"-A -t 192.0.2.1:80 -s wlc -p 300",
	"-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1",
	"-a -t 192.0.2.1:80 -r 10.0.0.10:80 -g -w 0",
	"-A -t 192.0.2.1:443 -s sh -b sh-port",
	"-a -t 192.0.2.1:443 -r 10.0.0.2:8443 -m -w 5 -x 100 -y 50",
	"-A -u 192.0.2.1:53 -s rr -o",
	"-A -t [2001:db8::1]:80 -s rr",
	"-a -t [2001:db8::1]:80 -r 10.0.0.2:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum",
	"-A -f 7 -s rr",
}

func TestAddEditDelete(t *testing.T) {
	b := newBench(t)
	for _, step := range []struct {
		line   string
		status int
		stderr string // beginning, behind "lvsctl: "
		rules  string // afterwards, "" for as before
	}{
		{"add -t 192.0.2.1:80 -p 300 -M 255.255.255.0", 0, "", "-A -t 192.0.2.1:80 -s wlc -p 300 -M 255.255.255.0"},
		{"add -t 192.0.2.1:80 -s rr", 1, "add service TCP 192.0.2.1:80: service already exists", ""},
		{"add -t 192.0.2.1:80 -s rr --if-missing", 0, "", ""},
		{"add -t 192.0.2.1:80 -r 10.0.0.1", 0, "", "-A -t 192.0.2.1:80 -s wlc -p 300 -M 255.255.255.0|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1"},
		{"add -t 192.0.2.1:80 -r 10.0.0.1", 1, "add server 10.0.0.1:80 to service TCP 192.0.2.1:80: destination already exists", ""},
		{"add -t 192.0.2.1:80 -r 10.0.0.1 -w 7 --if-missing", 0, "", ""},
		{"add -t 192.0.2.9:80 -r 10.0.0.1 --if-missing", 1, "add server 10.0.0.1:80 to service TCP 192.0.2.9:80: no such service", ""},
		{"add -t 192.0.2.1:80 -r 10.0.0.2:8080", 2, "only a server with -m can have another port than its service", ""},
		{"add -t 192.0.2.1:80 -r 10.0.0.2 -w x", 2, "illegal weight specified", ""},
		{"add -t 192.0.2.1:80 -w 5", 2, "Illegal 'weight' option with the 'add-service' command", ""},
		{"add -t 192.0.2.1:80 -t 192.0.2.2:80", 2, `invalid argument "192.0.2.2:80" for "-t, --tcp-service" flag: it is given twice`, ""},
		{"add -t 192.0.2.1:80 -u 192.0.2.2:80", 2, "multiple 'service-address' options specified", ""},
		{"add 192.0.2.1:80", 2, "unknown command", ""},
		{"add", 2, "You need to supply the 'service-address' option", ""},

		{"edit -t 192.0.2.1:80 -r 10.0.0.1 -w 7 -x 100", 0, "", "-A -t 192.0.2.1:80 -s wlc -p 300 -M 255.255.255.0|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 7 -x 100"},
		{"edit -t 192.0.2.1:80 -r 10.0.0.1 -w 0", 0, "", "-A -t 192.0.2.1:80 -s wlc -p 300 -M 255.255.255.0|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 0 -x 100"},
		{"edit -t 192.0.2.1:80 -s sh -b sh-port", 0, "", "-A -t 192.0.2.1:80 -s sh -p 300 -M 255.255.255.0 -b sh-port|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 0 -x 100"},
		{"edit -t 192.0.2.1:80 -s mh", 0, "", "-A -t 192.0.2.1:80 -s mh -p 300 -M 255.255.255.0 -b mh-port|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 0 -x 100"},
		{"edit -t 192.0.2.1:80 -p 0 -b '' -M 255.255.255.255", 0, "", "-A -t 192.0.2.1:80 -s mh|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 0 -x 100"},
		{"edit -t 192.0.2.1:80 -p", 0, "", "-A -t 192.0.2.1:80 -s mh -p 360|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 0 -x 100"},
		{"edit -t 192.0.2.1:80 -r 10.0.0.1 -i --tun-type gue --tun-port 6080 --tun-csum", 0, "", "-A -t 192.0.2.1:80 -s mh -p 360|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -i -w 0 -x 100 --tun-type gue --tun-port 6080 --tun-csum"},
		{"edit -t 192.0.2.1:80 -r 10.0.0.1 --tun-remcsum", 0, "", "-A -t 192.0.2.1:80 -s mh -p 360|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -i -w 0 -x 100 --tun-type gue --tun-port 6080 --tun-remcsum"},
		{"edit -t 192.0.2.1:80 -r 10.0.0.1 -w 3", 0, "", "-A -t 192.0.2.1:80 -s mh -p 360|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -i -w 3 -x 100 --tun-type gue --tun-port 6080 --tun-remcsum"},
		{"edit -t 192.0.2.1:80 -r 10.0.0.1 --tun-type gre", 0, "", "-A -t 192.0.2.1:80 -s mh -p 360|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -i -w 3 -x 100 --tun-type gre --tun-nocsum"},
		{"edit -t 192.0.2.1:80 -r 10.0.0.1 -m", 0, "", "-A -t 192.0.2.1:80 -s mh -p 360|-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 3 -x 100"},
		{"edit -t 192.0.2.1:80 -r 10.0.0.9 -w 3", 1, "edit server 10.0.0.9:80 of service TCP 192.0.2.1:80: no such destination", ""},
		{"edit -t 192.0.2.1:80 -r 10.0.0.9 -w 3 --if-exists", 0, "", ""},
		{"edit -t 192.0.2.9:80 -s rr", 1, "read service TCP 192.0.2.9:80: no such service", ""},
		{"edit -t 192.0.2.9:80 -s rr --if-exists", 0, "", ""},
		{"edit -t 192.0.2.1:80 -s nosuch --if-exists", 1, "edit service TCP 192.0.2.1:80: scheduler or persistence engine not found", ""},
		{"edit -t 192.0.2.1:80 -r 10.0.0.1", 2, "there is nothing to change", ""},
		{"edit -t 192.0.2.1:80 -b sh-port", 2, "incompatible scheduler flag `sh-port'", ""},

		{"delete -t 192.0.2.1:80 -r 10.0.0.9", 1, "delete server 10.0.0.9:80 from service TCP 192.0.2.1:80: no such destination", ""},
		{"delete -t 192.0.2.1:80 -r 10.0.0.9 --if-exists", 0, "", ""},
		{"delete -t 192.0.2.9:80", 1, "delete service TCP 192.0.2.9:80: no such service", ""},
		{"delete -t 192.0.2.9:80 --if-exists", 0, "", ""},
		{"delete -t 192.0.2.1:80 -r 10.0.0.1", 0, "", "-A -t 192.0.2.1:80 -s mh -p 360"},
		{"add -f 7 -6 -s sh -M 64 -o", 0, "", "-A -t 192.0.2.1:80 -s mh -p 360|-A -f 7 -6 -s sh -M 64 -o"},
		{"edit -f 7 -6 --ops=false", 0, "", "-A -t 192.0.2.1:80 -s mh -p 360|-A -f 7 -6 -s sh -M 64"},
		{"delete -f 7 -6", 0, "", "-A -t 192.0.2.1:80 -s mh -p 360"},
	} {
		before := b.rules()
		stdout, stderr, status := b.do(step.line)
		if status != step.status || stdout != "" || !strings.HasPrefix(strings.TrimPrefix(stderr, "lvsctl: "), step.stderr) || (stderr == "") != (status == 0) {
			t.Errorf("%s: status %d, stdout %q, stderr %q", step.line, status, stdout, stderr)
		}
		want := strings.ReplaceAll(step.rules, "|", "\n") + "\n"
		if step.rules == "" {
			want = before
		}
		if d := gocmp.Diff(want, b.rules()); d != "" {
			t.Errorf("%s: table (-want +got):\n%s", step.line, d)
		}
	}
}

// A server that ipvsadm could not have made is edited all the same.
func TestEditForeignServer(t *testing.T) {
	b := newBench(t)
	var d ipvs.DestinationEntry
	d.Address, d.Method, d.Weight = netip.MustParseAddrPort("10.0.0.1:8080"), ipvs.Local, 1
	b.kernel.Load(ipvs.Table{{Service: ipvs.Service{ServiceKey: ipvs.AddressKey(ipvs.TCP, netip.MustParseAddrPort("192.0.2.1:80")), Scheduler: "rr"}, Destinations: []ipvs.DestinationEntry{d}}})
	b.must("edit -t 192.0.2.1:80 -r 10.0.0.1:8080 -w 9")
	d.Weight = 9
	if got := b.kernel.Table()[0].Destinations; len(got) != 1 || got[0] != d {
		t.Errorf("got %+v", got)
	}
}

func TestClear(t *testing.T) {
	b := newBench(t, web...)
	out, errs, status := b.do("clear")
	if status != 2 || out != "" || errs != "lvsctl: nothing deleted: 5 services with 4 servers and 0 connections would be lost\nhint: lvsctl ipvs clear --yes\n" {
		t.Errorf("status %d, stdout %q, stderr %q", status, out, errs)
	}
	if len(b.kernel.Table()) != 5 {
		t.Error("deleted all the same")
	}
	b.must("clear --yes")
	if len(b.kernel.Table()) != 0 {
		t.Error("not deleted")
	}
}

func TestZero(t *testing.T) {
	b := newBench(t, web...)
	counted := b.kernel.Table()
	for i := range counted {
		counted[i].Stats.Connections = 5
	}
	b.kernel.Load(counted)
	left := func() (n int) {
		for _, s := range b.kernel.Table() {
			if s.Stats.Connections > 0 {
				n++
			}
		}
		return n
	}
	b.must("zero -f 7")
	if left() != 4 {
		t.Errorf("%d services with counters left", left())
	}
	b.must("zero")
	if left() != 0 {
		t.Errorf("%d services with counters left", left())
	}
	if _, errs, status := b.do("zero -f 8"); status != 1 || !strings.Contains(errs, "no such service") {
		t.Errorf("status %d, stderr %q", status, errs)
	}
}

func TestTimeouts(t *testing.T) {
	b := newBench(t)
	const before = "TIMEOUT  TIME\ntcp      15m0s\ntcp-fin  2m0s\nudp      5m0s\n"
	if got := b.must("timeouts"); got != before {
		t.Errorf("got\n%s", got)
	}
	b.must("timeouts 1h 0 10")
	b.must("timeouts --tcp-fin 1m30s")
	b.same("set", b.must("timeouts -o json"), `{`, `  "schema": "lvsctl.ipvs/v1",`, `  "timeouts": {`, `    "tcp_seconds": 3600,`,
		`    "tcp_fin_seconds": 90,`, `    "udp_seconds": 10`, `  }`, `}`)
	for _, line := range []string{"timeouts 1", "timeouts 1 2 x", "timeouts 1 2 1ms", "timeouts -- 1 2 -5s", "timeouts --tcp 1 1 2 3", "timeouts 1 2 999999999999"} {
		if out, errs, status := b.do(line); status != 2 || out != "" || !strings.Contains(errs, "hint: lvsctl ipvs timeouts --help") {
			t.Errorf("%s: status %d, stdout %q, stderr %q", line, status, out, errs)
		}
	}
}

func TestSync(t *testing.T) {
	b := newBench(t)
	b.same("none", b.must("sync status"), "ROLE  INTERFACE  SYNCID  MAXLEN  GROUP  PORT  TTL")
	b.must("sync start master --mcast-interface eth0 --syncid 7")
	b.must("sync start backup --mcast-interface eth0 --mcast-group 224.0.0.82 --mcast-port 9999 --mcast-ttl 3 --sync-maxlen 1000")
	b.same("both", b.must("sync status"),
		"ROLE    INTERFACE  SYNCID  MAXLEN  GROUP       PORT  TTL",
		"master  eth0       7       1472    224.0.0.81  8848  1",
		"backup  eth0       0       1000    224.0.0.82  9999  3")
	for _, tc := range []struct {
		line   string
		status int
		stderr string
	}{
		{"sync start master --mcast-interface eth0", 1, "start the master sync daemon: sync daemon already runs"},
		{"sync start master --mcast-interface eth0 --if-missing", 0, ""},
		{"sync start master", 2, "--mcast-interface must be given"},
		{"sync start both --mcast-interface eth0", 2, `invalid argument "both"`},
		{"sync start master --mcast-interface eth0 --syncid 256", 2, "illegal syncid specified"},
		{"sync start", 2, "accepts 1 arg"},
		{"sync stop backup", 0, ""},
		{"sync stop backup", 1, "stop the backup sync daemon: sync daemon does not run"},
		{"sync stop backup --if-exists", 0, ""},
	} {
		out, errs, status := b.do(tc.line)
		if status != tc.status || out != "" || !strings.HasPrefix(strings.TrimPrefix(errs, "lvsctl: "), tc.stderr) || (errs == "") != (status == 0) {
			t.Errorf("%s: status %d, stdout %q, stderr %q", tc.line, status, out, errs)
		}
	}
	b.same("as json", b.must("sync status -o json"), `{`, `  "schema": "lvsctl.ipvs/v1",`, `  "sync_daemons": [`, `    {`, `      "role": "master",`,
		`      "interface": "eth0",`, `      "sync_id": 7,`, `      "max_length": 1472,`, `      "group": "224.0.0.81",`, `      "port": 8848,`, `      "ttl": 1`, `    }`, `  ]`, `}`)
}

func TestWordsThatAreNoVerbs(t *testing.T) {
	b := newBench(t)
	for line, want := range map[string]string{
		"lst":            `lvsctl: unknown verb "lst", did you mean list?`,
		"--netns a nope": `lvsctl: unknown verb "nope"`,
	} {
		if out, errs, status := b.do(line); status != 2 || out != "" || !strings.HasPrefix(errs, want) || !strings.HasSuffix(errs, "\nhint: lvsctl ipvs --help\n") {
			t.Errorf("%s: status %d, stdout %q, stderr %q", line, status, out, errs)
		}
	}
}

// --netns stands in front of the verb or behind it.
func TestNetns(t *testing.T) {
	for _, line := range []string{"--netns blue list", "--netns=blue list", "list --netns blue", "--netns blue", "--netns=blue"} {
		b := newBench(t)
		v, _, _ := b.verbs()
		asked := ""
		v.dial = func(netns string) (*ipvs.Client, error) { asked = netns; return nil, ipvs.ErrNoNamespace }
		root := NewRoot("test", v.Streams)
		root.RemoveCommand(root.Commands()...)
		root.AddCommand(v.command())
		status := execute(t.Context(), root, append([]string{"ipvs"}, strings.Fields(line)...), v.Streams)
		if status != 1 || asked != "blue" {
			t.Errorf("%s: status %d, asked for %q", line, status, asked)
		}
	}
	for _, args := range []string{"--netns blue -Ln", "--netns=blue -Ln"} {
		status, _, errs := ipvsLine(strings.Fields(args)...)
		if status != 2 || !strings.Contains(errs, "blue") {
			t.Errorf("%s: status %d, stderr %q", args, status, errs)
		}
	}
}

// What the kernel says is not lost on the way.
func TestVerbsWithoutKernel(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*ipvstest.Kernel)
		want  string
	}{
		"no module": {(*ipvstest.Kernel).Unload, "the kernel has no IPVS"},
		"denied":    {(*ipvstest.Kernel).Deny, "not permitted to use IPVS"},
	} {
		b := newBench(t, web...)
		rules := b.file("rules", web...)
		tc.spoil(b.kernel)
		b.proc = func(string) (ipvs.Table, ipvs.Info, []string, error) {
			return nil, ipvs.Info{}, nil, errors.Join(ipvs.ErrPermission)
		}
		for _, line := range []string{"", "list", "list -t 192.0.2.1:80", "add -t 192.0.2.1:80", "edit -t 192.0.2.1:80 -s rr", "delete -t 192.0.2.1:80",
			"clear", "clear --yes", "zero", "save", "save -o yaml", "restore " + rules, "diff " + rules, "apply " + rules, "timeouts",
			"timeouts 1 2 3", "sync status", "sync stop master", "monitor"} {
			if out, errs, status := b.do(line); status != 1 || out != "" || !strings.Contains(errs, tc.want) || !strings.Contains(errs, "\nhint: ") {
				t.Errorf("%s: %s: status %d, stdout %q, stderr %q", name, line, status, out, errs)
			}
		}
	}
}

func TestEveryVerbTellsItsExitStatus(t *testing.T) {
	b := newBench(t)
	v, _, _ := b.verbs()
	commands := v.command().Commands()
	if len(commands) != 15 {
		t.Errorf("%d verbs", len(commands))
	}
	for i := 0; i < len(commands); i++ {
		c := commands[i]
		commands = append(commands, c.Commands()...)
		if !strings.Contains(c.Long, "Exit status: 0 ") && !strings.Contains(c.Long, "Exit status: 0,") {
			t.Errorf("%s: help without exit status", c.CommandPath())
		}
		if c.Example == "" && !c.HasSubCommands() {
			t.Errorf("%s: help without examples", c.CommandPath())
		}
	}
}

func TestCompletion(t *testing.T) {
	b := newBench(t, web...)
	for line, want := range map[string]string{
		"list -t 192":                            "192.0.2.1:80 192.0.2.1:443",
		"list -u ''":                             "192.0.2.1:53",
		"list -f ''":                             "7",
		"delete -t 192.0.2.1:80 -r ''":           "10.0.0.10:80 10.0.0.2:80",
		"delete -r ''":                           "10.0.0.10:80 10.0.0.2:80 10.0.0.2:8443",
		"add -s w":                               "wrr wlc",
		"list -o j":                              "json",
		"list --protocol ''":                     "tcp udp sctp fwm",
		"sync start ''":                          "master backup",
		"sync start master --mcast-interface ''": "lo eth0",
	} {
		if got := b.completed(line); !sameWords(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	b.kernel.Unload()
	b.proc = func(string) (ipvs.Table, ipvs.Info, []string, error) { return nil, ipvs.Info{}, nil, ipvs.ErrNoModule }
	if got := b.completed("list -t ''"); got != "" {
		t.Errorf("without IPVS: %q", got)
	}
}

func sameWords(a, b string) bool {
	count := map[string]int{}
	for _, w := range strings.Fields(a) {
		count[w]++
	}
	for _, w := range strings.Fields(b) {
		count[w]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// completed are the words that the shell would offer.
func (b *bench) completed(line string) string {
	b.Helper()
	v, out, _ := b.verbs()
	root := NewRoot("test", v.Streams)
	root.RemoveCommand(root.Commands()...)
	root.AddCommand(v.command())
	var words []string
	for _, w := range strings.Fields(line) {
		words = append(words, strings.ReplaceAll(w, "''", ""))
	}
	root.SetArgs(append([]string{"__completeNoDesc", "ipvs"}, words...))
	if err := root.Execute(); err != nil {
		b.Fatal(err)
	}
	var offered []string
	for l := range strings.Lines(out.String()) {
		if l = strings.TrimSpace(l); !strings.HasPrefix(l, ":") {
			offered = append(offered, l)
		}
	}
	return strings.Join(offered, " ")
}
