// Package packet is VRRP on the wire: advertisements of VRRPv2 (RFC 3768, with the
// authentication of RFC 2338) and VRRPv3 (RFC 5798, RFC 9568) over IPv4 and IPv6,
// and the rules by which a router takes or drops one. It is pure: bytes and values
// in, values and bytes out. Where the RFCs and keepalived differ, what is sent is
// what keepalived understands, and the comment says so.
package packet
