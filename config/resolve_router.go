package config

import (
	"fmt"
	"strconv"
	"time"
)

// routers resolves virtual routers and sync groups.
func (r *resolver) routers() {
	r.part = VirtualRouters
	c := r.config
	c.VirtualRouters = unique(r, c.VirtualRouters, "vrrp_instance", "virtual router",
		func(v *VirtualRouter) (Text, Position) { return v.Name, v.Where })
	members := r.syncGroups()
	preference := map[bool]uint32{}
	r.statics(preference)
	for i := range c.VirtualRouters {
		r.router(&c.VirtualRouters[i], members[c.VirtualRouters[i].Name.V])
		r.rules(c.VirtualRouters[i].Rules, preference)
	}
	r.membersOfGroups(members)
	r.sameIDs()
	r.syncDaemon()
}

// unique leaves out what has a name that was there before.
func unique[T any](r *resolver, list []T, keyword, noun string, id func(*T) (Text, Position)) []T {
	lines := make(map[string]int32, len(list))
	kept := list[:0]
	for i := range list {
		name, where := id(&list[i])
		if line, second := lines[name.V]; second {
			r.fix(where, "give it another name", fmt.Sprintf("second %s %s, the first is in line %d",
				r.word(keyword, noun), strconv.Quote(name.V), line), "left out")
			continue
		}
		lines[name.V] = where.Line
		kept = append(kept, list[i])
	}
	return kept
}

// word is keepalived's word for something, or that of YAML.
func (r *resolver) word(keepalived, yaml string) string {
	if r.Strict {
		return yaml
	}
	return keepalived
}

// called names a router in a message.
func (r *resolver) called(v *VirtualRouter) string {
	return r.word("vrrp_instance ", "virtual router ") + strconv.Quote(v.Name.V)
}

// router resolves one router, which may be a member of a sync group.
func (r *resolver) router(v *VirtualRouter, group *SyncGroup) {
	v.Strict.Inherit(r.config.Global.VRRP.Strict)
	r.family(v)
	r.version(v)
	r.unicast(v)
	r.election(v)
	r.authentication(v)
	r.announcements(v)
	r.behaviour(v)
	r.vmac(v)
	r.routes(v.Routes)
	r.addresses(v)
	r.tracking(v, group)
	r.notifications(v, group)
	r.complete(v)
}

// complete reports what a router cannot do without.
func (r *resolver) complete(v *VirtualRouter) {
	if !v.Interface.IsSet() && len(v.Unicast.Peers) == 0 {
		r.fail(v.Where, `add "interface" with the name of the network interface`, "%s has no interface", r.called(v))
	}
	if !v.Interface.IsSet() && len(v.Unicast.Peers) > 0 && !v.Unicast.Source.IsSet() {
		r.fail(v.Where, `add "interface", or the source address of advertisements`, "%s has neither an interface nor a source address", r.called(v))
	}
	if !v.ID.IsSet() {
		r.fail(v.Where, `add "virtual_router_id" with a number from 1 to 255, the same on all its routers`,
			"%s has no virtual_router_id", r.called(v))
	}
	if len(v.Addresses) > 0 || v.NoAddresses.V {
		return
	}
	switch {
	case v.Version.V == 3 || v.Strict.V:
		r.fail(v.Where, "add an address", "%s has no %s, which VRRP version 3 and strict mode need", r.called(v), r.word("virtual_ipaddress", "addresses"))
	case r.Strict:
		r.fail(v.Where, `add one, or write "no_addresses: true"`, "%s has no addresses", r.called(v))
	default:
		r.warn(v.Where, "", "%s has no virtual_ipaddress: nothing moves when the master changes", r.called(v))
	}
}

// notifications takes over who is told of changes.
func (r *resolver) notifications(v *VirtualRouter, group *SyncGroup) {
	g := &r.config.Global
	if group != nil {
		v.Notify.PriorityChanges.Inherit(group.Notify.PriorityChanges)
	}
	v.Notify.PriorityChanges.Inherit(g.VRRP.PriorityChanges)
	v.Alert.Inherit(g.Mail.AlertVRRP)
	v.Alert.Inherit(g.Mail.Alert)
	v.Alert.Default(false)
}

// sameIDs refuses two routers with one ID on an interface; keepalived does not
// start with them. Unicast and multicast do not meet, nor do two multicast groups
// or families, nor unicast routers without a common peer.
func (r *resolver) sameIDs() {
	type key struct {
		device string
		id     uint8
		to     string
	}
	seen := map[key][]*VirtualRouter{}
	for i := range r.config.VirtualRouters {
		v := &r.config.VirtualRouters[i]
		if !v.Interface.IsSet() || !v.ID.IsSet() {
			continue
		}
		k := key{v.Interface.V, v.ID.V, "multicast to " + v.MulticastGroup.V.String()}
		if len(v.Unicast.Peers) > 0 {
			k.to = "unicast from " + v.Unicast.Source.V.String()
		}
		for _, other := range seen[k] {
			if len(v.Unicast.Peers) == 0 || commonPeer(v, other) {
				r.fail(v.Where, "give each its own number",
					"%s and %s have the same virtual_router_id %d on interface %s", r.called(v), strconv.Quote(other.Name.V), v.ID.V, v.Interface.V)
				break
			}
		}
		seen[k] = append(seen[k], v)
	}
}

func commonPeer(v, other *VirtualRouter) bool {
	for _, p := range v.Unicast.Peers {
		for _, q := range other.Unicast.Peers {
			if p.Address.V == q.Address.V {
				return true
			}
		}
	}
	return false
}

// syncDaemon brings the connection synchronisation and the routers together.
func (r *resolver) syncDaemon() {
	d := &r.config.Global.IPVS.SyncDaemon
	routers := map[string]*VirtualRouter{}
	for i := range r.config.VirtualRouters {
		v := &r.config.VirtualRouters[i]
		routers[v.Name.V] = v
		if s := v.SyncInterface; s.IsSet() {
			r.oldSyncDaemon(d, v, s)
			v.SyncInterface.Clear()
		}
	}
	if *d == nil {
		return
	}
	if name := (*d).Router; name.IsSet() {
		v := routers[name.V]
		if v == nil {
			r.fix(name.Where, "", fmt.Sprintf("connections are synchronised with virtual router %s, which does not exist", strconv.Quote(name.V)), "they are not synchronised")
			*d = nil
			return
		}
		(*d).ID.Default(v.ID.V)
	}
	(*d).ID.Default(0)
}

// oldSyncDaemon reads what an instance says about connection synchronisation.
func (r *resolver) oldSyncDaemon(d **SyncDaemon, v *VirtualRouter, device Text) {
	if *d != nil {
		r.fix(device.Where, "", "connection synchronisation is there already", "ignored")
		return
	}
	*d = &SyncDaemon{Interface: device, Router: v.Name, Where: device.Where}
	(*d).Router.Where = device.Where
	(*d).resolve()
}

// interval puts the time between advertisements on the steps of the version.
func (r *resolver) interval(v *VirtualRouter) {
	d := &v.AdvertInterval
	d.Default(time.Second)
	step, most, steps := time.Second, 255*time.Second, "whole seconds"
	if v.Version.V == 3 {
		step, most, steps = 10*time.Millisecond, 40950*time.Millisecond, "hundredths of a second, every 40.95 s at most"
	}
	to := min(max(d.V.Round(step), step), most)
	if to == d.V {
		return
	}
	r.fix(d.Where, "", fmt.Sprintf("advertisements of VRRPv%d go out at %s", v.Version.V, steps),
		fmt.Sprintf("%s is taken as %s", d.V, to))
	d.Adjust(to)
}
