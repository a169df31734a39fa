// Package system is everything of the host that lvsctl touches besides IPVS:
// links, addresses, routes, sysctls, and the announcements that tell neighbours
// where an address lives. Everything happens in the network namespace that the
// process was in when the value was opened. Each real thing has an exported fake
// (FakeNetwork, FakeSysctls) for the tests of those who use it.
package system

import (
	"errors"
	"net"
	"net/netip"
)

// ErrNoLink says that there is no such network interface.
var ErrNoLink = errors.New("no such network interface")

// Link is a network interface as it is at one moment.
type Link struct {
	Index        int
	Name         string
	MTU          int // bytes
	HardwareAddr net.HardwareAddr
	Running      bool           // administratively up, and the carrier is there
	Addresses    []netip.Prefix // both families; the first of a family is its primary one
}

// PrimaryIPv4 is the address that the link sends IPv4 from, the zero Addr if it has none.
func (l Link) PrimaryIPv4() netip.Addr {
	for _, p := range l.Addresses {
		if p.Addr().Is4() {
			return p.Addr()
		}
	}
	return netip.Addr{}
}

// Address is an address to put on a link.
type Address struct {
	Prefix netip.Prefix
	Label  string // IPv4 only, at most 15 bytes; "" is the link's name
}

// Route is a route in the main table that needs no gateway.
type Route struct {
	Destination netip.Prefix
	Link        string
}
