package ipvsadm_test

import (
	"bufio"
	"bytes"
	"errors"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// listings are the folders of the recordings that hold listings, with what the
// kernel said to each case in them, and how many cases there are to compare.
var listings = map[string]struct {
	kernel func(t *testing.T, name string) ipvs.Conn
	count  int
}{
	"01-static":         {staticKernel, 60},
	"02-errors":         {errorsKernel, 7},
	"03-timeout-daemon": {daemonKernel, 16},
	"06-traffic":        {trafficKernel, 23},
	"07-sort":           {sortKernel, 60},
	"08-conn-crafted":   {connectionsKernel, 35},
	"09-big-counters":   {countersKernel, 56},
	"12-names":          {namesKernel, 8},
	"13-env":            {envKernel, 3},
}

// unlikeListings are the cases that cannot be compared, and why.
var unlikeListings = map[string]string{
	"03-timeout-daemon/22-daemon":        "the interface had no address for an IPv6 group to be measured by",
	"03-timeout-daemon/28-daemon-bigmtu": "the kernel of the tests has no interface with an MTU of 9000",

	"06-traffic/live_-Lnc":       notRecorded,
	"06-traffic/after-edit-conn": notRecorded,
	"06-traffic/after-D-conn":    notRecorded,
	"06-traffic/after-C-conn":    notRecorded,

	"08-conn-crafted/blank-line_-Lc":                    blankLine,
	"08-conn-crafted/blank-line_-Lnc":                   blankLine,
	"08-conn-crafted/blank-line_-Lnc_--persistent-conn": blankLine,
	"08-conn-crafted/pe-long_-Lc":                       crash,
	"08-conn-crafted/pe-long_-Lnc":                      crash,
	"08-conn-crafted/pe-long_-Lnc_--persistent-conn":    crash,
}

const (
	notRecorded = "which connections the kernel had at that moment was not recorded"
	blankLine   = "ipvsadm stops at a blank line in silence"
	crash       = "ipvsadm crashes"
)

// onlyStatusUnlike are cases with a blank line at the very end, after which
// ipvsadm prints nothing more but fails.
var onlyStatusUnlike = map[string]bool{
	"08-conn-crafted/states_-Lc":                    true,
	"08-conn-crafted/states_-Lnc":                   true,
	"08-conn-crafted/states_-Lnc_--persistent-conn": true,
}

// Every listing of the real ipvsadm, made anew from what the kernel said to it.
func TestListingsOfTheRealIpvsadm(t *testing.T) {
	dir := golden(t)
	excused := maps.Clone(unlikeListings)
	for folder, l := range listings {
		t.Run(folder, func(t *testing.T) {
			names := listingNames(t, folder)
			files, _ := filepath.Glob(filepath.Join(dir, folder, "*.cmd"))
			compared := 0
			for _, file := range files {
				name := strings.TrimSuffix(file, ".cmd")
				short := folder + "/" + filepath.Base(name)
				command, ok := listingCommand(t, file, names)
				if !ok {
					continue
				}
				if excused[short] != "" {
					delete(excused, short)
					continue
				}
				compareListing(t, name, l.kernel(t, name), command, names, onlyStatusUnlike[short])
				compared++
			}
			if compared != l.count {
				t.Errorf("%d listings compared, there should be %d", compared, l.count)
			}
		})
	}
	for short := range excused {
		t.Errorf("%s is excused but not there", short)
	}
}

// listingCommand is the command of a case, if it is ipvsadm's and prints the table
// or parts of it.
func listingCommand(t *testing.T, file string, names ipvsadm.Resolver) (ipvsadm.Command, bool) {
	t.Helper()
	line := read(t, file)
	if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); word != "ipvsadm" {
		return ipvsadm.Command{}, false
	}
	command, err := ipvsadm.Parse(unquote(line), names)
	return command, err == nil && (command.Kind == ipvsadm.List || command.Kind == ipvsadm.Save)
}

func listingNames(t *testing.T, folder string) book {
	t.Helper()
	names := readBook(t, filepath.Join(golden(t), "hosts"), "testdata/services")
	if folder == "12-names" {
		for a, name := range readBook(t, filepath.Join(golden(t), folder, "hosts"), "testdata/services").names {
			names.names[a] = name
		}
	}
	return names
}

// compareListing compares what is printed, and success or the words of the error.
func compareListing(t *testing.T, name string, conn ipvs.Conn, command ipvsadm.Command, names ipvsadm.Resolver, anyStatus bool) {
	t.Helper()
	client, err := ipvs.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	err = ipvsadm.Run(client, command, names, &got)
	if d := cmp.Diff(onEth0.Replace(read(t, name+".out")), got.String()); d != "" {
		t.Errorf("%s (- ipvsadm, + lvsctl):\n%s", name, d)
	}
	status, failed := strings.TrimSpace(read(t, name+".rc")), 0
	var exit interface{ ExitStatus() int }
	if errors.As(err, &exit) {
		failed = exit.ExitStatus()
	}
	if status != strconv.Itoa(failed) && !anyStatus {
		t.Errorf("%s: %v gives status %d, ipvsadm exits with %s", name, err, failed, status)
	}
	words, _ := os.ReadFile(name + ".err")
	if err != nil && !strings.HasPrefix(err.Error(), strings.TrimSpace(string(words))) {
		t.Errorf("%s: %v, but ipvsadm says %s", name, err, words)
	}
}

// replay is a kernel that says what is in a file, with these files of /proc/net.
func replay(t *testing.T, recording string, proc map[string]string) ipvs.Conn {
	t.Helper()
	f, err := os.Open(recording)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	conn, err := ipvstest.Replay(bufio.NewReader(f), proc)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// recorded is the table that a recording has.
func recorded(t *testing.T, recording string) ipvs.Table {
	t.Helper()
	client, err := ipvs.New(replay(t, recording, nil))
	if err != nil {
		t.Fatal(err)
	}
	table, err := client.Table()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// noConnections is /proc/net/ip_vs_conn of an empty table.
const noConnections = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n"

func staticKernel(t *testing.T, name string) ipvs.Conn {
	dir := filepath.Dir(name)
	if strings.HasPrefix(filepath.Base(name), "empty") {
		kernel := ipvstest.New()
		kernel.Proc("ip_vs_conn", noConnections)
		return kernel.Conn()
	}
	return replay(t, filepath.Join(dir, "dump.nl.jsonl"), map[string]string{
		"ip_vs":      read(t, filepath.Join(dir, "procfs_ip_vs.out")),
		"ip_vs_conn": read(t, filepath.Join(dir, "procfs_ip_vs_conn.out")),
	})
}

func errorsKernel(t *testing.T, name string) ipvs.Conn {
	kernel := ipvstest.New()
	kernel.Proc("ip_vs_conn", noConnections)
	load(t, kernel, read(t, filepath.Join(filepath.Dir(name), "rules.in")), book{})
	return kernel.Conn()
}

// daemonKernel has what the commands before this one left behind. Its only
// interface is called eth0.
func daemonKernel(t *testing.T, name string) ipvs.Conn {
	if strings.HasSuffix(name, "39-daemon-both") {
		return replay(t, filepath.Join(filepath.Dir(name), "both-daemons.nl.jsonl"), nil)
	}
	kernel := ipvstest.New()
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*.cmd"))
	for _, file := range files[:slices.Index(files, name+".cmd")] {
		line := read(t, file)
		if strings.HasPrefix(line, "ipvsadm") && strings.TrimSpace(read(t, strings.TrimSuffix(file, ".cmd")+".rc")) == "0" {
			change(t, kernel, unquote(onEth0.Replace(line)))
		}
	}
	return kernel.Conn()
}

var onEth0 = strings.NewReplacer("big0", "eth0")

// change carries out a command line. One that only lists changes nothing.
func change(t *testing.T, kernel *ipvstest.Kernel, args []string) {
	t.Helper()
	command, err := ipvsadm.Parse(args, book{})
	if err == nil {
		err = kernel.Client().Apply(command.Ops...)
	}
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
}

func trafficKernel(t *testing.T, name string) ipvs.Conn {
	recording := filepath.Join(filepath.Dir(name), "dump1.nl.jsonl")
	kernel := ipvstest.New()
	switch filepath.Base(name) {
	case "after-C-list":
		return kernel.Conn()
	case "after-Z-stats":
		kernel.Load(recorded(t, recording))
		change(t, kernel, []string{"-Z"})
		return kernel.Conn()
	case "after-edit":
		kernel.Load(recorded(t, recording))
		for _, before := range []string{"e1.cmd", "d1.cmd"} {
			change(t, kernel, unquote(read(t, filepath.Join(filepath.Dir(name), before))))
		}
		return kernel.Conn()
	default:
		return replay(t, recording, map[string]string{
			"ip_vs_conn": read(t, filepath.Join(filepath.Dir(name), "proc_ip_vs_conn.raw")),
		})
	}
}

func sortKernel(t *testing.T, name string) ipvs.Conn {
	set, _, _ := strings.Cut(filepath.Base(name), ".")
	return replay(t, filepath.Join(filepath.Dir(name), set+".nl.jsonl"), nil)
}

func connectionsKernel(t *testing.T, name string) ipvs.Conn {
	kernel := ipvstest.New()
	input, _, _ := strings.Cut(filepath.Base(name), "_")
	switch input {
	case "nofile":
		return kernel.Conn()
	case "zerofile":
		input = "zero"
	}
	kernel.Proc("ip_vs_conn", read(t, filepath.Join(filepath.Dir(name), input+".raw")))
	return kernel.Conn()
}

// countersKernel has the number behind the v in every counter.
func countersKernel(t *testing.T, name string) ipvs.Conn {
	digits, _, _ := strings.Cut(filepath.Base(name), "_")
	n, err := strconv.ParseUint(strings.TrimPrefix(digits, "v"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	stats := ipvs.Stats{
		Connections: n, PacketsIn: n, PacketsOut: n, BytesIn: n, BytesOut: n,
		CPS: n, PPSIn: n, PPSOut: n, BPSIn: n, BPSOut: n,
	}
	var table ipvs.Table
	for _, a := range [][2]string{
		{"192.0.2.10:80", "10.8.0.2:80"},
		{"[2001:db8::80]:80", "[2001:db8:1111:2222:3333:4444:5555:6666]:80"},
	} {
		var s ipvs.ServiceEntry
		s.ServiceKey, s.Scheduler, s.Stats = ipvs.AddressKey(ipvs.TCP, netip.MustParseAddrPort(a[0])), "wlc", stats
		s.Netmask = ipvs.FullNetmask(s.Family)
		d := ipvs.Destination{Address: netip.MustParseAddrPort(a[1]), Method: ipvs.DirectRoute, Weight: 1}
		s.Destinations = []ipvs.DestinationEntry{{Destination: d, Stats: stats}}
		table = append(table, s)
	}
	kernel := ipvstest.New()
	kernel.Load(table)
	return kernel.Conn()
}

func namesKernel(t *testing.T, name string) ipvs.Conn {
	kernel := ipvstest.New()
	load(t, kernel, read(t, filepath.Join(filepath.Dir(name), "-Sn.out")), book{})
	return kernel.Conn()
}

// envKernel has the one service that was there.
func envKernel(t *testing.T, name string) ipvs.Conn {
	kernel := ipvstest.New()
	kernel.Proc("ip_vs_conn", noConnections)
	load(t, kernel, read(t, filepath.Join(filepath.Dir(name), "bundle4.out")), book{})
	return kernel.Conn()
}
