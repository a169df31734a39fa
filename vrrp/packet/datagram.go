package packet

import (
	"encoding/binary"
	"net/netip"
)

const (
	ipv4HeaderLen = 20
	wordLen       = 4
	controlTOS    = 0xc0 // precedence internetwork control, as keepalived
)

// Where things stand in an IPv4 header (RFC 791 section 3.1).
const (
	tosAt            = 1
	totalLengthAt    = 2
	identificationAt = 4
	fragmentAt       = 6
	ttlAt            = 8
	protocolAt       = 9
	headerChecksumAt = 10
	sourceAt         = 12
	destinationAt    = 16
)

// idAt is where a message has the virtual router identifier.
const idAt = 1

// Datagram is one VRRP message with what matters of its IP header.
type Datagram struct {
	Path
	Message []byte
	// Authenticated is the whole IPv4 packet if it has an authentication header.
	Authenticated []byte
}

// ParseIPv4 takes the headers off a packet as a raw socket delivers it. The kernel
// has verified the IPv4 header and put fragments together.
func ParseIPv4(p []byte) (Datagram, DropReason) {
	if len(p) < ipv4HeaderLen || p[0]>>4 != 4 {
		return Datagram{}, DropTruncated
	}
	header, total := int(p[0]&0x0f)*wordLen, int(binary.BigEndian.Uint16(p[totalLengthAt:]))
	if header < ipv4HeaderLen || total < header || total > len(p) {
		return Datagram{}, DropTruncated
	}
	d := Datagram{
		Path: Path{
			Source:      netip.AddrFrom4([4]byte(p[sourceAt:])),
			Destination: netip.AddrFrom4([4]byte(p[destinationAt:])), TTL: p[ttlAt],
		},
		Message: p[header:total],
	}
	switch p[protocolAt] {
	case protocolVRRP:
		return d, Accepted
	case protocolAH:
		return d.behindAH(p[:total])
	default:
		return Datagram{}, DropTruncated
	}
}

// RouterID reads the virtual router identifier of a message that may be bad
// otherwise, so that the drop can be told to the router that it was meant for.
func (d Datagram) RouterID() (uint8, bool) {
	if len(d.Message) <= idAt {
		return 0, false
	}
	return d.Message[idAt], true
}

// AppendIPv4 appends the whole IPv4 packet to b, for a socket with IP_HDRINCL:
// the kernel fills the header checksum in, and the identification if it is 0.
// With HeaderAuthentication there is an authentication header behind. It does not
// allocate otherwise, if b has room.
func (a Advertisement) AppendIPv4(b []byte, p Path) ([]byte, error) {
	if a.Authentication.Type == HeaderAuthentication {
		return a.appendAH(b, p)
	}
	start := len(b)
	b, err := a.Append(appendIPv4Header(b, p, protocolVRRP, 0), p)
	if err != nil {
		return b[:start], err
	}
	setTotalLength(b[start:])
	return b, nil
}

// appendIPv4Header appends a header whose total length is still to be set. Without
// the flag "don't fragment", as keepalived sends it.
func appendIPv4Header(b []byte, p Path, protocol uint8, identification uint16) []byte {
	source, destination := p.Source.As4(), p.Destination.As4()
	b = append(b, 4<<4|ipv4HeaderLen/wordLen, controlTOS, 0, 0)
	b = binary.BigEndian.AppendUint16(b, identification)
	b = append(b, 0, 0, p.TTL, protocol, 0, 0)
	b = append(b, source[:]...)
	return append(b, destination[:]...)
}

func setTotalLength(packet []byte) {
	binary.BigEndian.PutUint16(packet[totalLengthAt:], uint16(len(packet)))
}
