package packet

import (
	"net/netip"
	"time"
)

// RouterTTL is the TTL or hop limit that a VRRP packet is sent with, and must arrive
// with on its link (RFC 9568 section 5.1.1.3).
const RouterTTL = 255

// Peer is another router of a unicast configuration (unicast_peer).
type Peer struct {
	Addr           netip.Addr
	MinTTL, MaxTTL uint8 // 0: not checked
}

// Policy is what a router takes advertisements by.
type Policy struct {
	Version        uint8
	Family         Family
	Interval       time.Duration
	Authentication Authentication
	Self           netip.Addr // what the router sends from
	Group          netip.Addr // multicast group; not used with peers
	Peers          []Peer     // of unicast; none for multicast
	KnownPeersOnly bool       // check_unicast_src
	GlobalFirst    bool       // our first IPv6 address is not link-local either: so may be the others'
	// Sequences has the last number of the authentication header by source.
	Sequences map[netip.Addr]uint32
}

// Accept decides whether the router takes a datagram that carries its identifier.
// What it drops must not touch any timer.
func (p Policy) Accept(d Datagram) (Advertisement, DropReason) {
	if why := p.acceptPath(d.Path); why != Accepted {
		return Advertisement{}, why
	}
	a, why := Parse(d)
	switch {
	case why != Accepted:
		return a, why
	case a.Version != p.Version:
		return a, DropVersion
	}
	if a.Sequence, why = p.acceptAuthentication(a, d); why != Accepted {
		return a, why
	}
	return a, p.acceptContent(a)
}

// acceptPath looks at the IP header.
func (p Policy) acceptPath(path Path) DropReason {
	switch {
	case FamilyOf(path.Source) != p.Family:
		return DropTruncated
	case !isHost(path.Source) || path.Source == p.Self:
		return DropSource
	case len(p.Peers) > 0:
		return p.acceptUnicast(path)
	case path.TTL != RouterTTL:
		return DropTTL
	case path.Destination != p.Group:
		return DropDestination
	case p.Family == IPv6 && !path.Source.IsLinkLocalUnicast():
		return DropSource
	}
	return Accepted
}

// acceptUnicast has only the limits that the operator set: packets may come from
// other networks, and keepalived sends IPv6 with a hop limit of 64.
func (p Policy) acceptUnicast(path Path) DropReason {
	if path.Destination != p.Self {
		return DropDestination
	}
	for _, peer := range p.Peers {
		if peer.Addr != path.Source {
			continue
		}
		if path.TTL < peer.MinTTL || peer.MaxTTL != 0 && path.TTL > peer.MaxTTL {
			return DropUnicastTTL
		}
		return Accepted
	}
	if p.KnownPeersOnly {
		return DropPeer
	}
	return Accepted
}

// isHost leaves out the unspecified, multicast, broadcast and loopback addresses.
func isHost(a netip.Addr) bool { return a.IsGlobalUnicast() || a.IsLinkLocalUnicast() }

func (p Policy) acceptAuthentication(a Advertisement, d Datagram) (uint32, DropReason) {
	switch {
	case a.Version != version2:
		return 0, Accepted
	case a.Authentication.Type != p.Authentication.Type:
		return 0, DropAuthenticationType
	case !p.Authentication.admits(a.Authentication):
		return 0, DropPassword
	case p.Authentication.Type == HeaderAuthentication:
		return p.Authentication.verify(d, p.Sequences[d.Source])
	}
	return 0, Accepted
}

func (p Policy) acceptContent(a Advertisement) DropReason {
	switch {
	case a.Version == version2 && a.Interval != p.Interval:
		return DropInterval
	case a.Interval == 0:
		return DropIntervalZero
	case p.Family == IPv6 && len(p.Peers) == 0 && !p.GlobalFirst && !a.Addresses[0].IsLinkLocalUnicast():
		return DropFirstAddress
	}
	return Accepted
}

// Learn is the interval that the router goes by while the sender of an accepted
// advertisement is master (Master_Adver_Interval, RFC 9568 section 6.1). It is
// capped, so that one advertisement does not keep a router waiting for minutes.
func (p Policy) Learn(a Advertisement) time.Duration {
	const ownIntervals, longest = 10, 10 * time.Second
	return min(a.Interval, max(ownIntervals*p.Interval, longest))
}
