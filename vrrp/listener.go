package vrrp

import (
	"time"

	"github.com/lvsctl/lvsctl/vrrp/packet"
	"github.com/lvsctl/lvsctl/vrrp/transport"
)

// receiveBatch bounds what is read from one socket at a time. It is more than the
// kernel queues in a socket of the usual size.
const receiveBatch = 512

// listener waits on a socket, so that the daemon need not.
type listener struct {
	iface    *iface
	conn     Conn
	interest transport.Interest
	read     chan struct{} // one value for each time that the daemon has read
	done     chan struct{}
	err      error // set before the last value is sent to readable
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

// listen opens the sockets that the routers of an interface need, and sets what
// they let through. Those that nobody needs any more are closed.
func (d *Daemon) listen(i *iface) error {
	wanted := d.interests(i)
	for k, in := range wanted {
		if err := d.listenTo(i, k, *in); err != nil {
			return err
		}
	}
	for k, l := range i.listeners {
		if wanted[k] == nil {
			l.close()
			delete(i.listeners, k)
		}
	}
	return nil
}

// interests are those of the routers that there are and of those that there will be.
func (d *Daemon) interests(i *iface) map[transport.Kind]*transport.Interest {
	wanted := map[transport.Kind]*transport.Interest{}
	for _, c := range d.wanted.Routers {
		if c.place() == i.place {
			c.addInterest(wanted)
		}
	}
	for _, n := range i.instances {
		n.config.addInterest(wanted)
	}
	for _, in := range wanted {
		in.EveryID = d.wanted.LogUnknownIDs
	}
	return wanted
}

func (c RouterConfig) addInterest(to map[transport.Kind]*transport.Interest) {
	in := to[c.kind()]
	if in == nil {
		in = &transport.Interest{}
		to[c.kind()] = in
	}
	in.IDs[c.ID] = true
	in.Buffer = max(in.Buffer, c.Transport.ReceiveBuffer)
	if len(c.Transport.Peers) == 0 {
		in.Join(c.Transport.group())
	}
}

func (d *Daemon) listenTo(i *iface, k transport.Kind, in transport.Interest) error {
	l := i.listeners[k]
	if l != nil && l.interest.Equal(in) {
		return nil
	}
	if l == nil {
		conn, err := d.host.Transport.Open(i.link, k)
		if err != nil {
			return err
		}
		l = &listener{iface: i, conn: conn, read: make(chan struct{}, 1), done: make(chan struct{})}
		i.listeners[k] = l
		d.owned.Go(func() { l.wait(d.readable) })
	}
	l.interest = transport.Interest{} // unknown, if it fails
	if err := l.conn.Listen(in); err != nil {
		return err
	}
	l.interest = in
	return nil
}

// relisten follows a change of the routers.
func (d *Daemon) relisten(now time.Time) {
	for _, i := range d.ifaces {
		if i.trouble != "" {
			continue // the next look listens
		}
		if err := d.listen(i); err != nil {
			d.log.Error("cannot listen", "interface", i.iface, "family", i.family, "err", err)
			d.look(i, now)
		}
	}
}

func (i *iface) closeSockets() {
	for k, l := range i.listeners {
		l.close()
		delete(i.listeners, k)
	}
}

// open tells whether the interface still has the listener.
func (i *iface) open(l *listener) bool {
	for _, o := range i.listeners {
		if o == l {
			return true
		}
	}
	return false
}

// receive reads what the listener has found.
func (d *Daemon) receive(l *listener, now time.Time) {
	if !l.iface.open(l) {
		return // closed meanwhile
	}
	if l.err != nil {
		d.log.Error("socket failed", "interface", l.iface.iface, "family", l.iface.family, "err", l.err)
		l.iface.closeSockets()
		d.look(l.iface, now)
		return
	}
	d.drain(l, now)
	l.read <- struct{}{}
}

// drainAll reads what is in the queues of an interface now.
func (d *Daemon) drainAll(i *iface, now time.Time) {
	for _, l := range i.listeners {
		d.drain(l, now)
	}
}

func (d *Daemon) drain(l *listener, now time.Time) {
	for range receiveBatch {
		datagram, why, ok := l.conn.Receive()
		if !ok {
			return
		}
		if n, adv, ok := d.sort(l.iface, datagram, why); ok {
			d.step(n, now, adv)
		}
	}
}

// sort finds the router that a packet is for, and whether it takes it.
func (d *Daemon) sort(i *iface, datagram packet.Datagram, why packet.DropReason) (*instance, Received, bool) {
	if why != packet.Accepted {
		i.drops[why]++
		return nil, Received{}, false
	}
	id, ok := datagram.RouterID()
	if !ok {
		i.drops[packet.DropShort]++
		return nil, Received{}, false
	}
	n, ok := i.instances[id]
	if !ok {
		i.drops[packet.DropUnknownID]++
		if d.wanted.LogUnknownIDs && worthLogging(i.drops[packet.DropUnknownID]) {
			d.log.Info("advertisement of a router that is not configured", "interface", i.iface, "vrid", id, "from", datagram.Source)
		}
		return nil, Received{}, false
	}
	adv, ok := n.take(datagram)
	return n, adv, ok
}
