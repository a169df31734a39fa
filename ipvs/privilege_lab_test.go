//go:build lab

package ipvs_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/internal/lab/labtest"
	"github.com/lvsctl/lvsctl/ipvs"
)

// TestLabHelper is not a test: the test binary runs itself with it as somebody
// whom the kernel refuses.
func TestLabHelper(t *testing.T) {
	want := os.Getenv("LVSCTL_HINT")
	if want == "" {
		t.Skip("only for TestLabNoPermission")
	}
	client, err := ipvs.Dial()
	if err != nil {
		t.Fatal(err)
	}
	_, table := client.Table()
	_, info := client.Info()
	_, timeouts := client.Timeouts()
	_, daemons := client.Daemons()
	for _, err := range []error{table, info, timeouts, daemons, client.Apply(addService(1))} {
		var h interface{ Hint() string }
		if !errors.Is(err, ipvs.ErrPermission) || !errors.As(err, &h) || !strings.Contains(h.Hint(), want) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := ipvs.DialIn(os.Getenv("LVSCTL_NAMESPACE")); !errors.Is(err, ipvs.ErrPermission) {
		t.Errorf("dial in another namespace: %v", err)
	}
	// What every user may read is there nevertheless, in both namespaces.
	_, info2, _, err := ipvs.ReadProcFile("")
	if err != nil || info2.Version != [3]uint8{1, 2, 1} {
		t.Errorf("read /proc: %v, %v", info2, err)
	}
	got, _, _, err := ipvs.ReadProcFile(os.Getenv("LVSCTL_NAMESPACE"))
	if err != nil || len(got) != 1 {
		t.Errorf("read another namespace's /proc: %v, %v", got, err)
	}
}

// The kernel refuses a user, and the root of a user namespace although its network
// namespace is its own. The hint tells the one from the other.
func TestLabNoPermission(t *testing.T) {
	ns, client := labtest.Kernel(t)
	if err := client.Apply(addService(1)); err != nil {
		t.Fatal(err)
	}
	holder := exec.Command("sleep", "1000")
	if err := ns.Do(holder.Start); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Process.Kill(); _ = holder.Wait() }()
	nobody := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 65534, Size: 1}}
	for hint, attr := range map[string]*syscall.SysProcAttr{
		"run as root": {Credential: &syscall.Credential{Uid: 65534, Gid: 65534}},
		"initial user namespace": {
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
			UidMappings: nobody, GidMappings: nobody, Credential: &syscall.Credential{},
		},
	} {
		c := exec.Command("/proc/self/exe", "-test.run=^TestLabHelper$", "-test.v")
		c.Env = append(os.Environ(), "LVSCTL_HINT="+hint, fmt.Sprintf("LVSCTL_NAMESPACE=/proc/%d/ns/net", holder.Process.Pid))
		c.SysProcAttr = attr
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", hint, err, out)
		}
	}
}

// A named namespace and a path: the table of the other is read and changed, and
// the own one is not.
func TestLabDialIn(t *testing.T) {
	const name = "lvsctl-lab-dial-in"
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	defer func() { _ = exec.Command("ip", "netns", "delete", name).Run() }()
	before, err := ipvs.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = before.Close() }()
	for i, netns := range []string{name, "/run/netns/" + name} {
		client, err := ipvs.DialIn(netns)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Apply(addService(i)); err != nil {
			t.Error(err)
		}
		plain, err := client.Read(ipvs.Plain) // reads /proc too
		if err != nil || len(plain) != i+1 {
			t.Errorf("%s: %v, %v", netns, plain, err)
		}
		text, _, _, err := ipvs.ReadProcFile(netns)
		if d := gocmp.Diff(onlyProc(plain), text, compareAddresses); d != "" || err != nil {
			t.Errorf("%s: %v\n- netlink, + /proc:\n%s", netns, err, d)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
	if table, err := before.Table(); err != nil || len(table) != 0 {
		t.Errorf("the own table: %v, %v", table, err)
	}
}
