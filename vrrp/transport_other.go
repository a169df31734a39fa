//go:build !linux

package vrrp

import (
	"errors"

	"github.com/lvsctl/lvsctl/system"
)

// MulticastTransport is only there on Linux.
type MulticastTransport struct{}

// Open fails with errors.ErrUnsupported.
func (MulticastTransport) Open(system.Link) (Conn, error) { return nil, errors.ErrUnsupported }
