package ipvsadm

import (
	"math"
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
// bare without. What is wrong with the text is told as trouble.
func parseEndpoint(text string, p ipvs.Protocol, names Resolver) (e endpoint, trouble string) {
	if allDigits(text) {
		return e, "no address"
	}
	host, port, hasPort := text, "", false
	if inside, bracketed := strings.CutPrefix(text, "["); bracketed {
		if host, port, hasPort = strings.Cut(inside, "]"); !hasPort || !strings.HasPrefix(port, ":") {
			return e, "behind [ there must be ]:PORT"
		}
		port = port[1:]
	}
	var ok bool
	if e.addr, ok = parseIPv6(host); !ok {
		// Not IPv6: what brackets are around counts for nothing, nor does a port behind them.
		host, port, hasPort = cutLast(host)
		if e.addr, ok = parseIPv4OrName(host, names); !ok {
			return e, "neither an address nor a host with an IPv4 address"
		}
	}
	if !hasPort {
		return e, ""
	}
	e.hasPort = true
	if e.port, ok = parsePort(port, p, names); !ok {
		return e, "`" + port + "' is neither a port from 0 to 65535 nor the name of one"
	}
	return e, ""
}

// cutLast splits at the last colon.
func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// parseIPv6 takes no zones: the kernel has no place for them.
func parseIPv6(s string) (netip.Addr, bool) {
	if i := strings.IndexByte(s, ':'); i < 0 || strings.IndexByte(s[i+1:], ':') < 0 {
		return netip.Addr{}, false // spares most addresses an error that says so
	}
	a, err := netip.ParseAddr(s)
	return a, err == nil && a.Is6() && a.Zone() == ""
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
	var addr uint64
	for left := 32; left > 0; left -= 8 {
		part, rest, more := strings.Cut(s, ".")
		n, ok := addressPart(part)
		switch {
		case !ok:
			return 0, false
		case !more:
			return uint32(addr<<left | n), n < 1<<left
		case n > 255:
			return 0, false
		}
		addr, s = addr<<8|n, rest
	}
	return 0, false // more than four parts
}

// addressPart reads a number of at most 32 bits as C writes it.
func addressPart(s string) (n uint64, ok bool) {
	base := uint64(10)
	if len(s) > 1 && s[0] == '0' {
		base, s = 8, s[1:]
		if s[0] == 'x' || s[0] == 'X' {
			base, s = 16, s[1:]
		}
	}
	for i := range len(s) {
		digit := digitOf(s[i])
		if digit >= base {
			return 0, false
		}
		if n = n*base + digit; n > math.MaxUint32 {
			return 0, false
		}
	}
	return n, s != ""
}

// digitOf gives what no base has for what is no digit.
func digitOf(c byte) uint64 {
	switch lower := c | 0x20; {
	case isDigit(c):
		return uint64(c - '0')
	case 'a' <= lower && lower <= 'f':
		return uint64(lower-'a') + 10
	default:
		return 16
	}
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

// between is number for values that fit into 32 bits; otherwise says what is wrong.
func between(s string, low, high int64, otherwise string) (uint32, error) {
	n, ok := number(s, low, high)
	if !ok {
		return 0, misuse("%s (`%s': a whole number from %d to %d)", otherwise, s, low, high)
	}
	return uint32(n), nil
}
