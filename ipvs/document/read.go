package document

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lvsctl/lvsctl/ipvs/change"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

// Format is the form of a file.
type Format uint8

// Forms of a file.
const (
	Rules Format = iota + 1 // of ipvsadm
	YAML
	JSON
)

// Recognize tells the form of a file by the first thing in it that is no comment.
// What has nothing in it is rules.
func Recognize(text string) Format {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case len(line) == 0, line[0] == '#':
		case line[0] == '{', line[0] == '[':
			return JSON
		case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "- "):
			return YAML
		case line[0] == '-', strings.HasPrefix(line, "ipvsadm "):
			return Rules
		default:
			return YAML
		}
	}
	return Rules
}

// Read reads a file of any form into the state that it describes; file is its name
// for messages. The error is an *Error with all mistakes. names are the hosts and
// ports that may stand in rules. The table of rules without any, and of a document
// without services, is nil: it does not say that there shall be none.
func Read(file, text string, names ipvsadm.Resolver) (change.State, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	var r reader
	r.here = map[netip.AddrPort]struct{}{}
	switch Recognize(text) {
	case Rules:
		r.readRules(text, names)
	case JSON:
		r.readJSON([]byte(text))
	default:
		r.readYAML([]byte(text))
	}
	if len(r.problems) > 0 {
		return change.State{}, &Error{File: file, Problems: withLines(r.problems, text)}
	}
	return r.state, nil
}

// readRules reads rules of ipvsadm.
func (r *reader) readRules(text string, names ipvsadm.Resolver) {
	t, err := ipvsadm.ReadRules(text, names)
	if err == nil {
		r.state.Table = t
		return
	}
	mistakes := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		mistakes = joined.Unwrap()
	}
	for _, err := range mistakes {
		var line *ipvsadm.LineError
		if !errors.As(err, &line) {
			r.wrong(node{line: 1, column: 1}, "", "%v", err)
			continue
		}
		before := line.Text[:min(max(line.Column-1, 0), len(line.Text))]
		r.wrong(node{line: line.Line, column: 1 + utf8.RuneCountInString(before)}, "", "%v", line.Err)
	}
}

// withLines sorts mistakes by their place and gives each the line that it is in.
func withLines(ps []Problem, text string) []Problem {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	last := max(1, strings.Count(text, "\n")+1)
	if strings.HasSuffix(text, "\n") {
		last--
	}
	next, number := 0, 0
	for i := range ps {
		ps[i].Line = min(ps[i].Line, last) // the end of the file is in its last line
	}
	for line := range strings.Lines(text) {
		number++
		for ; next < len(ps) && ps[next].Line <= number; next++ {
			ps[next].Text = strings.TrimRight(line, "\r\n")
		}
	}
	return ps
}
