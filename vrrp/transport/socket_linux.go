package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
)

const (
	controlClass    = 0xc0 // precedence internetwork control, as keepalived
	controlPriority = 7    // TC_PRIO_CONTROL (linux/pkt_sched.h)
	maxPacket       = 8192 // more than the longest packet that can hold an advertisement
)

// Socket carries VRRP on one interface. Wait may be called while another goroutine
// uses the rest.
type Socket struct {
	kind   Kind
	link   system.Link
	conn   net.PacketConn
	raw    syscall.RawConn
	groups []netip.Addr // that it is a member of

	in      []byte
	control []byte
	out     sender
	peeked  [1]byte
}

// Open opens the socket of a link, in the network namespace of the calling thread.
// It hears only that link, and nothing before Listen.
func Open(l system.Link, k Kind) (*Socket, error) {
	lc := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		ctrl := raw.Control(func(fd uintptr) { err = setOptions(int(fd), l, k) })
		return errors.Join(ctrl, err)
	}}
	conn, err := lc.ListenPacket(context.Background(), k.network(), "")
	if err != nil {
		return nil, fmt.Errorf("open VRRP socket for %s on %s: %w", k.Family(), l.Name, cause(err))
	}
	raw, err := conn.(*net.IPConn).SyscallConn()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open VRRP socket on %s: %w", l.Name, err), conn.Close())
	}
	s := &Socket{kind: k, link: l, conn: conn, raw: raw, in: make([]byte, maxPacket), control: make([]byte, 256)}
	s.out.prepare(l.Index)
	return s, nil
}

// cause takes the wrapping off that names addresses of no interest.
func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// option is one setsockopt with a number.
type option struct {
	name              string
	level, opt, value int
}

// options4 has no TTL, because the header is ours.
func options4() []option {
	return []option{
		{"own header", unix.IPPROTO_IP, unix.IP_HDRINCL, 1},
		{"multicast loop", unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 0},
		{"multicast all", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0},
		{"path MTU discovery", unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DONT},
	}
}

func options6() []option {
	return []option{
		{"multicast loop", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 0},
		{"multicast all", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_ALL, 0},
		{"traffic class", unix.IPPROTO_IPV6, unix.IPV6_TCLASS, controlClass},
		{"hop limit wanted", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1},
		{"destination wanted", unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1},
	}
}

// setOptions makes the socket one of link l. The filter is the first, so that
// nothing gets in before the socket is bound.
func setOptions(fd int, l system.Link, k Kind) error {
	if err := attach(fd, []bpf.Instruction{bpf.RetConstant{Val: 0}}); err != nil {
		return err
	}
	if err := unix.BindToDevice(fd, l.Name); err != nil {
		return fmt.Errorf("bind to device: %w", err)
	}
	options := options4()
	if k == VRRP6 {
		options = options6()
	}
	for _, o := range append(options, option{"priority", unix.SOL_SOCKET, unix.SO_PRIORITY, controlPriority}) {
		if err := unix.SetsockoptInt(fd, o.level, o.opt, o.value); err != nil {
			return fmt.Errorf("set %s: %w", o.name, err)
		}
	}
	var err error
	if k == VRRP6 {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, l.Index)
	} else {
		err = unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: int32(l.Index)})
	}
	if err != nil {
		return fmt.Errorf("choose the link for multicast: %w", err)
	}
	return nil
}

func attach(fd int, program []bpf.Instruction) error {
	assembled, err := bpf.Assemble(program)
	if err != nil {
		return fmt.Errorf("assemble filter: %w", err)
	}
	filter := make([]unix.SockFilter, len(assembled))
	for i, in := range assembled {
		filter[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
		return fmt.Errorf("attach filter: %w", err)
	}
	return nil
}

// Listen replaces what the socket lets through. What waits in its queue stays.
func (s *Socket) Listen(in Interest) error {
	var err error
	ctrl := s.raw.Control(func(fd uintptr) {
		err = errors.Join(s.join(int(fd), in.Groups), attach(int(fd), Filter(s.kind, in)), setBuffer(int(fd), in.Buffer))
	})
	if err = errors.Join(ctrl, err); err != nil {
		return fmt.Errorf("listen for VRRP on %s: %w", s.link.Name, err)
	}
	return nil
}

// join becomes a member of the groups, and leaves those that are not wanted any more.
func (s *Socket) join(fd int, groups []netip.Addr) error {
	var errs []error
	for _, g := range groups {
		if !slices.Contains(s.groups, g) {
			if err := s.membership(fd, g, unix.IP_ADD_MEMBERSHIP, unix.IPV6_JOIN_GROUP); err != nil {
				errs = append(errs, fmt.Errorf("join %s: %w", g, err))
				continue
			}
			s.groups = append(s.groups, g)
		}
	}
	s.groups = slices.DeleteFunc(s.groups, func(g netip.Addr) bool {
		// Whoever is a member of too many groups hears nothing that matters.
		return !slices.Contains(groups, g) && s.membership(fd, g, unix.IP_DROP_MEMBERSHIP, unix.IPV6_LEAVE_GROUP) == nil
	})
	return errors.Join(errs...)
}

func (s *Socket) membership(fd int, g netip.Addr, opt4, opt6 int) error {
	if s.kind == VRRP6 {
		mreq := &unix.IPv6Mreq{Multiaddr: g.As16(), Interface: uint32(s.link.Index)}
		return unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, opt6, mreq)
	}
	mreq := &unix.IPMreqn{Multiaddr: g.As4(), Ifindex: int32(s.link.Index)}
	return unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, opt4, mreq)
}

// setBuffer goes beyond net.core.rmem_max where CAP_NET_ADMIN is there.
func setBuffer(fd, size int) error {
	if size == 0 || unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size) == nil {
		return nil
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size); err != nil {
		return fmt.Errorf("set receive buffer: %w", err)
	}
	return nil
}

// Wait blocks until there is something to receive. Close ends it with an error. It
// peeks, so that whoever receives finds everything in its order.
func (s *Socket) Wait() error {
	var waitErr error
	err := s.raw.Read(func(fd uintptr) bool {
		_, _, waitErr = unix.Recvfrom(int(fd), s.peeked[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return !errors.Is(waitErr, unix.EAGAIN) && !errors.Is(waitErr, unix.EINTR)
	})
	return errors.Join(err, waitErr)
}

// Receive gives the next packet in the queue, and why it is none of VRRP; false if
// there is no packet. It never blocks; the packet is valid until the next call. It
// does not use Read of the raw connection, whose lock Wait holds.
func (s *Socket) Receive() (d packet.Datagram, why packet.DropReason, ok bool) {
	err := s.raw.Control(func(fd uintptr) {
		if s.kind == VRRP6 {
			d, why, ok = s.receive6(int(fd))
			return
		}
		// An error that stays makes Wait fail.
		n, err := unix.Read(int(fd), s.in)
		if ok = err == nil; ok {
			d, why = packet.ParseIPv4(s.in[:n])
		}
	})
	return d, why, ok && err == nil
}

// receive6 puts together what the kernel tells of the header.
func (s *Socket) receive6(fd int) (packet.Datagram, packet.DropReason, bool) {
	n, oobn, _, from, err := unix.Recvmsg(fd, s.in, s.control, unix.MSG_DONTWAIT)
	if err != nil {
		return packet.Datagram{}, packet.DropTruncated, false
	}
	source, ok := from.(*unix.SockaddrInet6)
	messages, err := unix.ParseSocketControlMessage(s.control[:oobn])
	if !ok || err != nil {
		return packet.Datagram{}, packet.DropTruncated, true
	}
	d := packet.Datagram{Path: packet.Path{Source: netip.AddrFrom16(source.Addr)}, Message: s.in[:n]}
	for _, m := range messages {
		switch {
		case m.Header.Level != unix.IPPROTO_IPV6:
		case m.Header.Type == unix.IPV6_HOPLIMIT && len(m.Data) > 0:
			d.TTL = hopLimit(m.Data)
		case m.Header.Type == unix.IPV6_PKTINFO && len(m.Data) >= net.IPv6len:
			d.Destination = netip.AddrFrom16([net.IPv6len]byte(m.Data))
		}
	}
	return d, packet.Accepted, true
}

// Send sends to one destination: over IPv4 a whole packet, over IPv6 a message. It
// does not block and does not allocate.
func (s *Socket) Send(p packet.Path, b []byte) error {
	s.out.path(p, s.kind)
	s.out.bytes = b
	err := s.raw.Control(s.out.call)
	if err == nil {
		err = s.out.err
	}
	if err != nil {
		return fmt.Errorf("send advertisement to %s on %s: %w", p.Destination, s.link.Name, err)
	}
	return nil
}

// Close closes the socket.
func (s *Socket) Close() error { return s.conn.Close() }
