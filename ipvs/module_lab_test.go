//go:build lab

package ipvs_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/ipvs"
)

// unloadIPVS takes ip_vs and what uses it out of a kernel that is the test's own.
func unloadIPVS(t *testing.T) {
	t.Helper()
	if b, err := os.ReadFile("/proc/cpuinfo"); err != nil || !bytes.Contains(b, []byte("User Mode Linux")) {
		t.Skip("the module is only taken out of a kernel booted for the tests")
	}
	for range 500 { // namespaces of other tests take a moment to go
		modules := loaded(t)
		if len(modules) == 0 {
			return
		}
		for _, m := range modules {
			_ = unix.DeleteModule(m, unix.O_NONBLOCK)
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Skipf("modules cannot be unloaded: %v", loaded(t))
}

func loaded(t *testing.T) (modules []string) {
	t.Helper()
	b, err := os.ReadFile("/proc/modules")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if name, _, _ := strings.Cut(line, " "); strings.HasPrefix(name, "ip_vs") {
			modules = append(modules, name)
		}
	}
	return modules
}

// A client that lost its module, a kernel that cannot find the module, and one that
// loads it because it is asked for the family. Nobody runs modprobe but the kernel.
func TestLabModule(t *testing.T) {
	old, err := ipvs.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = old.Close() }()
	unloadIPVS(t)
	_, table := old.Table()
	for name, err := range map[string]error{"Table": table, "Apply": old.Apply(addService(1))} {
		if !errors.Is(err, ipvs.ErrNoModule) || errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s with the module gone: %v", name, err)
		}
	}
	if _, _, _, err := ipvs.ReadProcFile(""); !errors.Is(err, ipvs.ErrNoModule) {
		t.Errorf("ReadProcFile with the module gone: %v", err)
	}
	if len(loaded(t)) != 0 {
		t.Errorf("loaded without a request: %v", loaded(t))
	}

	hidden := hideModules(t)
	client, err := ipvs.Dial()
	if client != nil || !errors.Is(err, ipvs.ErrNoModule) {
		t.Errorf("no module to be found: %v", err)
	}
	var h interface{ Hint() string }
	if !errors.As(err, &h) || !strings.Contains(h.Hint(), "modprobe ip_vs") {
		t.Errorf("no hint: %v", err)
	}
	hidden()

	client, err = ipvs.Dial()
	if err != nil {
		t.Fatalf("the module is there, but: %v", err)
	}
	defer func() { _ = client.Close() }()
	if m := loaded(t); len(m) != 1 || m[0] != "ip_vs" {
		t.Errorf("loaded by the request: %v", m)
	}
	if err := client.Apply(addService(1), ipvs.Op{Kind: ipvs.Flush}); err != nil { // a scheduler's module too
		t.Error(err)
	}
}

// hideModules puts an empty folder over that of the modules, until the function
// is called.
func hideModules(t *testing.T) (back func()) {
	t.Helper()
	if err := unix.Mount("tmpfs", "/lib/modules", "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Unmount("/lib/modules", 0); err != nil {
			t.Error(err)
		}
	}
}
