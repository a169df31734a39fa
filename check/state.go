package check

import "time"

// Policy is how often a server is checked and how much patience it gets.
type Policy struct {
	Interval   time.Duration // from the start of one check to the next (delay_loop)
	Retries    uint          // further failures in a row before the server is down (retry)
	RetryDelay time.Duration // from a failure to the next try (delay_before_retry)
}

// State is what a row of results has come to. The zero value is the start:
// nothing is known.
type State struct {
	Status   Status `json:"status"`
	Failures uint   `json:"failures"` // in a row, while the server is not yet down
}

// shortestDelay keeps a policy of zeros from spinning.
const shortestDelay = 10 * time.Millisecond

// Next is the state after one more result, and when the next check is due,
// counted from the start of the one that gave the result.
//
// It counts as keepalived does: Retries+1 failures in a row, RetryDelay apart,
// take a server down, whether it was up or unknown; one success brings it up; a
// server that is down is tried once per Interval. A result that says nothing
// changes nothing and is tried again after RetryDelay.
func (s State) Next(p Policy, r Result) (State, time.Duration) {
	switch {
	case r.Status == Up:
		return State{Status: Up}, max(p.Interval, shortestDelay)
	case r.Status == Unknown:
		return s, r.Took + max(p.RetryDelay, shortestDelay)
	case s.Status == Down:
		return s, max(p.Interval, shortestDelay)
	case s.Failures < p.Retries:
		s.Failures++
		return s, r.Took + max(p.RetryDelay, shortestDelay)
	default:
		return State{Status: Down}, max(p.Interval, shortestDelay)
	}
}

// Combine is the status of a server with several checks: down if one is down,
// up if all are up, and so if there are none.
func Combine(states ...State) Status {
	all := Up
	for _, s := range states {
		switch s.Status {
		case Down:
			return Down
		case Unknown:
			all = Unknown
		}
	}
	return all
}
