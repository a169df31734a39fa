package config

import (
	"fmt"
	"net/netip"
)

// Options are how a configuration is to be understood.
type Options struct {
	// Strict makes an error of what keepalived puts right by itself: for YAML,
	// where nobody relies on it.
	Strict bool
	// KeepalivedCompat keeps to keepalived where it fails open: a tracker that is
	// missing does not keep a router from becoming master.
	KeepalivedCompat bool
}

// Resolve fills in what was not written: defaults, and what a block takes over
// from the one around it. It applies the fix-ups of keepalived that need more
// than one line, and says so.
func Resolve(c *Config, o Options) Diagnostics {
	r := &resolver{Options: o, config: c}
	r.global()
	r.trackers()
	r.routers()
	r.services()
	return r.said
}

// resolver works through a configuration.
type resolver struct {
	Options
	serviceState
	config *Config
	part   Part
	said   Diagnostics

	tracked   map[trackerKind]map[string]tracker // what routers can track
	neighbors map[[2]netip.Addr]string           // BFD sessions by neighbour and source
}

// warn says what is understood in a way that may surprise.
func (r *resolver) warn(where Position, hint, format string, args ...any) {
	r.say(Warning, where, hint, fmt.Sprintf(format, args...))
}

// fail says why the configuration cannot be used.
func (r *resolver) fail(where Position, hint, format string, args ...any) {
	r.say(Error, where, hint, fmt.Sprintf(format, args...))
}

// fix says what is wrong and what is made of it, as keepalived does. Strictly it
// is an error, and instead is not said.
func (r *resolver) fix(where Position, hint, wrong, instead string) {
	if r.Strict {
		r.say(Error, where, hint, wrong)
		return
	}
	r.say(Warning, where, hint, wrong+": "+instead+", as keepalived does")
}

func (r *resolver) say(s Severity, where Position, hint, message string) {
	r.said = append(r.said, Diagnostic{Severity: s, Part: r.part, Where: where, Message: message, Hint: hint})
}
