package ipvs_test

import (
	"bytes"
	"encoding/binary"
	"syscall"
	"testing"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// controller is the family that tells the number of IPVS's (GENL_ID_CTRL).
const controller = 0x10

// oldKernel is a connection to a kernel that passes over the attributes of
// servers from a number on, as kernels do with what is new to them.
type oldKernel struct {
	ipvs.Conn
	firstUnknown uint16
}

func (c oldKernel) Send(datagram []byte) error {
	b := bytes.Clone(datagram)
	for rest := b; len(rest) >= 20; {
		length := int(binary.NativeEndian.Uint32(rest))
		if kind := binary.NativeEndian.Uint16(rest[4:]); kind != controller {
			c.attributes(rest[20:length], 0)
		}
		rest = rest[min((length+3)&^3, len(rest)):]
	}
	return c.Conn.Send(b)
}

// attributes gives unknown attributes a number that nobody knows. Those of a
// server are nested in attribute 2 of the message.
func (c oldKernel) attributes(b []byte, nestedIn uint16) {
	for len(b) >= 4 {
		length, kind := int(binary.NativeEndian.Uint16(b)), binary.NativeEndian.Uint16(b[2:])&^(1<<15)
		switch {
		case nestedIn == 0 && kind == 2:
			c.attributes(b[4:length], 2)
		case nestedIn == 2 && kind >= c.firstUnknown:
			binary.NativeEndian.PutUint16(b[2:], 1000+kind)
		}
		b = b[min((length+3)&^3, len(b)):]
	}
}

func TestProbeTunnels(t *testing.T) {
	for name, tc := range map[string]struct {
		firstUnknown uint16
		gue, gre     bool
	}{
		"Linux 4.19": {13, false, false},
		"Linux 5.2":  {15, true, false},
		"Linux 5.3":  {16, true, true},
	} {
		kernel := ipvstest.New()
		client, err := ipvs.New(oldKernel{kernel.Conn(), tc.firstUnknown})
		if err != nil {
			t.Fatal(err)
		}
		if gue, gre := ipvs.ProbeTunnels(client); gue != tc.gue || gre != tc.gre {
			t.Errorf("%s: knows gue: %v, gre: %v", name, gue, gre)
		}
		if n := len(kernel.Table()); n != 1 {
			t.Errorf("%s: %d services were made to find out", name, n)
		}
	}
}

// A kernel that cannot be asked is taken for what its release says.
func TestProbeTunnelsThatFails(t *testing.T) {
	for n := 1; n <= 2; n++ {
		kernel := ipvstest.New()
		kernel.Fail(n, syscall.ENOMEM)
		if gue, gre := ipvs.ProbeTunnels(kernel.Client()); gue || gre {
			t.Errorf("operation %d failed, but gue: %v, gre: %v", n, gue, gre)
		}
	}
}
