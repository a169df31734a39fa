package keepalived

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// addressOptions are the words after an address in virtual_ipaddress, with the
// number of words that follow each.
var addressOptions = map[string]int{
	"dev": 1, "label": 1,
	"brd": 1, "broadcast": 1, "scope": 1, "peer": 1, "preferred_lft": 1,
	"home": 0, "-nodad": 0, "noprefixroute": 0, "mngtmpaddr": 0, "autojoin": 0,
	"no_track": 0, "use_vmac": 0,
}

func readAddresses(r *reader, s *statement, in *instance) {
	for i := range s.block.statements {
		line := &s.block.statements[i]
		if line.refused {
			continue
		}
		if len(line.words) == 0 {
			r.unknown(line, "virtual_ipaddress", nil)
			continue
		}
		if line.block != nil {
			r.fail(line.block.open, `remove this "{" and its "}"`, "an address takes no block")
		}
		for _, part := range r.splitLine(line, s.block, startsAddress) {
			readAddress(r, &part, in)
		}
	}
}

// startsAddress tells whether word i is an address, and not the value of an option.
func startsAddress(words []word, i int) bool {
	if addressOptions[words[i-1].text] > 0 {
		return false
	}
	_, err := parseAddress(words[i].text)
	return err == nil
}

// parseAddress reads "10.0.0.1" and "10.0.0.1/24".
func parseAddress(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		return netip.ParsePrefix(s)
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, errNotAnAddress
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// readAddress reads one line of virtual_ipaddress. A line that keepalived skips is skipped.
func readAddress(r *reader, s *statement, in *instance) {
	w := s.words[0]
	prefix, ok := r.address(w)
	if !ok {
		return
	}
	a := config.VirtualAddress{Prefix: prefix, Where: w.at}
	if !r.addressOptions(s.words[1:], &a) {
		return
	}
	if prefix.Addr().Is6() {
		r.addressIPv6(w, in)
		return
	}
	in.router.Addresses = append(in.router.Addresses, a)
}

// addressIPv6 refuses an IPv6 virtual router, once. Among IPv4 addresses it only leaves the address out.
func (r *reader) addressIPv6(w word, in *instance) {
	if in.ipv6 {
		return
	}
	if len(in.router.Addresses) > 0 {
		r.warn(w.at, "make a second vrrp_instance for IPv6", "IPv6 address %s among IPv4 addresses: left out, as keepalived does", quote(w.text))
		return
	}
	in.ipv6 = true
	r.fail(w.at, notYet, "IPv6 virtual address %s is not supported yet", quote(w.text))
}

// address reads an address with an optional prefix length.
func (r *reader) address(w word) (netip.Prefix, bool) {
	text, length, found := strings.Cut(w.text, "/")
	p, err := parseAddress(text)
	if err != nil {
		r.warn(w.at, "", "%s is no address: left out, as keepalived does", quote(w.text))
		return netip.Prefix{}, false
	}
	switch {
	case !found:
		return p, true
	case length == "":
		r.fail(w.at, "write the prefix length, or no slash", "%s has no prefix length, which keepalived reads as 0", quote(w.text))
		return p, false
	}
	bits := p.Addr().BitLen()
	n, ok := r.number(word{text: length, at: w.at}, 0, uint64(bits), tolerant, "the prefix length is taken as "+strconv.Itoa(bits)+", as keepalived does")
	if !ok {
		return p, true
	}
	return netip.PrefixFrom(p.Addr(), int(n)), true
}

// addressOptions reads what follows the address; false if keepalived leaves the address out.
func (r *reader) addressOptions(words []word, a *config.VirtualAddress) bool {
	for i := 0; i < len(words); i++ {
		w := words[i]
		params, known := addressOptions[w.text]
		switch {
		case !known:
			r.warn(w.at, addressHint(w), "unknown word %s after the address: ignored, as keepalived does", quote(w.text))
			continue
		case i+params >= len(words):
			r.warn(w.at, "", "%s needs a value: the address is left out, as keepalived does", quote(w.text))
			return false
		}
		var value word
		if params > 0 {
			i++
			value = words[i]
		}
		if !r.addressOption(w, value, a) {
			return false
		}
	}
	return true
}

// addressOption reads one option with its value; false if keepalived leaves the address out.
func (r *reader) addressOption(option, value word, a *config.VirtualAddress) bool {
	switch option.text {
	case "dev":
		if a.Device != "" {
			r.warn(option.at, "", "second dev: the address is left out, as keepalived does")
			return false
		}
		a.Device = value.text
	case "label":
		if len(value.text) > maxInterfaceName {
			r.warn(value.at, "", "label %s is longer than %d characters: the address is left out, as keepalived does",
				quote(value.text), maxInterfaceName)
			return false
		}
		a.Label = value.text
	case "brd", "broadcast":
		if b, err := netip.ParseAddr(value.text); value.text != "+" && value.text != "-" && (err != nil || !b.Is4()) {
			r.warn(value.at, "", "%s is no broadcast address: the address is left out, as keepalived does", quote(value.text))
			return false
		}
		r.warn(option.at, "", "%s of an address is accepted and not used", quote(option.text))
	default:
		r.warn(option.at, "", "%s of an address is accepted and not used", quote(option.text))
	}
	return true
}

// addressHint tells of a second address on the line.
func addressHint(w word) string {
	if _, err := parseAddress(w.text); err == nil {
		return "write each address on a line of its own"
	}
	return ""
}
