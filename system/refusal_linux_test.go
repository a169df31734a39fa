package system_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/lvsctl/lvsctl/internal/lab"
	"github.com/lvsctl/lvsctl/system"
)

// A refused address is there but does not answer, until it is refused no more.
func TestRefusal(t *testing.T) {
	inNamespace(t, func(n *lab.Namespace, _ *system.Network) {
		run(t, n, "address add 10.0.0.50/32 dev eth0")
		run(t, n, "address add fd00::50/128 dev eth0 nodad")
		run(t, n, "link set lo up")
		conn, err := net.ListenUDP("udp", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		answers := func(a string) bool {
			to := net.UDPAddr{IP: net.ParseIP(a), Port: conn.LocalAddr().(*net.UDPAddr).Port}
			if _, err := conn.WriteToUDP([]byte("?"), &to); err != nil {
				t.Fatal(err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)) // on loopback it is there at once
			_, _, err := conn.ReadFromUDP(make([]byte, 1))
			return err == nil
		}
		v4, v6 := netip.MustParseAddr("10.0.0.50"), netip.MustParseAddr("fd00::50")
		r := system.NewRefusal("lvsctl-test")
		for _, c := range []struct {
			refused            []netip.Addr
			answers4, answers6 bool
		}{
			{nil, true, true},
			{[]netip.Addr{v4}, false, true},
			{[]netip.Addr{v4, v6}, false, false},
			{[]netip.Addr{v6}, true, false},
			{nil, true, true},
		} {
			if err := r.Refuse(c.refused); err != nil {
				t.Fatal(err)
			}
			if got4, got6 := answers("10.0.0.50"), answers("fd00::50"); got4 != c.answers4 || got6 != c.answers6 {
				t.Errorf("refused %v: answers %v %v, want %v %v", c.refused, got4, got6, c.answers4, c.answers6)
			}
		}
	})
}
