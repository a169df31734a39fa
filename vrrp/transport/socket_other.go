//go:build !linux

package transport

import (
	"errors"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
)

// Socket is only there on Linux.
type Socket struct{}

// Open fails with errors.ErrUnsupported.
func Open(system.Link, Kind) (*Socket, error) { return nil, errors.ErrUnsupported }

// Listen fails with errors.ErrUnsupported.
func (*Socket) Listen(Interest) error { return errors.ErrUnsupported }

// Wait fails with errors.ErrUnsupported.
func (*Socket) Wait() error { return errors.ErrUnsupported }

// Receive has nothing.
func (*Socket) Receive() (packet.Datagram, packet.DropReason, bool) {
	return packet.Datagram{}, packet.DropTruncated, false
}

// Send fails with errors.ErrUnsupported.
func (*Socket) Send(packet.Path, []byte) error { return errors.ErrUnsupported }

// Close does nothing.
func (*Socket) Close() error { return nil }
