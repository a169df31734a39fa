package vrrp

import (
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
	"github.com/lvsctl/lvsctl/vrrp/transport"
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

	told      Event                 // how the interface is, as the router knows
	source    netip.Addr            // what the router sends from
	addresses []netip.Addr          // what it advertises
	buffer    []byte                // for what is sent
	sequence  uint32                // last number of an authentication header, ours or of others
	sequences map[netip.Addr]uint32 // last one heard, by source

	counters Counters // but for its maps
	drops    packet.Drops
}

// status must be called with the daemon's lock.
func (n *instance) status() Status {
	s := Status{
		Instance: n.config.Name, ID: n.config.ID, Interface: n.config.Interface,
		Family: n.config.Transport.Family.String(), Version: n.config.version(),
		State: n.router.State(), Since: n.since, Reason: n.reason,
		Priority: n.config.Priority, Master: n.router.Master(), Counters: n.counters,
	}
	for _, a := range n.config.Addresses {
		s.Addresses = append(s.Addresses, a.Prefix)
	}
	s.Counters.Dropped, s.Counters.InterfaceDropped = n.drops.Named(), n.iface.drops.Named()
	return s
}

// configure takes a configuration.
func (n *instance) configure(c RouterConfig) {
	n.config, n.addresses = c, c.advertised()
}

// take hands a message to the router, if it is good.
func (n *instance) take(d packet.Datagram) (Received, bool) {
	policy := n.config.policy(n.source)
	policy.Sequences = n.sequences
	a, why := policy.Accept(d)
	if why != packet.Accepted {
		n.drops[why]++
		if worthLogging(n.drops[why]) {
			n.log.Warn("advertisement dropped", "from", d.Source, "reason", why.String(), "count", n.drops[why])
		}
		return Received{}, false
	}
	n.counters.Received++
	if a.Sequence != 0 {
		n.follow(d.Source, a.Sequence)
	}
	interval := policy.Learn(a)
	n.note(d.Source, a, interval)
	return Received{Source: d.Source, Priority: a.Priority, Interval: interval}, true
}

// note counts and tells what is good, but will surprise somebody.
func (n *instance) note(from netip.Addr, a packet.Advertisement, interval time.Duration) {
	if !n.config.sameAddresses(a) {
		n.noteOne(&n.counters.OtherAddresses, "another router advertises other addresses", "from", from)
	}
	if a.Version == 3 && !from.Is6() && a.Checksum != n.config.Transport.Checksum {
		n.noteOne(&n.counters.OtherChecksum, "another router computes checksums of VRRPv3 in another way, and may drop ours", "from", from, "checksum", a.Checksum.String())
	}
	if interval < a.Interval {
		n.noteOne(&n.counters.Capped, "another router advertises too seldom", "from", from, "interval", a.Interval, "taken", interval)
	}
}

func (n *instance) noteOne(count *uint64, message string, args ...any) {
	*count++
	if worthLogging(*count) {
		n.log.Warn(message, append(args, "count", *count)...)
	}
}

// follow keeps the numbers of the authentication header. The routers of an
// identifier continue one sequence, as keepalived does, since its receivers do not
// ask who has sent. A number near the end is not followed: nothing comes after it.
func (n *instance) follow(source netip.Addr, sequence uint32) {
	const nearTheEnd = 0xf0000000
	n.sequences[source] = sequence
	if sequence > n.sequence && sequence < nearTheEnd {
		n.sequence = sequence
	}
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

// send sends one advertisement to the group, or to each peer.
func (n *instance) send(priority uint8) error {
	l := n.iface.listeners[n.config.kind()]
	if l == nil {
		return errors.New("no socket on " + n.iface.iface)
	}
	t := &n.config.Transport
	if len(t.Peers) == 0 {
		if err := n.sendTo(l.conn, t.group(), packet.RouterTTL, priority); err != nil {
			return err
		}
		n.counters.Sent++
		return nil
	}
	var errs []error
	for _, p := range t.Peers {
		if err := n.sendTo(l.conn, p.Addr, t.unicastTTL(), priority); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) < len(t.Peers) {
		n.counters.Sent++
	}
	return errors.Join(errs...)
}

func (n *instance) sendTo(conn Conn, to netip.Addr, ttl, priority uint8) error {
	a, path := n.config.advertisement(priority, n.addresses), packet.Path{Source: n.source, Destination: to, TTL: ttl}
	var err error
	switch n.config.kind() {
	case transport.VRRP6:
		n.buffer, err = a.Append(n.buffer[:0], path)
	case transport.AH4:
		n.sequence++
		a.Sequence = n.sequence
		fallthrough
	default:
		n.buffer, err = a.AppendIPv4(n.buffer[:0], path)
	}
	if err != nil {
		return err
	}
	return conn.Send(path, n.buffer)
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
	i := slices.IndexFunc(l.Addresses, func(o netip.Prefix) bool { return o.Addr().Is4() == p.Addr().Is4() })
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
// unless this host owns it; for IPv6 the first link-local one. The zero Addr if
// there is none.
func (d *Daemon) sourceOn(l system.Link, f packet.Family) netip.Addr {
	for _, p := range l.Addresses {
		a := p.Addr()
		if packet.FamilyOf(a) == f && (f == packet.IPv4 || a.IsLinkLocalUnicast()) && !d.isVirtual(l.Name, a) {
			return a
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
