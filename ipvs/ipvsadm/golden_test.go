package ipvsadm_test

import (
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
	a, ok := b.hosts[strings.ToLower(host)]
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
// pairs of apostrophes only. It gives the arguments.
func unquote(line string) []string { return unquoteAll(line)[1:] }

func unquoteAll(line string) (args []string) {
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
	if word {
		args = append(args, arg.String())
	}
	return args
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

var comparison = cmp.Options{cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }), cmpopts.EquateEmpty()}

// sorted puts tables that came about in different ways into one order.
func sorted(t ipvs.Table) ipvs.Table {
	for _, s := range t {
		slices.SortFunc(s.Destinations, func(a, b ipvs.DestinationEntry) int { return a.Address.Compare(b.Address) })
	}
	slices.SortFunc(t, func(a, b ipvs.ServiceEntry) int { return strings.Compare(a.String(), b.String()) })
	return t
}
