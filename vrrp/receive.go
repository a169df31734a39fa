package vrrp

import (
	"crypto/subtle"
	"encoding/binary"
	"net/netip"
	"slices"
)

// DropReason says why a packet was not accepted.
type DropReason uint8

// Reasons to drop a packet, in the order in which they are looked for.
const (
	Accepted               DropReason = iota
	DropTruncated                     // not a whole IPv4 packet
	DropUnknownID                     // no virtual router of that identifier on the interface
	DropTTL                           // TTL is not 255: it has crossed a router (RFC 3768 section 5.2.3)
	DropSource                        // the source is no host's address, or our own
	DropShort                         // the message ends too early
	DropVersion                       // not VRRPv2
	DropType                          // not an advertisement
	DropNoAddress                     // address count 0
	DropLong                          // the message is too long
	DropChecksum                      // the checksum is wrong
	DropAuthenticationType            // the authentication type is not ours
	DropPassword                      // the password is not ours
	DropInterval                      // the advertisement interval is not ours (RFC 3768 section 7.1)
	dropReasons                       // how many there are
)

// String names the reason as status and logs show it.
func (r DropReason) String() string {
	names := [dropReasons]string{
		"accepted", "truncated", "unknown-id", "ttl", "source", "short", "version", "type", "no-address",
		"long", "checksum", "authentication-type", "password", "interval",
	}
	if r >= dropReasons {
		return "unknown"
	}
	return names[r]
}

// vrrpTTL is the TTL that a VRRP packet is sent with and must arrive with.
const vrrpTTL = 255

// Datagram is one VRRP message with what matters of its IPv4 header.
type Datagram struct {
	Source  netip.Addr
	TTL     uint8
	Message []byte
}

// parseIPv4 takes the IPv4 header off a packet as a raw socket delivers it. The
// kernel has verified the header and put fragments together.
func parseIPv4(p []byte) (Datagram, DropReason) {
	const minHeader, wordLen = 20, 4
	if len(p) < minHeader || p[0]>>4 != 4 {
		return Datagram{}, DropTruncated
	}
	header, total := int(p[0]&0x0f)*wordLen, int(binary.BigEndian.Uint16(p[2:]))
	if header < minHeader || total < header || total > len(p) {
		return Datagram{}, DropTruncated
	}
	return Datagram{
		Source: netip.AddrFrom4([4]byte(p[12:])), TTL: p[8], Message: p[header:total],
	}, Accepted
}

// routerID reads the virtual router identifier of a message that may be bad
// otherwise, so that the drop can be told to the router that it was meant for.
func routerID(message []byte) (uint8, bool) {
	if len(message) < headerLen {
		return 0, false
	}
	return message[1], true
}

// accept decides whether router c, which sends from self, takes a datagram that
// carries its identifier. What it drops must not touch any timer.
func (c RouterConfig) accept(d Datagram, self netip.Addr) (Advertisement, DropReason) {
	if d.TTL != vrrpTTL {
		return Advertisement{}, DropTTL
	}
	if !d.Source.IsGlobalUnicast() && !d.Source.IsLinkLocalUnicast() || d.Source == self {
		return Advertisement{}, DropSource
	}
	a, why := Parse(d.Message)
	switch {
	case why != Accepted:
		return a, why
	case a.Authentication.Type != c.Authentication.Type:
		return a, DropAuthenticationType
	case !c.Authentication.admits(a.Authentication):
		return a, DropPassword
	case a.Interval != c.Interval:
		return a, DropInterval
	}
	return a, Accepted
}

// admits compares the password in constant time. Without authentication the
// data is ignored (RFC 3768 section 5.3.10).
func (a Authentication) admits(got Authentication) bool {
	return a.Type == NoAuthentication || subtle.ConstantTimeCompare(a.Data[:], got.Data[:]) == 1
}

// sameAddresses tells whether an advertisement lists our own addresses. RFC 3768
// section 7.1 has a router drop it otherwise, unless the sender owns them; then
// two masters stand as long as an address is rolled out node by node. So, as RFC
// 9568 decides, a difference is noted and the advertisement counts.
func (c RouterConfig) sameAddresses(a Advertisement) bool {
	own := c.advertised()
	if len(own) != len(a.Addresses) {
		return false
	}
	for _, addr := range a.Addresses {
		if !slices.Contains(own, addr) {
			return false
		}
	}
	return true
}
