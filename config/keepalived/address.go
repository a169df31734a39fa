package keepalived

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// addressRows are the addresses, routes and rules of an instance.
func addressRows() []row[config.VirtualRouter] {
	return []row[config.VirtualRouter]{
		addressesRow("virtual_ipaddress", false, func(v *config.VirtualRouter) *[]config.VirtualAddress { return &v.Addresses }),
		addressesRow("virtual_ipaddress_excluded", false, func(v *config.VirtualRouter) *[]config.VirtualAddress { return &v.ExcludedAddresses }),
		flagRow("no_virtual_ipaddress", true, func(v *config.VirtualRouter) *config.Flag { return &v.NoAddresses }),
		routesRow("virtual_routes", false, func(v *config.VirtualRouter) *[]config.Route { return &v.Routes }),
		rulesRow("virtual_rules", false, func(v *config.VirtualRouter) *[]config.Rule { return &v.Rules }),
	}
}

// addressesRow is a list of addresses. Static ones stay whatever the routers do.
func addressesRow[T any](name string, static bool, list func(*T) *[]config.VirtualAddress) row[T] {
	params := addressParams(static)
	return listRow(name,
		func(words []word, i int) bool { return startsAddress(params, words, i) },
		func(r *reader, s *statement, to *T) {
			a := addressReader{r: r, params: params}
			if a.read(s) {
				*list(to) = append(*list(to), a.to)
			}
		},
		func(from *T) (lines []Line) {
			for i := range *list(from) {
				lines = append(lines, addressLine(&(*list(from))[i]))
			}
			return lines
		})
}

// addressParams are the words that may follow an address, with the number of
// words that follow each.
func addressParams(static bool) map[string]int {
	params := map[string]int{
		"dev": 1, "label": 1,
		"brd": 1, "broadcast": 1, "scope": 1, "peer": 1, "preferred_lft": 1,
		"home": 0, "-nodad": 0, "noprefixroute": 0, "mngtmpaddr": 0, "autojoin": 0, "no_track": 0,
	}
	if static {
		params["track_group"] = 1
	} else {
		params["use_vmac"] = 0
	}
	return params
}

// startsAddress tells whether word i is an address, and not the value of an option.
func startsAddress(params map[string]int, words []word, i int) bool {
	if params[words[i-1].text] > 0 {
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
		return netip.Prefix{}, strconv.ErrSyntax
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// addressReader reads one address. A line that keepalived skips is skipped.
type addressReader struct {
	r      *reader
	params map[string]int
	to     config.VirtualAddress
	bad    bool // the line is left out
}

func (a *addressReader) read(s *statement) bool {
	w := s.words[0]
	prefix, ok := a.r.prefix(w, "left out, as keepalived does")
	if !ok {
		return false
	}
	a.to = config.VirtualAddress{Prefix: config.Write(prefix, w.at), Where: w.at}
	a.options(s.words[1:])
	if prefix.Addr().Is6() {
		a.onlyIPv4("scope", &a.to.Scope)
		a.onlyIPv4("label", &a.to.Label)
	}
	return !a.bad
}

// prefix reads an address with an optional prefix length.
func (r *reader) prefix(w word, instead string) (netip.Prefix, bool) {
	text, length, found := strings.Cut(w.text, "/")
	p, err := parseAddress(text)
	if err != nil {
		r.warn(w.at, "", "%s is no address: %s", quote(w.text), instead)
		return netip.Prefix{}, false
	}
	bits := p.Addr().BitLen()
	switch {
	case !found:
		return p, true
	case length == "":
		r.warn(w.at, "write the prefix length, or no slash", "%s has no prefix length: taken as %d, while keepalived takes 0", quote(w.text), bits)
		return p, true
	}
	n, ok := r.number(word{text: length, at: w.at}, 0, uint64(bits), tolerant, "the prefix length is taken as "+strconv.Itoa(bits)+", as keepalived does")
	if !ok {
		return p, true
	}
	return netip.PrefixFrom(p.Addr(), int(n)), true
}

// options reads what follows the address.
func (a *addressReader) options(words []word) {
	for i := 0; i < len(words) && !a.bad; i++ {
		w := words[i]
		params, known := a.params[w.text]
		switch {
		case !known:
			a.r.warn(w.at, addressHint(w), "unknown word %s after the address: %s", quote(w.text), asKeepalived)
			continue
		case i+params >= len(words):
			a.leaveOut(w, "%s needs a value", quote(w.text))
			return
		}
		var value word
		if params > 0 {
			i++
			value = words[i]
		}
		a.option(w, value)
	}
}

// leaveOut says why the address is left out.
func (a *addressReader) leaveOut(w word, format string, args ...any) {
	a.bad = true
	a.r.warn(w.at, "", format+": the address is left out, as keepalived does", args...)
}

// option reads one option with its value.
func (a *addressReader) option(option, value word) {
	switch option.text {
	case "dev":
		a.device(option, value)
	case "label":
		if len(value.text) > maxInterfaceName {
			a.leaveOut(value, "label %s is longer than %d characters", quote(value.text), maxInterfaceName)
			return
		}
		a.to.Label = config.Write(value.text, value.at)
	case "brd", "broadcast":
		a.broadcast(value)
	case "peer":
		a.peer(value)
	case "scope":
		if !validScope(value.text) {
			a.r.warn(value.at, "", "unknown scope %s: %s", quote(value.text), asKeepalived)
			return
		}
		a.to.Scope = config.Write(value.text, value.at)
	case "preferred_lft":
		if value.text != "forever" {
			if _, ok := a.r.number(value, 0, 1<<32-1, tolerant, asKeepalived); !ok {
				return
			}
		}
		a.to.PreferredLifetime = config.Write(value.text, value.at)
	case "track_group":
		a.to.TrackGroup = config.Write(value.text, value.at)
	default:
		*a.flag(option.text) = config.Write(true, option.at)
	}
}

func (a *addressReader) flag(name string) *config.Flag {
	return addressFlags(&a.to)[name]
}

// addressFlags are the options without value.
func addressFlags(a *config.VirtualAddress) map[string]*config.Flag {
	return map[string]*config.Flag{
		"home": &a.Home, "-nodad": &a.NoDAD, "noprefixroute": &a.NoPrefixRoute, "mngtmpaddr": &a.ManageTempAddress,
		"autojoin": &a.AutoJoin, "no_track": &a.NoTrack, "use_vmac": &a.UseVMAC,
	}
}

func (a *addressReader) device(option, value word) {
	if a.to.Device.IsSet() {
		a.leaveOut(option, "second dev")
		return
	}
	a.to.Device = config.Write(value.text, value.at)
}

func (a *addressReader) broadcast(value word) {
	b, err := netip.ParseAddr(value.text)
	special := value.text == "+" || value.text == "-"
	switch {
	case a.to.Prefix.V.Addr().Is6():
		a.leaveOut(value, "IPv6 has no broadcast address")
	case !special && (err != nil || !b.Is4()):
		a.leaveOut(value, "%s is no broadcast address", quote(value.text))
	default:
		a.to.Broadcast = config.Write(value.text, value.at)
	}
}

// peer reads the other end. keepalived takes no prefix length with it.
func (a *addressReader) peer(value word) {
	p, err := netip.ParseAddr(value.text)
	switch {
	case err != nil:
		a.r.warn(value.at, "", "%s is no address of a peer: %s", quote(value.text), asKeepalived)
	case p.Is6() != a.to.Prefix.V.Addr().Is6():
		a.r.warn(value.at, "", "peer %s is of another family: %s", quote(value.text), asKeepalived)
	case a.to.Peer.IsSet():
		a.r.warn(value.at, "", "second peer %s: %s", quote(value.text), asKeepalived)
	default:
		a.to.Peer = config.Write(netip.PrefixFrom(p, p.BitLen()), value.at)
		if own := &a.to.Prefix; !own.V.IsSingleIP() {
			a.r.warn(own.Where, "", "a prefix length does not go with a peer: %s", asKeepalived)
			own.Adjust(netip.PrefixFrom(own.V.Addr(), own.V.Addr().BitLen()))
		}
	}
}

func (a *addressReader) onlyIPv4(option string, v *config.Text) {
	if v.IsSet() {
		a.r.warn(v.Where, "", "%s of an IPv6 address: %s", quote(option), asKeepalived)
		v.Clear()
	}
}

// validScope tells whether a scope is one of those of rtnetlink, or a number.
func validScope(s string) bool {
	switch s {
	case "global", "universe", "site", "link", "host", "nowhere":
		return true
	}
	_, err := strconv.ParseUint(s, 0, 8)
	return err == nil
}

// addressHint tells of a second address on the line.
func addressHint(w word) string {
	if _, err := parseAddress(w.text); err == nil {
		return "write each address on a line of its own"
	}
	return ""
}

// addressLine writes an address with its options.
func addressLine(a *config.VirtualAddress) Line {
	words := []string{prefixText(a.Prefix.V)}
	words = appendOption(words, "dev", a.Device, quoteText)
	words = appendOption(words, "label", a.Label, quoteText)
	words = appendOption(words, "scope", a.Scope, quoteText)
	words = appendOption(words, "brd", a.Broadcast, quoteText)
	words = appendOption(words, "peer", a.Peer, func(p netip.Prefix) string { return p.Addr().String() })
	words = appendOption(words, "preferred_lft", a.PreferredLifetime, quoteText)
	words = appendOption(words, "track_group", a.TrackGroup, quoteText)
	flags := addressFlags(a)
	for _, name := range []string{"home", "-nodad", "noprefixroute", "mngtmpaddr", "autojoin", "no_track", "use_vmac"} {
		if f := flags[name]; f.IsSet() && f.V {
			words = append(words, name)
		}
	}
	return Line{Words: words, Where: a.Where}
}

// prefixText writes an address without the prefix length that it has anyway.
func prefixText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
