//go:build lab

// Package compat shows that lvsctl can take the place of ipvsadm under the programs
// that were written for it, on machines where both can be installed and removed.
package compat

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/internal/lab"
)

// Programs on a machine.
const (
	ipvsadm      = "/sbin/ipvsadm"
	lvsctl       = "/usr/local/sbin/lvsctl"
	alternatives = "/usr/local/sbin/ipvsadm-alternatives"
)

// machine is a host with a disk of its own: all files of this computer, on which
// it writes into memory only.
type machine struct {
	*lab.Namespace
	root string
}

// newMachine installs a machine that has the real ipvsadm, and lvsctl beside it.
func newMachine(t *testing.T, on *lab.Namespace) *machine {
	t.Helper()
	base, err := os.MkdirTemp("/run", "machine-")
	if err != nil {
		t.Fatal(err)
	}
	mount(t, "tmpfs", base, "tmpfs", 0, "")
	m := &machine{Namespace: on, root: filepath.Join(base, "root")}
	for _, dir := range []string{"root", "upper", "work"} {
		if err := os.Mkdir(filepath.Join(base, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	mount(t, "overlay", m.root, "overlay", 0, "lowerdir=/,upperdir="+base+"/upper,workdir="+base+"/work")
	mount(t, "/proc", m.path("/proc"), "", unix.MS_BIND, "")
	mount(t, "/dev", m.path("/dev"), "", unix.MS_BIND, "")
	m.copyFile(t, "../../../bin/lvsctl", lvsctl) // make lab builds it
	m.copyFile(t, "../../../deploy/alternatives/ipvsadm-alternatives", alternatives)
	return m
}

func mount(t *testing.T, what, at, kind string, flags uintptr, data string) {
	t.Helper()
	if err := unix.Mount(what, at, kind, flags, data); err != nil {
		t.Fatalf("mount %s at %s: %v", what, at, err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(at, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", at, err)
		}
	})
}

// path is where one of the machine's files is for us.
func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

func (m *machine) copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	m.write(t, to, string(b))
}

func (m *machine) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(m.path(name), []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(m.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// result is what a program did.
type result struct {
	Status      int
	Out, Errors string
}

// patience is for one program: Perl takes seconds to start in the lab.
const patience = time.Minute

// run runs a program on the machine.
func (m *machine) run(t *testing.T, program string, args ...string) result {
	t.Helper()
	return m.runAs(t, 0, program, args...)
}

func (m *machine) runAs(t *testing.T, user uint32, program string, args ...string) (r result) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience) // cleaning up takes it too
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr, c.Dir = &out, &errs, "/"
	c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "PERL_HASH_SEED=0"} // Perl goes through hashes in one order
	c.SysProcAttr = &syscall.SysProcAttr{Chroot: m.root, Credential: &syscall.Credential{Uid: user, Gid: user}}
	c.WaitDelay = time.Second // a daemon may keep the outputs open
	err := m.Do(c.Run)
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatalf("%s %q: %v", program, args, err)
	}
	return result{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// must runs a program that has to succeed, and gives what it printed.
func (m *machine) must(t *testing.T, program string, args ...string) string {
	t.Helper()
	r := m.run(t, program, args...)
	if r.Status != 0 {
		t.Fatalf("%s %q: status %d\n%s%s", program, args, r.Status, r.Out, r.Errors)
	}
	return r.Out
}

// takeOver puts lvsctl in ipvsadm's place.
func (m *machine) takeOver(t *testing.T) {
	t.Helper()
	m.must(t, alternatives, "install")
	if out := m.must(t, ipvsadm, "-h"); !strings.Contains(out, "lvsctl") {
		t.Fatalf("this is not lvsctl:\n%s", out)
	}
}

// look shows with the real ipvsadm, whoever is in its place on the machine.
func (m *machine) look(t *testing.T, args ...string) string {
	t.Helper()
	out, err := m.Output("/usr/sbin/ipvsadm", args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// onBoth does the same with ipvsadm (0) and with lvsctl (1).
func onBoth(t *testing.T, do func(t *testing.T, i int)) {
	t.Helper()
	for i, name := range []string{"ipvsadm", "lvsctl"} {
		if !t.Run(name, func(t *testing.T) { do(t, i) }) {
			t.FailNow() // there is nothing to compare
		}
	}
}
