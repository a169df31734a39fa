package packet

// DropReason says why a packet was not accepted.
type DropReason uint8

// Reasons to drop a packet.
const (
	Accepted               DropReason = iota
	DropTruncated                     // not a whole IP packet with VRRP in it
	DropUnknownID                     // no virtual router of that identifier on the interface
	DropTTL                           // TTL or hop limit is not 255: it has crossed a router (RFC 9568 section 5.1.1.3)
	DropUnicastTTL                    // TTL or hop limit is not between min_ttl and max_ttl of the peer
	DropSource                        // the source is no host's address, or our own; in IPv6 multicast, not link-local
	DropPeer                          // the source is none of the unicast peers
	DropDestination                   // sent to another group or address than ours
	DropShort                         // the message ends too early
	DropLong                          // the message is too long
	DropVersion                       // not our version of VRRP
	DropType                          // not an advertisement
	DropNoAddress                     // address count 0 (RFC 9568 erratum 8299)
	DropChecksum                      // the checksum is wrong in every form
	DropAuthenticationType            // the authentication type is not ours
	DropPassword                      // the password is not ours
	DropHeader                        // the authentication header is not as it must be, or not there
	DropSPI                           // the security parameters index is not the source address, as keepalived has it
	DropICV                           // the integrity check value is wrong: changed on the way, or another key
	DropSequence                      // the sequence number was there before
	DropInterval                      // the interval is not ours (VRRPv2, RFC 3768 section 7.1)
	DropIntervalZero                  // the interval is 0 (VRRPv3, RFC 9568 erratum 8301)
	DropFirstAddress                  // the first IPv6 address is not link-local (RFC 9568 erratum 8300)
	dropReasons                       // how many there are
)

// String names the reason as status and logs show it.
func (r DropReason) String() string {
	names := [dropReasons]string{
		"accepted", "truncated", "unknown-id", "ttl", "unicast-ttl", "source", "peer", "destination",
		"short", "long", "version", "type", "no-address", "checksum",
		"authentication-type", "password", "authentication-header", "spi", "integrity", "sequence",
		"interval", "interval-zero", "first-address",
	}
	if r >= dropReasons {
		return "unknown"
	}
	return names[r]
}

// Drops counts packets by the reason why they were dropped.
type Drops [dropReasons]uint64

// Named gives the counters that are not 0, by the name of the reason.
func (d *Drops) Named() map[string]uint64 {
	named := map[string]uint64{}
	for reason, n := range d {
		if n > 0 {
			named[DropReason(reason).String()] = n
		}
	}
	return named
}
