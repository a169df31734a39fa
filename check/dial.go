package check

import (
	"context"
	"net"
)

// Dialer opens connections to the servers that are checked. *net.Dialer is one.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// NewDialer gives the dialer for checks: without TCP keepalive, which a
// connection that lives for milliseconds does not need.
func NewDialer() Dialer {
	return &net.Dialer{KeepAlive: -1}
}
