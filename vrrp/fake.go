package vrrp

import (
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
	"github.com/lvsctl/lvsctl/vrrp/transport"
)

// FakeLAN is a link in memory: what is sent to one of its sockets comes out of
// all others that listen to it. It is the Transport of every Daemon on it.
type FakeLAN struct {
	mu    sync.Mutex
	conns []*fakeConn
	sent  []packet.Datagram
	down  bool
	Err   error // if set, Open fails with it
}

// Open attaches a socket.
func (l *FakeLAN) Open(link system.Link, k transport.Kind) (Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Err != nil {
		return nil, l.Err
	}
	c := &fakeConn{lan: l, kind: k, link: link, ready: make(chan struct{}, 1), closed: make(chan struct{})}
	l.conns = append(l.conns, c)
	return c, nil
}

// Cut makes the link lose everything, or nothing again.
func (l *FakeLAN) Cut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = cut
}

// Take gives what was sent since the last call, and forgets it.
func (l *FakeLAN) Take() []packet.Datagram {
	l.mu.Lock()
	defer l.mu.Unlock()
	sent := l.sent
	l.sent = nil
	return sent
}

// Inject delivers a datagram, as if a stranger had sent it.
func (l *FakeLAN) Inject(d packet.Datagram) { l.deliver(nil, d) }

func (l *FakeLAN) deliver(from *fakeConn, d packet.Datagram) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if from != nil {
		l.sent = append(l.sent, d)
	}
	if l.down {
		return
	}
	for _, c := range l.conns {
		if c != from && c.hears(d) {
			c.queue = append(c.queue, d)
			c.wake()
		}
	}
}

// fakeConn is a socket on a FakeLAN; the LAN's lock is also the lock of what changes.
type fakeConn struct {
	lan      *FakeLAN
	kind     transport.Kind
	link     system.Link
	interest transport.Interest
	queue    []packet.Datagram
	ready    chan struct{}
	closed   chan struct{}
}

// hears tells whether the kernel would deliver a datagram to the socket.
func (c *fakeConn) hears(d packet.Datagram) bool {
	id, ok := d.RouterID()
	if !ok || kindOf(d) != c.kind || !c.interest.IDs[id] && !c.interest.EveryID {
		return false
	}
	if d.Destination.IsMulticast() {
		return slices.Contains(c.interest.Groups, d.Destination)
	}
	return slices.ContainsFunc(c.link.Addresses, func(p netip.Prefix) bool { return p.Addr() == d.Destination })
}

// kindOf is the kind of the socket that gets a datagram.
func kindOf(d packet.Datagram) transport.Kind {
	switch {
	case d.Source.Is6():
		return transport.VRRP6
	case d.Authenticated != nil:
		return transport.AH4
	default:
		return transport.VRRP4
	}
}

func (c *fakeConn) wake() {
	select {
	case c.ready <- struct{}{}:
	default:
	}
}

func (c *fakeConn) Listen(in transport.Interest) error {
	c.lan.mu.Lock()
	defer c.lan.mu.Unlock()
	in.Groups = slices.Clone(in.Groups)
	c.interest = in
	return nil
}

func (c *fakeConn) Wait() error {
	for {
		c.lan.mu.Lock()
		waiting := len(c.queue)
		c.lan.mu.Unlock()
		if waiting > 0 {
			return nil
		}
		select {
		case <-c.ready:
		case <-c.closed:
			return net.ErrClosed
		}
	}
}

func (c *fakeConn) Receive() (packet.Datagram, packet.DropReason, bool) {
	c.lan.mu.Lock()
	defer c.lan.mu.Unlock()
	if len(c.queue) == 0 {
		return packet.Datagram{}, packet.Accepted, false
	}
	d := c.queue[0]
	c.queue = c.queue[1:]
	return d, packet.Accepted, true
}

func (c *fakeConn) Send(p packet.Path, b []byte) error {
	d := packet.Datagram{Path: p, Message: slices.Clone(b)}
	if c.kind != transport.VRRP6 {
		d, _ = packet.ParseIPv4(d.Message)
	}
	c.lan.deliver(c, d)
	return nil
}

func (c *fakeConn) Close() error {
	c.lan.mu.Lock()
	defer c.lan.mu.Unlock()
	c.lan.conns = slices.DeleteFunc(c.lan.conns, func(o *fakeConn) bool { return o == c })
	close(c.closed)
	return nil
}
