package ipvsadm

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"unicode"

	"github.com/lvsctl/lvsctl/ipvs"
)

// script is rules, one a line. They are understood anew whenever they are gone
// through, because that costs less than to keep what many thousands of them mean.
type script struct {
	text      string
	uncomment func(line string) string // what counts of a line
	names     Resolver                 // must say the same each time
}

// place is where in the text a rule stands.
type place struct{ line, start int }

// rule is what a line says. It holds until the next line is read.
type rule struct {
	kind Kind
	op   *ipvs.Op // for Change
	cmd  Command  // for what is printed
	err  error    // a *LineError, then nothing else counts
}

// ends tells whether nothing behind this line counts. A mistake in the words of
// popt is the only one that ipvsadm -R survives.
func (r rule) ends() bool {
	var mistake *Error
	if errors.As(r.err, &mistake) {
		return mistake.Class != Syntax
	}
	return r.kind == Help || r.kind == Version
}

// rules goes through the lines that hold one.
func (s *script) rules() iter.Seq2[place, rule] {
	return func(yield func(place, rule) bool) {
		p := parser{names: s.names}
		var args []string
		for at := (place{line: 1}); at.start < len(s.text); at.line++ {
			line, _, _ := strings.Cut(s.text[at.start:], "\n")
			args = appendWords(args[:0], s.uncomment(line))
			if len(args) > 0 && !yield(at, s.rule(&p, args, at)) {
				return
			}
			at.start += len(line) + 1
		}
	}
}

// rule understands a line.
func (s *script) rule(p *parser, args []string, at place) rule {
	kind, err := p.line(args)
	switch {
	case err != nil:
		return rule{err: s.at(at, err)}
	case kind == Restore:
		return rule{err: s.at(at, &Error{Class: NoCommand, text: "-R cannot stand inside rules"})}
	case kind == Change:
		return rule{kind: kind, op: &p.op}
	default:
		return rule{kind: kind, cmd: Command{Kind: kind, Listing: p.listing}}
	}
}

// mistakes are the lines that cannot be carried out, whatever the kernel says, or
// that a further check refuses.
func (s *script) mistakes(check func(rule) error) (wrong []*LineError) {
	for at, r := range s.rules() {
		err := r.err
		if err == nil {
			err = s.at(at, check(r))
		}
		var line *LineError
		if errors.As(err, &line) {
			wrong = append(wrong, line)
		}
	}
	return wrong
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
