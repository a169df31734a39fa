package transport

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/vrrp/packet"
)

// sender keeps what a packet is sent with, so that nothing is allocated for one.
type sender struct {
	call    func(fd uintptr)
	bytes   []byte
	err     error
	to      unix.Sockaddr
	to4     unix.SockaddrInet4
	to6     unix.SockaddrInet6
	control []byte // for IPv6: the source and the hop limit
	used    []byte // of control
}

// prepare lays the control messages out for an interface.
func (s *sender) prepare(index int) {
	s.call = s.send
	s.to6.ZoneId = uint32(index)
	info := unix.PktInfo6(&unix.Inet6Pktinfo{Ifindex: uint32(index)})
	limit := make([]byte, unix.CmsgSpace(hopLimitLen))
	header := (*unix.Cmsghdr)(unsafe.Pointer(&limit[0]))
	header.Level, header.Type = unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT
	header.SetLen(unix.CmsgLen(hopLimitLen))
	s.control = append(info, limit...)
}

const hopLimitLen = 4 // an int

// hopLimit reads the int of a control message; a hop limit is one byte.
func hopLimit(data []byte) uint8 {
	var i [hopLimitLen]byte
	copy(i[:], data)
	return uint8(binary.NativeEndian.Uint32(i[:]))
}

// path sets where the next packet goes.
func (s *sender) path(p packet.Path, k Kind) {
	if k != VRRP6 {
		s.to4.Addr = p.Destination.As4()
		s.to, s.used = &s.to4, nil
		return
	}
	s.to6.Addr = p.Destination.As16()
	source := p.Source.As16()
	data := unix.CmsgLen(0)
	copy(s.control[data:], source[:])
	binary.NativeEndian.PutUint32(s.control[unix.CmsgSpace(unix.SizeofInet6Pktinfo)+data:], uint32(p.TTL))
	s.to, s.used = &s.to6, s.control
}

func (s *sender) send(fd uintptr) {
	_, s.err = unix.SendmsgN(int(fd), s.bytes, s.used, s.to, unix.MSG_DONTWAIT)
}
