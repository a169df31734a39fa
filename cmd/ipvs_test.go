package cmd

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/lvsctl/lvsctl/ipvs"
)

// ipvsLine runs "lvsctl ipvs" with arguments.
func ipvsLine(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = Main(append([]string{"lvsctl", "ipvs"}, args...), "test", Streams{In: strings.NewReader(""), Out: &out, Err: &err})
	return status, out.String(), err.String()
}

func TestIPVSWrongUsage(t *testing.T) {
	const tryLanguage = "Try `lvsctl ipvs -h' or 'lvsctl ipvs --help' for more information.\n"
	for _, tc := range []struct {
		args   string
		status int
		want   string // beginning of the error
	}{
		{"-Q", 255, tryLanguage + "-Q: unknown option; the first option must be a command"},
		{"-n -L", 255, tryLanguage + "-n is not a command"},
		{"-L -Q", 255, "-Q: unknown option"},
		{"-A", 2, "You need to supply the 'service-address' option for the 'add-service' command"},
		{"-A -t", 255, "-t: missing argument"},
		{"-A -t 192.0.2.1", 2, "Zero port specified for non-persistent service"},
		{"-A -t 192.0.2.1:80 -w 1", 2, "Illegal 'weight' option with the 'add-service' command"},
		{"-a -t 192.0.2.1:80 -r 10.0.0.1 -g -m", 2, "multiple 'forwarding-method' options specified"},
		{"--restore foo", 2, "unexpected argument foo"},
	} {
		status, stdout, stderr := ipvsLine(strings.Fields(tc.args)...)
		if status != tc.status || stdout != "" || !strings.HasPrefix(stderr, tc.want) {
			t.Errorf("%s: status %d, stdout %q, stderr %q", tc.args, status, stdout, stderr)
		}
		if !strings.HasSuffix(stderr, "\nhint: lvsctl ipvs --help\n") {
			t.Errorf("%s: no hint in %q", tc.args, stderr)
		}
	}
}

// Called by another name, it is another program.
func TestIPVSByOtherNames(t *testing.T) {
	for _, tc := range []struct {
		args   string
		status int
		out    string // beginning
		err    string // beginning
	}{
		{"/sbin/ipvsadm -Q", 255, "", "Try `/sbin/ipvsadm -h' or '/sbin/ipvsadm --help' for more information.\n"},
		{"ipvsadm -A", 2, "", "You need to supply the 'service-address' option"},
		{"ipvsadm ipvs", 255, "", "Try `ipvsadm -h'"},
		{"ipvsadm -v", 0, "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n", ""},
		{"/usr/sbin/ipvsadm-save -x", 1, "", "ipvsadm-save: Script to save the IPVS table to stdout.\n"},
		{"ipvsadm-restore --help", 0, "ipvsadm-restore < RULES", ""},
	} {
		var out, errs bytes.Buffer
		status := Main(strings.Fields(tc.args), "test", Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
		if status != tc.status || !strings.HasPrefix(out.String(), tc.out) || !strings.HasPrefix(errs.String(), tc.err) ||
			(out.Len() == 0) != (tc.out == "") || (errs.Len() == 0) != (tc.err == "") {
			t.Errorf("%s: status %d, stdout %q, stderr %q", tc.args, status, out.String(), errs.String())
		}
	}
}

func TestIPVSHelpNeedsNoKernel(t *testing.T) {
	for _, arg := range []string{"-h", "--help", "-v", "--version"} {
		status, stdout, stderr := ipvsLine(arg)
		if status != 0 || stderr != "" || !strings.Contains(stdout, "ipvsadm") {
			t.Errorf("%s: status %d, stdout %q, stderr %q", arg, status, stdout, stderr)
		}
	}
}

// The same command reached through the tree.
func TestIPVSInTheTree(t *testing.T) {
	var out bytes.Buffer
	root := NewRoot("test", Streams{Out: &out, Err: &out})
	root.SetArgs([]string{"ipvs", "-L", "--statistics"})
	var mistake interface{ ExitStatus() int }
	if err := root.Execute(); !errors.As(err, &mistake) || mistake.ExitStatus() != 255 || err.Error() != "" {
		t.Errorf("got %v", err)
	}
	if !strings.HasPrefix(out.String(), "--statistics: unknown option\n") {
		t.Errorf("got %q", out.String())
	}
}

// A kernel without IPVS is a failure of every command that needs it.
func TestIPVSWithoutTheModule(t *testing.T) {
	client, err := ipvs.Dial()
	if err == nil {
		_ = client.Close()
		t.Skip("this kernel has IPVS")
	}
	for _, args := range []string{"-Ln", "-C", "-A -t 192.0.2.1:80", "-D -t 192.0.2.1:80", "-d -t 192.0.2.1:80 -r 10.0.0.1", "-L -t 192.0.2.1:80"} {
		status, stdout, stderr := ipvsLine(strings.Fields(args)...)
		if status != 2 || stdout != "" || !strings.HasPrefix(stderr, "Can't initialize ipvs: Protocol not available") || !strings.Contains(stderr, "modprobe ip_vs\n") {
			t.Errorf("%q: status %d, stdout %q, stderr %q", args, status, stdout, stderr)
		}
	}
}

// TestIPVSHelper is not a test: the test binary runs itself with it as somebody
// without privilege.
func TestIPVSHelper(t *testing.T) {
	args, asked := os.LookupEnv("LVSCTL_IPVS_ARGS")
	if !asked {
		t.Skip("only for runIPVSAsNobody")
	}
	status, stdout, stderr := ipvsLine(strings.Fields(args)...)
	if stdout != "" {
		t.Errorf("stdout %q", stdout)
	}
	t.Logf("status=%d stderr=%s", status, stderr)
}

// runIPVSAsNobody gives what the helper logs.
func runIPVSAsNobody(t *testing.T, args string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("becoming nobody needs root")
	}
	c := exec.Command("/proc/self/exe", "-test.run=^TestIPVSHelper$", "-test.v")
	c.Env = append(os.Environ(), "LVSCTL_IPVS_ARGS="+args)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestIPVSAsNobody(t *testing.T) {
	for _, args := range []string{"-Ln", "-C", "-A -t 192.0.2.1:80"} {
		if out := runIPVSAsNobody(t, args); !strings.Contains(out, "status=2 stderr=Can't initialize ipvs: ") || !strings.Contains(out, "hint: ") {
			t.Errorf("%s: %s", args, out)
		}
	}
}

func TestReadServices(t *testing.T) {
	s := readServices(strings.NewReader("# ports\nhttp 80/tcp www # web\nweb 80/tcp\nbroken\nodd x/tcp\ndomain\t53/udp\n"))
	for _, tc := range []struct {
		name, protocol string
		port           uint16
	}{{"http", "tcp", 80}, {"www", "tcp", 80}, {"web", "tcp", 80}, {"domain", "udp", 53}, {"domain", "tcp", 0}, {"HTTP", "tcp", 0}} {
		if got := s.ports[namedPort{tc.name, tc.protocol}]; got != tc.port {
			t.Errorf("%s/%s is %d, want %d", tc.name, tc.protocol, got, tc.port)
		}
	}
	if got := s.names[numberedPort{80, "tcp"}]; got != "http" {
		t.Errorf("80/tcp is %q", got)
	}
}

func TestSystemNames(t *testing.T) {
	var n systemNames
	if a, ok := n.Address("localhost"); !ok || a != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("localhost is %v, %v", a, ok)
	}
	if name, ok := n.Host(netip.MustParseAddr("127.0.0.1")); !ok || name != "localhost" {
		t.Errorf("127.0.0.1 is %q, %v", name, ok)
	}
	for range 2 {
		if _, ok := n.Address("no/host"); ok {
			t.Error("no/host is a host")
		}
	}
	n.addresses["localhost"] = netip.MustParseAddr("192.0.2.1")
	if a, ok := n.Address("localhost"); !ok || a != netip.MustParseAddr("192.0.2.1") {
		t.Error("localhost was asked for twice")
	}
}
