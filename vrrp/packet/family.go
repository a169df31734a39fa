package packet

import "net/netip"

// Family is IPv4 or IPv6. Virtual routers of different families are different
// routers, even with one identifier (RFC 9568 section 5.2.3).
type Family uint8

// Families.
const (
	IPv4 Family = iota
	IPv6
)

// FamilyOf is the family of an address.
func FamilyOf(a netip.Addr) Family {
	if a.Is6() {
		return IPv6
	}
	return IPv4
}

// String names the family.
func (f Family) String() string {
	if f == IPv6 {
		return "IPv6"
	}
	return "IPv4"
}

// Group is the multicast group of all VRRP routers: 224.0.0.18 or ff02::12
// (RFC 9568 sections 5.1.1.2 and 5.1.2.2).
func Group(f Family) netip.Addr {
	if f == IPv6 {
		return netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12})
	}
	return netip.AddrFrom4([4]byte{224, 0, 0, 18})
}

// addressLen is the length of an address in a message.
func (f Family) addressLen() int {
	if f == IPv6 {
		return 16
	}
	return 4
}

// Protocol numbers of IP.
const (
	protocolAH   = 51
	protocolVRRP = 112
)
