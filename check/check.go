// Package check tells whether a server does its work. Each kind of check is one
// file with one type that answers `Check(ctx, target) Result`; Kinds lists them.
// A single answer is a Result; State turns a row of them into a verdict, with
// keepalived's counting of retries.
package check

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// Status is what is known of a server.
type Status uint8

// Unknown is the status before the first answer, and that of a Result when the
// check itself could not be made: it says nothing about the server.
const (
	Unknown Status = iota
	Up
	Down
)

// String gives the status as it is shown everywhere: unknown, up or down.
func (s Status) String() string {
	switch s {
	case Up:
		return "up"
	case Down:
		return "down"
	default:
		return "unknown"
	}
}

// MarshalText gives the status to encoders as a word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Status) UnmarshalText(text []byte) error {
	for _, known := range []Status{Unknown, Up, Down} {
		if known.String() == string(text) {
			*s = known
			return nil
		}
	}
	return fmt.Errorf("read health status %q: want up, down or unknown", text)
}

// Phase is how far a check came before it had its answer.
type Phase string

// Phases, in the order in which a check passes them.
const (
	PhaseResolve Phase = "resolve" // the host name
	PhaseConnect Phase = "connect"
)

// Result is the answer of one check. Results are comparable.
type Result struct {
	Status Status        `json:"status"`
	Phase  Phase         `json:"phase"`   // where it ended
	Reason string        `json:"reason"`  // "connected", "connection refused", "timed out", …
	Took   time.Duration `json:"took_ns"` // from the start of the check to its answer
}

// String tells the result in one phrase: "connected in 0.4ms",
// "connect: connection refused after 0.2ms", "connect: timed out after 3s".
func (r Result) String() string {
	if r.Status == Up {
		return fmt.Sprintf("%s in %s", r.Reason, shownTime(r.Took))
	}
	return fmt.Sprintf("%s: %s after %s", r.Phase, r.Reason, shownTime(r.Took))
}

// shownTime keeps the digits that matter: 0.21ms, 4.2ms, 133ms, 3s, 3.25s.
func shownTime(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms < 10:
		return strconv.FormatFloat(ms, 'g', 2, 64) + "ms"
	case ms < 1000:
		return strconv.FormatFloat(ms, 'f', 0, 64) + "ms"
	default:
		return d.Round(10 * time.Millisecond).String()
	}
}

// DefaultTimeout bounds a check whose Target names no timeout (keepalived's
// connect_timeout).
const DefaultTimeout = 5 * time.Second

// Target is what is checked.
type Target struct {
	Address netip.AddrPort
	Timeout time.Duration // for the whole check; DefaultTimeout if not positive
}

// bound is the timeout that holds for the target.
func (t Target) bound() time.Duration {
	if t.Timeout <= 0 {
		return DefaultTimeout
	}
	return t.Timeout
}

// Checker makes one kind of check. It returns within the timeout of the target,
// or at once when ctx ends.
type Checker interface {
	Check(ctx context.Context, t Target) Result
}

// Kinds gives every kind of check under its name, all dialling through d.
func Kinds(d Dialer) map[string]Checker {
	return map[string]Checker{
		"tcp": TCP{Dialer: d},
	}
}
