package vrrp

import (
	"context"
	"net/netip"

	"github.com/lvsctl/lvsctl/system"
)

// Host is what a Daemon needs of the machine it runs on. All of it must belong
// to one network namespace.
type Host struct {
	Network   Network
	Announcer Announcer
	Transport Transport
}

// Network reads links and changes their addresses; *system.Network does it.
// Adding what is there and deleting what is not is no error.
type Network interface {
	Link(name string) (system.Link, error)
	AddAddress(link string, a system.Address) (bool, error)
	DeleteAddress(link string, p netip.Prefix) (bool, error)
	WatchLinks(ctx context.Context) (<-chan system.Link, error)
}

// Announcer tells the neighbours on a link that addresses live here;
// *system.Announcer does it.
type Announcer interface {
	Announce(l system.Link, addrs []netip.Addr) error
}

// Transport opens the socket that all virtual routers of an interface share.
type Transport interface {
	Open(l system.Link) (Conn, error)
}

// Conn carries VRRP over IPv4 on one interface. Wait may be called while another
// goroutine uses the rest.
type Conn interface {
	// Wait blocks until there is something to receive. Close ends it with an error.
	Wait() error
	// Receive gives the next packet in the queue with its IPv4 header, and false
	// if there is none. It never blocks; the packet is valid until the next call.
	Receive() ([]byte, bool)
	// Send sends a message to all VRRP routers (224.0.0.18) from source.
	Send(source netip.Addr, message []byte) error
	Close() error
}
