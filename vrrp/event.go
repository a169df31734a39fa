package vrrp

import (
	"net/netip"
	"time"
)

// State is the state of a virtual router, named as keepalived logs it.
type State string

// States of a router. The first three are those of RFC 3768 section 6.3.
const (
	Initialize State = "INIT"
	Backup     State = "BACKUP"
	Master     State = "MASTER"
	Fault      State = "FAULT"     // the interface cannot carry advertisements
	Releasing  State = "RELEASING" // has resigned, answers until the successor does
	Stopped    State = "STOPPED"   // for good
)

// Reason tells why a router changed its state.
type Reason string

// Reasons for a change of state.
const (
	BecauseStartup   Reason = "startup"
	BecauseOwner     Reason = "owns the addresses"
	BecauseSilence   Reason = "no advertisement from a master in time"
	BecauseResigned  Reason = "the master resigned"
	BecauseOutranked Reason = "another router has precedence"
	BecauseLinkUp    Reason = "interface is usable"
	BecauseShutdown  Reason = "shutdown"
	BecauseSuccessor Reason = "another router is master"
	BecauseAlone     Reason = "no successor in time"
)

// Reasons why an interface is not usable: the Reason of LinkDown.
const (
	BecauseLinkDown    Reason = "interface is down"
	BecauseLinkGone    Reason = "interface is not there"
	BecauseNoAddress   Reason = "interface has no IPv4 address of its own"
	BecauseNoLinkLocal Reason = "interface has no link-local IPv6 address of its own"
	BecauseNoSource    Reason = "interface does not have the source address"
	BecauseNoSocket    Reason = "no socket on the interface"
)

// Event is something that happens to a Router.
type Event interface{ event() }

// Events.
type (
	// Startup begins the election. Source is what the router will send from.
	Startup struct{ Source netip.Addr }
	// Received is an advertisement that was found good.
	Received struct {
		Source   netip.Addr
		Priority uint8
		// Interval is what the sender advertises at, as far as it is believed.
		Interval time.Duration
	}
	// TimerExpired says that it is Wake or later. Too early does no harm.
	TimerExpired struct{}
	// LinkDown says that the interface cannot be used.
	LinkDown struct{ Why Reason }
	// LinkUp says that the interface can be used, and from which address.
	LinkUp struct{ Source netip.Addr }
	// Shutdown ends the router. It is Stopped at once, or Releasing before.
	Shutdown struct{}
	// Reload gives new parameters. It is no reason to lose mastership.
	Reload struct{ Parameters Parameters }
)

func (Startup) event()      {}
func (Received) event()     {}
func (TimerExpired) event() {}
func (LinkDown) event()     {}
func (LinkUp) event()       {}
func (Shutdown) event()     {}
func (Reload) event()       {}

// Action is something that a Router wants done. Actions are carried out in order.
type Action interface{ action() }

// Actions.
type (
	// SendAdvertisement sends one advertisement; priority 0 resigns.
	SendAdvertisement struct{ Priority uint8 }
	// AddAddresses takes addresses.
	AddAddresses struct{ Addresses []VirtualAddress }
	// RemoveAddresses gives addresses up.
	RemoveAddresses struct{ Addresses []VirtualAddress }
	// Announce tells the neighbours that the addresses live here.
	Announce struct{ Addresses []VirtualAddress }
	// StateChanged reports a transition.
	StateChanged struct {
		From, To State
		Why      Reason
	}
)

func (SendAdvertisement) action() {}
func (AddAddresses) action()      {}
func (RemoveAddresses) action()   {}
func (Announce) action()          {}
func (StateChanged) action()      {}
