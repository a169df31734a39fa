// Package vrrp runs virtual routers (VRRPv2, RFC 3768): routers on one link elect
// a master, and the master holds the virtual addresses.
//
// Three layers, each usable alone. Advertisement is the message on the wire.
// Router is the state machine of one virtual router: Step takes a moment and an
// event and gives the actions to carry out, without clock, socket or goroutine.
// Daemon runs many routers: it reads sockets, keeps the time and carries the
// actions out. Where RFC 3768 loses traffic that later experience has shown how
// to keep, RFC 9568 or this package's own answer stands, and the comment says so.
package vrrp
