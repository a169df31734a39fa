package vrrp

import (
	"net/netip"
	"time"
)

// Status is how one virtual router stands. It never holds the password.
type Status struct {
	Instance  string         `json:"instance"`
	ID        uint8          `json:"vrid"`
	Interface string         `json:"interface"`
	State     State          `json:"state"`
	Since     time.Time      `json:"since"`
	Reason    Reason         `json:"reason"` // of the last transition
	Priority  uint8          `json:"priority"`
	Master    netip.Addr     `json:"master,omitzero"` // absent while it is not known
	Addresses []netip.Prefix `json:"addresses"`
	Counters  Counters       `json:"counters"`
}

// Counters count since the router was started. Reasons are DropReason.String.
type Counters struct {
	Sent             uint64            `json:"advertisements_sent"`
	Received         uint64            `json:"advertisements_received"` // accepted ones
	Transitions      uint64            `json:"transitions"`
	Announced        uint64            `json:"announcements_sent"` // rounds
	OtherAddresses   uint64            `json:"advertisements_with_other_addresses"`
	Failed           uint64            `json:"failed_actions"`
	Dropped          map[string]uint64 `json:"dropped"`           // meant for this router
	InterfaceDropped map[string]uint64 `json:"interface_dropped"` // meant for no router of the interface
}

// drops counts packets by the reason why they were dropped.
type drops [dropReasons]uint64

func (d *drops) named() map[string]uint64 {
	named := map[string]uint64{}
	for reason, n := range d {
		if n > 0 {
			named[DropReason(reason).String()] = n
		}
	}
	return named
}

// worthLogging thins a repeated line out: the first, the tenth, the hundredth …
func worthLogging(n uint64) bool {
	for n > 1 && n%10 == 0 {
		n /= 10
	}
	return n == 1
}
