package system

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/mdlayher/packet"
)

// Announcer sends gratuitous ARP. It keeps one packet socket for each link,
// because closing one costs the kernel milliseconds. Not for several goroutines.
type Announcer struct{ conns map[int]*packet.Conn }

// OpenAnnouncer gives an announcer for the network namespace of the thread that
// calls its methods.
func OpenAnnouncer() *Announcer { return &Announcer{conns: map[int]*packet.Conn{}} }

// Close closes the sockets.
func (a *Announcer) Close() {
	for _, c := range a.conns {
		_ = c.Close()
	}
	clear(a.conns)
}

// Announce tells the neighbours on link l that each address lives there, once as
// a request and once as a reply, because some listen to only one of the two.
// An address that fails does not keep the others back.
func (a *Announcer) Announce(l Link, addrs []netip.Addr) error {
	c, err := a.conn(l)
	if err != nil {
		return err
	}
	var errs []error
	for _, addr := range addrs {
		for _, op := range []ARPOperation{ARPRequest, ARPReply} {
			if err := send(c, op, l, addr); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if len(errs) > 0 {
		a.forget(l.Index) // the link may have been made anew
	}
	return errors.Join(errs...)
}

func (a *Announcer) conn(l Link) (*packet.Conn, error) {
	if c, ok := a.conns[l.Index]; ok {
		return c, nil
	}
	// Protocol 0: this socket only sends, the kernel need not queue ARP for it.
	ifi := &net.Interface{Index: l.Index, Name: l.Name, MTU: l.MTU, HardwareAddr: l.HardwareAddr}
	c, err := packet.Listen(ifi, packet.Raw, 0, nil)
	if err != nil {
		return nil, fmt.Errorf("open packet socket on %s: %w", l.Name, err)
	}
	a.conns[l.Index] = c
	return c, nil
}

func (a *Announcer) forget(index int) {
	_ = a.conns[index].Close()
	delete(a.conns, index)
}

func send(c *packet.Conn, op ARPOperation, l Link, addr netip.Addr) error {
	frame, err := GratuitousARP(op, l.HardwareAddr, addr)
	if err != nil {
		return err
	}
	if _, err := c.WriteTo(frame, &packet.Addr{HardwareAddr: broadcastMAC()}); err != nil {
		return fmt.Errorf("announce %s on %s: %w", addr, l.Name, err)
	}
	return nil
}
