package keepalived

import (
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// rulesRow is a list of routing rules. Static ones stay whatever the routers do.
func rulesRow[T any](name string, static bool, list func(*T) *[]config.Rule) row[T] {
	return listRow(name, nil,
		func(r *reader, s *statement, to *T) {
			u := ruleReader{words: wordReader{r: r, rest: s.words, what: "rule"}, static: static}
			if u.read(s) {
				*list(to) = append(*list(to), u.to)
			}
		},
		func(from *T) (lines []Line) {
			for i := range *list(from) {
				lines = append(lines, ruleLine(&(*list(from))[i]))
			}
			return lines
		})
}

// ruleReader reads one rule.
type ruleReader struct {
	words  wordReader
	static bool
	action bool // what is to be done with packets was said
	to     config.Rule
}

func (u *ruleReader) read(s *statement) bool {
	u.to.Where = s.at()
	w := &u.words
	for len(w.rest) > 0 && !w.bad {
		u.option(w.next(word{}))
	}
	if !u.action {
		w.leaveOut(s.words[0], "no table and no other action")
	}
	w.everything(&u.to.From)
	w.everything(&u.to.To)
	return !w.bad
}

// option reads one word of a rule and what belongs to it.
func (u *ruleReader) option(o word) {
	w := &u.words
	switch o.text {
	case "from":
		u.to.From = w.prefix(w.next(o))
	case "to":
		u.to.To = w.prefix(w.next(o))
	case "dev", "iif":
		u.to.InDevice = w.text(o)
	case "oif":
		u.to.OutDevice = w.text(o)
	case "fwmark":
		u.to.FWMark = u.mark(w.next(o))
	case "table", "lookup":
		u.act(o)
		u.to.Table = w.text(o)
	case "preference", "priority", "order":
		u.to.Preference = w.number(o, 0, math.MaxUint32)
	case "inet", "inet6":
		w.is(map[string]family{"inet": inet4, "inet6": inet6}[o.text], o)
		u.to.Family = config.Write(o.text, o.at)
	case "no_track":
		u.to.NoTrack = config.Write(true, o.at)
	case "type":
		u.option(w.next(o))
	default:
		u.further(o)
	}
}

// further reads the words that the model keeps as they stand.
func (u *ruleReader) further(o word) {
	if u.static && o.text == "track_group" {
		u.to.TrackGroup = u.words.text(o)
		return
	}
	switch o.text {
	case "goto", "nop", "blackhole", "unreachable", "prohibit", "l3mdev":
		u.act(o)
	}
	n, known := ruleOptions()[o.text]
	if !known {
		u.words.leaveOut(o, "unknown word %s", quote(o.text))
		return
	}
	if !u.to.Options.IsSet() {
		u.to.Options = config.Write[[]string](nil, o.at)
	}
	u.to.Options.V = append(u.to.Options.V, o.text)
	for ; n > 0 && !u.words.bad; n-- {
		u.to.Options.V = append(u.to.Options.V, u.words.next(o).text)
	}
}

// act notes what is to be done with packets; that is said once.
func (u *ruleReader) act(o word) {
	if u.action {
		u.words.leaveOut(o, "second action %s", quote(o.text))
	}
	u.action = true
}

// ruleOptions are the words of ip rule that the model keeps as they stand, with
// the number of words behind each.
func ruleOptions() map[string]int {
	return map[string]int{
		"not": 0, "tos": 1, "dsfield": 1, "realms": 1, "suppress_prefixlength": 1, "sup_pl": 1,
		"suppress_ifgroup": 1, "sup_group": 1, "tunnel-id": 1, "uidrange": 1, "protocol": 1,
		"ipproto": 1, "sport": 1, "dport": 1,
		"goto": 1, "nop": 0, "blackhole": 0, "unreachable": 0, "prohibit": 0, "l3mdev": 0,
	}
}

// mark checks a firewall mark, and its mask.
func (u *ruleReader) mark(v word) config.Text {
	mark, mask, found := strings.Cut(v.text, "/")
	_, err := strconv.ParseUint(mark, 0, 32)
	if err == nil && found {
		_, err = strconv.ParseUint(mask, 0, 32)
	}
	if err != nil {
		u.words.leaveOut(v, "%s is no firewall mark", quote(v.text))
	}
	return config.Write(v.text, v.at)
}

// ruleLine writes a rule.
func ruleLine(u *config.Rule) Line {
	var words []string
	if u.Family.IsSet() {
		words = append(words, u.Family.V)
	}
	words = appendOption(words, "from", u.From, netip.Prefix.String)
	words = appendOption(words, "to", u.To, netip.Prefix.String)
	words = appendOption(words, "iif", u.InDevice, quoteText)
	words = appendOption(words, "oif", u.OutDevice, quoteText)
	words = appendOption(words, "fwmark", u.FWMark, quoteText)
	for _, o := range u.Options.V {
		words = append(words, quoteText(o))
	}
	words = appendOption(words, "table", u.Table, quoteText)
	words = appendOption(words, "preference", u.Preference, number32)
	words = appendOption(words, "track_group", u.TrackGroup, quoteText)
	if u.NoTrack.IsSet() && u.NoTrack.V {
		words = append(words, "no_track")
	}
	return Line{Words: words, Where: u.Where}
}
