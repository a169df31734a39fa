// Package config is what the operator wrote, as one model.
//
// The model is canonical: every configuration language (keepalived.conf in the
// keepalived subpackage) is an adapter that fills it. It knows nothing of the
// packages that act on it; cmd hands them their part. The names are those of
// the field, with keepalived's keyword in the comment.
package config

import (
	"net/netip"
	"time"
)

// Config is everything that one configuration says.
type Config struct {
	VirtualRouters []VirtualRouter
	VirtualServers []VirtualServer
}

// VirtualRouter is one VRRP router (vrrp_instance).
type VirtualRouter struct {
	Name           string
	InitialMaster  bool          // state MASTER
	Interface      string        // interface
	ID             uint8         // virtual_router_id, 1 to 255
	Priority       uint8         // priority, 1 to 255; 255 owns the addresses
	AdvertInterval time.Duration // advert_int
	NoPreempt      bool          // nopreempt
	Authentication Authentication
	Addresses      []VirtualAddress // virtual_ipaddress, in the order of the file
	Where          Position
}

// AuthenticationType is the VRRPv2 authentication (RFC 2338 section 5.3.6).
type AuthenticationType string

// Authentication types.
const (
	AuthNone AuthenticationType = ""
	AuthPass AuthenticationType = "PASS"
)

// Authentication is what a VRRPv2 advertisement carries (authentication).
type Authentication struct {
	Type     AuthenticationType
	Password Secret // at most 8 bytes count
}

// VirtualAddress is an address that belongs to the master.
type VirtualAddress struct {
	Prefix netip.Prefix // a bare address is /32 or /128
	Device string       // dev; "" is the router's interface
	Label  string       // label
	Where  Position
}

// Protocol of a virtual server.
type Protocol string

// Protocols.
const (
	TCP  Protocol = "TCP"
	UDP  Protocol = "UDP"
	SCTP Protocol = "SCTP"
)

// ForwardingMethod is how packets reach the real servers (lb_kind).
type ForwardingMethod string

// Forwarding methods.
const (
	NAT ForwardingMethod = "NAT"
	DR  ForwardingMethod = "DR"
	TUN ForwardingMethod = "TUN"
)

// VirtualServer is one service with its pool (virtual_server).
type VirtualServer struct {
	Address     netip.AddrPort
	Protocol    Protocol
	Scheduler   string           // lb_algo
	Method      ForwardingMethod // lb_kind
	Persistence time.Duration    // persistence_timeout; 0: none
	RealServers []RealServer
	Where       Position
}

// RealServer is a member of a pool (real_server).
type RealServer struct {
	Address netip.AddrPort
	Weight  uint32
	Checks  []Check // all must pass; none: the server counts as up
	Where   Position
}

// CheckKind names a kind of health check.
type CheckKind string

// Kinds of health check.
const (
	CheckTCP CheckKind = "tcp" // TCP_CHECK
)

// Check is one health check of a real server, every default filled in.
type Check struct {
	Kind       CheckKind
	Target     netip.AddrPort // connect_ip, connect_port
	Timeout    time.Duration  // connect_timeout
	Interval   time.Duration  // delay_loop: from the start of one check to the next while all is well
	Retries    uint           // retry: further failures in a row before the server counts as down
	RetryDelay time.Duration  // delay_before_retry
	Where      Position
}

// Secret is a word that must not appear in logs, dumps or status.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(secret)"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
