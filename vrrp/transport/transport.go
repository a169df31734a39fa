// Package transport carries VRRP packets: one raw socket for all virtual routers of
// an interface and protocol, for multicast and unicast alike, with a filter in the
// kernel, so that packets for routers that are not here cost no wake-up.
package transport

import (
	"net/netip"
	"slices"

	"github.com/lvsctl/lvsctl/vrrp/packet"
)

// Kind is what a socket carries.
type Kind uint8

// Kinds of sockets.
const (
	VRRP4 Kind = iota // VRRP over IPv4, protocol 112
	AH4               // VRRP behind an authentication header, protocol 51
	VRRP6             // VRRP over IPv6
)

// Family is the family of the packets.
func (k Kind) Family() packet.Family {
	if k == VRRP6 {
		return packet.IPv6
	}
	return packet.IPv4
}

// network is what package net calls the protocol.
func (k Kind) network() string { return [...]string{"ip4:112", "ip4:51", "ip6:112"}[k] }

// Interest is what a socket lets through.
type Interest struct {
	IDs     [256]bool    // virtual router identifiers
	EveryID bool         // all others as well, to tell of them
	Groups  []netip.Addr // multicast groups to be a member of, none twice
	Buffer  int          // receive buffer in bytes; 0: as it is
}

// Equal tells whether two are the same.
func (in Interest) Equal(o Interest) bool {
	return in.IDs == o.IDs && in.EveryID == o.EveryID && in.Buffer == o.Buffer && slices.Equal(in.Groups, o.Groups)
}

// Join adds a group unless it is there.
func (in *Interest) Join(group netip.Addr) {
	if !slices.Contains(in.Groups, group) {
		in.Groups = append(in.Groups, group)
	}
}
