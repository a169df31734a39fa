package ipvsadm_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// Stories in testdata/restore: "table" makes a kernel with these rules, "fail" lets
// the nth operation from now on fail, the other commands carry out rules. They tell
// what is printed, the exit status, what the kernel was asked to do, and the table.
func TestRestore(t *testing.T) {
	names := readBook(t, "testdata/hosts", "testdata/services")
	programs := map[string][]string{
		"R": {"ipvsadm", "-R"}, "R-atomic": {"ipvsadm", "-R", "--atomic"}, "ipvsadm-restore": {"ipvsadm-restore"},
	}
	datadriven.Walk(t, "testdata/restore", func(t *testing.T, path string) {
		kernel := ipvstest.New()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "table":
				kernel = ipvstest.New()
				load(t, kernel, d.Input, names)
				return ""
			case "fail":
				var n, errno int
				d.ScanArgs(t, "n", &n)
				d.ScanArgs(t, "errno", &errno)
				kernel.Fail(n, syscall.Errno(errno))
				return ""
			default:
				before := len(kernel.Ops())
				got := call(kernel, programs[d.Cmd], d.Input+"\n", names)
				return fmt.Sprintf("%s%sstatus %d\nasked: %s\n%s", indent("out: ", got.out), indent("err: ", got.errors), got.status,
					asked(kernel.Ops()[before:]), call(kernel, []string{"ipvsadm", "-Sn"}, "", names).out)
			}
		})
	})
}

func indent(with, text string) string {
	if text == "" {
		return ""
	}
	return with + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+with) + "\n"
}

func asked(ops []ipvs.Op) string {
	var said []string
	for _, op := range ops {
		said = append(said, op.String())
	}
	return strings.Join(said, "; ")
}

var errBroken = errors.New("broken")

// A connection that breaks in the middle leaves unknown what was carried out, and
// that is said.
func TestRestoreOverABrokenConnection(t *testing.T) {
	kernel := ipvstest.New()
	rules := "-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 10.0.0.1\n"
	got := callOver(breaking{kernel.Conn(), []byte{newService}}, []string{"ipvsadm", "-R", "--atomic"}, rules)
	if got.status != 255 || !strings.HasPrefix(got.errors, "change the table: broken (line 1: ") || !strings.Contains(got.errors, "undone") {
		t.Errorf("--atomic: %+v", got)
	}
	got = callOver(breaking{kernel.Conn(), []byte{newService}}, []string{"ipvsadm", "-R"}, rules)
	if got.status != 255 || !strings.HasPrefix(got.errors, "from here on it is unknown what was carried out: ") ||
		!strings.Contains(got.errors, "(line 1: -A -t 192.0.2.1:80)") || strings.Contains(got.errors, "lines") {
		t.Errorf("%+v", got)
	}
}

// breaking is a connection that does not carry some commands.
type breaking struct {
	ipvs.Conn
	commands []byte
}

const newService, getService, getDaemons, getTimeouts = 1, 4, 11, 13 // IPVS_CMD_*

func (b breaking) Send(datagram []byte) error {
	if slices.Contains(b.commands, datagram[16]) {
		return errBroken
	}
	return b.Conn.Send(datagram)
}

// A listing that fails in the middle of its making has a status of its own, and so
// has one that cannot be written.
func TestListingsThatFail(t *testing.T) {
	kernel := ipvstest.New()
	for _, line := range []string{"-S", "-Ln", "-L --stats", "-L --timeout", "-L --daemon", "-L -f 1", "-Lc"} {
		if got := callOver(breaking{kernel.Conn(), []byte{getService, getDaemons, getTimeouts}}, strings.Fields("ipvsadm "+line), ""); got.status != 1 || got.out != "" || got.errors == "" {
			t.Errorf("%s: %+v", line, got)
		}
	}
	kernel.Proc("ip_vs_conn", noConnections)
	for _, line := range []string{"-h", "-v", "-S", "-Ln", "-L --timeout", "-L --daemon", "-Lc"} {
		var errs strings.Builder
		p := ipvsadm.Program{
			Name: "ipvsadm", Names: book{}, Out: full{}, Err: &errs,
			Dial: func() (*ipvs.Client, error) { return ipvs.New(kernel.Conn()) },
		}
		if status := p.Ipvsadm(strings.Fields(line)); status != 1 || !strings.Contains(errs.String(), "no space left on device") {
			t.Errorf("%s: status %d, errors %q", line, status, errs.String())
		}
	}
}

// full is a disk with no space left.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }
