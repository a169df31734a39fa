package keepalived

import (
	"math"
	"net/netip"
	"strconv"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// ipvsSettingRows hold for the whole table of virtual servers.
func ipvsSettingRows() []row[config.Global] {
	v := func(g *config.Global) *config.IPVSSettings { return &g.IPVS }
	rows := []row[config.Global]{
		{names: "lvs_sync_daemon", args: 1, lax: true, more: true, read: readSyncDaemon, write: writeSyncDaemon},
		{names: "lvs_timeouts", args: 2, lax: true, more: true, read: readTimeouts, write: writeTimeouts},
		flagRow("lvs_flush", true, func(g *config.Global) *config.Flag { return &v(g).Flush }),
		{names: "lvs_flush_on_stop lvs_flush_onstop", more: true, read: readFlushOnStop, write: writeFlushOnStop},
		boolRow("checker_log_all_failures", func(g *config.Global) *config.Flag { return &v(g).LogAllFailures }),
	}
	return append(rows, processRows("checker", func(g *config.Global) *config.Process { return &v(g).Process })...)
}

// readFlushOnStop reads lvs_flush_on_stop [VS].
func readFlushOnStop(r *reader, s *statement, g *config.Global) {
	switch {
	case len(s.words) == 1:
		g.IPVS.FlushOnStop = config.Write(true, s.at())
	case s.words[1].text == "VS":
		g.IPVS.FlushOnStopOwn = config.Write(true, s.at())
	default:
		r.warn(s.words[1].at, "", "unknown word %s behind %s: %s", quote(s.words[1].text), quote(s.keyword()), asKeepalived)
	}
}

func writeFlushOnStop(g *config.Global) (lines []Line) {
	if v := g.IPVS.FlushOnStop; v.IsSet() && v.V {
		lines = append(lines, Line{Words: []string{"lvs_flush_on_stop"}, Where: v.Where})
	}
	if v := g.IPVS.FlushOnStopOwn; v.IsSet() && v.V {
		lines = append(lines, Line{Words: []string{"lvs_flush_on_stop", "VS"}, Where: v.Where})
	}
	return lines
}

// maxIPVSTimeout is the longest timeout that the kernel takes, in seconds.
const maxIPVSTimeout = 31 * 24 * 3600

func readTimeouts(r *reader, s *statement, g *config.Global) {
	t := g.IPVS.Timeouts
	if t == nil {
		t = &config.IPVSTimeouts{Where: s.at()}
	}
	fields := map[string]*config.Span{"tcp": &t.TCP, "tcpfin": &t.TCPFin, "udp": &t.UDP}
	r.options(s, s.words[1:], map[string]int{"tcp": 1, "tcpfin": 1, "udp": 1}, func(option, value word) {
		if n, ok := r.integer(value, 0, maxIPVSTimeout, exact, asKeepalived); ok {
			*fields[option.text] = config.Write(time.Duration(n)*time.Second, value.at)
			g.IPVS.Timeouts = t
		}
	})
}

func writeTimeouts(g *config.Global) []Line {
	t := g.IPVS.Timeouts
	if t == nil {
		return nil
	}
	words := []string{"lvs_timeouts"}
	words = appendOption(words, "tcp", t.TCP, seconds)
	words = appendOption(words, "tcpfin", t.TCPFin, seconds)
	words = appendOption(words, "udp", t.UDP, seconds)
	if len(words) == 1 {
		return nil
	}
	return []Line{{Words: words, Where: t.Where}}
}

// appendOption adds a name and its value, if there is one.
func appendOption[V any](words []string, name string, v config.Value[V], text func(V) string) []string {
	if !v.IsSet() {
		return words
	}
	return append(words, name, text(v.V))
}

// syncOptions are the words behind the interface of lvs_sync_daemon.
func syncOptions() map[string]int {
	return map[string]int{"inst": 1, "id": 1, "maxlen": 1, "port": 1, "ttl": 1, "group": 1}
}

// readSyncDaemon reads lvs_sync_daemon. The first line counts.
func readSyncDaemon(r *reader, s *statement, g *config.Global) {
	if d := g.IPVS.SyncDaemon; d != nil {
		r.warn(s.at(), "", "%s is there a second time: %s; the first is in line %d", quote(s.keyword()), asKeepalived, d.Where.Line)
		return
	}
	name := s.words[1]
	if len(name.text) > maxInterfaceName {
		r.warnLongName(name)
		return
	}
	d := &config.SyncDaemon{Interface: config.Write(name.text, name.at), Where: s.at()}
	g.IPVS.SyncDaemon = d
	rest := s.words[2:]
	if len(rest) > 0 && syncOptions()[rest[0].text] == 0 {
		rest = r.oldSyncWords(rest, d)
	}
	r.options(s, rest, syncOptions(), func(option, value word) { r.syncOption(option, value, d) })
}

// oldSyncWords reads the instance and the id where they stand without keyword.
func (r *reader) oldSyncWords(words []word, d *config.SyncDaemon) []word {
	d.Router = config.Write(words[0].text, words[0].at)
	if len(words) == 1 || syncOptions()[words[1].text] > 0 {
		return words[1:]
	}
	if n, ok := r.integer(words[1], 0, 255, exact, "that of the instance is taken, as keepalived does"); ok {
		d.ID = config.Write(uint8(n), words[1].at)
		r.warn(words[1].at, `write "id" before it`, "the sync id stands without keyword")
	}
	return words[2:]
}

func (r *reader) syncOption(option, value word, d *config.SyncDaemon) {
	number := func(low, high int64) (config.Value[uint16], bool) {
		n, ok := r.integer(value, low, high, exact, asKeepalived)
		return config.Write(uint16(n), value.at), ok
	}
	switch option.text {
	case "inst":
		d.Router = config.Write(value.text, value.at)
	case "id":
		if n, ok := number(0, 255); ok {
			d.ID = config.Write(uint8(n.V), value.at)
		}
	case "maxlen":
		if n, ok := number(1, 65507); ok {
			d.MaxLength = n
		}
	case "port":
		if n, ok := number(1, math.MaxUint16); ok {
			d.Port = n
		}
	case "ttl":
		if n, ok := number(1, 255); ok {
			d.TTL = config.Write(uint8(n.V), value.at)
		}
	case "group":
		a, ok := r.addr(value, asKeepalived)
		switch {
		case ok && a.IsMulticast():
			d.Group = config.Write(a, value.at)
		case ok:
			r.warn(value.at, "", "%s is no multicast group: %s", quote(value.text), asKeepalived)
		}
	}
}

func writeSyncDaemon(g *config.Global) []Line {
	d := g.IPVS.SyncDaemon
	if d == nil || !d.Interface.IsSet() {
		return nil
	}
	words := []string{"lvs_sync_daemon", quoteText(d.Interface.V)}
	words = appendOption(words, "inst", d.Router, quoteText)
	words = appendOption(words, "id", d.ID, number8)
	words = appendOption(words, "maxlen", d.MaxLength, number16)
	words = appendOption(words, "port", d.Port, number16)
	words = appendOption(words, "ttl", d.TTL, number8)
	words = appendOption(words, "group", d.Group, netip.Addr.String)
	return []Line{{Words: words, Where: d.Where}}
}

func number8(n uint8) string   { return strconv.Itoa(int(n)) }
func number16(n uint16) string { return strconv.Itoa(int(n)) }
func number32(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
func signed32(n int32) string  { return strconv.Itoa(int(n)) }
