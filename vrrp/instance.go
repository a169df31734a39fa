package vrrp

import (
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/lvsctl/lvsctl/system"
)

// instance is one virtual router with the interface it lives on.
type instance struct {
	config  RouterConfig
	router  *Router
	iface   *iface
	log     *slog.Logger
	leaving bool // not configured any more
	since   time.Time
	reason  Reason

	counters Counters // but for its maps
	drops    drops
}

// status must be called with the daemon's lock.
func (n *instance) status() Status {
	s := Status{
		Instance: n.config.Name, ID: n.config.ID, Interface: n.config.Interface,
		State: n.router.State(), Since: n.since, Reason: n.reason,
		Priority: n.config.Priority, Master: n.router.Master(), Counters: n.counters,
	}
	for _, a := range n.config.Addresses {
		s.Addresses = append(s.Addresses, a.Prefix)
	}
	s.Counters.Dropped, s.Counters.InterfaceDropped = n.drops.named(), n.iface.drops.named()
	return s
}

// take hands a message to the router, if it is good.
func (n *instance) take(d Datagram) (Received, bool) {
	a, why := n.config.accept(d, n.iface.source)
	if why != Accepted {
		n.drops[why]++
		if worthLogging(n.drops[why]) {
			n.log.Warn("advertisement dropped", "from", d.Source, "reason", why.String(), "count", n.drops[why])
		}
		return Received{}, false
	}
	n.counters.Received++
	if !n.config.sameAddresses(a) {
		n.counters.OtherAddresses++
		if worthLogging(n.counters.OtherAddresses) {
			n.log.Warn("another router advertises other addresses", "from", d.Source, "count", n.counters.OtherAddresses)
		}
	}
	return Received{Source: d.Source, Priority: a.Priority}, true
}

// holds tells whether the instance has the address on that link now.
func (n *instance) holds(device string, p netip.Prefix) bool {
	if s := n.router.State(); s != Master && s != Releasing {
		return false
	}
	for _, a := range n.router.Parameters().Addresses {
		if n.config.deviceOf(a) == device && a.Prefix == p {
			return true
		}
	}
	return false
}

// perform carries out what the router wants. What fails is logged and counted;
// the rest is done all the same.
func (d *Daemon) perform(n *instance, now time.Time, actions []Action) {
	for _, a := range actions {
		var err error
		switch a := a.(type) {
		case SendAdvertisement:
			err = n.send(a.Priority)
		case AddAddresses:
			err = d.addAddresses(n, a.Addresses)
		case RemoveAddresses:
			err = d.removeAddresses(n, a.Addresses)
		case Announce:
			err = d.announce(n, a.Addresses)
		case StateChanged:
			n.since, n.reason = now, a.Why
			n.counters.Transitions++
			n.log.Info("state changed", "from", a.From, "to", a.To, "why", a.Why)
		}
		if err != nil {
			n.counters.Failed++
			if worthLogging(n.counters.Failed) {
				n.log.Error("virtual router cannot do its work", "err", err, "count", n.counters.Failed)
			}
		}
	}
}

func (n *instance) send(priority uint8) error {
	if n.iface.listener == nil {
		return errors.New("no socket on " + n.iface.name)
	}
	message, err := Advertisement{
		ID: n.config.ID, Priority: priority, Interval: n.config.Interval,
		Authentication: n.config.Authentication, Addresses: n.config.advertised(),
	}.Marshal()
	if err != nil {
		return err
	}
	if err := n.iface.listener.conn.Send(n.iface.source, message); err != nil {
		return err
	}
	n.counters.Sent++
	return nil
}

func (d *Daemon) addAddresses(n *instance, addrs []VirtualAddress) error {
	var errs []error
	for _, a := range addrs {
		if _, err := d.host.Network.AddAddress(n.config.deviceOf(a), a.Address); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// removeAddresses leaves alone what another router of ours holds, and what is
// the host's own.
func (d *Daemon) removeAddresses(n *instance, addrs []VirtualAddress) error {
	var errs []error
	for _, a := range addrs {
		device := n.config.deviceOf(a)
		if d.heldByAnother(n, device, a.Prefix) || d.isHostsOwn(n, device, a.Prefix) {
			continue
		}
		if _, err := d.host.Network.DeleteAddress(device, a.Prefix); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (d *Daemon) heldByAnother(n *instance, device string, p netip.Prefix) bool {
	for o := range d.instances() {
		if o != n && o.holds(device, p) {
			return true
		}
	}
	return false
}

// isHostsOwn tells the address that an owner has without us: it is the first on
// its link.
func (d *Daemon) isHostsOwn(n *instance, device string, p netip.Prefix) bool {
	if n.config.Priority != Owner {
		return false
	}
	l, err := d.host.Network.Link(device)
	i := slices.IndexFunc(l.Addresses, func(p netip.Prefix) bool { return p.Addr().Is4() })
	return err == nil && i >= 0 && l.Addresses[i] == p
}

// announce looks each link up anew, because its hardware address may have changed.
func (d *Daemon) announce(n *instance, addrs []VirtualAddress) error {
	byDevice := map[string][]netip.Addr{}
	for _, a := range addrs {
		device := n.config.deviceOf(a)
		byDevice[device] = append(byDevice[device], a.Prefix.Addr())
	}
	var errs []error
	for device, addrs := range byDevice {
		errs = append(errs, d.announceOn(device, addrs))
	}
	n.counters.Announced++
	return errors.Join(errs...)
}

func (d *Daemon) announceOn(device string, addrs []netip.Addr) error {
	l, err := d.host.Network.Link(device)
	if err != nil {
		return err
	}
	return d.host.Announcer.Announce(l, addrs)
}

// removeResidue takes off what a killed run has left, so that two routers do not
// answer for one address.
func (d *Daemon) removeResidue(n *instance) {
	if n.config.Priority == Owner {
		return // it takes them at once
	}
	for _, a := range n.config.Addresses {
		device := n.config.deviceOf(a)
		if d.heldByAnother(n, device, a.Prefix) {
			continue
		}
		removed, err := d.host.Network.DeleteAddress(device, a.Prefix)
		if err != nil {
			n.log.Error("cannot remove an address that a former run left", "err", err)
		} else if removed {
			n.log.Warn("removed an address that a former run left", "address", a.Prefix)
		}
	}
}

// sourceOn is the address to send from: the first that is not a virtual one,
// unless this host owns it. The zero Addr if there is none.
func (d *Daemon) sourceOn(l system.Link) netip.Addr {
	for _, p := range l.Addresses {
		if p.Addr().Is4() && !d.isVirtual(l.Name, p.Addr()) {
			return p.Addr()
		}
	}
	return netip.Addr{}
}

func (d *Daemon) isVirtual(device string, addr netip.Addr) bool {
	for _, c := range d.wanted.Routers {
		for _, a := range c.Addresses {
			if c.deviceOf(a) == device && a.Prefix.Addr() == addr && c.Priority != Owner {
				return true
			}
		}
	}
	return false
}
