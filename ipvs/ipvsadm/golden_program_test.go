package ipvsadm_test

import (
	"bytes"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// result is what a program leaves behind.
type result struct {
	status      int
	out, errors string
}

// call runs ipvsadm, ipvsadm-save or ipvsadm-restore on a kernel.
func call(kernel *ipvstest.Kernel, argv []string, in string, names ipvsadm.Resolver) result {
	return callWith(kernel.Conn, argv, in, names)
}

func callOver(conn ipvs.Conn, argv []string, in string) result {
	return callWith(func() ipvs.Conn { return conn }, argv, in, book{})
}

func callWith(conn func() ipvs.Conn, argv []string, in string, names ipvsadm.Resolver) result {
	return callDialing(func() (*ipvs.Client, error) { return ipvs.New(conn()) }, argv, in, names)
}

func callDialing(dial func() (*ipvs.Client, error), argv []string, in string, names ipvsadm.Resolver) result {
	var out, errs bytes.Buffer
	p := ipvsadm.Program{
		Name: "ipvsadm", Help: "help\n", Names: names,
		Dial: dial,
		In:   strings.NewReader(in), Out: &out, Err: &errs,
	}
	run := map[string]func([]string) int{"ipvsadm": p.Ipvsadm, "ipvsadm-save": p.Save, "ipvsadm-restore": p.Restore}[argv[0]]
	status := run(argv[1:])
	return result{status, out.String(), errs.String()}
}

// replayed is a folder of cases that are replayed whole: the exit status, what is
// printed, how each line of the errors begins, and the table that is left.
type replayed struct {
	prepare func(t *testing.T, kernel *ipvstest.Kernel, dir, name string)
	// follows: a case goes on with the kernel of the one before it.
	follows func(name string) bool
	cases   int
}

func never(string) bool { return false }

var folders = map[string]replayed{
	"02-errors": {withErrorsRules, func(name string) bool { return name == "396" || name == "397" }, 328},
	"03-timeout-daemon": {withDaemonInterfaces, func(name string) bool {
		return name != "01-timeout-default" && name != "46-start-noip-master" && name != "49-C-does-not-stop-daemon"
	}, 48},
	"04-restore":        {withRestoreRules, never, 42},
	"05-permission":     {withoutPermission, never, 6},
	"10-no-ipvs-kernel": {withoutModule, never, 1},
	"12-names":          {withoutRules, never, 3},
	"13-env":            {withEnvRules, never, 14},
}

// unlike are the cases in which lvsctl does otherwise, and why.
var unlike = map[string]string{
	"02-errors/177": "-b , crashes ipvsadm",
	"02-errors/409": ownHelp,
	"02-errors/413": ownHelp,

	"03-timeout-daemon/16-ps": "looks at the threads of the kernel",

	"04-restore/42-restore-script-indented-comment": checkedFirst,
	"04-restore/44-restore-script-backslash-n":      checkedFirst,
	"04-restore/45-restore-script-error-first":      checkedFirst,
	"04-restore/55-restore-arg":                     "ipvsadm-restore --help clears the table",

	"05-permission/nobody_-Q": "a mistake is told of before the kernel is asked",
	"05-permission/nobody_-h": "help needs no kernel",
	"05-permission/nobody_-v": "the version needs no kernel",

	"13-env/argv0": "the name is taken from the program's use, not from its path",
}

// unlikeTables are cases of which only the table is another one, and why.
var unlikeTables = map[string]string{
	"02-errors/181": "ipvsadm -S loses flag-3 of the scheduler sh",
}

const (
	ownHelp      = "the help is our own"
	checkedFirst = "ipvsadm-restore clears the table before it finds the mistake"
)

// Every case of the real ipvsadm, except the listings that golden_listing_test.go
// compares with more of the kernel behind them.
func TestProgramsAreLikeTheRealIpvsadm(t *testing.T) {
	root := golden(t)
	excused := maps.Clone(unlike)
	maps.Copy(excused, unlikeTables)
	for folder, f := range folders {
		t.Run(folder, func(t *testing.T) {
			names := readBook(t, filepath.Join(root, "hosts"), "testdata/services")
			if folder == "12-names" {
				names = readBook(t, filepath.Join(root, folder, "hosts"), "testdata/services")
			}
			var kernel *ipvstest.Kernel
			compared := 0
			for _, file := range caseFiles(t, filepath.Join(root, folder)) {
				name := strings.TrimSuffix(filepath.Base(file), ".cmd")
				if kernel == nil || !f.follows(name) {
					kernel = ipvstest.New()
					kernel.Proc("ip_vs_conn", noConnections)
				}
				f.prepare(t, kernel, filepath.Join(root, folder), name)
				short := folder + "/" + name
				_, otherTable := unlikeTables[short]
				if _, is := unlike[short]; !is {
					compareProgram(t, kernel, strings.TrimSuffix(file, ".cmd"), otherTable, names)
					compared++
				}
				delete(excused, short)
			}
			if compared != f.cases {
				t.Errorf("%d cases compared, there should be %d", compared, f.cases)
			}
		})
	}
	for short := range excused {
		t.Errorf("%s is excused but not there", short)
	}
}

// caseFiles are the cases of a folder; of 12-names only those that listings do not
// have.
func caseFiles(t *testing.T, dir string) []string {
	t.Helper()
	pattern := "*.cmd"
	if filepath.Base(dir) == "12-names" {
		pattern = "restore*.cmd"
	}
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s: %v", dir, err)
	}
	return files
}

// compareProgram runs a case and compares all that is known of it.
func compareProgram(t *testing.T, kernel *ipvstest.Kernel, name string, otherTable bool, names ipvsadm.Resolver) {
	t.Helper()
	var got result
	for _, argv := range commandsOf(t, name) {
		got = call(kernel, argv, readIfThere(name+".in"), names)
	}
	short := filepath.Base(name)
	if want, err := strconv.Atoi(strings.TrimSpace(read(t, name+".rc"))); err != nil || got.status != want {
		t.Errorf("%s: status %d, of ipvsadm %d (%v); errors:\n%s", short, got.status, want, err, got.errors)
	}
	if d := cmp.Diff(read(t, name+".out"), got.out); d != "" {
		t.Errorf("%s (- ipvsadm, + lvsctl):\n%s", short, d)
	}
	compareErrors(t, short, readIfThere(name+".err"), got.errors)
	for _, after := range []string{name + ".after", name + ".save2"} {
		if want, err := os.ReadFile(after); err == nil && !otherTable {
			if d := cmp.Diff(string(want), call(kernel, []string{"ipvsadm", "-Sn"}, "", names).out); d != "" {
				t.Errorf("%s: the table (- of ipvsadm, + of lvsctl):\n%s", short, d)
			}
		}
	}
}

// compareErrors finds the lines of ipvsadm as the beginnings of ours, in order.
// What modprobe says, lvsctl cannot say, the question at the end is our hint, and
// what is indented only explains.
func compareErrors(t *testing.T, name, want, got string) {
	t.Helper()
	ours := strings.Split(got, "\n")
	for line := range strings.Lines(want) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == ' ' || strings.HasPrefix(line, "modprobe: ") || strings.HasPrefix(line, "Are you sure that") {
			continue
		}
		for len(ours) > 0 && !strings.HasPrefix(ours[0], line) {
			ours = ours[1:]
		}
		if len(ours) == 0 {
			t.Errorf("%s: ipvsadm says %q, but lvsctl\n%s", name, line, got)
			return
		}
		ours = ours[1:]
	}
	if (want == "") != (got == "") {
		t.Errorf("%s: ipvsadm says %q, but lvsctl\n%s", name, want, got)
	}
}

// commandsOf a case: what a shell, env or su is asked to run in it.
func commandsOf(t *testing.T, name string) (commands [][]string) {
	t.Helper()
	line, _, _ := strings.Cut(read(t, name+".cmd"), "   # ")
	argv := unquoteAll(line)
	switch argv[0] {
	case "env":
		for !strings.HasPrefix(argv[0], "ipvsadm") {
			argv = argv[1:]
		}
		return [][]string{argv}
	case "sh", "busybox":
		for part := range strings.SplitSeq(argv[len(argv)-1], ";") {
			words := strings.Fields(part)
			if strings.HasPrefix(words[0], "PATH=") {
				words = words[1:]
			}
			commands = append(commands, words)
		}
		return commands
	default:
		return [][]string{argv}
	}
}

func readIfThere(name string) string {
	b, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return string(b)
}

func withErrorsRules(t *testing.T, kernel *ipvstest.Kernel, dir, name string) {
	kernel.Interfaces(ipvstest.Interface{Name: "lo", MTU: 65536},
		ipvstest.Interface{Name: "d0", MTU: 1500, Network: netip.MustParsePrefix("10.8.0.0/24")})
	if name != "396" && name != "397" {
		load(t, kernel, read(t, filepath.Join(dir, "rules.in")), book{})
	}
}

func withDaemonInterfaces(_ *testing.T, kernel *ipvstest.Kernel, _, name string) {
	kernel.Interfaces(ipvstest.Interface{Name: "eth0", MTU: 1500, Down: name == "43-start-on-down-if"},
		ipvstest.Interface{Name: "big0", MTU: 9000}, ipvstest.Interface{Name: "noip", MTU: 1500})
}

// withRestoreRules has the table that was there before a case.
func withRestoreRules(t *testing.T, kernel *ipvstest.Kernel, _, name string) {
	switch {
	case strings.HasPrefix(name, "40-"):
		load(t, kernel, "-A -t 192.0.2.99:80\n", book{})
	case name >= "41" && name < "50":
		load(t, kernel, "-A -t 192.0.2.10:80\n-A -t 192.0.2.99:80\n-a -t 192.0.2.99:80 -r 10.8.0.2:80\n", book{})
	case name >= "50" && name < "55":
		load(t, kernel, "-A -t 192.0.2.10:80 -s rr\n-a -t 192.0.2.10:80 -r 10.8.0.2:80\n", book{})
	}
}

func withoutPermission(_ *testing.T, kernel *ipvstest.Kernel, _, _ string) { kernel.Deny() }
func withoutModule(_ *testing.T, kernel *ipvstest.Kernel, _, _ string)     { kernel.Unload() }
func withoutRules(*testing.T, *ipvstest.Kernel, string, string)            {}

func withEnvRules(t *testing.T, kernel *ipvstest.Kernel, dir, name string) {
	if name != "longname" {
		load(t, kernel, read(t, filepath.Join(dir, "bundle4.out")), book{})
	}
}
