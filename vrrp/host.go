package vrrp

import (
	"context"
	"net/netip"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
	"github.com/lvsctl/lvsctl/vrrp/transport"
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

// Transport opens the sockets that the virtual routers of an interface share, one
// of each kind that they need; Sockets does it.
type Transport interface {
	Open(l system.Link, k transport.Kind) (Conn, error)
}

// Conn carries VRRP on one interface. Wait may be called while another goroutine
// uses the rest.
type Conn interface {
	// Listen replaces what the socket lets through; before, that is nothing.
	Listen(transport.Interest) error
	// Wait blocks until there is something to receive. Close ends it with an error.
	Wait() error
	// Receive gives the next packet in the queue, and why it is none of VRRP; false
	// if there is no packet. It never blocks; the packet is valid until the next call.
	Receive() (packet.Datagram, packet.DropReason, bool)
	// Send sends a whole packet over IPv4, a message over IPv6. It never blocks.
	Send(p packet.Path, b []byte) error
	Close() error
}

// Sockets opens real sockets, in the network namespace of the calling thread.
type Sockets struct{}

// Open opens a socket of a link.
func (Sockets) Open(l system.Link, k transport.Kind) (Conn, error) {
	s, err := transport.Open(l, k)
	if err != nil {
		return nil, err
	}
	return s, nil
}
