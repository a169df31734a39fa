package config

// poolFacts is what a virtual server stands for.
type poolFacts struct {
	addresses bool // there is an address, so there is a protocol
	marks     bool // there is a firewall mark
	everyPort bool // an address without port: only persistence makes sense of it
	markOnly  bool // a single mark
	group     *ServerGroup

	inet, inet6, anyFamily bool // families of addresses and marks; a mark without one
}

// serverGroups looks at the groups: one without entries, or with families that
// cannot be told apart, is left out.
func (r *resolver) serverGroups() {
	if len(r.config.ServerGroups) == 0 {
		return
	}
	r.groups = map[string]poolFacts{}
	kept := r.config.ServerGroups[:0]
	for i := range r.config.ServerGroups {
		g := r.config.ServerGroups[i]
		if r.serverGroup(&g) {
			kept = append(kept, g)
		}
	}
	r.config.ServerGroups = kept
	for i := range kept {
		g := &kept[i]
		r.groups[g.Name.V] = factsOf(g)
	}
}

// serverGroup tells whether a group can be used.
func (r *resolver) serverGroup(g *ServerGroup) bool {
	f := factsOf(g)
	_, second := r.groups[g.Name.V]
	switch {
	case len(g.Entries) == 0:
		r.fix(g.Where, "", "virtual_server_group "+g.Name.V+" has no entry", "left out")
	case f.inet && f.inet6 && f.anyFamily:
		r.fix(g.Where, `add "inet" or "inet6" after the mark`, "virtual_server_group "+g.Name.V+" has IPv4, IPv6 and a mark without family", "left out")
	case second:
		r.fix(g.Where, "", "virtual_server_group "+g.Name.V+" is there a second time", "left out")
	default:
		r.groups[g.Name.V] = f
		return true
	}
	return false
}

// factsOf sums a group up.
func factsOf(g *ServerGroup) (f poolFacts) {
	f.group = g
	for i := range g.Entries {
		e := &g.Entries[i]
		if !e.FWMark.IsSet() {
			f.addresses = true
			f.everyPort = f.everyPort || e.Port.V == 0
			first, _, err := ParseRange(e.Range.V)
			f.inet = f.inet || err == nil && first.Is4()
			f.inet6 = f.inet6 || err == nil && first.Is6()
			continue
		}
		f.marks = true
		f.inet = f.inet || e.Family.V == familyInet
		f.inet6 = f.inet6 || e.Family.V == familyInet6
		f.anyFamily = f.anyFamily || !e.Family.IsSet()
	}
	return f
}

// poolOf gives what a virtual server stands for, false if it must be left out.
func (r *resolver) poolOf(s *VirtualServer) (poolFacts, bool) {
	switch {
	case s.FWMark.IsSet():
		return poolFacts{marks: true, markOnly: true}, true
	case !s.Group.IsSet():
		return poolFacts{addresses: true, everyPort: s.Address.V.Port() == 0}, true
	}
	f, ok := r.groups[s.Group.V]
	if !ok {
		r.fix(s.Group.Where, "", "virtual_server group "+s.Group.V+": there is no virtual_server_group of this name", "left out")
	}
	return f, ok
}
