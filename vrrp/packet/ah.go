package packet

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/binary"
	"slices"
)

// The authentication header (RFC 4302 section 2) as keepalived uses it for
// auth_type AH: HMAC-MD5-96 (RFC 2403) with the password as key, the source address
// as security parameters index, and one sequence that all routers of an identifier
// continue. Unlike the RFC, the TTL of multicast packets is authenticated.
const (
	ahLen      = 24
	icvLen     = 12
	ahWords    = ahLen/wordLen - 2 // its length field
	nextAt     = 0
	ahLengthAt = 1
	spiAt      = 4
	sequenceAt = 8
	icvAt      = 12
)

// behindAH takes the authentication header off as well, without looking at what it
// proves. p is the IPv4 packet.
func (d Datagram) behindAH(p []byte) (Datagram, DropReason) {
	ah := d.Message
	if len(ah) < ahLen || ah[nextAt] != protocolVRRP || ah[ahLengthAt] != ahWords {
		return Datagram{}, DropHeader
	}
	d.Message, d.Authenticated = ah[ahLen:], p
	return d, Accepted
}

// ah is the authentication header, nil if there is none.
func (d Datagram) ah() []byte {
	if d.Authenticated == nil {
		return nil
	}
	return d.Authenticated[len(d.Authenticated)-len(d.Message)-ahLen:][:ahLen]
}

// appendAH appends the IPv4 packet with an authentication header.
func (a Advertisement) appendAH(b []byte, p Path) ([]byte, error) {
	start := len(b)
	b = appendIPv4Header(b, p, protocolAH, max(uint16(a.Sequence), 1))
	header := len(b)
	b = append(b, protocolVRRP, ahWords, 0, 0)
	b = append(b, b[start+sourceAt:start+destinationAt]...)
	b = binary.BigEndian.AppendUint32(b, a.Sequence)
	b = append(b, make([]byte, icvLen)...)
	b, err := a.Append(b, p)
	if err != nil {
		return b[:start], err
	}
	setTotalLength(b[start:])
	copy(b[header+icvAt:], a.Authentication.icv(b[start:], header-start))
	return b, nil
}

// icv is the integrity check value of an IPv4 packet whose authentication header
// is at that offset.
func (a Authentication) icv(p []byte, at int) []byte {
	p = slices.Clone(p)
	p[tosAt] = 0
	clear(p[fragmentAt : fragmentAt+2])
	clear(p[headerChecksumAt : headerChecksumAt+2])
	if p[destinationAt]>>4 != 0xe {
		p[ttlAt] = 0 // unicast: routers may have counted it down
	}
	clear(p[at+icvAt : at+ahLen])
	mac := hmac.New(md5.New, a.Data[:])
	mac.Write(p)
	return mac.Sum(nil)[:icvLen]
}

// verify tells what is wrong with the authentication header of a datagram, and its
// sequence number. last is the number that was heard last from its source.
func (a Authentication) verify(d Datagram, last uint32) (uint32, DropReason) {
	ah := d.ah()
	if ah == nil {
		return 0, DropHeader
	}
	source := d.Source.As4()
	sequence := binary.BigEndian.Uint32(ah[sequenceAt:])
	switch {
	case !slices.Equal(ah[spiAt:sequenceAt], source[:]):
		return 0, DropSPI
	case !hmac.Equal(ah[icvAt:], a.icv(d.Authenticated, len(d.Authenticated)-len(d.Message)-ahLen)):
		return 0, DropICV
	case sequence <= last:
		return 0, DropSequence
	}
	return sequence, Accepted
}
