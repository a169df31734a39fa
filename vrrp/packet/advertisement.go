package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

const (
	headerLen         = 8 // version to checksum, in both versions
	typeAdvertisement = 1
	version2          = 2
	version3          = 3
	maxAddresses      = 255 // what the count can tell
	centisecond       = 10 * time.Millisecond
	maxCentiseconds   = 0x0fff
	maxSeconds        = 255
)

// Advertisement is one advertisement, the only message that VRRP has.
type Advertisement struct {
	Version        uint8         // 2 or 3
	ID             uint8         // virtual router identifier
	Priority       uint8         // 0: the sender resigns; 255: it owns the addresses
	Interval       time.Duration // VRRPv2: whole seconds up to 255; VRRPv3: 10 ms up to 40.95 s
	Authentication Authentication
	Checksum       ChecksumForm // of VRRPv3 over IPv4
	Addresses      []netip.Addr // of the family of the packet, in the sender's order
	// Sequence is the number of the authentication header, 0 without one.
	Sequence uint32
}

// Path is from where to where a packet goes.
type Path struct {
	Source, Destination netip.Addr
	TTL                 uint8 // or hop limit
}

// Append appends the message, as it follows the IP header, to b. It does not
// allocate if b has room. It fails if a message cannot say that.
func (a Advertisement) Append(b []byte, p Path) ([]byte, error) {
	if err := a.check(FamilyOf(p.Source)); err != nil {
		return b, fmt.Errorf("advertisement of virtual router %d: %w", a.ID, err)
	}
	start := len(b)
	b = append(b, a.Version<<4|typeAdvertisement, a.ID, a.Priority, byte(len(a.Addresses)))
	if a.Version == version2 {
		b = append(b, byte(a.Authentication.Type), byte(a.Interval/time.Second))
	} else {
		b = binary.BigEndian.AppendUint16(b, uint16(a.Interval/centisecond))
	}
	b = append(b, 0, 0)
	for _, addr := range a.Addresses {
		b = appendAddress(b, addr)
	}
	if a.hasAuthData(FamilyOf(p.Source)) {
		data := a.Authentication.onWire().Data
		b = append(b, data[:]...)
	}
	message := b[start:]
	binary.BigEndian.PutUint16(message[checksumAt:], a.checksumOf(message, p))
	return b, nil
}

func appendAddress(b []byte, addr netip.Addr) []byte {
	if addr.Is4() {
		ip := addr.As4()
		return append(b, ip[:]...)
	}
	ip := addr.As16()
	return append(b, ip[:]...)
}

// hasAuthData tells whether the message ends with authentication data: always in
// VRRPv2, but not in what keepalived makes of it over IPv6.
func (a Advertisement) hasAuthData(f Family) bool { return a.Version == version2 && f == IPv4 }

// check finds what a message of the family cannot say.
func (a Advertisement) check(f Family) error {
	if len(a.Addresses) == 0 || len(a.Addresses) > maxAddresses {
		return fmt.Errorf("%d addresses, need 1 to %d", len(a.Addresses), maxAddresses)
	}
	for _, addr := range a.Addresses {
		if !addr.IsValid() || FamilyOf(addr) != f {
			return fmt.Errorf("address %s in a packet of %s", addr, f)
		}
	}
	if a.Authentication.Type != NoAuthentication && !a.hasAuthData(f) {
		return fmt.Errorf("VRRPv%d over %s has no authentication", a.Version, f)
	}
	return a.checkInterval()
}

func (a Advertisement) checkInterval() error {
	switch a.Version {
	case version2:
		if a.Interval < 0 || a.Interval > maxSeconds*time.Second || a.Interval%time.Second != 0 {
			return fmt.Errorf("interval %s is not whole seconds up to 255", a.Interval)
		}
	case version3:
		if a.Interval < 0 || a.Interval > maxCentiseconds*centisecond || a.Interval%centisecond != 0 {
			return fmt.Errorf("interval %s is not whole centiseconds up to 4095", a.Interval)
		}
	default:
		return fmt.Errorf("there is no VRRPv%d", a.Version)
	}
	return nil
}

// Parse reads the message of a datagram, which may be followed by the zero padding
// of the smallest Ethernet frame. Nothing is read at an offset before the length
// was found good, and nothing is allocated for what is dropped.
func Parse(d Datagram) (Advertisement, DropReason) {
	b := d.Message
	if len(b) < headerLen {
		return Advertisement{}, DropShort
	}
	a := Advertisement{Version: b[0] >> 4, ID: b[1], Priority: b[2]}
	switch {
	case a.Version != version2 && a.Version != version3:
		return Advertisement{}, DropVersion
	case b[0]&0x0f != typeAdvertisement:
		return Advertisement{}, DropType
	case b[3] == 0:
		return Advertisement{}, DropNoAddress
	}
	family := FamilyOf(d.Source)
	length := a.messageLen(int(b[3]), family)
	if why := checkLength(b, length, family); why != Accepted {
		return Advertisement{}, why
	}
	b = b[:length]
	if !a.verify(b, d.Path) {
		return Advertisement{}, DropChecksum
	}
	a.readInterval(b)
	a.readAddresses(b[headerLen:], int(b[3]), family)
	return a, Accepted
}

func (a Advertisement) messageLen(addresses int, f Family) int {
	n := headerLen + addresses*f.addressLen()
	if a.hasAuthData(f) {
		n += authDataLen
	}
	return n
}

// verify finds the form in which the checksum is good.
func (a *Advertisement) verify(message []byte, p Path) bool {
	for a.Checksum = PseudoHeader; a.Checksum < checksumForms; a.Checksum++ {
		if a.checksumOf(message, p) == 0 {
			return true
		}
		if a.Version != version3 || p.Source.Is6() {
			return false // these have one form
		}
	}
	return false
}

func (a *Advertisement) readInterval(b []byte) {
	if a.Version == version2 {
		a.Authentication.Type, a.Interval = AuthType(b[4]), time.Duration(b[5])*time.Second
		return
	}
	// The four bits above are reserved and ignored (RFC 9568 section 5.2.6).
	a.Interval = time.Duration(binary.BigEndian.Uint16(b[4:])&maxCentiseconds) * centisecond
}

// readAddresses reads as many addresses and, if there is any, the authentication
// data behind them.
func (a *Advertisement) readAddresses(b []byte, count int, f Family) {
	a.Addresses = make([]netip.Addr, count)
	for i := range a.Addresses {
		if f == IPv6 {
			a.Addresses[i] = netip.AddrFrom16([16]byte(b))
		} else {
			a.Addresses[i] = netip.AddrFrom4([4]byte(b))
		}
		b = b[f.addressLen():]
	}
	copy(a.Authentication.Data[:], b)
}

// longestPadded is the longest message that may be followed by padding: with its
// IP header it fills the smallest Ethernet frame. No IPv6 message is that short.
func longestPadded(f Family) int {
	const smallestPayload, ipv4Header = 46, 20
	if f == IPv6 {
		return 0
	}
	return smallestPayload - ipv4Header
}

// checkLength wants exactly want bytes, or padding with zeros up to the smallest frame.
func checkLength(b []byte, want int, f Family) DropReason {
	if len(b) < want {
		return DropShort
	}
	if len(b) > want && len(b) > longestPadded(f) {
		return DropLong
	}
	for _, pad := range b[want:] {
		if pad != 0 {
			return DropLong
		}
	}
	return Accepted
}
