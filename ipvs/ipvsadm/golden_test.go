package ipvsadm_test

import (
	"bufio"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// golden is what the real ipvsadm printed, in a folder beside the repository.
func golden(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "golden", "ipvsadm")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the recordings of the real ipvsadm are not here: %v", err)
	}
	return dir
}

// book is a resolver that knows what two files in the form of hosts(5) and
// services(5) say.
type book struct {
	hosts    map[string]netip.Addr
	names    map[netip.Addr]string
	ports    map[string]uint16 // "http/tcp"
	services map[string]string // "80/tcp"
}

func (b book) Address(host string) (netip.Addr, bool) {
	a, ok := b.hosts[host]
	return a, ok
}

func (b book) Host(a netip.Addr) (string, bool) {
	name, ok := b.names[a]
	return name, ok
}

func (b book) Port(service string, p ipvs.Protocol) (uint16, bool) {
	port, ok := b.ports[service+"/"+strings.ToLower(p.String())]
	return port, ok
}

func (b book) Service(port uint16, p ipvs.Protocol) (string, bool) {
	name, ok := b.services[strconv.Itoa(int(port))+"/"+strings.ToLower(p.String())]
	return name, ok
}

func readBook(t *testing.T, hosts, services string) book {
	t.Helper()
	b := book{map[string]netip.Addr{}, map[netip.Addr]string{}, map[string]uint16{}, map[string]string{}}
	for _, f := range fields(t, hosts) {
		a := netip.MustParseAddr(f[0])
		b.names[a] = f[1]
		for _, name := range f[1:] {
			if a == netip.IPv6Loopback() {
				b.hosts[name] = netip.MustParseAddr("127.0.0.1") // as glibc does for IPv4
			} else if a.Is4() {
				b.hosts[name] = a
			}
		}
	}
	for _, f := range fields(t, services) {
		number, proto, _ := strings.Cut(f[1], "/")
		port, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		if b.services[f[1]] == "" {
			b.services[f[1]] = f[0]
		}
		for i, name := range f {
			if key := name + "/" + proto; i != 1 && b.ports[key] == 0 {
				b.ports[key] = uint16(port)
			}
		}
	}
	return b
}

// fields are the words of the lines of a file, without comments.
func fields(t *testing.T, name string) (lines [][]string) {
	t.Helper()
	for line := range strings.SplitSeq(read(t, name), "\n") {
		line, _, _ = strings.Cut(line, "#")
		if f := strings.Fields(line); len(f) > 1 {
			lines = append(lines, f)
		}
	}
	return lines
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// unquote takes a command line of a shell apart that quotes with backslashes and
// pairs of apostrophes only.
func unquote(line string) (args []string) {
	var arg strings.Builder
	word := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\n':
			if word {
				args = append(args, arg.String())
			}
			arg.Reset()
			word = false
		case '\\':
			i++
			arg.WriteByte(line[i])
			word = true
		case '\'':
			word = true
		default:
			arg.WriteByte(c)
			word = true
		}
	}
	return args[1:]
}

// Every listing of the real ipvsadm that this language has, made anew from what
// the kernel said to it.
func TestListingsOfTheRealIpvsadm(t *testing.T) {
	dir := golden(t)
	names := readBook(t, filepath.Join(dir, "hosts"), "testdata/services")
	compared := 0
	for _, tc := range []struct{ recording, cases string }{
		{"01-static/dump.nl.jsonl", "01-static/ipvsadm*.cmd"},
		{"06-traffic/dump1.nl.jsonl", "06-traffic/ipvsadm*.cmd"},
		{"07-sort/set*.nl.jsonl", "07-sort/"},
	} {
		recordings, _ := filepath.Glob(filepath.Join(dir, tc.recording))
		for _, recording := range recordings {
			cases := filepath.Join(dir, tc.cases)
			if strings.HasSuffix(tc.cases, "/") {
				cases = strings.TrimSuffix(recording, ".nl.jsonl") + ".*.cmd"
			}
			files, _ := filepath.Glob(cases)
			for _, file := range files {
				if replayCase(t, recording, strings.TrimSuffix(file, ".cmd"), names) {
					compared++
				}
			}
		}
	}
	t.Logf("%d listings compared", compared)
	if compared < 50 {
		t.Errorf("only %d listings compared", compared)
	}
}

// replayCase tells whether the case is one of a listing that is supported.
func replayCase(t *testing.T, recording, name string, names ipvsadm.Resolver) bool {
	args := unquote(read(t, name+".cmd"))
	command, err := ipvsadm.Parse(args, names)
	if err != nil || command.Kind != ipvsadm.List || strings.TrimSpace(read(t, name+".rc")) != "0" {
		var mistake *ipvsadm.Error
		if err != nil && (!errors.As(err, &mistake) || mistake.Class != ipvsadm.Unsupported) {
			t.Errorf("%s: %v", name, err)
		}
		return false
	}
	f, err := os.Open(recording)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	conn, err := ipvstest.Replay(bufio.NewReader(f), nil)
	if err != nil {
		t.Fatal(err)
	}
	client, err := ipvs.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	got, err := run(client, command, names)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if d := cmp.Diff(read(t, name+".out"), string(got)); d != "" {
		t.Errorf("%s (- ipvsadm, + lvsctl):\n%s", name, d)
	}
	return true
}

// load puts rules in the form of -Sn into a kernel.
func load(t *testing.T, kernel *ipvstest.Kernel, rules string, names ipvsadm.Resolver) {
	t.Helper()
	for line := range strings.Lines(rules) {
		command, err := ipvsadm.Parse(strings.Fields(line), names)
		if err == nil {
			err = kernel.Client().Apply(command.Ops...)
		}
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
}

func TestNamesOfTheRealIpvsadm(t *testing.T) {
	dir := filepath.Join(golden(t), "12-names")
	names := readBook(t, filepath.Join(dir, "..", "hosts"), "testdata/services")
	for a, name := range readBook(t, filepath.Join(dir, "hosts"), "testdata/services").names {
		names.names[a] = name
	}
	kernel := ipvstest.New()
	load(t, kernel, read(t, filepath.Join(dir, "-Sn.out")), names)
	got, err := run(kernel.Client(), ipvsadm.Command{Kind: ipvsadm.List}, names)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(read(t, filepath.Join(dir, "-L.out")), string(got)); d != "" {
		t.Errorf("- ipvsadm, + lvsctl:\n%s", d)
	}
}

// unlike are command lines that this test cannot compare, and why.
var unlike = map[string]string{
	"177": "-b , crashes ipvsadm",
	"181": "-S does not save flag-3 of sh",
	"247": "the address is a local broadcast where the real one ran",
}

// Every command line that the real ipvsadm was tried with: accepted or refused
// alike, in the same words, with the same table behind it.
func TestCommandLinesOfTheRealIpvsadm(t *testing.T) {
	dir := filepath.Join(golden(t), "02-errors")
	names := readBook(t, filepath.Join(dir, "..", "hosts"), "testdata/services")
	files, _ := filepath.Glob(filepath.Join(dir, "*.cmd"))
	compared, tolater := 0, 0
	for _, file := range files {
		name := strings.TrimSuffix(file, ".cmd")
		args := unquote(read(t, file))
		if unlike[filepath.Base(name)] != "" {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			kernel := ipvstest.New()
			load(t, kernel, read(t, filepath.Join(dir, "rules.in")), names)
			before := kernel.Table()
			err := try(kernel, args, names)
			var mistake *ipvsadm.Error
			if errors.As(err, &mistake) && mistake.Class == ipvsadm.Unsupported {
				tolater++
				return
			}
			compared++
			compareVerdict(t, name, args, err)
			if err != nil {
				if d := cmp.Diff(before, kernel.Table(), comparison); d != "" {
					t.Errorf("%q changed the table:\n%s", args, d)
				}
			}
			after, missing := os.ReadFile(name + ".after")
			if missing != nil || strings.Contains(string(after), "--tun-type gue") {
				return
			}
			want := ipvstest.New()
			load(t, want, saved.Replace(string(after)), names)
			if d := cmp.Diff(sorted(want.Table()), sorted(kernel.Table()), comparison); d != "" {
				t.Errorf("%q (- ipvsadm, + lvsctl):\n%s", args, d)
			}
		})
	}
	t.Logf("%d command lines compared, %d not supported yet", compared, tolater)
	if compared < 200 {
		t.Errorf("only %d command lines compared", compared)
	}
}

// saved makes rules that -S saves wrongly, or that are not supported yet, ones that
// can be read.
var saved = strings.NewReplacer(" --tun-type ipip", "", "-f -1 ", "-f 4294967295 ")

func try(kernel *ipvstest.Kernel, args []string, names ipvsadm.Resolver) error {
	command, err := ipvsadm.Parse(args, names)
	if err != nil || command.Kind != ipvsadm.List && command.Kind != ipvsadm.Change {
		return err
	}
	_, err = run(kernel.Client(), command, names)
	return err
}

// compareVerdict compares success, words, and the class behind the exit status.
func compareVerdict(t *testing.T, name string, args []string, err error) {
	t.Helper()
	status := strings.TrimSpace(read(t, name+".rc"))
	if (err == nil) != (status == "0") {
		t.Fatalf("%q: lvsctl says %v, ipvsadm exits with %s", args, err, status)
	}
	if err == nil {
		return
	}
	var mistake *ipvsadm.Error
	parsed := errors.As(err, &mistake)
	if wrongly := parsed && mistake.Class == ipvsadm.Misuse; wrongly != (status == "2") {
		t.Errorf("%q: %v is of the wrong class for status %s", args, err, status)
	}
	words, _, _ := strings.Cut(read(t, name+".err"), "\n")
	if parsed && mistake.Class == ipvsadm.NoCommand {
		if !strings.HasPrefix(words, "Try") {
			t.Errorf("%q: %v, but ipvsadm says %s", args, err, words)
		}
		return
	}
	if !strings.HasPrefix(err.Error(), words) {
		t.Errorf("%q: %v, but ipvsadm says %s", args, err, words)
	}
}

var comparison = cmp.Options{cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }), cmpopts.EquateEmpty()}

// sorted puts tables that came about in different ways into one order.
func sorted(t ipvs.Table) ipvs.Table {
	for _, s := range t {
		slices.SortFunc(s.Destinations, func(a, b ipvs.DestinationEntry) int { return a.Address.Compare(b.Address) })
	}
	slices.SortFunc(t, func(a, b ipvs.ServiceEntry) int { return strings.Compare(a.String(), b.String()) })
	return t
}
