package realserver

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/system"
)

// kernelState is what ip(8) and the settings show in a namespace.
func kernelState(t *testing.T, n *lab.Namespace) string {
	t.Helper()
	out, err := n.Output("sh", "-c", "ip address show dev lo; ip route show table main;"+
		"grep . /proc/sys/net/ipv4/conf/*/arp_ignore /proc/sys/net/ipv4/conf/*/arp_announce")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The same in the real kernel: start makes what the tutorial's script makes, stop
// leaves the namespace as it was.
func TestInKernel(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to make a network namespace")
	}
	n, err := lab.NewNamespace()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.Close() }()
	before := kernelState(t, n)
	store := FileStore(filepath.Join(t.TempDir(), "realserver.json"))
	inside := func(f func(r *RealServer) (bool, error), want bool) {
		t.Helper()
		err := n.Do(func() error {
			network, err := system.OpenNetwork()
			if err != nil {
				return err
			}
			defer network.Close()
			got, err := f(&RealServer{Host: network, Sysctls: system.OpenSysctls(), Store: store})
			if got != want {
				t.Errorf("changed %v, want %v", got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	vips := []netip.Addr{vip1, vip2}
	start := func(r *RealServer) (bool, error) { return r.Start(vips) }
	stop := func(r *RealServer) (bool, error) { return r.Stop(nil) }
	running := func(r *RealServer) (bool, error) {
		s, err := r.Status(vips)
		return len(s) == 2 && s[0].Running() && s[1].Running(), err
	}
	inside(running, false)
	inside(start, true)
	inside(start, false)
	inside(running, true)
	after := kernelState(t, n)
	for _, line := range []string{
		"inet 172.28.14.227/32 scope global lo", "172.28.14.228 dev lo scope link",
		"/proc/sys/net/ipv4/conf/all/arp_announce:2", "/proc/sys/net/ipv4/conf/lo/arp_ignore:1",
	} {
		if !strings.Contains(after, line) {
			t.Errorf("no %q after start:\n%s", line, after)
		}
	}
	inside(stop, true)
	inside(stop, false)
	mustEqual(t, "state after stop", before, kernelState(t, n))
}
