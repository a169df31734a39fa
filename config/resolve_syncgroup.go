package config

import (
	"fmt"
	"strconv"
)

// syncGroups settles which routers are in which sync group. It gives the group of
// each member.
func (r *resolver) syncGroups() map[string]*SyncGroup {
	c := r.config
	c.SyncGroups = unique(r, c.SyncGroups, "vrrp_sync_group", "sync group", func(g *SyncGroup) (Text, Position) { return g.Name, g.Where })
	routers := make(map[string]bool, len(c.VirtualRouters))
	for i := range c.VirtualRouters {
		routers[c.VirtualRouters[i].Name.V] = true
	}
	taken := map[string]bool{}
	c.SyncGroups = keep(c.SyncGroups, func(g *SyncGroup) bool { return r.syncMembers(g, routers, taken) })
	members := map[string]*SyncGroup{}
	for i := range c.SyncGroups {
		for _, m := range c.SyncGroups[i].Members {
			members[m.V] = &c.SyncGroups[i]
		}
	}
	return members
}

// syncMembers leaves out members that do not exist or are in another group. A
// group without members is left out itself.
func (r *resolver) syncMembers(g *SyncGroup, routers, taken map[string]bool) bool {
	called := r.word("vrrp_sync_group ", "sync group ") + strconv.Quote(g.Name.V)
	written := len(g.Members)
	g.Members = keep(g.Members, func(m *Text) bool {
		switch {
		case !routers[m.V]:
			r.fix(m.Where, "", fmt.Sprintf("%s has a member %s that does not exist", called, strconv.Quote(m.V)), "ignored")
		case taken[m.V]:
			r.fix(m.Where, "a router is in one group at most", fmt.Sprintf("%s has a member %s that is there already, or in another group", called, strconv.Quote(m.V)), "ignored")
		default:
			taken[m.V] = true
			return true
		}
		return false
	})
	switch {
	case len(g.Members) == 0:
		why := "has no members"
		if written > 0 {
			why += " left"
		}
		r.fix(g.Where, "", called+" "+why, "left out")
		return false
	case len(g.Members) == 1:
		r.warn(g.Where, "", "%s has only one member, which is of no use", called)
	}
	return true
}

// membersOfGroups settles what needs the members of sync groups.
func (r *resolver) membersOfGroups(members map[string]*SyncGroup) {
	inGroup := map[*SyncGroup][]*VirtualRouter{}
	for i := range r.config.VirtualRouters {
		v := &r.config.VirtualRouters[i]
		if g := members[v.Name.V]; g != nil {
			inGroup[g] = append(inGroup[g], v)
		}
	}
	for i := range r.config.SyncGroups {
		g := &r.config.SyncGroups[i]
		r.syncGroup(g, inGroup[g])
	}
}

// syncGroup settles one sync group with its members.
func (r *resolver) syncGroup(g *SyncGroup, members []*VirtualRouter) {
	mail := &r.config.Global.Mail
	g.Alert.Inherit(mail.AlertVRRP)
	g.Alert.Inherit(mail.Alert)
	g.Alert.Default(false)
	g.Notify.PriorityChanges.Inherit(r.config.Global.VRRP.PriorityChanges)
	if d := g.GlobalTracking; d.IsSet() {
		r.warn(d.Where, "write what all members track in the group itself", "global_tracking is old: it only lets members keep weighted trackers, as in keepalived")
	}
	for _, f := range r.link(&g.Track, r.word("vrrp_sync_group ", "sync group ")+strconv.Quote(g.Name.V)) {
		f.Reason = "its sync group: " + f.Reason
		for _, v := range members {
			v.Faults = append(v.Faults, f)
		}
	}
	owner := false
	for _, v := range members {
		owner = owner || v.Priority.V == OwnerPriority
	}
	if owner {
		r.ownerInGroup(g)
	}
	r.syncState(members)
}

// ownerInGroup takes the weights of what a group tracks that has the owner of
// addresses in it.
func (r *resolver) ownerInGroup(g *SyncGroup) {
	for _, list := range [][]Tracked{g.Track.Interfaces, g.Track.Scripts, g.Track.Files, g.Track.Processes, g.Track.BFD} {
		for i := range list {
			if t := &list[i]; t.Weight.V != 0 {
				r.fix(t.Where, "write weight 0", fmt.Sprintf("%s has a weight, and a member of the group has priority %d", strconv.Quote(t.Name.V), OwnerPriority), "taken as weight 0")
				t.Weight.Adjust(0)
			}
		}
	}
}

// syncState lets no member begin as master unless all own their addresses:
// keepalived does this without a word, because the group moves as one.
func (r *resolver) syncState(members []*VirtualRouter) {
	for _, v := range members {
		if v.State.V != StateMaster || v.Priority.V != OwnerPriority {
			for _, v := range members {
				v.State.V = StateBackup
				if v.State.IsSet() {
					v.State.State = Adjusted
				}
			}
			return
		}
	}
}
