package vrrp

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/lvsctl/lvsctl/system"
)

// FakeLAN is a link in memory: what is sent to one of its sockets comes out of
// all others. It is the Transport of every Daemon on it.
type FakeLAN struct {
	mu    sync.Mutex
	conns []*fakeConn
	sent  []Datagram
	down  bool
	Err   error // if set, Open fails with it
}

// Open attaches a socket.
func (l *FakeLAN) Open(system.Link) (Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Err != nil {
		return nil, l.Err
	}
	c := &fakeConn{lan: l, ready: make(chan struct{}, 1), closed: make(chan struct{})}
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
func (l *FakeLAN) Take() []Datagram {
	l.mu.Lock()
	defer l.mu.Unlock()
	sent := l.sent
	l.sent = nil
	return sent
}

// Inject delivers a message to every socket, as if a stranger had sent it.
func (l *FakeLAN) Inject(d Datagram) { l.deliver(nil, d) }

func (l *FakeLAN) deliver(from *fakeConn, d Datagram) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if from != nil {
		l.sent = append(l.sent, d)
	}
	if l.down {
		return
	}
	for _, c := range l.conns {
		if c != from {
			c.queue = append(c.queue, d.packet())
			c.wake()
		}
	}
}

// packet puts an IPv4 header before the message.
func (d Datagram) packet() []byte {
	const headerLen = 20
	p := make([]byte, headerLen, headerLen+len(d.Message))
	source := d.Source.As4()
	p[0], p[8] = 0x45, d.TTL
	binary.BigEndian.PutUint16(p[2:], uint16(headerLen+len(d.Message)))
	copy(p[12:], source[:])
	return append(p, d.Message...)
}

// fakeConn is a socket on a FakeLAN; the LAN's lock is also the lock of its queue.
type fakeConn struct {
	lan    *FakeLAN
	queue  [][]byte
	ready  chan struct{}
	closed chan struct{}
}

func (c *fakeConn) wake() {
	select {
	case c.ready <- struct{}{}:
	default:
	}
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

func (c *fakeConn) Receive() ([]byte, bool) {
	c.lan.mu.Lock()
	defer c.lan.mu.Unlock()
	if len(c.queue) == 0 {
		return nil, false
	}
	p := c.queue[0]
	c.queue = c.queue[1:]
	return p, true
}

func (c *fakeConn) Send(source netip.Addr, message []byte) error {
	c.lan.deliver(c, Datagram{Source: source, TTL: vrrpTTL, Message: slices.Clone(message)})
	return nil
}

func (c *fakeConn) Close() error {
	c.lan.mu.Lock()
	defer c.lan.mu.Unlock()
	c.lan.conns = slices.DeleteFunc(c.lan.conns, func(o *fakeConn) bool { return o == c })
	close(c.closed)
	return nil
}
