package ipvsadm_test

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lvsctl/lvsctl/ipvs"
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

// A connection that breaks in the middle leaves unknown what was carried out, and
// that is said.
func TestRestoreOverABrokenConnection(t *testing.T) {
	kernel := ipvstest.New()
	rules := "-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 10.0.0.1\n"
	for _, tc := range []struct {
		argv []string
		want string
	}{
		{[]string{"ipvsadm", "-R"}, "from here on it is unknown what was carried out: "},
		{[]string{"ipvsadm", "-R", "--atomic"}, "broken"},
	} {
		got := callOver(breaking{kernel.Conn()}, tc.argv, rules)
		if got.status != 255 || !strings.Contains(got.errors, tc.want) || !strings.Contains(got.errors, "(line 1: -A -t 192.0.2.1:80)") {
			t.Errorf("%q: %+v", tc.argv, got)
		}
	}
}

// breaking is a connection that does not carry changes.
type breaking struct{ ipvs.Conn }

func (b breaking) Send(datagram []byte) error {
	if slices.Contains([]byte{1, 5}, datagram[16]) {
		return fmt.Errorf("broken")
	}
	return b.Conn.Send(datagram)
}
