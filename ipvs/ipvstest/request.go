package ipvstest

import (
	"encoding/binary"
	"net/netip"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Numbers of linux/ip_vs.h and linux/genetlink.h. They are written down here a
// second time on purpose: what both sides of a test share, no test can check.
const (
	noop       = 1
	controller = 0x10
	family     = 0x1c // any number that is free

	getFamily = 3

	newService = 1
	setService = 2
	delService = 3
	getService = 4
	newDest    = 5
	setDest    = 6
	delDest    = 7
	getDest    = 8
	newDaemon  = 9
	delDaemon  = 10
	getDaemon  = 11
	setConfig  = 12
	getConfig  = 13
	infoReply  = 14
	getInfo    = 15
	zero       = 16
	flush      = 17
)

// request is one netlink message as the kernel understands it.
type request struct {
	kind       uint16
	flags      netlink.HeaderFlags
	seq        uint32
	command    uint8
	attributes []byte
}

// parseRequests takes a datagram apart. A control message (linux/netlink.h, such
// as NLMSG_NOOP) is a header only.
func parseRequests(b []byte) (rs []request, errno syscall.Errno) {
	for len(b) >= 16 {
		length := int(binary.NativeEndian.Uint32(b))
		if length < 16 || length > len(b) {
			return rs, syscall.EINVAL
		}
		r := request{
			kind:  binary.NativeEndian.Uint16(b[4:]),
			flags: netlink.HeaderFlags(binary.NativeEndian.Uint16(b[6:])),
			seq:   binary.NativeEndian.Uint32(b[8:]),
		}
		switch {
		case length >= 20:
			r.command, r.attributes = b[16], b[20:length]
		case !r.control():
			return rs, syscall.EINVAL
		}
		rs = append(rs, r)
		b = b[min((length+3)&^3, len(b)):]
	}
	return rs, 0
}

// control tells whether the message is for netlink itself, which only acknowledges it.
func (r request) control() bool { return r.kind < controller }

// dump tells whether the request is for a whole list.
func (r request) dump() bool { return r.flags&netlink.Dump == netlink.Dump }

// seen are the attributes that a message had, as a set of their numbers.
type seen uint32

func (s seen) all(numbers ...uint) bool {
	for _, n := range numbers {
		if s&(1<<n) == 0 {
			return false
		}
	}
	return true
}

// attribute is the payload of the first attribute with this number, nil if none.
func attribute(b []byte, number uint16) []byte {
	ad, err := netlink.NewAttributeDecoder(b)
	if err != nil {
		return nil
	}
	for ad.Next() {
		if ad.Type() == number {
			return ad.Bytes()
		}
	}
	return nil
}

// parseService reads IPVS_CMD_ATTR_SERVICE. Operations on the service itself must
// be full.
func parseService(b []byte, full bool) (s ipvs.Service, errno syscall.Errno) {
	ad, err := netlink.NewAttributeDecoder(b)
	if err != nil {
		return s, syscall.EINVAL
	}
	var has seen
	var address, netmask []byte
	var port uint16
	for ad.Next() {
		has |= 1 << ad.Type()
		switch ad.Type() {
		case 1:
			s.Family = ipvs.Family(ad.Uint16())
		case 2:
			s.Protocol = ipvs.Protocol(ad.Uint16())
		case 3:
			address = ad.Bytes()
		case 4:
			port = bigEndian16(ad.Bytes())
		case 5:
			s.FWMark = ad.Uint32()
		case 6:
			s.Scheduler = ad.String()
		case 7:
			s.Flags = flags(ad.Bytes())
		case 8:
			s.Persistence = time.Duration(ad.Uint32()) * time.Second
		case 9:
			netmask = ad.Bytes()
		case 11:
			s.PE = ad.String()
		}
	}
	switch {
	case len(s.Scheduler) > 15 || len(s.PE) > 16: // IP_VS_SCHEDNAME_MAXLEN less the zero, IP_VS_PENAME_MAXLEN
		return s, syscall.EINVAL
	case ad.Err() != nil, !has.all(1), !has.all(5) && !has.all(2, 3, 4), full && !has.all(6, 7, 8, 9):
		return s, syscall.EINVAL
	case s.Family != ipvs.IPv4 && s.Family != ipvs.IPv6:
		return s, syscall.EAFNOSUPPORT
	}
	s.Netmask = mask(netmask, s.Family)
	if s.FWMark == 0 {
		s.Address = addrPort(address, port, s.Family)
	}
	return s, 0
}

// parseDestination reads IPVS_CMD_ATTR_DEST; without an address family it has the service's.
func parseDestination(b []byte, full bool, of ipvs.Family) (d ipvs.Destination, errno syscall.Errno) {
	ad, err := netlink.NewAttributeDecoder(b)
	if err != nil {
		return d, syscall.EINVAL
	}
	var has seen
	var address []byte
	var port uint16
	for ad.Next() {
		has |= 1 << ad.Type()
		switch ad.Type() {
		case 1:
			address = ad.Bytes()
		case 2:
			port = bigEndian16(ad.Bytes())
		case 3:
			d.Method = ipvs.ForwardingMethod(ad.Uint32())
		case 4:
			d.Weight = ad.Uint32()
		case 5:
			d.UpperThreshold = ad.Uint32()
		case 6:
			d.LowerThreshold = ad.Uint32()
		case 11:
			of = ipvs.Family(ad.Uint16())
		case 13:
			d.Tunnel.Type = ipvs.TunnelType(ad.Uint8())
		case 14:
			d.Tunnel.Port = bigEndian16(ad.Bytes())
		case 15:
			d.Tunnel.Flags = ipvs.TunnelFlags(ad.Uint16())
		}
	}
	if ad.Err() != nil || !has.all(1, 2) || full && !has.all(3, 4, 5, 6) {
		return d, syscall.EINVAL
	}
	d.Address = addrPort(address, port, of)
	return d, 0
}

func bigEndian16(b []byte) uint16 {
	if len(b) != 2 {
		return 0
	}
	return binary.BigEndian.Uint16(b)
}

func native32(b []byte) uint32 { return binary.NativeEndian.Uint32(b) }

func flags(b []byte) ipvs.Flags {
	if len(b) != 8 {
		return 0
	}
	return ipvs.Flags(binary.NativeEndian.Uint32(b) & binary.NativeEndian.Uint32(b[4:]))
}

func mask(b []byte, f ipvs.Family) ipvs.Netmask {
	switch {
	case len(b) != 4:
		return 0
	case f == ipvs.IPv4:
		return ipvs.Netmask(binary.BigEndian.Uint32(b))
	default:
		return ipvs.Netmask(binary.NativeEndian.Uint32(b))
	}
}

// addrPort reads the address as the family says, short ones filled up with zeroes:
// the kernel copies bytes and does not look at them.
func addrPort(b []byte, port uint16, f ipvs.Family) netip.AddrPort {
	var full [16]byte
	copy(full[:], b)
	if f == ipvs.IPv4 {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(full[:4])), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(full), port)
}
