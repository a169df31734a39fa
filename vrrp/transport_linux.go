package vrrp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/system"
)

const (
	network         = "ip4:112" // the protocol number of VRRP
	group           = "224.0.0.18"
	controlTOS      = 0xc0 // precedence internetwork control, as keepalived
	controlPriority = 7    // TC_PRIO_CONTROL (linux/pkt_sched.h)
	maxPacket       = 2048 // more than the longest IPv4 packet that can hold an advertisement
)

// MulticastTransport opens raw sockets for VRRP over IPv4 multicast, in the
// network namespace of the calling thread.
type MulticastTransport struct{}

// Open opens the socket of a link. It hears only that link and only the group.
func (MulticastTransport) Open(l system.Link) (Conn, error) {
	lc := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		if ctrl := raw.Control(func(fd uintptr) { err = setOptions(int(fd), l) }); ctrl != nil {
			return ctrl
		}
		return err
	}}
	pc, err := lc.ListenPacket(context.Background(), network, group)
	if err != nil {
		return nil, fmt.Errorf("open VRRP socket on %s: %w", l.Name, cause(err))
	}
	raw, err := pc.(*net.IPConn).SyscallConn()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open VRRP socket on %s: %w", l.Name, err), pc.Close())
	}
	return &multicastConn{link: l, conn: pc, raw: raw, buf: make([]byte, maxPacket)}, nil
}

// cause takes the wrapping off that names addresses of no interest.
func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// setOptions makes the socket one of link l (vrrp.md I2, I6, I7).
func setOptions(fd int, l system.Link) error {
	if err := unix.BindToDevice(fd, l.Name); err != nil {
		return fmt.Errorf("bind to device: %w", err)
	}
	for _, o := range []struct {
		name              string
		level, opt, value int
	}{
		{"multicast TTL", unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, vrrpTTL},
		{"multicast loop", unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 0},
		{"multicast all", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0},
		{"TOS", unix.IPPROTO_IP, unix.IP_TOS, controlTOS},
		{"path MTU discovery", unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DONT},
		{"priority", unix.SOL_SOCKET, unix.SO_PRIORITY, controlPriority},
	} {
		if err := unix.SetsockoptInt(fd, o.level, o.opt, o.value); err != nil {
			return fmt.Errorf("set %s: %w", o.name, err)
		}
	}
	mreq := &unix.IPMreqn{Multiaddr: groupAddr(), Ifindex: int32(l.Index)}
	if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, mreq); err != nil {
		return fmt.Errorf("choose the link for multicast: %w", err)
	}
	if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, mreq); err != nil {
		return fmt.Errorf("join %s: %w", group, err)
	}
	return nil
}

func groupAddr() [4]byte { return netip.MustParseAddr(group).As4() }

type multicastConn struct {
	link system.Link
	conn net.PacketConn
	raw  syscall.RawConn
	buf  []byte
}

// Wait peeks, so that whoever receives finds everything in its order.
func (c *multicastConn) Wait() error {
	var waitErr error
	err := c.raw.Read(func(fd uintptr) bool {
		_, _, waitErr = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return !errors.Is(waitErr, unix.EAGAIN) && !errors.Is(waitErr, unix.EINTR)
	})
	return errors.Join(err, waitErr)
}

// Receive does not use Read of the raw connection, whose lock Wait holds.
func (c *multicastConn) Receive() ([]byte, bool) {
	n := -1
	err := c.raw.Control(func(fd uintptr) {
		n, _, _ = unix.Recvfrom(int(fd), c.buf, unix.MSG_DONTWAIT)
	})
	if err != nil || n < 0 {
		return nil, false // an error that stays makes Wait fail
	}
	return c.buf[:n], true
}

func (c *multicastConn) Send(source netip.Addr, message []byte) error {
	control := unix.PktInfo4(&unix.Inet4Pktinfo{Ifindex: int32(c.link.Index), Spec_dst: source.As4()})
	var sendErr error
	err := c.raw.Control(func(fd uintptr) {
		to := &unix.SockaddrInet4{Addr: groupAddr()}
		sendErr = unix.Sendmsg(int(fd), message, control, to, unix.MSG_DONTWAIT)
	})
	if err := errors.Join(err, sendErr); err != nil {
		return fmt.Errorf("send advertisement on %s: %w", c.link.Name, err)
	}
	return nil
}

func (c *multicastConn) Close() error { return c.conn.Close() }
