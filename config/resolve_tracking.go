package config

import (
	"fmt"
	"strconv"
)

// tracking links what a router tracks, and leaves out what cannot count for it.
func (r *resolver) tracking(v *VirtualRouter, group *SyncGroup) {
	t := &v.Track
	t.Primary.Default(true)
	who := r.called(v)
	v.Faults = append(v.Faults, r.link(t, who)...)
	t.Interfaces = keep(t.Interfaces, func(i *Tracked) bool {
		if !v.Interface.IsSet() || i.Name.V != v.Interface.V {
			return true
		}
		r.fix(i.Where, "remove the line", "track_interface "+i.Name.V+" is the interface of the router, which it tracks anyway", "ignored")
		return false
	})
	switch {
	case group != nil && !group.TrackingWeight.V && !group.GlobalTracking.V:
		r.unweighted(t, "in a sync group", "write sync_group_tracking_weight in the group, or weight 0", false)
	case v.Priority.V == OwnerPriority:
		r.unweighted(t, "for the owner of the addresses", "", true)
	}
}

// link finds what is tracked. It gives the faults of what can never be good.
func (r *resolver) link(t *Tracking, who string) (faults []Fault) {
	t.Interfaces = r.once(t.Interfaces, "interface")
	for i := range t.Interfaces {
		t.Interfaces[i].Weight.Default(0)
		t.Interfaces[i].Reverse.Default(false)
	}
	for _, l := range []struct {
		kind trackerKind
		list *[]Tracked
	}{{scripts, &t.Scripts}, {files, &t.Files}, {processes, &t.Processes}, {sessions, &t.BFD}} {
		*l.list = r.once(*l.list, string(l.kind))
		*l.list = keep(*l.list, func(item *Tracked) bool {
			f, stays := r.linkOne(l.kind, item, who)
			faults = append(faults, f...)
			return stays
		})
	}
	return faults
}

// once leaves out what is tracked a second time.
func (r *resolver) once(list []Tracked, kind string) []Tracked {
	seen := map[string]bool{}
	return keep(list, func(t *Tracked) bool {
		if seen[t.Name.V] {
			r.fix(t.Where, "remove the line", "second line about "+kind+" "+strconv.Quote(t.Name.V), "ignored")
			return false
		}
		seen[t.Name.V] = true
		return true
	})
}

// linkOne takes over the weight of what is tracked. keepalived ignores what is
// missing and lets the router become master. Here it counts as failed: a
// misspelled name must not switch the check off.
func (r *resolver) linkOne(kind trackerKind, t *Tracked, who string) (faults []Fault, stays bool) {
	d, found := r.tracked[kind][t.Name.V]
	problem := d.broken
	if !found {
		problem = "is not defined"
	}
	if problem == "" {
		t.Weight.Inherit(d.weight)
		t.Reverse.Inherit(d.reverse)
		if !r.Strict && t.Where.before(d.where) {
			r.warn(t.Where, "move the block before its users", "%s %s is defined below: keepalived does not find it and ignores it here", kind, strconv.Quote(t.Name.V))
		}
		return nil, true
	}
	what := fmt.Sprintf("%s tracks %s %s, which %s", who, kind, strconv.Quote(t.Name.V), problem)
	switch {
	case r.KeepalivedCompat && !d.down:
		r.warn(t.Where, "", "%s: ignored, as keepalived does", what)
		return nil, false
	case t.Weight.V != 0:
		t.Missing = true
		t.Reverse.Default(false)
		effect := ", while keepalived ignores it"
		if d.down {
			effect = ", as in keepalived"
		}
		r.warn(t.Where, "", "%s: it counts as failed%s", what, effect)
		return nil, true
	}
	t.Missing = true
	t.Weight.Default(0)
	t.Reverse.Default(false)
	hint, effect := "define it, or run with --keepalived-compat to ignore it", ", while keepalived ignores this and goes on"
	if d.down {
		hint, effect = "", ", as in keepalived"
	}
	r.warn(t.Where, hint, "%s: it cannot become master%s", what, effect)
	return []Fault{{Reason: fmt.Sprintf("%s %s, which it tracks, %s", kind, strconv.Quote(t.Name.V), problem), Where: t.Where}}, true
}

// unweighted leaves out what would change a priority that must not change. Of an
// interface only the weight goes, unless the priority is that of the owner; a
// track file that has the weight of all of them counts without.
func (r *resolver) unweighted(t *Tracking, why, hint string, owner bool) {
	drop := func(kind string, list []Tracked, only func(*Tracked) bool) []Tracked {
		return keep(list, func(i *Tracked) bool {
			switch {
			case i.Weight.V == 0:
			case only(i):
				r.fix(i.Where, hint, fmt.Sprintf("%s %s has a weight, which has no effect %s", kind, strconv.Quote(i.Name.V), why), "not tracked")
				return false
			default:
				r.fix(i.Where, "write weight 0", fmt.Sprintf("%s %s has a weight, which has no effect %s", kind, strconv.Quote(i.Name.V), why), "taken as weight 0")
				i.Weight.Adjust(0)
			}
			return true
		})
	}
	all := func(*Tracked) bool { return true }
	t.Interfaces = drop("interface", t.Interfaces, func(*Tracked) bool { return owner })
	t.Scripts = drop("script", t.Scripts, all)
	t.Files = drop("file", t.Files, func(i *Tracked) bool { return i.Weight.V != 1 })
	t.BFD = drop("BFD session", t.BFD, all)
}
