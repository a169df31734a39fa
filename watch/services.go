package watch

import (
	"net/netip"
	"time"
)

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

// VirtualServer is one service with its pool (virtual_server), every default filled in.
type VirtualServer struct {
	Address     netip.AddrPort
	Protocol    Protocol
	Scheduler   string           // lb_algo
	Method      ForwardingMethod // lb_kind
	Persistence time.Duration    // persistence_timeout; 0: none
	RealServers []RealServer
}

// RealServer is a member of a pool (real_server).
type RealServer struct {
	Address netip.AddrPort
	Weight  uint32
	Checks  []Check // all must pass; none: the server counts as up
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
}
