package packet

import (
	"encoding/binary"
	"net/netip"
)

// ChecksumForm is what a checksum of VRRPv3 over IPv4 covers, on which the schools
// differ. Other messages know one form each: VRRPv2 over IPv4 covers the message,
// IPv6 a pseudo-header before it (RFC 8200 section 8.1).
type ChecksumForm uint8

// Forms of the checksum.
const (
	// PseudoHeader is before the message, with the real destination: keepalived
	// since 1.3.7 and its reading of RFC 5798 section 5.2.8.
	PseudoHeader ChecksumForm = iota
	// GroupPseudoHeader has 224.0.0.18 as destination, wherever the packet goes:
	// FRR, and keepalived up to 1.3.6.
	GroupPseudoHeader
	// MessageOnly is RFC 9568 section 5.2.8, Cisco, Juniper and Arista, and
	// keepalived's v3_checksum_as_v2.
	MessageOnly
	checksumForms // how many there are
)

// String names the form as logs show it.
func (f ChecksumForm) String() string {
	names := [checksumForms]string{"with pseudo-header", "with pseudo-header to 224.0.0.18", "without pseudo-header"}
	if f >= checksumForms {
		return "unknown"
	}
	return names[f]
}

// checksumAt is where a message has its checksum.
const checksumAt = 6

// checksumOf is the checksum of a message whose checksum field is 0; over one that
// has a good checksum it is 0.
func (a Advertisement) checksumOf(message []byte, p Path) uint16 {
	switch {
	case p.Source.Is6():
		return fold(sum(pseudoHeader(p.Source, p.Destination, len(message)), message))
	case a.Version == version2 || a.Checksum == MessageOnly:
		return fold(sum(0, message))
	case a.Checksum == GroupPseudoHeader:
		return fold(sum(pseudoHeader(p.Source, Group(IPv4), len(message)), message))
	default:
		return fold(sum(pseudoHeader(p.Source, p.Destination, len(message)), message))
	}
}

// pseudoHeader sums the pseudo-header of either family, in which the same things stand.
func pseudoHeader(source, destination netip.Addr, length int) uint32 {
	return sumAddress(source) + sumAddress(destination) + uint32(length) + protocolVRRP
}

func sumAddress(a netip.Addr) uint32 {
	if a.Is4() {
		b := a.As4()
		return sum(0, b[:])
	}
	b := a.As16()
	return sum(0, b[:])
}

// sum adds big-endian 16 bit words (RFC 1071). The length of a message is even; the
// last byte of other things counts as if a zero followed.
func sum(start uint32, b []byte) uint32 {
	for ; len(b) > 1; b = b[2:] {
		start += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) > 0 {
		start += uint32(b[0]) << 8
	}
	return start
}

// fold is the one's complement of the one's complement sum.
func fold(sum uint32) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
