package document

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// word reads a text.
func (j *judge) word(n node, name string) string {
	if !j.is(n, name, text) {
		return ""
	}
	return n.text
}

// number reads a whole number between low and high.
func (j *judge) number(n node, name string, low, high uint64) uint64 {
	if !j.is(n, name, number) {
		return low
	}
	v, err := strconv.ParseUint(n.text, 10, 64)
	if err != nil || v < low || v > high {
		j.wrong(n, "", "%s must be a whole number from %d to %d, not %s", name, low, high, n.text)
		return low
	}
	return v
}

// kernelInt is what the kernel has as an int.
func (j *judge) kernelInt(n node, name string) uint32 {
	return uint32(j.number(n, name, 0, math.MaxInt32))
}

func (j *judge) port(n node, name string) uint16 {
	return uint16(j.number(n, name, 0, math.MaxUint16))
}

func (j *judge) truth(n node, name string) bool {
	return j.is(n, name, truth) && n.text == "true"
}

func (j *judge) address(n node, name string) (a netip.Addr) {
	word := j.word(n, name)
	if word == "" {
		return a
	}
	a, err := netip.ParseAddr(word)
	if err != nil || a.Zone() != "" {
		hint := "an address without port and zone: 192.0.2.1 or 2001:db8::1"
		if _, err := netip.ParseAddrPort(word); err == nil {
			hint = "the port is a field of its own"
		}
		j.wrong(n, hint, "%q is no address", word)
		return netip.Addr{}
	}
	return a
}

// choice reads one of some names.
func choice[T comparable](j *judge, n node, name string, among named[T]) (v T) {
	word := j.word(n, name)
	if word == "" && n.kind != text {
		return v
	}
	v, ok := among.value(word)
	if !ok {
		j.wrong(n, "it is one of "+among.all(), "%q is no %s", word, strings.ReplaceAll(name, "_", " "))
	}
	return v
}
