//go:build !linux

package system

import (
	"context"
	"errors"
	"net/netip"
)

// Network is only there on Linux.
type Network struct{}

// OpenNetwork fails with errors.ErrUnsupported.
func OpenNetwork() (*Network, error) { return nil, errors.ErrUnsupported }

// Close does nothing.
func (*Network) Close() {}

// Link fails with errors.ErrUnsupported.
func (*Network) Link(string) (Link, error) { return Link{}, errors.ErrUnsupported }

// AddAddress fails with errors.ErrUnsupported.
func (*Network) AddAddress(string, Address) (bool, error) { return false, errors.ErrUnsupported }

// DeleteAddress fails with errors.ErrUnsupported.
func (*Network) DeleteAddress(string, netip.Prefix) (bool, error) {
	return false, errors.ErrUnsupported
}

// AddRoute fails with errors.ErrUnsupported.
func (*Network) AddRoute(Route) (bool, error) { return false, errors.ErrUnsupported }

// DeleteRoute fails with errors.ErrUnsupported.
func (*Network) DeleteRoute(Route) (bool, error) { return false, errors.ErrUnsupported }

// HasRoute fails with errors.ErrUnsupported.
func (*Network) HasRoute(Route) (bool, error) { return false, errors.ErrUnsupported }

// WatchLinks fails with errors.ErrUnsupported.
func (*Network) WatchLinks(context.Context) (<-chan Link, error) {
	return nil, errors.ErrUnsupported
}
