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
	Family    string         `json:"family"`
	Version   uint8          `json:"version"`
	State     State          `json:"state"`
	Since     time.Time      `json:"since"`
	Reason    Reason         `json:"reason"` // of the last transition
	Priority  uint8          `json:"priority"`
	Master    netip.Addr     `json:"master,omitzero"` // absent while it is not known
	Addresses []netip.Prefix `json:"addresses"`
	Counters  Counters       `json:"counters"`
}

// Counters count since the router was started. Reasons are packet.DropReason.String.
type Counters struct {
	Sent             uint64            `json:"advertisements_sent"`
	Received         uint64            `json:"advertisements_received"` // accepted ones
	Transitions      uint64            `json:"transitions"`
	Announced        uint64            `json:"announcements_sent"` // rounds
	OtherAddresses   uint64            `json:"advertisements_with_other_addresses"`
	OtherChecksum    uint64            `json:"advertisements_with_other_checksum"` // VRRPv3 over IPv4: as the sender's school has it
	Capped           uint64            `json:"advertisements_with_capped_interval"`
	Failed           uint64            `json:"failed_actions"`
	Dropped          map[string]uint64 `json:"dropped"`           // meant for this router
	InterfaceDropped map[string]uint64 `json:"interface_dropped"` // meant for no router of the interface
}

// worthLogging thins a repeated line out: the first, the tenth, the hundredth …
func worthLogging(n uint64) bool {
	for n > 1 && n%10 == 0 {
		n /= 10
	}
	return n == 1
}
