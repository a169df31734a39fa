package system_test

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/system"
)

// inNamespace runs f with the network of a new namespace that has eth0.
func inNamespace(t *testing.T, f func(n *lab.Namespace, network *system.Network)) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to make a network namespace")
	}
	n, err := lab.NewNamespace()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.Close() }()
	run(t, n, "link add eth0 type veth peer name far")
	run(t, n, "link set far up")
	run(t, n, "link set eth0 up")
	err = n.Do(func() error {
		network, err := system.OpenNetwork()
		if err != nil {
			return err
		}
		defer network.Close()
		f(n, network)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, n *lab.Namespace, ip string) string {
	t.Helper()
	out, err := n.Output("ip", strings.Fields(ip)...)
	if err != nil {
		t.Fatalf("ip %s: %v: %s", ip, err, out)
	}
	return out
}

func TestVirtualLink(t *testing.T) {
	inNamespace(t, func(n *lab.Namespace, network *system.Network) {
		v := system.VirtualLink{Name: "vrrp.51", Parent: "eth0", MAC: net.HardwareAddr{0, 0, 0x5e, 0, 1, 51}}
		add := func(v system.VirtualLink, want bool) {
			t.Helper()
			if made, err := network.AddVirtualLink(v); made != want || err != nil {
				t.Fatalf("made %v, want %v; error %v", made, want, err)
			}
		}
		add(v, true)
		shown := run(t, n, "-d link show vrrp.51")
		for _, want := range []string{"vrrp.51@eth0", "00:00:5e:00:01:33", "macvlan mode private", "state UP", "addrgenmode none"} {
			if !strings.Contains(shown, want) {
				t.Errorf("no %q in %s", want, shown)
			}
		}
		run(t, n, "address add 10.0.0.50/32 dev vrrp.51")
		add(v, false)
		if !strings.Contains(run(t, n, "address show vrrp.51"), "10.0.0.50") {
			t.Error("a link that was taken over lost its address")
		}
		other := v
		other.MAC = net.HardwareAddr{0, 0, 0x5e, 0, 1, 52}
		if gone, err := network.DeleteVirtualLink(other); gone || err != nil {
			t.Errorf("another one's link: gone %v, %v", gone, err)
		}
		add(other, true) // a new configuration of the same name
		if gone, err := network.DeleteVirtualLink(other); !gone || err != nil {
			t.Errorf("gone %v, %v", gone, err)
		}
		if gone, err := network.DeleteVirtualLink(other); gone || err != nil {
			t.Errorf("again: gone %v, %v", gone, err)
		}
		v.Name = "far"
		if _, err := network.AddVirtualLink(v); !errors.Is(err, system.ErrLinkTaken) {
			t.Errorf("a veth was taken for ours: %v", err)
		}
		v.Name, v.Parent = "x", "none"
		if _, err := network.AddVirtualLink(v); !errors.Is(err, system.ErrNoLink) {
			t.Errorf("no parent: %v", err)
		}
	})
}
