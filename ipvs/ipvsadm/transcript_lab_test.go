//go:build lab

package ipvsadm_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/internal/lab/labtest"
	"github.com/lvsctl/lvsctl/ipvs"
)

// The stories, told by the real programs. With -rewrite their answers are written
// down (make goldens); otherwise they must be those that are there.
func TestLabGoldens(t *testing.T) {
	replayGoldens(t, &inKernel{dir: realDir}, always, func(_ *testing.T, _ *datadriven.TestData, got []step) string {
		return text(got)
	})
	if t.Failed() {
		t.Log("the written answers are not those of this ipvsadm and kernel: make goldens, and read what changed")
	}
}

const realDir = "/usr/sbin"

// More time for the lab: LVSCTL_LAB_LONG=5m lets the binary tell all stories, and
// random rules be tried for that long.
const longVariable = "LVSCTL_LAB_LONG"

// onlyLanguage are stories that take long to tell with a process for each line, and
// show no more than TestGoldens does.
var onlyLanguage = map[string]bool{
	"services.txt": true, "servers.txt": true, "sort.txt": true,
	"spelling.txt": true, "wrong-values.txt": true, "wrong-combinations.txt": true,
}

// The stories, told by the binary under the names of the programs that it replaces.
func TestLabBinaryLikeIpvsadm(t *testing.T) {
	binary, err := filepath.Abs(filepath.Join("..", "..", "bin", "lvsctl"))
	if err == nil {
		_, err = os.Stat(binary)
	}
	if err != nil {
		t.Fatalf("make build has not been run: %v", err)
	}
	dir := t.TempDir()
	for _, name := range []string{"ipvsadm", "ipvsadm-save", "ipvsadm-restore"} {
		if err := os.Symlink(binary, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	wanted := func(name string) bool { return !onlyLanguage[name] || os.Getenv(longVariable) != "" }
	replayGoldens(t, &inKernel{dir: dir}, wanted, likeTheReal)
}

// inKernel runs programs in a network namespace of a kernel with IPVS.
type inKernel struct {
	dir    string // of the programs
	ns     *lab.Namespace
	client *ipvs.Client
}

func (k *inKernel) fresh(t *testing.T) {
	k.ns, k.client = labtest.Kernel(t)
	dir, err := filepath.Abs("testdata")
	if err == nil {
		err = k.ns.Do(func() error { return errors.Join(addInterfaces(), bindNames(dir)) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// addInterfaces makes those that every machine has.
func addInterfaces() error {
	for _, i := range interfaces[1:] {
		link := &netlink.Dummy{LinkAttrs: netlink.LinkAttrs{Name: i.Name, MTU: i.MTU}}
		if err := netlink.LinkAdd(link); err != nil {
			return err
		}
		if i.Down {
			continue
		}
		own, err := netlink.ParseAddr(i.Network.Addr().Next().String() + "/24")
		if err != nil {
			return err
		}
		if err := errors.Join(netlink.AddrAdd(link, own), netlink.LinkSetUp(link)); err != nil {
			return err
		}
	}
	return nil
}

// bindNames gives the calling thread, and what it starts, a view of the files in
// which only the names of testdata are known.
func bindNames(dir string) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	for _, name := range []string{"hosts", "services", "nsswitch.conf"} {
		err = errors.Join(err, unix.Mount(filepath.Join(dir, name), "/etc/"+name, "", unix.MS_BIND, ""))
	}
	return err
}

// connections puts a folder in the place of /proc that has nothing but this text.
func (k *inKernel) connections(t *testing.T, text string) {
	dir := t.TempDir()
	for _, net := range []string{"net", "thread-self/net"} {
		err := os.MkdirAll(filepath.Join(dir, net), 0o755)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, net, "ip_vs_conn"), []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := k.ns.Do(func() error { return unix.Mount(dir, "/proc", "", unix.MS_BIND, "") }); err != nil {
		t.Fatal(err)
	}
}

func (k *inKernel) table(t *testing.T) ipvs.Table {
	table, err := k.client.Table()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// tableSize is what the kernel's builder chose.
const sameSize = "(size=4096)"

var tableSize = regexp.MustCompile(`\(size=[0-9]+\)`)

func (k *inKernel) run(t *testing.T, argv []string, in string) result {
	return k.runFrom(t, k.dir, argv, in)
}

func (k *inKernel) save(t *testing.T) string {
	return k.runFrom(t, realDir, []string{"ipvsadm", "-Sn"}, "").out
}

func (k *inKernel) runFrom(t *testing.T, dir string, argv []string, in string) result {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	c := exec.CommandContext(ctx, filepath.Join(dir, argv[0]), argv[1:]...)
	c.Args[0] = argv[0]
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(in), &out, &errs
	err := k.ns.Do(c.Run)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%q: %v", argv, err)
	}
	printed := tableSize.ReplaceAllString(out.String(), sameSize)
	return result{statusOf(c.ProcessState), printed, errs.String()}
}

// statusOf is the exit status that a shell would show.
func statusOf(p *os.ProcessState) int {
	if ws, ok := p.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return p.ExitCode()
}
