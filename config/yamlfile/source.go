package yamlfile

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/lvsctl/lvsctl/config"
)

// maxSaid bounds the diagnostics of one file.
const maxSaid = 10_000

// maxShown bounds the lines shown in diagnostics, in bytes.
const maxShown = 1024

// source is the text of one file and what there is to say about it.
type source struct {
	name        string
	text        []byte
	lineStarts  []int       // offset of each line
	part        config.Part // what is read now
	diagnostics config.Diagnostics
	more        int          // how many were not told
	secrets     []*yaml.Node // scalars that must not be shown
	hidden      map[*yaml.Node]bool
}

func newSource(name string, text []byte) *source {
	s := &source{name: name, text: text, lineStarts: []int{0}, hidden: map[*yaml.Node]bool{}}
	for at := 0; at < len(text); {
		if n := lineBreak(text[at:]); n > 0 {
			at += n
			s.lineStarts = append(s.lineStarts, at)
			continue
		}
		at++
	}
	return s
}

// lineBreak is the length of the line break that text starts with, 0 if there is
// none. The breaks are those of YAML 1.1 section 5.4, which the library follows.
func lineBreak(text []byte) int {
	switch text[0] {
	case '\n':
		return 1
	case '\r':
		if len(text) > 1 && text[1] == '\n' {
			return 2
		}
		return 1
	case 0xC2: // U+0085
		if bytes.HasPrefix(text, []byte("\u0085")) {
			return 2
		}
	case 0xE2: // U+2028, U+2029
		if bytes.HasPrefix(text, []byte("\u2028")) || bytes.HasPrefix(text, []byte("\u2029")) {
			return 3
		}
	}
	return 0
}

// placeOf gives the place of a byte.
func (s *source) placeOf(offset int) config.Position {
	line := sort.SearchInts(s.lineStarts, offset+1)
	before := bytes.TrimPrefix(s.text[s.lineStarts[line-1]:offset], []byte("\ufeff"))
	return s.pos(line, 1+utf8.RuneCount(before))
}

// pos is the place of a character: line and column count from 1, the column in characters.
func (s *source) pos(line, column int) config.Position {
	return config.Position{File: s.name, Line: int32(line), Column: int32(column)}
}

func (s *source) at(n *yaml.Node) config.Position { return s.pos(n.Line, n.Column) }

// line gives line n without its end.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lineStarts) {
		return ""
	}
	start, end := s.lineStarts[n-1], len(s.text)
	if n < len(s.lineStarts) {
		end = s.lineStarts[n]
	}
	line := strings.TrimRight(string(s.text[start:end]), "\r\n\u0085\u2028\u2029")
	return strings.TrimPrefix(line, "\ufeff")
}

// fail says why the configuration must be refused.
func (s *source) fail(where config.Position, hint, format string, args ...any) {
	s.say(config.Error, where, hint, format, args...)
}

func (s *source) say(severity config.Severity, where config.Position, hint, format string, args ...any) {
	if len(s.diagnostics) == maxSaid {
		s.more++
		return
	}
	s.diagnostics = append(s.diagnostics, config.Diagnostic{
		Severity: severity,
		Part:     s.part,
		Where:    where,
		Message:  fmt.Sprintf(format, args...),
		Hint:     hint,
		Line:     s.line(int(where.Line)),
	})
}

// finish gives all diagnostics, in the order of the file, with no secret in the lines.
func (s *source) finish() config.Diagnostics {
	slices.SortStableFunc(s.diagnostics, func(a, b config.Diagnostic) int { return byPlace(a.Where, b.Where) })
	slices.SortFunc(s.secrets, func(a, b *yaml.Node) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	for i := range s.diagnostics {
		d := &s.diagnostics[i]
		if d.Line = s.withoutSecrets(d.Line, d.Where); len(d.Line) > maxShown {
			d.Line = ""
		}
	}
	if s.more > 0 {
		s.diagnostics = append(s.diagnostics, config.Diagnostic{
			Severity: config.Error,
			Where:    s.placeOf(len(s.text)),
			Message:  fmt.Sprintf("%d more errors and warnings are not told", s.more),
		})
	}
	return s.diagnostics
}

func byPlace(a, b config.Position) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// quote puts a word into quotes, cut if it is very long.
func quote(s string) string {
	const longest = 60
	if runes := []rune(s[:min(len(s), 4*longest)]); len(runes) > longest {
		s = string(runes[:longest]) + "…"
	}
	return strconv.Quote(s)
}
