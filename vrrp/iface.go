package vrrp

import (
	"errors"
	"net/netip"
	"time"

	"github.com/lvsctl/lvsctl/system"
)

const (
	// lookAgain is how often an interface that is not usable is looked at,
	// because not everything that makes it usable is a change of the link.
	lookAgain = time.Second
	// lookAnyway is how often a usable one is, for a change of its address.
	lookAnyway = 10 * time.Second
	// receiveBatch bounds what is read from one interface at a time. It is more
	// than the kernel queues in a socket of the usual size.
	receiveBatch = 512
)

// iface is one interface with the virtual routers on it.
type iface struct {
	name      string
	link      system.Link // as it was when it was last usable
	source    netip.Addr  // what we send from
	listener  *listener   // nil without socket
	trouble   Reason      // why it is not usable, "" if it is
	err       error       // what the kernel said about that, if it did
	lookAt    time.Time
	instances map[uint8]*instance // by virtual router identifier
	drops     drops               // packets that were meant for none of them
}

// listener waits on a socket, so that the daemon need not.
type listener struct {
	iface *iface
	conn  Conn
	read  chan struct{} // one value for each time that the daemon has read
	done  chan struct{}
	err   error // set before the last value is sent to readable
}

// wait tells readable whenever there is something to receive, and waits until it
// was read.
func (l *listener) wait(readable chan<- *listener) {
	for l.err == nil {
		l.err = l.conn.Wait()
		select {
		case readable <- l:
		case <-l.done:
			return
		}
		select {
		case <-l.read:
		case <-l.done:
			return
		}
	}
}

// close ends wait.
func (l *listener) close() {
	close(l.done)
	_ = l.conn.Close() // nothing is written to it any more
}

// interfaceOf gives the interface of that name, and looks at it if it is new.
func (d *Daemon) interfaceOf(name string, now time.Time) *iface {
	if i, ok := d.ifaces[name]; ok {
		return i
	}
	i := &iface{name: name, instances: map[uint8]*instance{}}
	d.ifaces[name] = i
	d.look(i, now)
	return i
}

// look finds out whether an interface is usable, and tells its routers if that
// or its address has changed.
func (d *Daemon) look(i *iface, now time.Time) {
	trouble, source, index := i.trouble, i.source, i.link.Index
	i.trouble, i.err = d.inspect(i)
	if i.link.Index != index && index != 0 {
		trouble = BecauseLinkGone // another link of that name: the addresses went with the first
		i.stepAll(d, now, LinkDown{Why: trouble})
	}
	i.lookAt = now.Add(lookAnyway)
	if i.trouble != "" || d.links == nil {
		i.lookAt = now.Add(lookAgain)
	}
	if i.trouble == trouble && i.source == source {
		return
	}
	if i.trouble != "" {
		d.log.Warn("interface is not usable", "interface", i.name, "why", i.trouble, "err", i.err)
	}
	i.stepAll(d, now, i.condition())
}

// condition is the event that tells a router how its interface is.
func (i *iface) condition() Event {
	if i.trouble != "" {
		return LinkDown{Why: i.trouble}
	}
	return LinkUp{Source: i.source}
}

func (i *iface) stepAll(d *Daemon, now time.Time, ev Event) {
	for _, n := range i.instances {
		d.step(n, now, ev)
	}
}

// inspect looks at the link, and opens the socket when it can be opened.
func (d *Daemon) inspect(i *iface) (Reason, error) {
	l, err := d.host.Network.Link(i.name)
	switch {
	case errors.Is(err, system.ErrNoLink):
		i.closeSocket()
		return BecauseLinkGone, err
	case err != nil:
		return i.trouble, err // we know nothing new
	case !l.Running:
		return BecauseLinkDown, nil
	}
	source := d.sourceOn(l)
	if !source.IsValid() {
		return BecauseNoAddress, nil
	}
	if err := d.openSocket(i, l); err != nil {
		return BecauseNoSocket, err
	}
	i.link, i.source = l, source
	return "", nil
}

// openSocket opens the socket unless there is one of that very link; one of the
// same name may be another.
func (d *Daemon) openSocket(i *iface, l system.Link) error {
	if i.listener != nil && i.link.Index == l.Index {
		return nil
	}
	i.closeSocket()
	conn, err := d.host.Transport.Open(l)
	if err != nil {
		return err
	}
	i.listener = &listener{iface: i, conn: conn, read: make(chan struct{}, 1), done: make(chan struct{})}
	d.owned.Go(func(l *listener) func() { return func() { l.wait(d.readable) } }(i.listener))
	return nil
}

func (i *iface) closeSocket() {
	if i.listener != nil {
		i.listener.close()
		i.listener = nil
	}
}

// receive reads what the listener has found.
func (d *Daemon) receive(l *listener, now time.Time) {
	if l != l.iface.listener {
		return // closed meanwhile
	}
	if l.err != nil {
		d.log.Error("socket failed", "interface", l.iface.name, "err", l.err)
		l.iface.closeSocket()
		d.look(l.iface, now)
		return
	}
	d.drain(l.iface, now)
	l.read <- struct{}{}
}

// drain reads what is in the queue of an interface now.
func (d *Daemon) drain(i *iface, now time.Time) {
	if i.listener == nil {
		return
	}
	for range receiveBatch {
		packet, ok := i.listener.conn.Receive()
		if !ok {
			return
		}
		if n, adv, ok := i.sort(packet); ok {
			d.step(n, now, adv)
		}
	}
}

// sort finds the router that a packet is for, and whether it takes it.
func (i *iface) sort(packet []byte) (*instance, Received, bool) {
	datagram, why := parseIPv4(packet)
	if why != Accepted {
		i.drops[why]++
		return nil, Received{}, false
	}
	id, ok := routerID(datagram.Message)
	if !ok {
		i.drops[DropShort]++
		return nil, Received{}, false
	}
	n, ok := i.instances[id]
	if !ok {
		i.drops[DropUnknownID]++
		return nil, Received{}, false
	}
	adv, ok := n.take(datagram)
	return n, adv, ok
}
