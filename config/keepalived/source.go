package keepalived

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lvsctl/lvsctl/config"
)

// source is the text of one file and what there is to say about it.
type source struct {
	name        string
	text        string
	lineStarts  []int       // offset of each line
	part        config.Part // what is read now
	diagnostics config.Diagnostics
	said        map[config.Severity]int
}

// maxSaid bounds the diagnostics of each severity. A file that has more is no
// keepalived.conf, and telling them all would need more memory than the machine has.
const maxSaid = 10_000

func newSource(name, text string) *source {
	s := &source{
		name: name, text: text,
		lineStarts: make([]int, 1, strings.Count(text, "\n")+1),
		said:       map[config.Severity]int{},
	}
	for off := range len(text) {
		if text[off] == '\n' {
			s.lineStarts = append(s.lineStarts, off+1)
		}
	}
	return s
}

// pos is the place of a character: line and column count from 1, the column in characters.
func (s *source) pos(line, column int) config.Position {
	return config.Position{File: s.name, Line: int32(line), Column: int32(column)}
}

// placeOf gives the place of a byte.
func (s *source) placeOf(offset, line int) config.Position {
	return s.pos(line, 1+utf8.RuneCountInString(s.text[s.lineStarts[line-1]:offset]))
}

// line gives line n without its end.
func (s *source) line(n int) string {
	start, end := s.lineStarts[n-1], len(s.text)
	if n < len(s.lineStarts) {
		end = s.lineStarts[n]
	}
	return strings.TrimRight(s.text[start:end], "\r\n")
}

// report adds a diagnostic. The line is shown without the password that may stand in it.
func (s *source) report(severity config.Severity, p config.Position, hint, format string, args ...any) {
	s.reportLine(severity, p, s.shown(int(p.Line)), hint, format, args...)
}

// maxShown bounds the lines shown in diagnostics, in bytes.
const maxShown = 1024

// shown is line n as diagnostics show it, "" if it is too long to help.
func (s *source) shown(n int) string {
	line := s.line(n)
	if len(line) > maxShown {
		return ""
	}
	return hidePassword(line)
}

func (s *source) reportLine(severity config.Severity, p config.Position, line, hint, format string, args ...any) {
	s.said[severity]++
	if s.said[severity] > maxSaid {
		return
	}
	s.diagnostics = append(s.diagnostics, config.Diagnostic{
		Severity: severity,
		Part:     s.part,
		Where:    p,
		Message:  fmt.Sprintf(format, args...),
		Hint:     hint,
		Line:     line,
	})
}

// finish gives all diagnostics, in the order of the file.
func (s *source) finish() config.Diagnostics {
	slices.SortStableFunc(s.diagnostics, byPlace)
	more := max(0, s.said[config.Error]-maxSaid) + max(0, s.said[config.Warning]-maxSaid)
	if more > 0 {
		last := len(s.lineStarts)
		s.diagnostics = append(s.diagnostics, config.Diagnostic{
			Severity: config.Warning,
			Where:    s.placeOf(len(s.text), last),
			Message:  fmt.Sprintf("%d more errors and warnings are not told", more),
		})
	}
	return s.diagnostics
}

func byPlace(a, b config.Diagnostic) int {
	return cmp.Or(cmp.Compare(a.Where.Line, b.Where.Line), cmp.Compare(a.Where.Column, b.Where.Column))
}

// hiddenPassword stands for a password in a line that is shown.
const hiddenPassword = "********"

// hidePassword cuts what follows the keyword auth_pass, also when its last letter is missing.
func hidePassword(line string) string {
	before, _, found := strings.Cut(line, "auth_pas")
	if !found {
		return line
	}
	return before + "auth_pass " + hiddenPassword
}
