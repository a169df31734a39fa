package vrrp

import (
	"net/netip"
	"slices"
	"time"
)

// Router is the state machine of one virtual router (RFC 3768 section 6.4). It
// is pure: all it knows of time and of the network comes through Step. Routers
// agree on nothing but advertisements, and only accepted ones become events.
type Router struct {
	params Parameters
	source netip.Addr // our primary address, which decides between equal priorities
	master netip.Addr // the master that was heard last
	vacant bool       // that master has resigned
	state  State
	at     deadlines

	answered      time.Time // the last answer to another master
	announced     time.Time // the last announcement, zero since the addresses came
	announceRound int       // how many repeats are planned or done

	actions []Action // what the current step wants done
}

// NewRouter gives a router that waits for Startup.
func NewRouter(p Parameters) *Router { return &Router{params: p, state: Initialize} }

// State tells the state.
func (r *Router) State() State { return r.state }

// Parameters tells what the router goes by.
func (r *Router) Parameters() Parameters { return r.params }

// Master is the address of the current master, the zero Addr while it is not known.
func (r *Router) Master() netip.Addr {
	if r.state == Master {
		return r.source
	}
	return r.master
}

// Wake is the moment at which Step wants TimerExpired, the zero Time for never.
func (r *Router) Wake() time.Time { return r.at.next() }

// Step takes an event at a moment and gives the actions to carry out.
func (r *Router) Step(now time.Time, ev Event) []Action {
	r.actions = nil
	switch ev := ev.(type) {
	case Startup:
		r.source = ev.Source
		r.usable(now, BecauseStartup)
	case LinkUp:
		r.source = ev.Source
		r.usable(now, BecauseLinkUp)
	case LinkDown:
		r.linkDown(ev.Why)
	case Received:
		r.received(now, ev)
	case TimerExpired:
		r.expire(now)
	case Shutdown:
		r.shutdown(now)
	case Reload:
		r.reload(now, ev.Parameters)
	}
	return r.actions
}

func (r *Router) do(a ...Action) { r.actions = append(r.actions, a...) }

func (r *Router) become(to State, why Reason) {
	r.do(StateChanged{From: r.state, To: to, Why: why})
	r.state = to
}

// usable is RFC 3768 section 6.4.1, for a router that was not in the election yet.
func (r *Router) usable(now time.Time, why Reason) {
	if r.state != Initialize && r.state != Fault {
		return
	}
	if r.params.Priority == Owner {
		r.becomeMaster(now, BecauseOwner)
		return
	}
	r.becomeBackup(now, why)
}

func (r *Router) becomeBackup(now time.Time, why Reason) {
	r.at = deadlines{masterDown: now.Add(r.params.masterDownInterval())}
	r.vacant = false
	r.become(Backup, why)
}

// becomeMaster advertises first, so that nobody else takes over meanwhile.
func (r *Router) becomeMaster(now time.Time, why Reason) {
	r.at = deadlines{advertisement: now.Add(r.params.Interval)}
	r.do(SendAdvertisement{r.params.Priority}, AddAddresses{r.params.Addresses})
	r.announced = time.Time{}
	r.announceAnew(now)
	r.become(Master, why)
}

func (r *Router) received(now time.Time, adv Received) {
	switch r.state {
	case Backup:
		r.receivedAsBackup(now, adv)
	case Master:
		r.receivedAsMaster(now, adv)
	case Releasing:
		if adv.Priority != 0 {
			r.master = adv.Source
			r.giveUp(Stopped, BecauseSuccessor)
		}
	}
}

// receivedAsBackup is RFC 3768 section 6.4.2.
func (r *Router) receivedAsBackup(now time.Time, adv Received) {
	if adv.Priority == 0 {
		r.masterResigned(now)
		return
	}
	r.master, r.vacant = adv.Source, false
	if r.params.NoPreempt || adv.Priority >= r.params.Priority {
		r.at.masterDown = now.Add(r.params.masterDownInterval())
	}
}

// masterResigned waits for the skew time. The RFC sets the timer to it; here it
// is never set later, so that nobody keeps the office vacant by resigning again.
func (r *Router) masterResigned(now time.Time) {
	r.master, r.vacant = netip.Addr{}, true
	if skewed := now.Add(skewTime(r.params.Priority)); skewed.Before(r.at.masterDown) {
		r.at.masterDown = skewed
	}
}

// receivedAsMaster is RFC 3768 section 6.4.3 and RFC 9568 section 6.4.3: a
// losing advertisement is answered at once, not ignored, and so that clients
// that followed the loser come back, the addresses are announced again.
func (r *Router) receivedAsMaster(now time.Time, adv Received) {
	switch {
	case adv.Priority == 0:
		r.answer(now)
		r.at.advertisement = now.Add(r.params.Interval)
	case r.losesTo(adv):
		// Our last advertisement is a losing one: it makes the winner announce,
		// which moves the clients that followed us (keepalived's
		// higher_prio_send_advert, which is off there).
		r.do(SendAdvertisement{r.params.Priority})
		r.master = adv.Source
		r.do(RemoveAddresses{r.params.Addresses})
		r.becomeBackup(now, BecauseOutranked)
	default:
		r.answer(now)
		r.announceAnew(now)
	}
}

// losesTo compares priorities, then addresses as unsigned numbers.
func (r *Router) losesTo(adv Received) bool {
	if adv.Priority != r.params.Priority {
		return adv.Priority > r.params.Priority
	}
	return r.source.Less(adv.Source)
}

// answer advertises at once, or as soon as answerGap allows. It leaves
// Adver_Timer alone.
func (r *Router) answer(now time.Time) {
	if next := r.answered.Add(answerGap); !r.answered.IsZero() && now.Before(next) {
		r.at.answer = next
		return
	}
	r.answered, r.at.answer = now, time.Time{}
	r.do(SendAdvertisement{r.params.Priority})
}

// announceAnew begins the rounds of announcements again, with the first one now
// unless there was one just before.
func (r *Router) announceAnew(now time.Time) {
	r.announceRound = 0
	if !r.announced.IsZero() && now.Sub(r.announced) < announceGap {
		r.planAnnouncement(r.announced)
		return
	}
	r.announce(now)
}

// announce does one round and plans the next.
func (r *Router) announce(now time.Time) {
	r.do(Announce{r.params.Addresses})
	r.announced = now
	r.planAnnouncement(now)
}

func (r *Router) planAnnouncement(last time.Time) {
	r.at.announcement = time.Time{}
	if gaps := announceGaps(); r.announceRound < len(gaps) {
		r.at.announcement = last.Add(gaps[r.announceRound])
		r.announceRound++
	}
}

// expire does what is due. Only the timers of the current state are ever set.
func (r *Router) expire(now time.Time) {
	if due(r.at.masterDown, now) {
		r.takeOver(now)
		return
	}
	if due(r.at.release, now) {
		r.giveUp(Stopped, BecauseAlone)
		return
	}
	if due(r.at.advertisement, now) {
		r.do(SendAdvertisement{r.params.Priority})
		r.at.advertisement = following(r.at.advertisement, r.params.Interval, now)
	}
	if due(r.at.answer, now) {
		r.answer(now)
	}
	if due(r.at.announcement, now) {
		r.announce(now)
	}
}

func (r *Router) takeOver(now time.Time) {
	why := BecauseSilence
	if r.vacant {
		why = BecauseResigned
	}
	r.becomeMaster(now, why)
}

// following is one interval after last, so that the rate does not drift with the
// delay of each timer; after a stall it is one interval from now.
func following(last time.Time, interval time.Duration, now time.Time) time.Time {
	if next := last.Add(interval); next.After(now) {
		return next
	}
	return now.Add(interval)
}

// giveUp leaves the election, with the addresses if there are any.
func (r *Router) giveUp(to State, why Reason) {
	if r.state == Master || r.state == Releasing {
		r.do(RemoveAddresses{r.params.Addresses})
	}
	r.at = deadlines{}
	r.become(to, why)
}

func (r *Router) linkDown(why Reason) {
	switch r.state {
	case Stopped, Fault:
	case Releasing:
		r.giveUp(Stopped, why)
	default:
		r.giveUp(Fault, why)
		r.master = netip.Addr{}
	}
}

// shutdown resigns if there is something to resign. The addresses stay until the
// successor advertises, or until the one with the longest skew time would have:
// RFC 3768 section 6.4.3 drops them at once, which costs clients the skew time.
// Meanwhile nothing is sent, because each advertisement would put the successor off.
func (r *Router) shutdown(now time.Time) {
	switch r.state {
	case Releasing, Stopped:
	case Master:
		r.do(SendAdvertisement{0})
		const lowest = 1
		r.at = deadlines{release: now.Add(skewTime(lowest) + releaseMargin)}
		r.become(Releasing, BecauseShutdown)
	default:
		r.giveUp(Stopped, BecauseShutdown)
	}
}

// reload takes new parameters and keeps the state.
func (r *Router) reload(now time.Time, p Parameters) {
	if r.state == Releasing {
		return // what it holds is what it must give up
	}
	old := r.params
	r.params = p
	switch r.state {
	case Backup:
		r.at.masterDown = r.at.masterDown.Add(p.masterDownInterval() - old.masterDownInterval())
	case Master:
		r.reloadMaster(now, old)
	}
}

func (r *Router) reloadMaster(now time.Time, old Parameters) {
	r.do(SendAdvertisement{r.params.Priority})
	r.at.advertisement = now.Add(r.params.Interval)
	gone, come := without(old.Addresses, r.params.Addresses), without(r.params.Addresses, old.Addresses)
	if len(gone) > 0 {
		r.do(RemoveAddresses{gone})
	}
	if len(gone)+len(come) > 0 {
		// All of them, because with an address the kernel may have removed
		// others of its subnet.
		r.do(AddAddresses{r.params.Addresses})
		r.announced = time.Time{}
		r.announceAnew(now)
	}
}

// without is what of all is not in others.
func without(all, others []VirtualAddress) []VirtualAddress {
	return slices.DeleteFunc(slices.Clone(all), func(a VirtualAddress) bool { return slices.Contains(others, a) })
}
