//go:build !linux

package system

import (
	"errors"
	"net/netip"
)

// Announcer is only there on Linux.
type Announcer struct{}

// OpenAnnouncer gives an announcer that cannot announce.
func OpenAnnouncer() *Announcer { return &Announcer{} }

// Close does nothing.
func (*Announcer) Close() {}

// Announce fails with errors.ErrUnsupported.
func (*Announcer) Announce(Link, []netip.Addr) error { return errors.ErrUnsupported }
