package boot

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The test's own binary is what prepares the lab from inside.
func TestMain(m *testing.M) {
	if IsInside() {
		if err := Inside(); err != nil {
			fmt.Fprintln(os.Stderr, "lab:", err)
			os.Exit(125)
		}
		return
	}
	os.Exit(m.Run())
}

func run(t *testing.T, k Kernel, timeout time.Duration, script string) (status int, stdout, stderr string, err error) {
	t.Helper()
	if _, err := exec.LookPath("linux.uml"); k == UML && err != nil {
		t.Skip("needs the Debian package user-mode-linux")
	}
	if k == Running && os.Geteuid() != 0 {
		t.Skip("needs root to make namespaces")
	}
	var out, errs strings.Builder
	status, err = Run(t.Context(), Spec{
		Command: []string{"sh", "-c", script}, Dir: t.TempDir(), Env: append(os.Environ(), "GREETING=hello"),
		Memory: "512M", Timeout: timeout, Kernel: k,
	}, &out, &errs)
	return status, out.String(), errs.String(), err
}

// Exit status, both outputs, environment and directory come through.
func TestRun(t *testing.T) {
	for _, k := range []Kernel{Running, UML} {
		t.Run(string(k), func(t *testing.T) {
			status, out, errs, err := run(t, k, time.Minute, `echo $GREETING; pwd >&2; ls /sys/class/net | grep -c eth; exit 7`)
			if err != nil || status != 7 {
				t.Errorf("status %d, %v", status, err)
			}
			if out != "hello\n0\n" || !strings.Contains(errs, "TestRun") {
				t.Errorf("stdout %q, stderr %q", out, errs)
			}
		})
	}
}

// The reason for all this: IPVS is there.
func TestUMLHasIPVS(t *testing.T) {
	status, out, _, err := run(t, UML, time.Minute, "cat /proc/net/ip_vs")
	if err != nil || status != 0 || !strings.HasPrefix(out, "IP Virtual Server version") {
		t.Errorf("status %d, %v: %s", status, err, out)
	}
}

// A panic and a time-out are failures of the lab, never a status of the command.
func TestNoResult(t *testing.T) {
	tests := []struct {
		name, script string
		kernel       Kernel
		timeout      time.Duration
	}{
		{"kernel panic", "echo c > /proc/sysrq-trigger; sleep 20", UML, time.Minute},
		{"kernel does not finish", "sleep 60", UML, 6 * time.Second},
		{"namespaces do not finish", "sleep 60", Running, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begin := time.Now()
			status, _, _, err := run(t, tt.kernel, tt.timeout, tt.script)
			if !errors.Is(err, ErrNoResult) {
				t.Errorf("status %d, %v", status, err)
			}
			if took := time.Since(begin); took > tt.timeout+10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}
