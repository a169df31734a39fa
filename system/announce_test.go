package system

import (
	"encoding/hex"
	"net"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The request is byte for byte what keepalived 2.2.7 sent in a capture.
func TestGratuitousARP(t *testing.T) {
	mac := net.HardwareAddr{0x02, 0x77, 0, 0, 0, 0x01}
	vip := netip.MustParseAddr("10.77.0.50")
	for _, c := range []struct {
		name string
		op   ARPOperation
		want string
	}{
		{"request", ARPRequest, "ffffffffffff0277000000010806" + "0001080006040001" + "0277000000010a4d0032" + "ffffffffffff0a4d0032"},
		{"reply", ARPReply, "ffffffffffff0277000000010806" + "0001080006040002" + "0277000000010a4d0032" + "ffffffffffff0a4d0032"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := GratuitousARP(c.op, mac, vip)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, hex.EncodeToString(got)); diff != "" {
				t.Errorf("frame (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGratuitousARPRefuses(t *testing.T) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	if _, err := GratuitousARP(ARPRequest, nil, netip.MustParseAddr("10.0.0.1")); err == nil {
		t.Error("a link without hardware address was announced")
	}
	if _, err := GratuitousARP(ARPRequest, mac, netip.MustParseAddr("fd00::1")); err == nil {
		t.Error("an IPv6 address was announced with ARP")
	}
}
