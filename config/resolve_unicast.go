package config

import (
	"fmt"
	"net/netip"
)

// unicast settles where advertisements go, and where from.
func (r *resolver) unicast(v *VirtualRouter) {
	u := &v.Unicast
	r.source(v)
	if len(u.Peers) == 0 {
		r.noPeers(v)
		return
	}
	u.TTL.Default(255)
	if g := v.MulticastGroup; g.IsSet() {
		r.fix(g.Where, "", "a multicast group does not go with unicast peers", "ignored")
		v.MulticastGroup.Clear()
	}
	if v.Strict.V {
		r.warn(u.Peers[0].Where, "", "strict mode knows no unicast: keepalived later than 2.2 does not start with it")
	}
	for i := range u.Peers {
		p := &u.Peers[i]
		if p.MinTTL.IsSet() || p.MaxTTL.IsSet() {
			u.CheckSource.Default(true)
		}
		if p.MaxTTL.IsSet() && p.MinTTL.V > p.MaxTTL.V {
			r.warn(p.MinTTL.Where, "", "min_ttl %d is more than max_ttl %d: every advertisement of %s is dropped, and there may be two masters", p.MinTTL.V, p.MaxTTL.V, p.Address.V)
		}
	}
	u.CheckSource.Inherit(r.config.Global.VRRP.CheckUnicastSrc)
}

// source makes one of the two ways to write the source address; the last one
// counts, and only one of them has a use.
func (r *resolver) source(v *VirtualRouter) {
	unicast, multicast := &v.Unicast.Source, &v.MulticastSource
	used, other := multicast, unicast
	if len(v.Unicast.Peers) > 0 {
		used, other = unicast, multicast
	}
	if other.IsSet() && (!used.IsSet() || used.Where.before(other.Where)) {
		*used = *other
		used.State = Inherited
	}
	if l := v.IPVLAN; l != nil && l.Address.IsSet() && !used.IsKnown() {
		*used = Value[netip.Addr]{V: l.Address.V.Addr(), Where: l.Address.Where, State: Inherited}
	}
	if !unicast.IsKnown() && !multicast.IsKnown() && v.TrackSource.V {
		r.warn(v.TrackSource.Where, "", "track_src_ip without a source address: ignored")
		v.TrackSource.Clear()
	}
}

// noPeers is what becomes of a router without unicast peers: it uses multicast,
// also if it was to use unicast, unless it says otherwise.
func (r *resolver) noPeers(v *VirtualRouter) {
	u := &v.Unicast
	r.multicastGroup(v)
	if t := u.TTL; t.IsSet() {
		r.fix(t.Where, "", "a unicast TTL without peers", "ignored")
		u.TTL.Clear()
	}
	where, keyword := u.Configured.Where, u.Configured.IsKnown() && u.Configured.V
	for _, f := range []struct {
		set   bool
		where Position
	}{{u.Source.IsSet(), u.Source.Where}, {u.CheckSource.IsSet(), u.CheckSource.Where}, {v.OldUnicastChecksum.IsSet(), v.OldUnicastChecksum.Where}} {
		if f.set {
			where, keyword = f.where, true
		}
	}
	switch {
	case u.FaultNoPeer.V:
		r.warn(u.FaultNoPeer.Where, "name the peers", "%s has no unicast peers: it cannot become master, as in keepalived", r.called(v))
		r.fault(v, u.FaultNoPeer.Where, "it has no unicast peers")
	case keyword:
		if where == (Position{}) {
			where = v.Where
		}
		r.fix(where, "name the peers, or remove what is about unicast", "unicast without peers", fmt.Sprintf("advertisements go to the multicast group %s", v.MulticastGroup.V))
	}
}

// multicastGroup is that of the whole host, unless the router has its own.
func (r *resolver) multicastGroup(v *VirtualRouter) {
	g := &r.config.Global.VRRP
	if v.IPv6() {
		if v.MulticastGroup.IsSet() && !v.MulticastGroup.V.IsLinkLocalMulticast() {
			r.fix(v.MulticastGroup.Where, "", "the IPv6 multicast group is not link local", "ignored")
			v.MulticastGroup.Clear()
		}
		v.MulticastGroup.Inherit(g.MulticastGroup6)
		return
	}
	v.MulticastGroup.Inherit(g.MulticastGroup4)
}

// fault notes why a router must not become master.
func (r *resolver) fault(v *VirtualRouter, where Position, reason string) {
	v.Faults = append(v.Faults, Fault{Reason: reason, Where: where})
}

// vmac settles the interface that holds the addresses.
func (r *resolver) vmac(v *VirtualRouter) {
	m := v.VMAC
	if m != nil {
		m.Router.Default(true)
	}
	if f := v.VRF; f.IsSet() && (v.Interface.IsSet() || len(v.Unicast.Peers) == 0) {
		r.fix(f.Where, "", "vrf is for unicast routers without interface", "ignored")
		v.VRF.Clear()
	}
	own := m != nil && m.Router.V || v.IPVLAN != nil
	if own && v.PromoteSecondaries.V {
		r.fix(v.PromoteSecondaries.Where, "", "promote_secondaries is set on virtual interfaces anyway", "ignored")
		v.PromoteSecondaries.Clear()
	}
	if m != nil && m.Router.V {
		r.xmitBase(v)
	}
	if l := v.IPVLAN; l != nil && !v.IPv6() && !l.Address.IsSet() {
		r.warn(l.Where, "add the address behind use_ipvlan", "%s has an ipvlan without an IPv4 address: it stays out of the election, as in keepalived", r.called(v))
		r.fault(v, l.Where, "its ipvlan has no IPv4 address")
	}
}

// xmitBase tells whether advertisements leave by the interface below: with
// unicast they must, in strict mode they must not.
func (r *resolver) xmitBase(v *VirtualRouter) {
	m := v.VMAC
	if m.MAC.IsSet() && v.Strict.V {
		r.fix(m.MAC.Where, "", "in strict mode the hardware address is that of the virtual router", "ignored")
		m.MAC.Clear()
	}
	unicast := len(v.Unicast.Peers) > 0 || v.Unicast.Configured.V
	switch {
	case unicast && !v.Interface.IsSet():
		r.fix(m.Where, "", "use_vmac without interface", "ignored")
		v.VMAC = nil
		return
	case unicast && !m.XmitBase.V && !v.Strict.V:
		r.fix(m.Where, `add "vmac_xmit_base"`, "unicast with use_vmac needs vmac_xmit_base", "taken so")
		m.XmitBase = Flag{V: true, Where: m.Where, State: Adjusted}
	case m.XmitBase.V && v.Strict.V:
		r.fix(m.XmitBase.Where, "", "vmac_xmit_base does not go with strict mode", "ignored")
		m.XmitBase.Clear()
	}
}
