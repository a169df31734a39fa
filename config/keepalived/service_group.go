package keepalived

import (
	"strconv"
	"strings"
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// readGroup reads a virtual_server_group: a name, and lines of addresses and marks.
func readGroup(r *reader, s *statement, to *config.Config) {
	if len(s.words) < 2 {
		r.fail(s.at(), "", `"virtual_server_group" needs a name: keepalived does not start with this file`)
		return
	}
	if len(s.words) > 2 {
		r.extraWords(s, s.words[2:])
	}
	g := config.ServerGroup{Name: written(s.words[1].text, s), Where: s.at()}
	for i := range s.block.statements {
		line := &s.block.statements[i]
		switch {
		case len(line.words) == 0:
			r.unknown(line, "virtual_server_group", nil)
		default:
			if e, ok := r.groupEntry(line); ok {
				g.Entries = append(g.Entries, e)
			}
		}
	}
	to.ServerGroups = append(to.ServerGroups, g)
}

// groupEntry reads one line of a group.
func (r *reader) groupEntry(s *statement) (e config.ServerGroupEntry, ok bool) {
	const instead = "the line is left out, as keepalived does"
	e.Where = s.at()
	if s.keyword() == "fwmark" {
		return r.groupMark(s, e, instead)
	}
	w := s.words[0]
	if _, _, err := config.ParseRange(w.text); err != nil {
		r.warn(w.at, "", "%v: %s", err, instead)
		return e, false
	}
	e.Range = config.Write(w.text, w.at)
	if len(s.words) > 1 && strings.Trim(s.words[1].text, "0") != "" {
		port, ok := r.number(s.words[1], 1, 65535, tolerant, instead)
		if !ok {
			return e, false
		}
		e.Port = config.Write(uint16(port), s.words[1].at)
	}
	if len(s.words) > 2 {
		r.extraWords(s, s.words[2:])
	}
	return e, true
}

// groupMark reads "fwmark N [inet|inet6]".
func (r *reader) groupMark(s *statement, e config.ServerGroupEntry, instead string) (config.ServerGroupEntry, bool) {
	if len(s.words) < 2 {
		r.fail(s.at(), "", `"fwmark" needs a value: keepalived does not start with this file`)
		return e, false
	}
	n, ok := r.number(s.words[1], 0, maxUint32, tolerant, instead)
	if !ok {
		return e, false
	}
	e.FWMark = config.Write(uint32(n), s.words[1].at)
	if len(s.words) < 3 {
		return e, true
	}
	f := s.words[2]
	if f.text != "inet" && f.text != "inet6" {
		r.warn(f.at, "the families are inet and inet6", "unknown address family %s: %s", quote(f.text), instead)
		return e, false
	}
	e.Family = config.Write(f.text, f.at)
	if len(s.words) > 3 {
		r.extraWords(s, s.words[3:])
	}
	return e, true
}

func writeGroups(from *config.Config) (lines []Line) {
	for i := range from.ServerGroups {
		g := &from.ServerGroups[i]
		l := Line{Words: []string{"virtual_server_group", quoteText(g.Name.V)}, Where: g.Where, HasBlock: true}
		for k := range g.Entries {
			l.Block = append(l.Block, groupLine(&g.Entries[k]))
		}
		lines = append(lines, l)
	}
	return lines
}

func groupLine(e *config.ServerGroupEntry) Line {
	l := Line{Words: []string{e.Range.V}, Where: e.Where}
	switch {
	case e.FWMark.IsSet():
		l.Words = []string{"fwmark", strconv.FormatUint(uint64(e.FWMark.V), 10)}
		if e.Family.IsSet() {
			l.Words = append(l.Words, e.Family.V)
		}
	case e.Port.V != 0:
		l.Words = append(l.Words, strconv.Itoa(int(e.Port.V)))
	}
	return l
}

// tlsTable is SSL.
var tlsTable = sync.OnceValue(func() table[config.ClientTLS] {
	type tls = config.ClientTLS
	return newTable("SSL", []row[tls]{
		{names: "password", more: true, read: readTLSPassword, write: func(t *tls) []Line {
			return valueLine("password", t.Password, func(p config.Secret) string { return quoteText(string(p)) })
		}},
		wordRow("ca", func(t *tls) *config.Text { return &t.CA }),
		wordRow("certificate", func(t *tls) *config.Text { return &t.Certificate }),
		wordRow("key", func(t *tls) *config.Text { return &t.Key }),
	})
})

func readTLS(r *reader, s *statement, to *config.Config) {
	if to.TLS != nil {
		r.warn(s.at(), "", "second SSL block: it takes the place of the first in line %d, as in keepalived", to.TLS.Where.Line)
	}
	to.TLS = &config.ClientTLS{Where: s.at()}
	r.secret = true
	readBlock(r, tlsTable(), s.block, to.TLS)
	r.secret = false
}

func readTLSPassword(r *reader, s *statement, t *config.ClientTLS) {
	if w, ok := r.word(s); ok {
		t.Password = config.Write(config.Secret(w.text), w.at)
	}
}

func writeTLS(from *config.Config) []Line {
	if from.TLS == nil {
		return nil
	}
	return []Line{{Words: []string{"SSL"}, Where: from.TLS.Where, HasBlock: true, Block: writeBlock(tlsTable(), from.TLS)}}
}
