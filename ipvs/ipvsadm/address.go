package ipvsadm

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Resolver knows the names of hosts and ports. What it does not know it says
// with false; then the numbers are used, or a rule is refused.
type Resolver interface {
	// Address is the first IPv4 address of a host.
	Address(host string) (netip.Addr, bool)
	// Port is the port of a service such as "http", in upper and lower case as given.
	// Without a protocol (0) no service has a port.
	Port(service string, p ipvs.Protocol) (uint16, bool)
	// Host is the name of an address.
	Host(a netip.Addr) (string, bool)
	// Service is the name of a port.
	Service(port uint16, p ipvs.Protocol) (string, bool)
}

// blanks are what isspace(3) takes for space.
const blanks = " \t\n\v\f\r"

// endpoint is an address with a port, if one was given.
type endpoint struct {
	addr    netip.Addr
	port    uint16
	hasPort bool
}

// parseEndpoint reads ADDRESS[:PORT]: an IPv4 address in any form of inet_aton(3)
// or the name of a host, with a port; an IPv6 address in brackets with a port, or
// bare without.
func parseEndpoint(text string, p ipvs.Protocol, names Resolver) (e endpoint, ok bool) {
	if allDigits(text) {
		return e, false
	}
	host, port, hasPort := text, "", false
	if inside, bracketed := strings.CutPrefix(text, "["); bracketed {
		if host, port, hasPort = strings.Cut(inside, "]"); !hasPort || !strings.HasPrefix(port, ":") {
			return e, false
		}
		port = port[1:]
	}
	if e.addr, ok = parseIPv6(host); !ok {
		// Not IPv6: what brackets are around counts for nothing, nor does a port behind them.
		host, port, hasPort = cutLast(host)
		if e.addr, ok = parseIPv4OrName(host, names); !ok {
			return e, false
		}
	}
	if !hasPort {
		return e, true
	}
	e.hasPort = true
	e.port, ok = parsePort(port, p, names)
	return e, ok
}

// cutLast splits at the last colon.
func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// parseIPv6 takes no zones: the kernel has no place for them.
func parseIPv6(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a, err == nil && a.Is6() && !strings.Contains(s, "%")
}

func parseIPv4OrName(s string, names Resolver) (netip.Addr, bool) {
	if n, ok := inetAton(s); ok {
		return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), true
	}
	if s == "" {
		return netip.Addr{}, false
	}
	return names.Address(s)
}

func parsePort(s string, p ipvs.Protocol, names Resolver) (uint16, bool) {
	if n, ok := number(s, 0, 65535); ok {
		return uint16(n), true
	}
	return names.Port(s, p)
}

// inetAton reads an IPv4 address of one to four parts, each decimal, octal with a
// leading 0 or hexadecimal with 0x; the last part fills what is left.
func inetAton(s string) (uint32, bool) {
	if i := strings.IndexAny(s, blanks); i > 0 {
		s = s[:i]
	}
	parts := strings.SplitN(s, ".", 5)
	if len(parts) > 4 {
		return 0, false
	}
	var addr uint64
	for i, part := range parts {
		if part == "" || part[0] < '0' || part[0] > '9' {
			return 0, false
		}
		n, err := strconv.ParseUint(part, 0, 32)
		last := i == len(parts)-1
		if err != nil || strings.ContainsAny(part, "_oObB") && !strings.HasPrefix(strings.ToLower(part), "0x") || !last && n > 255 {
			return 0, false
		}
		if left := 8 * (4 - i); last && n >= 1<<left {
			return 0, false
		} else if last {
			addr = addr<<left | n
		} else {
			addr = addr<<8 | n
		}
	}
	return uint32(addr), true
}

// number reads a whole number between low and high as strtol(3) does: blanks and
// a sign may stand before it, nothing behind it, and it is always decimal.
func number(s string, low, high int64) (int64, bool) {
	s = strings.TrimLeft(s, blanks)
	digits := strings.TrimPrefix(s, "-")
	if digits == s {
		digits = strings.TrimPrefix(s, "+")
	}
	if digits == "" || !allDigits(digits) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= low && n <= high
}
