package vrrp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Sizes of a VRRPv2 message in bytes (RFC 3768 section 5.1).
const (
	headerLen   = 8 // version to checksum
	addressLen  = 4
	authDataLen = 8 // always there, whatever the authentication type
)

const (
	version2          = 2
	typeAdvertisement = 1
	checksumAt        = 6
	maxAddresses      = 255
	maxInterval       = 255 * time.Second
)

// longestPadded is the longest message that may be followed by padding: with an
// IPv4 header of 20 bytes it fills the smallest Ethernet frame.
const longestPadded = 46 - 20

// AuthType is the authentication type of VRRPv2. RFC 3768 reserves all but the
// first; the simple password of RFC 2338 is what keepalived calls PASS.
type AuthType uint8

// Authentication types (RFC 2338 section 5.3.6).
const (
	NoAuthentication AuthType = 0
	SimplePassword   AuthType = 1
)

// Authentication is the authentication type and data of a VRRPv2 message. It
// never prints its data, which may be a password.
type Authentication struct {
	Type AuthType
	Data [authDataLen]byte
}

// PasswordAuthentication is authentication with a simple password, of which the
// first eight bytes count.
func PasswordAuthentication(password string) Authentication {
	a := Authentication{Type: SimplePassword}
	copy(a.Data[:], password)
	return a
}

// String names the type.
func (a Authentication) String() string { return fmt.Sprintf("authentication type %d", a.Type) }

// GoString hides the data from %#v.
func (a Authentication) GoString() string { return a.String() }

// MarshalText hides the data from encoders.
func (a Authentication) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Advertisement is one VRRPv2 advertisement, the only message that VRRP has.
type Advertisement struct {
	ID             uint8         // virtual router identifier
	Priority       uint8         // 0: the sender resigns; 255: it owns the addresses
	Interval       time.Duration // whole seconds, 0 to 255
	Authentication Authentication
	Addresses      []netip.Addr // IPv4, in the sender's order
}

// Marshal gives the message as it follows the IPv4 header, checksum included.
func (a Advertisement) Marshal() ([]byte, error) {
	if len(a.Addresses) == 0 || len(a.Addresses) > maxAddresses {
		return nil, fmt.Errorf("advertisement of virtual router %d: %d addresses, need 1 to %d", a.ID, len(a.Addresses), maxAddresses)
	}
	if a.Interval < 0 || a.Interval > maxInterval || a.Interval%time.Second != 0 {
		return nil, fmt.Errorf("advertisement of virtual router %d: interval %s is not whole seconds up to 255", a.ID, a.Interval)
	}
	b := make([]byte, 0, messageLen(len(a.Addresses)))
	b = append(b, version2<<4|typeAdvertisement, a.ID, a.Priority, byte(len(a.Addresses)),
		byte(a.Authentication.Type), byte(a.Interval/time.Second), 0, 0)
	for _, addr := range a.Addresses {
		if !addr.Is4() {
			return nil, errors.New("VRRPv2 carries IPv4 addresses only, not " + addr.String())
		}
		ip := addr.As4()
		b = append(b, ip[:]...)
	}
	b = append(b, a.Authentication.Data[:]...)
	binary.BigEndian.PutUint16(b[checksumAt:], checksum(b))
	return b, nil
}

// Parse reads a VRRPv2 message, which b must hold from its first byte to its
// last; the zero padding of the smallest Ethernet frame is tolerated.
// Nothing is read at an offset before the length was found good.
func Parse(b []byte) (Advertisement, DropReason) {
	switch {
	case len(b) < headerLen:
		return Advertisement{}, DropShort
	case b[0]>>4 != version2:
		return Advertisement{}, DropVersion
	case b[0]&0x0f != typeAdvertisement:
		return Advertisement{}, DropType
	case b[3] == 0:
		return Advertisement{}, DropNoAddress
	}
	count := int(b[3])
	if why := checkLength(b, messageLen(count)); why != Accepted {
		return Advertisement{}, why
	}
	b = b[:messageLen(count)]
	if checksum(b) != 0 {
		return Advertisement{}, DropChecksum
	}
	a := Advertisement{
		ID: b[1], Priority: b[2], Interval: time.Duration(b[5]) * time.Second,
		Authentication: Authentication{Type: AuthType(b[4])},
		Addresses:      make([]netip.Addr, count),
	}
	for i := range a.Addresses {
		a.Addresses[i] = netip.AddrFrom4([addressLen]byte(b[headerLen+i*addressLen:]))
	}
	copy(a.Authentication.Data[:], b[len(b)-authDataLen:])
	return a, Accepted
}

func messageLen(addresses int) int { return headerLen + addresses*addressLen + authDataLen }

// checkLength wants exactly want bytes, or padding with zeros up to the smallest frame.
func checkLength(b []byte, want int) DropReason {
	if len(b) < want {
		return DropShort
	}
	if len(b) > want && len(b) > longestPadded {
		return DropLong
	}
	for _, pad := range b[want:] {
		if pad != 0 {
			return DropLong
		}
	}
	return Accepted
}

// checksum is the 16-bit one's complement of the one's complement sum (RFC 1071).
// Over a message with a good checksum it is zero. The length of a VRRPv2 message
// is even.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
