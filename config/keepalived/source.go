package keepalived

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/lvsctl/lvsctl/config"
)

// source is the text of a configuration, in one file or many, and what there is
// to say about it.
type source struct {
	options     Options
	files       []*file // in the order of reading; the first is the one asked for
	byName      map[string]*file
	part        config.Part // what is read now
	diagnostics config.Diagnostics
	said        map[config.Severity]int
	comments    []config.Comment

	limit        int                   // bytes that may come out of variables and sequences
	random       func(n uint64) uint64 // a number below n
	wantComments bool                  // comments are to be kept
}

// file is one file of a configuration.
type file struct {
	name  string
	text  string
	index int   // its turn among the files
	lines []int // offset of each line; made when it is first asked for
	notes
}

// maxSaid bounds the diagnostics of each severity. A file that has more is no
// keepalived.conf, and telling them all would need more memory than the machine has.
const maxSaid = 10_000

func newSource(name, text string, o Options) *source {
	s := &source{options: o, limit: maxSpent, random: rand.Uint64N, byName: map[string]*file{}, said: map[config.Severity]int{}}
	s.add(name, text)
	return s
}

// add takes a file in. One that is included again is the same file.
func (s *source) add(name, text string) *file {
	if f := s.byName[name]; f != nil && f.text == text {
		return f
	}
	f := &file{name: name, text: text, index: len(s.files)}
	s.files = append(s.files, f)
	s.byName[name] = f
	return f
}

// lineStarts gives the offset of each line.
func (f *file) lineStarts() []int {
	if f.lines != nil {
		return f.lines
	}
	f.lines = make([]int, 1, strings.Count(f.text, "\n")+1)
	for off := range len(f.text) {
		if f.text[off] == '\n' {
			f.lines = append(f.lines, off+1)
		}
	}
	return f.lines
}

// line gives line n without its end, "" if there is no such line.
func (f *file) line(n int) string {
	starts := f.lineStarts()
	if n < 1 || n > len(starts) {
		return ""
	}
	end := len(f.text)
	if n < len(starts) {
		end = starts[n]
	}
	return strings.TrimRight(f.text[starts[n-1]:end], "\r\n")
}

// placeOf gives the place of a byte. It counts lines from the start of the file.
func (f *file) placeOf(offset int) config.Position {
	before := f.text[:offset]
	start := 1 + strings.LastIndexByte(before, '\n')
	return config.Position{
		File:   f.name,
		Line:   int32(1 + strings.Count(before, "\n")),
		Column: int32(1 + utf8.RuneCountInString(before[start:])),
	}
}

// report adds a diagnostic. The line is shown without the password that may stand in it.
func (s *source) report(severity config.Severity, p config.Position, hint, format string, args ...any) {
	s.reportLine(severity, p, s.shown(p), hint, format, args...)
}

// maxShown bounds the lines shown in diagnostics, in bytes.
const maxShown = 1024

// shown is the line of a place as diagnostics show it, "" if it is too long to
// help or not known.
func (s *source) shown(p config.Position) string {
	f := s.byName[p.File]
	if f == nil {
		return ""
	}
	line := f.line(int(p.Line))
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

// finish gives all diagnostics: file after file as they were read, and in the
// order of each.
func (s *source) finish() config.Diagnostics {
	slices.SortStableFunc(s.diagnostics, s.byPlace)
	more := max(0, s.said[config.Error]-maxSaid) + max(0, s.said[config.Warning]-maxSaid)
	if more > 0 {
		last := s.files[len(s.files)-1]
		s.diagnostics = append(s.diagnostics, config.Diagnostic{
			Severity: config.Warning,
			Where:    last.placeOf(len(last.text)),
			Message:  fmt.Sprintf("%d more errors and warnings are not told", more),
		})
	}
	return s.diagnostics
}

func (s *source) byPlace(a, b config.Diagnostic) int {
	return cmp.Or(
		cmp.Compare(s.turn(a.Where.File), s.turn(b.Where.File)),
		cmp.Compare(a.Where.Line, b.Where.Line),
		cmp.Compare(a.Where.Column, b.Where.Column))
}

// turn is when a file was read. What stands in no file comes first.
func (s *source) turn(name string) int {
	if f := s.byName[name]; f != nil {
		return f.index
	}
	return -1
}

// hiddenPassword stands for a password in a line that is shown.
const hiddenPassword = "********"

// hidePassword cuts what follows the keyword auth_pass, also when its last letter
// is missing, and what follows "key" with a number, as in auth_hmac.
func hidePassword(line string) string {
	if before, _, found := strings.Cut(line, "auth_pas"); found {
		return before + "auth_pass " + hiddenPassword
	}
	if at := hmacKey().FindStringIndex(line); at != nil {
		return line[:at[1]] + hiddenPassword
	}
	return line
}

// hmacKey is what stands before a key of auth_hmac.
var hmacKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\bkey[\s\x{a0}]+\d+[\s\x{a0}]+`)
})
