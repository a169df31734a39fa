package ipvs

import (
	"net/netip"
	"strconv"
	"strings"
)

// procTitles is how many lines /proc/net/ip_vs begins with.
const procTitles = 3

// procPools are the destinations in the text of /proc/net/ip_vs: the lines under
// that of each service.
type procPools []string

// splitProc finds the lines of each service's destinations. The text must hold the
// same services in the same order; else it tells false.
func splitProc(table Table, text string) (pools procPools, ok bool) {
	pools = make(procPools, 0, len(table))
	for n := 0; n < procTitles; n++ {
		_, text, _ = strings.Cut(text, "\n")
	}
	for len(text) > 0 {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if len(pools) == len(table) || !isProcService(line, table[len(pools)].ServiceKey) {
			return nil, false
		}
		end := endOfPool(text)
		pools = append(pools, text[:end])
		text = text[end:]
	}
	return pools, len(pools) == len(table)
}

// procArrow begins the line of a destination.
const procArrow = "  -> "

// endOfPool is where the lines of destinations end.
func endOfPool(text string) (end int) {
	for strings.HasPrefix(text[end:], procArrow) {
		length := strings.IndexByte(text[end:], '\n')
		if length < 0 {
			return len(text)
		}
		end += length + 1
	}
	return end
}

// read appends the destinations of the ith service to ds. It tells false if there
// is a line that it does not understand.
func (p procPools) read(i int, ds []DestinationEntry) ([]DestinationEntry, bool) {
	for line := range strings.Lines(p[i]) {
		d, ok := parseProcDestination(strings.TrimSuffix(line[len(procArrow):], "\n"))
		if !ok {
			return ds, false
		}
		ds = append(ds, d)
	}
	return ds, true
}

// isProcService tells whether a line is that of a service: "TCP  C000020A:0050 wlc"
// or "FWM  00000007 wlc". The family of a firewall mark is not told there.
func isProcService(line string, k ServiceKey) bool {
	word, rest := cutWord(line)
	name, _ := cutWord(rest)
	if k.FWMark != 0 {
		mark, err := strconv.ParseUint(name, 16, 32)
		return word == "FWM" && err == nil && uint32(mark) == k.FWMark
	}
	address, ok := parseProcAddress(name)
	return ok && word == k.Protocol.String() && address == k.Address
}

// parseProcDestination reads "0A080002:0050      Tunnel  9      0          0".
func parseProcDestination(s string) (d DestinationEntry, ok bool) {
	name, s := cutWord(s)
	method, s := cutWord(s)
	weight, s := cutWord(s)
	active, s := cutWord(s)
	inactive, s := cutWord(s)
	var okMethod bool
	d.Address, ok = parseProcAddress(name)
	d.Method, okMethod = methodNamed(method)
	for _, n := range []struct {
		text string
		to   *uint32
	}{{weight, &d.Weight}, {active, &d.ActiveConns}, {inactive, &d.InactiveConns}} {
		v, err := strconv.ParseUint(n.text, 10, 32)
		ok = ok && err == nil
		*n.to = uint32(v)
	}
	return d, ok && okMethod && strings.TrimLeft(s, " ") == ""
}

func methodNamed(name string) (ForwardingMethod, bool) {
	for m := Masquerade; m <= Bypass; m++ {
		if m.String() == name {
			return m, true
		}
	}
	return 0, false
}

// parseProcAddress reads "C000020A:0050" and "[2001:0db8:…]:0050".
func parseProcAddress(s string) (netip.AddrPort, bool) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return netip.AddrPort{}, false
	}
	port, err := strconv.ParseUint(s[colon+1:], 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	addr, ok := parseProcIP(s[:colon])
	return netip.AddrPortFrom(addr, uint16(port)), ok
}

func parseProcIP(s string) (netip.Addr, bool) {
	if v6, ok := strings.CutPrefix(s, "["); ok {
		addr, err := netip.ParseAddr(strings.TrimSuffix(v6, "]"))
		return addr, err == nil && addr.Is6()
	}
	n, err := strconv.ParseUint(s, 16, 32)
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), err == nil && len(s) == 8
}

// cutWord gives the first word of a line, and what follows it.
func cutWord(s string) (word, rest string) {
	s = strings.TrimLeft(s, " ")
	if i := strings.IndexByte(s, ' '); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}
