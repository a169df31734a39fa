package ipvs

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
)

func TestReadProcFileFindsNone(t *testing.T) {
	if _, _, _, err := ReadProcFile("lvsctl-no-such"); !errors.Is(err, ErrNoNamespace) {
		t.Errorf("no such namespace: %v", err)
	}
	if _, err := os.Stat("/proc/net/ip_vs"); err == nil {
		t.Skip("this kernel has IPVS loaded: the lab reads its table")
	}
	if _, _, _, err := ReadProcFile(""); !errors.Is(err, ErrNoModule) {
		t.Errorf("a kernel without IPVS: %v", err)
	}
	if _, _, _, err := ReadProcFile(otherNamespace(t)); !errors.Is(err, ErrNoModule) {
		t.Errorf("another namespace of a kernel without IPVS: %v", err)
	}
}

// TestHelperReadsAsNobody is not a test: the test binary runs itself with it.
func TestHelperReadsAsNobody(t *testing.T) {
	path := os.Getenv("LVSCTL_NAMESPACE")
	if path == "" {
		t.Skip("only for TestReadProcFileWithoutPrivileges")
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrPermission) {
		t.Fatalf("the namespace is not closed to nobody: %v", err)
	}
	if _, _, _, err := ReadProcFile(path); !errors.Is(err, ErrNoModule) || errors.Is(err, ErrPermission) {
		t.Errorf("got %v, want that the file is not there", err)
	}
}

// The path of a process's namespace leads to its /proc/net too, which is open to
// everybody. Without IPVS it can only be seen that it was looked at.
func TestReadProcFileWithoutPrivileges(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("to become somebody else takes root")
	}
	if _, err := os.Stat("/proc/net/ip_vs"); err == nil {
		t.Skip("this kernel has IPVS loaded: the lab reads its table")
	}
	c := exec.Command("/proc/self/exe", "-test.run=^TestHelperReadsAsNobody$")
	c.Env = append(os.Environ(), "LVSCTL_NAMESPACE=/proc/1/ns/net")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// Linux offers these values of CONFIG_HZ.
func TestTicksPerSecond(t *testing.T) {
	if hz := ticksPerSecond(); !slices.Contains([]int{24, 32, 48, 64, 100, 128, 200, 250, 256, 300, 500, 512, 1000, 1024}, hz) {
		t.Errorf("%d", hz)
	}
}
