package vrrp

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
	"github.com/lvsctl/lvsctl/vrrp/transport"
)

const (
	// lookAgain is how often an interface that is not usable is looked at,
	// because not everything that makes it usable is a change of the link.
	lookAgain = time.Second
	// lookAnyway is how often a usable one is, for a change of its address.
	lookAnyway = 10 * time.Second
)

// iface is one interface with the virtual routers of one family on it.
type iface struct {
	place
	link      system.Link // as it was when it was last usable
	source    netip.Addr  // its own address to send from, zero if it has none
	listeners map[transport.Kind]*listener
	trouble   Reason // why it is not usable, "" if it is
	err       error  // what the kernel said about that, if it did
	lookAt    time.Time
	instances map[uint8]*instance // by virtual router identifier
	drops     packet.Drops        // packets that were meant for none of them
}

// interfaceOf gives the interface of that place, and looks at it if it is new.
func (d *Daemon) interfaceOf(p place, now time.Time) *iface {
	if i, ok := d.ifaces[p]; ok {
		return i
	}
	i := &iface{place: p, instances: map[uint8]*instance{}, listeners: map[transport.Kind]*listener{}}
	d.ifaces[p] = i
	d.look(i, now)
	return i
}

// look finds out whether an interface is usable, and tells its routers what is new
// to them.
func (d *Daemon) look(i *iface, now time.Time) {
	trouble, index := i.trouble, i.link.Index
	i.trouble, i.err = d.inspect(i)
	if i.trouble != "" && i.trouble != trouble {
		d.log.Warn("interface is not usable", "interface", i.iface, "family", i.family, "why", i.trouble, "err", i.err)
	}
	usable := i.trouble == "" && d.links != nil
	for _, n := range i.instances {
		if i.link.Index != index && index != 0 {
			// Another link of that name: the addresses went with the first.
			d.tell(n, now, LinkDown{Why: BecauseLinkGone})
		}
		usable = d.tell(n, now, n.condition()) && usable
	}
	i.lookAt = now.Add(lookAnyway)
	if !usable {
		i.lookAt = now.Add(lookAgain)
	}
}

// tell tells a router how its interface is, unless it knows, and reports whether it
// can use it.
func (d *Daemon) tell(n *instance, now time.Time, condition Event) bool {
	up, usable := condition.(LinkUp)
	n.source = up.Source
	if condition != n.told {
		n.told = condition
		d.step(n, now, condition)
	}
	return usable
}

// condition is the event that tells the router how its interface is.
func (n *instance) condition() Event {
	i, source := n.iface, n.config.Transport.Source
	switch {
	case i.trouble != "":
		return LinkDown{Why: i.trouble}
	case !source.IsValid() && !i.source.IsValid() && i.family == packet.IPv6:
		return LinkDown{Why: BecauseNoLinkLocal}
	case !source.IsValid() && !i.source.IsValid():
		return LinkDown{Why: BecauseNoAddress}
	case !source.IsValid():
		return LinkUp{Source: i.source}
	case n.config.Transport.TrackSource && !i.has(source):
		return LinkDown{Why: BecauseNoSource}
	default:
		return LinkUp{Source: source}
	}
}

// has tells whether the interface had the address when it was looked at.
func (i *iface) has(a netip.Addr) bool {
	return slices.ContainsFunc(i.link.Addresses, func(p netip.Prefix) bool { return p.Addr() == a })
}

func (i *iface) stepAll(d *Daemon, now time.Time, ev Event) {
	for _, n := range i.instances {
		d.step(n, now, ev)
	}
}

// inspect looks at the link, and opens the sockets when they can be opened.
func (d *Daemon) inspect(i *iface) (Reason, error) {
	l, err := d.host.Network.Link(i.iface)
	switch {
	case errors.Is(err, system.ErrNoLink):
		i.closeSockets()
		return BecauseLinkGone, err
	case err != nil:
		return i.trouble, err // we know nothing new
	case !l.Running:
		return BecauseLinkDown, nil
	}
	if i.link.Index != l.Index {
		i.closeSockets() // one of the same name may be another
	}
	i.link, i.source = l, d.sourceOn(l, i.family)
	if err := d.listen(i); err != nil {
		return BecauseNoSocket, err
	}
	return "", nil
}
