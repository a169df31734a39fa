package cmd

import (
	"math"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/vrrp"
	"github.com/lvsctl/lvsctl/vrrp/packet"
)

// transportConfig is how the advertisements of a router travel.
func transportConfig(g *config.Global, r *config.VirtualRouter) vrrp.TransportConfig {
	t := vrrp.TransportConfig{
		Group: r.MulticastGroup.V, Source: r.MulticastSource.V, TrackSource: r.TrackSource.V,
		Checksum: checksum(r), ReceiveBuffer: int(min(r.ReceiveBuffer.V, math.MaxInt32)),
	}
	group := g.VRRP.MulticastGroup4
	if r.IPv6() {
		t.Family, group = packet.IPv6, g.VRRP.MulticastGroup6
	}
	if !t.Group.IsValid() {
		t.Group = group.V
	}
	if u := &r.Unicast; len(u.Peers) > 0 {
		t.Source, t.TTL, t.CheckPeers, t.Peers = u.Source.V, u.TTL.V, u.CheckSource.V, peers(u)
	}
	return t
}

// checksum is what the router's checksums of VRRPv3 over IPv4 cover.
func checksum(r *config.VirtualRouter) packet.ChecksumForm {
	switch {
	case r.Protocol.ChecksumAsV2.V:
		return packet.MessageOnly
	case r.OldUnicastChecksum.V == "always":
		return packet.GroupPseudoHeader
	default:
		return packet.PseudoHeader
	}
}

func peers(u *config.Unicast) []packet.Peer {
	var peers []packet.Peer
	for _, p := range u.Peers {
		peers = append(peers, packet.Peer{Addr: p.Address.V, MinTTL: p.MinTTL.V, MaxTTL: p.MaxTTL.V})
	}
	return peers
}

// authentication is what the router's advertisements carry; only VRRPv2 has any.
func authentication(r *config.VirtualRouter) packet.Authentication {
	a := r.Authentication
	switch {
	case a == nil:
		return packet.Authentication{}
	case a.Type.V == config.AuthAH:
		return packet.KeyAuthentication(string(a.Password.V))
	case a.Type.V == config.AuthPass:
		return packet.PasswordAuthentication(string(a.Password.V))
	default:
		return packet.Authentication{}
	}
}
