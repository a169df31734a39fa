package config

import (
	"fmt"
	"net/netip"
	"strconv"
)

// IPv6 tells whether a router is one for IPv6. A router has one family; only its
// excluded addresses may be of the other.
func (v *VirtualRouter) IPv6() bool {
	for _, b := range v.bearers() {
		return b.ipv6
	}
	return false
}

// bearer is a setting that says the family of a router.
type bearer struct {
	what  string
	where Position
	ipv6  bool
	drop  func()
}

// bearers are the settings that say the family.
func (v *VirtualRouter) bearers() (all []bearer) {
	add := func(what string, a *Value[netip.Addr]) {
		if a.IsSet() {
			all = append(all, bearer{what + " " + a.V.String(), a.Where, a.V.Is6(), a.Clear})
		}
	}
	if v.NativeIPv6.V {
		all = append(all, bearer{"native_ipv6", v.NativeIPv6.Where, true, v.NativeIPv6.Clear})
	}
	for i := range v.Addresses {
		p := &v.Addresses[i].Prefix
		all = append(all, bearer{"address " + p.V.String(), v.Addresses[i].Where, p.V.Addr().Is6(), p.Clear})
	}
	for i := range v.Unicast.Peers {
		add("peer", &v.Unicast.Peers[i].Address)
	}
	add("source address", &v.Unicast.Source)
	add("source address", &v.MulticastSource)
	add("multicast group", &v.MulticastGroup)
	if v.IPVLAN != nil && v.IPVLAN.Address.IsSet() {
		a := &v.IPVLAN.Address
		all = append(all, bearer{"ipvlan address " + a.V.String(), a.Where, a.V.Addr().Is6(), a.Clear})
	}
	return all
}

// family leaves out what is not of the family that is said first.
func (r *resolver) family(v *VirtualRouter) {
	all := v.bearers()
	first := firstOf(all)
	peers, source, dropped := len(v.Unicast.Peers), v.Unicast.Source.IsSet(), false
	for _, b := range all {
		if b.ipv6 != first.ipv6 {
			r.fix(b.where, "make a second router for the other family",
				fmt.Sprintf("%s of %s is not %s, as %s in line %d", b.what, r.called(v), familyName(first.ipv6), first.what, first.where.Line), "left out")
			b.drop()
			dropped = true
		}
	}
	if dropped {
		v.Addresses = keep(v.Addresses, func(a *VirtualAddress) bool { return a.Prefix.IsSet() })
		v.Unicast.Peers = keep(v.Unicast.Peers, func(p *UnicastPeer) bool { return p.Address.IsSet() })
		if len(v.Unicast.Peers) < peers || source {
			v.Unicast.Configured.Default(true)
		}
	}
}

func familyName(ipv6 bool) string {
	if ipv6 {
		return "IPv6"
	}
	return "IPv4"
}

// firstOf is the one that stands first in the file.
func firstOf(all []bearer) (first bearer) {
	for i, b := range all {
		if i == 0 || b.where.before(first.where) {
			first = b
		}
	}
	return first
}

// before tells whether a place stands before another in the same file.
func (p Position) before(q Position) bool {
	return p.File == q.File && (p.Line < q.Line || p.Line == q.Line && p.Column < q.Column)
}

// keep keeps the items of a list that shall stay.
func keep[T any](list []T, stays func(*T) bool) []T {
	kept := list[:0]
	for i := range list {
		if stays(&list[i]) {
			kept = append(kept, list[i])
		}
	}
	return kept
}

// version settles the VRRP version: IPv6 has only version 3. keepalived keeps to
// version 2 where the line stands before everything that says the family.
func (r *resolver) version(v *VirtualRouter) {
	ipv6 := v.IPv6()
	if ipv6 && v.Version.IsSet() && v.Version.V == 2 {
		first := firstOf(v.bearers())
		if !v.Strict.V && !v.NativeIPv6.V && v.Version.Where.before(first.where) && !r.Strict {
			r.warn(v.Version.Where, "remove the line: IPv6 is version 3", "VRRP version 2 is not for IPv6: other routers than keepalived do not understand %s", r.called(v))
			return
		}
		r.fix(v.Version.Where, "remove the line", "VRRP version 2 is not for IPv6", "taken as version 3")
		v.Version.Adjust(3)
	}
	if ipv6 {
		v.Version.Default(3)
	}
	v.Version.Inherit(r.config.Global.VRRP.Version)
}

// mostAddresses is what an advertisement has room for: its count has 8 bits, and
// IPv6 addresses must go into one packet of 1500 bytes.
func mostAddresses(ipv6 bool) int {
	if ipv6 {
		return 89
	}
	return 255
}

// addresses settles the addresses of a router.
func (r *resolver) addresses(v *VirtualRouter) {
	ipv6 := v.IPv6()
	if most := mostAddresses(ipv6); len(v.Addresses) > most {
		r.fix(v.Where, "make a second router for the others, or write them as excluded addresses",
			fmt.Sprintf("%s has %d addresses, more than the %d of an advertisement", r.called(v), len(v.Addresses), most),
			"the others are set too, but not advertised")
		v.ExcludedAddresses = append(v.ExcludedAddresses, v.Addresses[most:]...)
		v.Addresses = v.Addresses[:most:most]
	}
	if ipv6 && len(v.Unicast.Peers) == 0 && len(v.Addresses) > 0 && !v.Addresses[0].Prefix.V.Addr().IsLinkLocalUnicast() {
		r.warn(v.Addresses[0].Where, "put the link local address of the virtual router first (RFC 5798 section 5.2.9)",
			"the first IPv6 address of %s is not link local", strconv.Quote(v.Name.V))
	}
	for _, list := range [][]VirtualAddress{v.Addresses, v.ExcludedAddresses} {
		for i := range list {
			list[i].resolve()
		}
	}
}

func (a *VirtualAddress) resolve() {
	if a.Prefix.V.Addr().Is4() {
		a.Scope.Default("global")
		return
	}
	life := "forever"
	if a.Prefix.V.IsSingleIP() {
		life = "0"
	}
	a.PreferredLifetime.Default(life)
}
