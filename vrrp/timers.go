package vrrp

import "time"

const (
	// downAdvertisements is how many advertisements in a row must be missed
	// before the master counts as gone (RFC 3768 section 6.1).
	downAdvertisements = 3
	// answerGap keeps two answers to other masters apart, so that a flood is not
	// answered one for one. It is below the shortest skew time, 1/256 s.
	answerGap = 2 * time.Millisecond
	// announceGap keeps announcements that losing advertisements ask for apart.
	announceGap = 100 * time.Millisecond
	// releaseMargin is what a successor may need beyond its skew time.
	releaseMargin = 250 * time.Millisecond
)

// announceGaps are the times between the announcements after a takeover, the
// first of which comes at once. They are as many as keepalived's
// garp_master_repeat, the last after its garp_master_delay; but not in one burst,
// since what loses one packet loses its neighbours too.
func announceGaps() []time.Duration {
	return []time.Duration{announceGap, 900 * time.Millisecond, 2 * time.Second, 2 * time.Second}
}

// skewTime is how much later a router of low priority gives up waiting
// (RFC 3768 section 6.1): (256 - priority) / 256 seconds.
func skewTime(priority uint8) time.Duration {
	return (256 - time.Duration(priority)) * time.Second / 256
}

// masterDownInterval is how long a master may be silent (RFC 3768 section 6.1).
func (p Parameters) masterDownInterval() time.Duration {
	return downAdvertisements*p.Interval + skewTime(p.Priority)
}

// deadlines are the moments at which a router wants to be woken; the zero Time is never.
type deadlines struct {
	masterDown    time.Time // Master_Down_Timer
	advertisement time.Time // Adver_Timer
	answer        time.Time // an answer that answerGap holds back
	announcement  time.Time // the next round
	release       time.Time // no successor will come any more
}

// next is the earliest deadline, the zero Time if there is none.
func (d deadlines) next() time.Time {
	var next time.Time
	for _, t := range []time.Time{d.masterDown, d.advertisement, d.answer, d.announcement, d.release} {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	return next
}

func due(deadline, now time.Time) bool { return !deadline.IsZero() && !now.Before(deadline) }
