package vrrp

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/lvsctl/lvsctl/vrrp/packet"
	"github.com/lvsctl/lvsctl/vrrp/transport"
)

// TransportConfig is how the advertisements of a router travel.
type TransportConfig struct {
	Family        packet.Family
	Group         netip.Addr          // multicast group; zero: that of all VRRP routers
	Source        netip.Addr          // what to send from; zero: the interface's own address
	TrackSource   bool                // the router fails while the interface does not have Source
	Peers         []packet.Peer       // the other routers, to send to each of them instead of the group
	TTL           uint8               // TTL or hop limit of what goes to peers; 0: 255
	CheckPeers    bool                // take nothing from others than Peers
	Checksum      packet.ChecksumForm // what checksums of VRRPv3 over IPv4 cover
	ReceiveBuffer int                 // bytes; 0: as it is
}

func (t TransportConfig) equal(o TransportConfig) bool {
	return slices.Equal(t.Peers, o.Peers) && t.Family == o.Family && t.Group == o.Group && t.Source == o.Source &&
		t.TrackSource == o.TrackSource && t.TTL == o.TTL && t.CheckPeers == o.CheckPeers &&
		t.Checksum == o.Checksum && t.ReceiveBuffer == o.ReceiveBuffer
}

// group is where multicast goes.
func (t TransportConfig) group() netip.Addr {
	if t.Group.IsValid() {
		return t.Group
	}
	return packet.Group(t.Family)
}

// unicastTTL is the TTL of what goes to peers.
func (t TransportConfig) unicastTTL() uint8 {
	if t.TTL == 0 {
		return packet.RouterTTL
	}
	return t.TTL
}

// kind is the socket that the router needs.
func (c RouterConfig) kind() transport.Kind {
	switch {
	case c.Transport.Family == packet.IPv6:
		return transport.VRRP6
	case c.Authentication.Type == packet.HeaderAuthentication:
		return transport.AH4
	default:
		return transport.VRRP4
	}
}

// advertisement is what the router says with a priority and its addresses.
func (c *RouterConfig) advertisement(priority uint8, addresses []netip.Addr) packet.Advertisement {
	return packet.Advertisement{
		Version: c.version(), ID: c.ID, Priority: priority, Interval: c.Interval,
		Authentication: c.Authentication, Checksum: c.Transport.Checksum, Addresses: addresses,
	}
}

// policy is what the router takes advertisements by while it sends from source.
func (c RouterConfig) policy(source netip.Addr) packet.Policy {
	own := c.Addresses
	return packet.Policy{
		Version: c.version(), Family: c.Transport.Family, Interval: c.Interval, Authentication: c.Authentication,
		Self: source, Group: c.Transport.group(), Peers: c.Transport.Peers, KnownPeersOnly: c.Transport.CheckPeers,
		GlobalFirst: len(own) > 0 && !own[0].Prefix.Addr().IsLinkLocalUnicast(),
	}
}

// sameAddresses tells whether an advertisement lists our own addresses. RFC 3768
// section 7.1 has a router drop it otherwise, unless the sender owns them; then
// two masters stand as long as an address is rolled out node by node. So, as RFC
// 9568 decides, a difference is noted and the advertisement counts.
func (c RouterConfig) sameAddresses(a packet.Advertisement) bool {
	if len(c.Addresses) != len(a.Addresses) {
		return false
	}
	for _, addr := range a.Addresses {
		if !slices.ContainsFunc(c.Addresses, func(v VirtualAddress) bool { return v.Prefix.Addr() == addr }) {
			return false
		}
	}
	return true
}

// validateTransport refuses what the router cannot say or send.
func (c RouterConfig) validateTransport() error {
	t := c.Transport
	for _, a := range append([]netip.Addr{t.Group, t.Source}, peerAddrs(t.Peers)...) {
		if a.IsValid() && packet.FamilyOf(a) != t.Family {
			return fmt.Errorf("address %s of an %s router", a, t.Family)
		}
	}
	if t.Group.IsValid() && !t.Group.IsMulticast() {
		return fmt.Errorf("%s is not a multicast group", t.Group)
	}
	if c.Interval <= 0 || c.version() == 2 && c.Interval < time.Second {
		return fmt.Errorf("advertisement interval %s is too short", c.Interval)
	}
	// What is left is what a message cannot carry.
	anywhere := packet.Path{Source: packet.Group(t.Family), Destination: packet.Group(t.Family)}
	_, err := c.advertisement(0, c.advertised()).Append(nil, anywhere)
	return err
}

func peerAddrs(peers []packet.Peer) []netip.Addr {
	addrs := make([]netip.Addr, len(peers))
	for i, p := range peers {
		addrs[i] = p.Addr
	}
	return addrs
}
