package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ParseRange reads the addresses of a virtual_server_group line: "10.0.0.1",
// "10.0.0.1-20" (the last byte, in IPv6 the last 16 bits in hexadecimal),
// "10.0.0.1-10.0.1.9", or a whole net such as "10.0.0.0/24".
func ParseRange(s string) (first, last netip.Addr, err error) {
	if strings.Contains(s, "/") {
		return parseNet(s)
	}
	start, end, isRange := strings.Cut(s, "-")
	first, err = netip.ParseAddr(start)
	if err != nil || first.Zone() != "" {
		return first, first, fmt.Errorf("%q is no address", start)
	}
	if !isRange {
		return first, first, nil
	}
	last, err = rangeEnd(first, end)
	if err == nil && last.Less(first) {
		err = fmt.Errorf("the range %s ends before it starts", s)
	}
	return first, last, err
}

// parseNet gives the first and the last address of a net.
func parseNet(s string) (first, last netip.Addr, err error) {
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil || p.Bits() == 0:
		return first, last, fmt.Errorf("%q is no net", s)
	case p != p.Masked():
		return first, last, fmt.Errorf("%q has an address within the net; it begins at %s", s, p.Masked().Addr())
	}
	bytes := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(bytes); i++ {
		bytes[i/8] |= 0x80 >> (i % 8)
	}
	last, _ = netip.AddrFromSlice(bytes)
	return p.Addr(), last, nil
}

// rangeEnd reads the end of a range: an address, or the last part of one.
func rangeEnd(first netip.Addr, end string) (netip.Addr, error) {
	if strings.ContainsAny(end, ".:") {
		last, err := netip.ParseAddr(end)
		if err != nil || last.Zone() != "" || last.BitLen() != first.BitLen() {
			return last, fmt.Errorf("%q is no end of a range from %s", end, first)
		}
		return last, nil
	}
	base, bits := 10, 8
	if first.Is6() {
		base, bits = 16, 16
	}
	n, err := strconv.ParseUint(end, base, bits)
	if err != nil {
		return first, fmt.Errorf("%q is no end of a range from %s", end, first)
	}
	bytes := first.AsSlice()
	bytes[len(bytes)-1] = byte(n)
	if first.Is6() {
		bytes[len(bytes)-2] = byte(n >> 8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last, nil
}
