package document

import (
	"bytes"
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
func Recognize(b []byte) Format {
	for line := range bytes.Lines(b) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0, line[0] == '#':
		case line[0] == '{', line[0] == '[':
			return JSON
		case bytes.HasPrefix(line, []byte("---")), bytes.HasPrefix(line, []byte("- ")):
			return YAML
		case line[0] == '-', bytes.HasPrefix(line, []byte("ipvsadm ")):
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
func Read(file string, b []byte, names ipvsadm.Resolver) (change.State, error) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	var r reader
	r.here = map[netip.AddrPort]struct{}{}
	switch Recognize(b) {
	case Rules:
		r.readRules(b, names)
	case JSON:
		r.readJSON(b)
	default:
		r.readYAML(b)
	}
	if len(r.problems) > 0 {
		return change.State{}, &Error{File: file, Problems: withLines(r.problems, b)}
	}
	return r.state, nil
}

// readRules reads rules of ipvsadm.
func (r *reader) readRules(b []byte, names ipvsadm.Resolver) {
	t, err := ipvsadm.ReadRules(b, names)
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
func withLines(ps []Problem, b []byte) []Problem {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	last := max(1, bytes.Count(b, []byte{'\n'})+1)
	if bytes.HasSuffix(b, []byte{'\n'}) {
		last--
	}
	next, number := 0, 0
	for i := range ps {
		ps[i].Line = min(ps[i].Line, last) // the end of the file is in its last line
	}
	for line := range bytes.Lines(b) {
		number++
		for ; next < len(ps) && ps[next].Line <= number; next++ {
			ps[next].Text = strings.TrimRight(string(line), "\r\n")
		}
	}
	return ps
}
