package config

import (
	"fmt"
)

// election settles state, priority and preemption.
func (r *resolver) election(v *VirtualRouter) {
	r.priority(v)
	r.state(v)
	r.interval(v)
	r.preempt(v)
}

func (r *resolver) priority(v *VirtualRouter) {
	if v.State.V == StateMaster && !v.Priority.IsSet() {
		r.fix(v.State.Where, `add "priority 100" or what is meant`,
			"state MASTER without priority", "taken as priority 255, the owner of the addresses")
		v.Priority.Default(OwnerPriority)
	}
	v.Priority.Default(DefaultPriority)
}

// state is MASTER by default for the owner of the addresses, and in strict mode
// only for the owner.
func (r *resolver) state(v *VirtualRouter) {
	natural := StateBackup
	if v.Priority.V == OwnerPriority {
		natural = StateMaster
	}
	if v.Strict.V && v.State.IsSet() && v.State.V != natural {
		r.fix(v.State.Where, "", fmt.Sprintf("in strict mode the owner of the addresses, with priority %d, begins as master, and nobody else", OwnerPriority),
			"the state is "+string(natural))
		v.State.Adjust(natural)
	}
	v.State.Default(natural)
}

// preempt clears nopreempt and preempt_delay where they cannot work.
func (r *resolver) preempt(v *VirtualRouter) {
	v.Preempt.Default(true)
	v.PreemptDelay.Default(0)
	master := v.State.V == StateMaster
	if !v.Preempt.V {
		switch {
		case v.Priority.V == OwnerPriority:
			r.fix(v.Preempt.Where, "", r.word("nopreempt", "preempt: false")+" does not go with priority 255", "cleared")
			v.Preempt.Adjust(true)
		case master:
			r.fix(v.Preempt.Where, `write "state BACKUP" on all routers of an instance with nopreempt`,
				r.word("nopreempt", "preempt: false")+" does not go with state MASTER", "cleared")
			v.Preempt.Adjust(true)
		}
	}
	if v.PreemptDelay.V == 0 {
		return
	}
	for _, c := range []struct {
		there bool
		what  string
	}{{master, "state MASTER"}, {v.Strict.V, "strict mode"}, {!v.Preempt.V, "nopreempt"}} {
		if c.there {
			r.fix(v.PreemptDelay.Where, "", "preempt_delay does not go with "+c.what, "cleared")
			v.PreemptDelay.Adjust(0)
			return
		}
	}
}

// authentication leaves out what a router cannot use.
func (r *resolver) authentication(v *VirtualRouter) {
	a := v.Authentication
	if a == nil {
		return
	}
	typed := a.Type.IsSet()
	drop := func(hint, why string) {
		r.fix(a.Where, hint, why, "no authentication")
		v.Authentication = nil
	}
	switch {
	case !typed:
		if a.Password.IsSet() {
			r.fix(a.Where, `add "auth_type PASS"`, "auth_pass without auth_type PASS", "no authentication")
		}
		v.Authentication = nil
	case v.Strict.V:
		drop("remove the block", "strict mode knows no authentication")
	case v.Version.V == 3:
		drop("remove the block", "VRRP version 3 knows no authentication")
	case !a.Password.IsSet() || a.Password.V == "":
		drop(`add "auth_pass"`, "auth_type "+string(a.Type.V)+" without auth_pass")
	case a.Type.V == AuthAH && v.IPv6():
		drop("", "auth_type AH does not go with IPv6")
	case a.Type.V == AuthAH && v.State.V == StateMaster && v.Priority.V != OwnerPriority:
		r.fix(v.State.Where, "", "state MASTER does not go with auth_type AH", "the state is BACKUP")
		v.State.Adjust(StateBackup)
	}
}

// announcements takes over the defaults of the whole host, and what strict mode asks for.
func (r *resolver) announcements(v *VirtualRouter) {
	a, g := &v.Announce, &r.config.Global.VRRP.Announce
	if v.Strict.V {
		r.strictAnnouncements(v)
	}
	a.MasterDelay.Inherit(g.MasterDelay)
	a.MasterRepeat.Inherit(g.MasterRepeat)
	a.MasterRefresh.Inherit(g.MasterRefresh)
	a.MasterRefreshRepeat.Inherit(g.MasterRefreshRepeat)
	a.LowerPrioDelay.Inherit(g.LowerPrioDelay)
	a.LowerPrioRepeat.Inherit(g.LowerPrioRepeat)
	a.ExtraInterval.Inherit(g.ExtraInterval)
	a.ExtraAll.Inherit(g.ExtraAll)
}

// strictAnnouncements allows none because of an advertisement of lower priority.
func (r *resolver) strictAnnouncements(v *VirtualRouter) {
	a := &v.Announce
	if a.LowerPrioRepeat.V != 0 {
		r.fix(a.LowerPrioRepeat.Where, "", "strict mode allows no garp_lower_prio_repeat", "taken as 0")
		a.LowerPrioRepeat.Adjust(0)
	}
	if a.LowerPrioDelay.V != 0 {
		r.fix(a.LowerPrioDelay.Where, "", "strict mode allows no garp_lower_prio_delay", "taken as 0")
		a.LowerPrioDelay.Adjust(0)
	}
	a.LowerPrioRepeat.Default(0)
	a.LowerPrioDelay.Default(0)
}

// behaviour takes over the defaults of the whole host, and what strict mode asks for.
func (r *resolver) behaviour(v *VirtualRouter) {
	b, g := &v.Protocol, &r.config.Global.VRRP.Protocol
	b.DownTimerAdverts.Inherit(g.DownTimerAdverts)
	if v.Strict.V {
		r.strictBehaviour(v)
	}
	b.LowerPrioNoAdvert.Inherit(g.LowerPrioNoAdvert)
	b.HigherPrioSendAdvert.Inherit(g.HigherPrioSendAdvert)
	b.OwnerIgnoreAdverts.Inherit(g.OwnerIgnoreAdverts)
	b.SkipCheckAddresses.Inherit(g.SkipCheckAddresses)
	b.ChecksumAsV2.Inherit(g.ChecksumAsV2)
	r.accept(v)
}

func (r *resolver) strictBehaviour(v *VirtualRouter) {
	b := &v.Protocol
	if b.DownTimerAdverts.V != defaultDownTimer {
		r.fix(b.DownTimerAdverts.Where, "", "down_timer_adverts does not go with strict mode", "taken as 3")
		b.DownTimerAdverts.Adjust(defaultDownTimer)
	}
	r.strictFlag(&b.LowerPrioNoAdvert, true, "lower_prio_no_advert")
	r.strictFlag(&b.HigherPrioSendAdvert, false, "higher_prio_send_advert")
}

// strictFlag is a choice that strict mode leaves no router.
func (r *resolver) strictFlag(f *Flag, must bool, name string) {
	if f.IsSet() && f.V != must {
		r.fix(f.Where, "", fmt.Sprintf("in strict mode %s is %t", name, must), fmt.Sprintf("taken as %t", must))
		f.Adjust(must)
	}
	f.Default(must)
}

// accept tells whether the master answers packets to the addresses (RFC 3768 section 6.4.3).
func (r *resolver) accept(v *VirtualRouter) {
	owner := v.Priority.V == OwnerPriority
	if v.Accept.V && v.Strict.V && v.Version.V == 2 && !owner {
		r.fix(v.Accept.Where, "", "in strict mode a master of VRRPv2 does not accept packets to the addresses", "taken as no_accept")
		v.Accept.Adjust(false)
	}
	v.Accept.Default(owner || !v.Strict.V)
}
