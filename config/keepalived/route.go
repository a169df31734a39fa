package keepalived

import (
	"fmt"
	"math"
	"net/netip"
	"slices"

	"github.com/lvsctl/lvsctl/config"
)

// routesRow is a list of routes. Static ones stay whatever the routers do.
func routesRow[T any](name string, static bool, list func(*T) *[]config.Route) row[T] {
	return listRow(name, nil,
		func(r *reader, s *statement, to *T) {
			t := routeReader{words: wordReader{r: r, rest: s.words, what: "route"}, static: static}
			if t.read(s) {
				*list(to) = append(*list(to), t.to)
			}
		},
		func(from *T) (lines []Line) {
			for i := range *list(from) {
				lines = append(lines, routeLine(&(*list(from))[i]))
			}
			return lines
		})
}

// wordReader goes through the words of a route or a rule.
type wordReader struct {
	r      *reader
	rest   []word
	what   string
	family family
	bad    bool // the line is left out
}

// family is what the addresses of a route or a rule must have in common.
type family int

const (
	anyFamily family = iota
	inet4
	inet6
)

func familyOf(a netip.Addr) family {
	if a.Is6() {
		return inet6
	}
	return inet4
}

// next takes the next word; without one the line is left out.
func (w *wordReader) next(after word) word {
	if len(w.rest) == 0 {
		w.leaveOut(after, "%s needs a value", quote(after.text))
		return after
	}
	v := w.rest[0]
	w.rest = w.rest[1:]
	return v
}

// leaveOut says why the line is left out.
func (w *wordReader) leaveOut(at word, format string, args ...any) {
	if !w.bad {
		w.r.warn(at.at, "", "%s: the %s is left out, as keepalived does", fmt.Sprintf(format, args...), w.what)
	}
	w.bad = true
}

// is notes the family; addresses of both do not go together.
func (w *wordReader) is(f family, at word) {
	if w.family != anyFamily && w.family != f {
		w.leaveOut(at, "%s is of another family", quote(at.text))
	}
	w.family = f
}

// addr takes an address.
func (w *wordReader) addr(after word) config.Value[netip.Addr] {
	v := w.next(after)
	if v.text == "inet" || v.text == "inet6" {
		w.is(map[string]family{"inet": inet4, "inet6": inet6}[v.text], v)
		v = w.next(v)
	}
	a, err := netip.ParseAddr(v.text)
	if w.bad || err != nil || a.Zone() != "" {
		w.leaveOut(v, "%s is no address", quote(v.text))
		return config.Value[netip.Addr]{}
	}
	w.is(familyOf(a), v)
	return config.Write(a, v.at)
}

// prefix takes an address with a prefix length, or one of the words for everything.
func (w *wordReader) prefix(v word) config.Value[netip.Prefix] {
	switch v.text {
	case "default", "any", "all":
		return config.Write(netip.Prefix{}, v.at)
	case "default6":
		w.is(inet6, v)
		return config.Write(netip.Prefix{}, v.at)
	}
	if _, err := parseAddress(v.text); err != nil {
		w.leaveOut(v, "%s is no address", quote(v.text))
		return config.Value[netip.Prefix]{}
	}
	p, _ := parseAddress(v.text)
	w.is(familyOf(p.Addr()), v)
	return config.Write(p, v.at)
}

// everything puts the default prefix of the family where "default" was written.
func (w *wordReader) everything(v *config.Value[netip.Prefix]) {
	switch {
	case !v.IsSet() || v.V.IsValid():
	case w.family == inet6:
		v.V = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	default:
		v.V = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
}

// number takes a number.
func (w *wordReader) number(after word, low, high uint64) config.Value[uint32] {
	v := w.next(after)
	quiet := reader{source: newSource("", "", Options{})}
	n, ok := quiet.number(v, low, high, exact, "")
	if !ok {
		w.leaveOut(v, "%s is no number from %d to %d", quote(v.text), low, high)
	}
	return config.Write(uint32(n), v.at)
}

// text takes any word.
func (w *wordReader) text(after word) config.Text {
	v := w.next(after)
	return config.Write(v.text, v.at)
}

// routeReader reads one route.
type routeReader struct {
	words  wordReader
	static bool
	to     config.Route
}

func (t *routeReader) read(s *statement) bool {
	t.to.Where = s.at()
	w := &t.words
	for len(w.rest) > 0 && !w.bad {
		t.option(w.next(word{}))
	}
	if !w.bad && !t.to.Destination.IsSet() {
		w.leaveOut(s.words[0], "no destination")
	}
	w.everything(&t.to.Destination)
	return !w.bad
}

// option reads one word of a route and what belongs to it.
func (t *routeReader) option(o word) {
	w := &t.words
	switch o.text {
	case "via", "gw":
		t.to.Via = w.addr(o)
	case "src":
		t.to.Source = w.addr(o)
	case "dev", "oif":
		t.to.Device = w.text(o)
	case "table":
		t.to.Table = w.text(o)
	case "metric", "priority", "preference":
		t.to.Metric = w.number(o, 0, math.MaxUint32)
	case "scope":
		t.to.Scope = w.text(o)
	case "protocol":
		t.to.Protocol = w.text(o)
	case "no_track":
		t.to.NoTrack = config.Write(true, o.at)
	case "inet", "inet6":
		w.is(map[string]family{"inet": inet4, "inet6": inet6}[o.text], o)
	case "nexthop":
		t.nextHop(o)
	case "or":
		t.or(o)
	case "to":
		t.destination(w.next(o))
	default:
		t.further(o)
	}
}

// further reads the words that the model keeps as they stand, and the
// destination, which needs no word before it.
func (t *routeReader) further(o word) {
	w := &t.words
	if t.static && o.text == "track_group" {
		t.to.TrackGroup = w.text(o)
		return
	}
	n, known := routeOptions()[o.text]
	if !known {
		t.destination(o)
		return
	}
	t.keep(&t.to.Options, o, n)
}

// keep takes an option with n words behind it, and "lock" among them, as it stands.
func (t *routeReader) keep(options *config.Value[[]string], o word, n int) {
	w := &t.words
	if !options.IsSet() {
		*options = config.Write[[]string](nil, o.at)
	}
	options.V = append(options.V, o.text)
	for ; n > 0 && !w.bad; n-- {
		v := w.next(o)
		options.V = append(options.V, v.text)
		if v.text == "lock" {
			n++
		}
	}
}

// routeOptions are the words of ip route that the model keeps as they stand,
// with the number of words behind each.
func routeOptions() map[string]int {
	return map[string]int{
		"add": 0, "append": 0, "prepend": 0, "onlink": 0,
		"from": 1, "tos": 1, "dsfield": 1, "realms": 1, "mtu": 1, "advmss": 1, "hoplimit": 1, "rtt": 1, "rttvar": 1,
		"rto_min": 1, "reordering": 1, "window": 1, "cwnd": 1, "ssthresh": 1, "initcwnd": 1, "initrwnd": 1,
		"features": 1, "quickack": 1, "congctl": 1, "fastopen_no_cookie": 1, "expires": 1, "pref": 1,
		"ttl-propagate": 1, "as": 1, "vrf": 1, "encap": 2,
	}
}

// routeTypes are the kinds of routes.
func routeTypes() []string {
	return []string{"unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat", "xresolve"}
}

// destination reads the kind of route and where it leads.
func (t *routeReader) destination(o word) {
	if slices.Contains(routeTypes(), o.text) {
		t.to.Type = config.Write(o.text, o.at)
		o = t.words.next(o)
	}
	if t.words.bad {
		return
	}
	t.to.Destination = t.words.prefix(o)
}

// nextHop reads one of several gateways.
func (t *routeReader) nextHop(o word) {
	w := &t.words
	h := config.NextHop{Where: o.at}
	for len(w.rest) > 0 && w.rest[0].text != "nexthop" && !w.bad {
		switch o := w.next(o); o.text {
		case "via":
			h.Via = w.addr(o)
		case "dev":
			h.Device = w.text(o)
		case "weight":
			h.Weight = w.number(o, 1, 256)
		case "onlink":
			t.keep(&h.Options, o, 0)
		case "realms":
			t.keep(&h.Options, o, 1)
		case "encap":
			t.keep(&h.Options, o, 2)
		default:
			w.leaveOut(o, "unknown word %s of a next hop", quote(o.text))
		}
	}
	t.to.NextHops = append(t.to.NextHops, h)
}

// or reads "via A or B", the old way of two next hops.
func (t *routeReader) or(o word) {
	if len(t.to.NextHops) > 0 {
		t.words.leaveOut(o, `second "or"`)
		return
	}
	t.words.r.warn(o.at, `write "nexthop via A nexthop via B"`, `"or" of a route is old: read as keepalived does`)
	first := config.NextHop{Via: t.to.Via, Where: t.to.Via.Where}
	t.to.Via.Clear()
	t.to.NextHops = []config.NextHop{first, {Via: t.words.addr(o), Where: o.at}}
}

// routeLine writes a route.
func routeLine(t *config.Route) Line {
	var words []string
	if t.Type.IsSet() {
		words = append(words, t.Type.V)
	}
	words = append(words, prefixText(t.Destination.V))
	words = appendOption(words, "via", t.Via, netip.Addr.String)
	words = appendOption(words, "dev", t.Device, quoteText)
	words = appendOption(words, "src", t.Source, netip.Addr.String)
	words = appendOption(words, "table", t.Table, quoteText)
	words = appendOption(words, "metric", t.Metric, number32)
	words = appendOption(words, "scope", t.Scope, quoteText)
	words = appendOption(words, "protocol", t.Protocol, quoteText)
	words = appendOption(words, "track_group", t.TrackGroup, quoteText)
	for _, o := range t.Options.V {
		words = append(words, quoteText(o))
	}
	if t.NoTrack.IsSet() && t.NoTrack.V {
		words = append(words, "no_track")
	}
	for _, h := range t.NextHops {
		words = append(words, "nexthop")
		words = appendOption(words, "via", h.Via, netip.Addr.String)
		words = appendOption(words, "dev", h.Device, quoteText)
		words = appendOption(words, "weight", h.Weight, number32)
		for _, o := range h.Options.V {
			words = append(words, quoteText(o))
		}
	}
	return Line{Words: words, Where: t.Where}
}
