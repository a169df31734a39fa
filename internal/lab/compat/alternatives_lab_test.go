//go:build lab

package compat

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/internal/lab"
)

func newNamespace(t *testing.T) *lab.Namespace {
	t.Helper()
	ns, err := lab.NewNamespace()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	return ns
}

// programs are the three names, with what stands under each: the target of a link,
// or the beginning of a script, or how long the file is.
func (m *machine) programs(t *testing.T) (found []string) {
	t.Helper()
	names, err := filepath.Glob(m.path("/usr/sbin/ipvsadm*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		what, err := os.Readlink(name)
		if err != nil {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if what = fmt.Sprintf("%d bytes", len(b)); strings.HasPrefix(string(b), packaged) {
				what = string(b[len(packaged):])
			}
		}
		found = append(found, filepath.Base(name)+": "+strings.TrimSpace(what))
	}
	return found
}

// packaged is how the programs of a package begin that install makes.
const packaged = "#!/bin/sh\necho "

// installPackage installs a package ipvsadm whose programs print their version.
func (m *machine) installPackage(t *testing.T, version, dir string) {
	t.Helper()
	tree := m.path("/tmp/" + version)
	for _, d := range []string{tree + "/DEBIAN", tree + dir} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m.write(t, "/tmp/"+version+"/DEBIAN/control", "Package: ipvsadm\nVersion: 1:1.31-"+version+
		"\nArchitecture: amd64\nMaintainer: lab <lab@localhost>\nDescription: for the lab\n")
	for _, p := range []string{"ipvsadm", "ipvsadm-save", "ipvsadm-restore"} {
		m.write(t, "/tmp/"+version+dir+"/"+p, packaged+version+"\n")
	}
	file := "/tmp/" + version + ".deb"
	m.must(t, "/usr/bin/dpkg-deb", "-Znone", "--build", "/tmp/"+version, file)
	m.must(t, "/usr/bin/dpkg", "--no-triggers", "--install", file)
}

func (m *machine) expect(t *testing.T, when string, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, m.programs(t)); d != "" {
		t.Errorf("%s: - wanted, + found\n%s", when, d)
	}
}

// links are the names while the choice is among alternatives.
var links = []string{
	"ipvsadm: /etc/alternatives/ipvsadm",
	"ipvsadm-restore: /etc/alternatives/ipvsadm-restore",
	"ipvsadm-save: /etc/alternatives/ipvsadm-save",
}

func withLinks(restore, save, main string) []string {
	return []string{links[0], links[1], restore, links[2], save, main}
}

// lvsctl comes, the package is upgraded under it and changes its directory, lvsctl
// goes, and the package's newest programs are in their place, as dpkg knows them.
func TestLabAlternativesFollowThePackage(t *testing.T) {
	m := newMachine(t, newNamespace(t))
	before := m.programs(t)
	m.must(t, alternatives, "remove")
	m.expect(t, "nothing to remove", before...)

	aside := func(what, suffix string) []string {
		return withLinks("ipvsadm-restore"+suffix+": "+what, "ipvsadm-save"+suffix+": "+what, "ipvsadm"+suffix+": "+what)
	}
	m.takeOver(t)
	m.installPackage(t, "2", "/sbin")
	m.expect(t, "upgraded", aside("2", ".distrib")...)
	m.must(t, alternatives, "install")
	m.expect(t, "installed again", aside("2", ".distrib")...)
	m.must(t, "/usr/bin/update-alternatives", "--set", "ipvsadm", "/sbin/ipvsadm.distrib")
	if out := m.must(t, "/sbin/ipvsadm-save"); out != "2\n" {
		t.Errorf("the original was chosen, and says %q", out)
	}
	m.must(t, "/usr/bin/update-alternatives", "--auto", "ipvsadm")

	m.installPackage(t, "3", "/usr/sbin")
	m.expect(t, "moved to /usr", aside("3", ".distrib.usr")...)
	if out := m.must(t, "/sbin/ipvsadm-save", "-n"); out != "" {
		t.Errorf("lvsctl was chosen, and says %q", out)
	}
	m.must(t, alternatives, "remove")
	m.expect(t, "removed", "ipvsadm: 3", "ipvsadm-restore: 3", "ipvsadm-save: 3")
	m.must(t, alternatives, "remove")
	if r := m.run(t, "/usr/bin/dpkg", "--verify", "ipvsadm"); r.Out+r.Errors != "" {
		t.Errorf("dpkg finds %s%s", r.Out, r.Errors)
	}
	if out := m.must(t, "/usr/bin/dpkg-divert", "--list", "*ipvsadm*"); out != "" {
		t.Errorf("diverted still:\n%s", out)
	}
}

// At every moment there is one of the three programs under each name.
func TestLabAlternativesWithoutGap(t *testing.T) {
	m := newMachine(t, newNamespace(t))
	stop, missing := m.watchPrograms(t)
	m.takeOver(t)
	m.must(t, alternatives, "remove")
	close(stop)
	if first := <-missing; first != "" {
		t.Error("for a moment: ", first)
	}
}

// watchPrograms looks for the programs until stop is closed, and then tells which
// it did not find first.
func (m *machine) watchPrograms(t *testing.T) (stop chan<- struct{}, missing <-chan string) {
	t.Helper()
	root, err := os.Open(m.root)
	if err != nil {
		t.Fatal(err)
	}
	stopped, first := make(chan struct{}), make(chan string, 1)
	go func() {
		defer func() { _ = root.Close() }()
		looks := 0
		for name := ""; ; looks++ {
			name = "sbin/" + []string{"ipvsadm", "ipvsadm-save", "ipvsadm-restore"}[looks%3]
			how := unix.OpenHow{Flags: unix.O_PATH, Resolve: unix.RESOLVE_IN_ROOT}
			fd, err := unix.Openat2(int(root.Fd()), name, &how)
			if err != nil {
				first <- fmt.Sprintf("%s: %v", name, err)
				return
			}
			_ = unix.Close(fd)
			select {
			case <-stopped:
				t.Logf("looked %d times", looks)
				first <- ""
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return stopped, first
}

// The package goes while lvsctl is in its place, and comes back.
func TestLabAlternativesWithoutPackage(t *testing.T) {
	m := newMachine(t, newNamespace(t))
	m.installPackage(t, "3", "/usr/sbin")
	m.takeOver(t)
	m.must(t, "/usr/bin/dpkg", "--no-triggers", "--force-depends", "--remove", "ipvsadm")
	m.expect(t, "package gone", links...)
	m.must(t, ipvsadm, "-Ln")
	m.must(t, alternatives, "remove")
	m.expect(t, "lvsctl gone too")
	m.takeOver(t)
	m.installPackage(t, "4", "/usr/sbin")
	m.must(t, ipvsadm, "-Ln")
	m.must(t, alternatives, "remove")
	m.expect(t, "package back", "ipvsadm: 4", "ipvsadm-restore: 4", "ipvsadm-save: 4")
}

// What cannot be put back, or needs root, is refused, and nothing has changed.
func TestLabAlternativesRefuse(t *testing.T) {
	m := newMachine(t, newNamespace(t))
	refused := func(words string, user uint32, args ...string) {
		t.Helper()
		before := m.programs(t)
		if r := m.runAs(t, user, alternatives, args...); r.Status == 0 || !strings.Contains(r.Errors, words) {
			t.Errorf("%q: status %d, %q", args, r.Status, r.Errors)
		}
		m.expect(t, words, before...)
		if out := m.must(t, "/usr/bin/dpkg-divert", "--list", "*ipvsadm*"); out != "" {
			t.Errorf("%s, and yet diverted:\n%s", words, out)
		}
	}
	refused("usage", 0)
	refused("usage", 0, "install", "lvsctl")
	refused("needs root", 65534, "install")
	refused("is not lvsctl", 0, "install", "/bin/false")
	m.write(t, "/usr/sbin/ipvsadm-save.distrib", "somebody's")
	refused("both /sbin/ipvsadm-save and", 0, "install")
	m.must(t, "/bin/rm", "/usr/sbin/ipvsadm-save.distrib", "/usr/sbin/ipvsadm-restore")
	m.must(t, "/bin/ln", "-s", "/bin/true", "/usr/sbin/ipvsadm-restore")
	refused("belongs to no package", 0, "install")
	m.must(t, "/bin/rm", "/usr/bin/dpkg-divert")
	m.must(t, "/bin/cp", "/usr/bin/update-alternatives", "/usr/sbin/alternatives")
	if r := m.run(t, alternatives, "install"); r.Status != 1 || !strings.Contains(r.Errors, "remove its package first") {
		t.Errorf("status %d, %q", r.Status, r.Errors)
	}
}

// Without dpkg there are alternatives only. This is not RHEL, but its commands.
func TestLabAlternativesWithoutDpkg(t *testing.T) {
	m := newMachine(t, newNamespace(t))
	m.must(t, "/bin/sh", "-c", "rm /usr/bin/dpkg-divert /usr/sbin/ipvsadm*; mv /usr/bin/update-alternatives /usr/sbin/alternatives")
	m.takeOver(t)
	m.must(t, alternatives, "install")
	m.expect(t, "installed", links...)
	m.must(t, alternatives, "remove")
	m.must(t, alternatives, "remove")
	m.expect(t, "removed")
}
