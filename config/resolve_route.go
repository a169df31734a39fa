package config

import "strconv"

// statics resolves what stays whatever the routers do.
func (r *resolver) statics(preference map[bool]uint32) {
	c := r.config
	groups := map[string]bool{}
	c.TrackGroups = unique(r, c.TrackGroups, "track_group", "track group", func(g *TrackGroup) (Text, Position) { return g.Name, g.Where })
	for i := range c.TrackGroups {
		r.trackGroup(&c.TrackGroups[i])
		groups[c.TrackGroups[i].Name.V] = true
	}
	for i := range c.StaticAddresses {
		a := &c.StaticAddresses[i]
		a.Device.Inherit(c.Global.DefaultInterface)
		a.resolve()
		r.knownGroup(groups, &a.TrackGroup)
	}
	for i := range c.StaticRoutes {
		r.knownGroup(groups, &c.StaticRoutes[i].TrackGroup)
	}
	for i := range c.StaticRules {
		r.knownGroup(groups, &c.StaticRules[i].TrackGroup)
	}
	r.routes(c.StaticRoutes)
	r.rules(c.StaticRules, preference)
}

// trackGroup leaves out members that do not exist.
func (r *resolver) trackGroup(g *TrackGroup) {
	g.Members = keep(g.Members, func(m *Text) bool {
		for i := range r.config.VirtualRouters {
			if r.config.VirtualRouters[i].Name.V == m.V {
				return true
			}
		}
		r.fix(m.Where, "", "track group "+strconv.Quote(g.Name.V)+" has a member "+strconv.Quote(m.V)+" that does not exist", "ignored")
		return false
	})
}

// knownGroup clears the name of a group that does not exist.
func (r *resolver) knownGroup(groups map[string]bool, name *Text) {
	if name.IsSet() && !groups[name.V] {
		r.fix(name.Where, "", "track group "+strconv.Quote(name.V)+" does not exist", "ignored")
		name.Clear()
	}
}

// routes fills in the defaults of routes. One without interface cannot be tracked.
func (r *resolver) routes(list []Route) {
	for i := range list {
		t := &list[i]
		t.Type.Default("unicast")
		t.Table.Default("main")
		t.NoTrack.Default(!t.Device.IsSet())
		if !t.NoTrack.V {
			t.Protocol.Default("keepalived")
		}
	}
}

// firstPreference is the place among the rules that keepalived gives the first
// rule without one; the next ones come before it.
const firstPreference = 16384

// rules fills in the defaults of rules, and gives those without one a place among the rules.
func (r *resolver) rules(list []Rule, given map[bool]uint32) {
	for i := range list {
		u := &list[i]
		ipv6 := u.Family.V == "inet6" || u.From.IsSet() && u.From.V.Addr().Is6() || u.To.IsSet() && u.To.V.Addr().Is6()
		u.NoTrack.Default(false)
		if u.Preference.IsSet() {
			continue
		}
		n := firstPreference - given[ipv6]
		given[ipv6]++
		r.warn(u.Where, `add "preference"`, "the rule has no preference: taken as %d, as keepalived does", n)
		u.Preference.Default(n)
	}
}
