package ipvsadm

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/lvsctl/lvsctl/ipvs"
)

// script is rules that were read: the operations in their order, and between them
// what is no operation.
type script struct {
	text   string
	ops    []ipvs.Op
	places []place // of the operations
	stops  []stop
}

// place is where in the text a rule stands.
type place struct{ line, start int }

// stop is a line that is no operation: a listing, or a mistake.
type stop struct {
	at    int // that many operations come before it
	place place
	cmd   Command
	err   error // a mistake
}

// ends tells whether nothing behind this line counts. A mistake in the words of
// popt is the only one that ipvsadm -R survives.
func (s stop) ends() bool {
	var mistake *Error
	if errors.As(s.err, &mistake) {
		return mistake.Class != Syntax
	}
	return s.cmd.Kind == Help || s.cmd.Kind == Version
}

// maxRoom is for how many rules room is made before they are read.
const maxRoom = 1 << 16

// readScript reads rules, one a line. What uncomment leaves of a line counts. With
// all it reads to the end, else to the line that ends it. Nothing is copied of the
// text, and little else is kept of a line but its operation: there may be many.
func readScript(text string, uncomment func(string) string, all bool, names Resolver) *script {
	s := &script{text: text}
	room := min(maxRoom, 1+strings.Count(text, "\n"))
	s.ops, s.places = make([]ipvs.Op, 0, room), make([]place, 0, room)
	p := parser{names: names}
	var args []string
	for at := (place{line: 1}); at.start < len(text); at.line++ {
		line, _, _ := strings.Cut(text[at.start:], "\n")
		if args = appendWords(args[:0], uncomment(line)); len(args) > 0 {
			if s.add(&p, args, at); !all && len(s.stops) > 0 && s.stops[len(s.stops)-1].ends() {
				break
			}
		}
		at.start += len(line) + 1
	}
	return s
}

// add takes in a line.
func (s *script) add(p *parser, args []string, at place) {
	kind, err := p.line(args)
	switch {
	case err != nil:
		err = s.at(at, err)
	case kind == Restore:
		err = s.at(at, &Error{Class: NoCommand, text: "-R cannot stand inside rules"})
	case kind == Change:
		s.ops, s.places = append(s.ops, p.op), append(s.places, at)
		return
	}
	s.stops = append(s.stops, stop{at: len(s.ops), place: at, cmd: Command{Kind: kind, Listing: p.listing}, err: err})
}

// at says where an error is, if it is one.
func (s *script) at(at place, err error) error {
	if err == nil {
		return nil
	}
	line, _, _ := strings.Cut(s.text[at.start:], "\n")
	e := &LineError{Line: at.line, Text: line, Err: err}
	var mistake *Error
	if errors.As(err, &mistake) && mistake.word > 0 {
		e.Column = columnOf(line, mistake.word)
	}
	return e
}

// LineError is what is wrong with a rule.
type LineError struct {
	Line   int    // from 1
	Column int    // in bytes from 1, of the word to blame; 0 if it is not a single one
	Text   string // the line
	Err    error
}

// Error begins with what is wrong, because scripts know how that begins.
func (e *LineError) Error() string {
	return printable(fmt.Sprintf("%v (line %d: %s)", e.Err, e.Line, cut(e.Text)))
}

// Unwrap gives what is wrong: an *Error or a *Refusal.
func (e *LineError) Unwrap() error { return e.Err }

// maxShown is how much of a line is repeated in a message.
const maxShown = 160

func cut(line string) string {
	line = strings.TrimSpace(line)
	if len(line) > maxShown {
		line = strings.ToValidUTF8(line[:maxShown], "") + "…"
	}
	return line
}

// printable takes out of a message what a terminal would obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, text)
}

// appendWords splits a line like ipvsadm -R: at blanks, without quotes or escapes.
// The word ipvsadm counts for nothing.
func appendWords(words []string, line string) []string {
	for {
		word, rest := cutBlank(line)
		if word == "" && rest == "" {
			return words
		}
		if word != "" && word != "ipvsadm" {
			words = append(words, untilZero(word))
		}
		line = rest
	}
}

// columnOf the nth of the words of a line, counted from 1; 0 if there are fewer.
func columnOf(line string, n int) int {
	rest := line
	for rest != "" {
		start := len(line) - len(rest)
		var word string
		if word, rest = cutBlank(rest); word == "" || word == "ipvsadm" {
			continue
		}
		if n--; n == 0 {
			return start + 1
		}
	}
	return 0
}

// cutBlank splits at the first blank.
func cutBlank(s string) (before, after string) {
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\r', '\n':
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// untilZero ends a word at a zero byte, as C does.
func untilZero(s string) string {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return s[:i]
	}
	return s
}

// Comments, as they are known to ipvsadm -R, to ipvsadm-restore and to ReadRules.

func noComments(line string) string { return line }

func commentLines(line string) string {
	if strings.HasPrefix(line, "#") {
		return ""
	}
	return line
}

func commentsAnywhere(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || strings.IndexByte(" \t\r", line[i-1]) >= 0) {
			return line[:i]
		}
	}
	return line
}
