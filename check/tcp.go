package check

import (
	"context"
	"io"
	"net"
	"time"
)

// TCP is the check that a server accepts connections (TCP_CHECK). It sends
// nothing and closes with FIN, not with RST as keepalived does, because servers
// log a reset as an error of their client.
type TCP struct {
	Dialer Dialer
}

// Check connects to the target.
func (c TCP) Check(ctx context.Context, t Target) Result {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, t.bound())
	defer cancel()
	conn, err := c.Dialer.DialContext(ctx, "tcp", t.Address.String())
	took := time.Since(began)
	if err != nil {
		return failure(PhaseConnect, err, took)
	}
	part(conn, began.Add(t.bound()))
	return Result{Status: Up, Phase: PhaseConnect, Reason: "connected", Took: took}
}

// What a parting may cost: a server that greets (SSH, SMTP) gets its greeting
// read, one that neither speaks nor hangs up is not waited for much longer.
const (
	partingTime  = 200 * time.Millisecond
	partingBytes = 64 << 10
)

// part ends the connection as a polite client does: FIN, read what still comes,
// close. Unread bytes at the close would make the kernel send RST. The answer of
// the check stands already, so nothing that goes wrong here matters.
func part(conn net.Conn, deadline time.Time) {
	defer func() { _ = conn.Close() }()
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	if soon := time.Now().Add(partingTime); soon.Before(deadline) {
		deadline = soon
	}
	if conn.SetReadDeadline(deadline) == nil {
		_, _ = io.CopyN(io.Discard, conn, partingBytes)
	}
}
