package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a configuration file. Line and Column count from 1;
// the column counts characters, not bytes.
type Position struct {
	File   string `json:"file"`
	Line   int32  `json:"line"`
	Column int32  `json:"column"`
}

// String gives the place as file:line:col.
func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// Severity ranks a diagnostic.
type Severity string

// Severities: with errors the configuration is refused, with warnings it runs.
const (
	Warning Severity = "warning"
	Error   Severity = "error"
)

// Part is the part of a configuration that one daemon acts on. What is wrong
// with one part does not keep the other from running.
type Part string

// Parts. Whole is what concerns the file itself, and so every daemon.
const (
	Whole          Part = ""
	VirtualRouters Part = "virtual routers"
	VirtualServers Part = "virtual servers"
)

// Diagnostic is one thing to say about a configuration.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	Part     Part     `json:"part,omitempty"`
	Where    Position `json:"where"`
	Message  string   `json:"message"`        // what is wrong, one line
	Hint     string   `json:"hint,omitempty"` // what to do about it, "" if there is nothing to advise
	Line     string   `json:"text,omitempty"` // the line of the file as it stands there
}

// String gives the diagnostic as it is shown to the operator: place and
// message, the line with a caret under the word, and the hint.
func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s\n", d.Where, d.Severity, d.Message)
	if d.Line != "" {
		fmt.Fprintf(&b, "    %s\n    %s^\n", shownLine(d.Line), strings.Repeat(" ", max(int(d.Where.Column)-1, 0)))
	}
	if d.Hint != "" {
		fmt.Fprintf(&b, "    hint: %s\n", d.Hint)
	}
	return b.String()
}

// shownLine puts a blank for every character that would move the caret or the cursor.
func shownLine(line string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '\u00a0' {
			return ' '
		}
		return r
	}, strings.TrimRight(line, "\r\n"))
}

// Diagnostics are all that is to be said, in the order of the file.
type Diagnostics []Diagnostic

// InOrder puts them into the order of the files, which are in the order of their
// first diagnostic.
func (ds Diagnostics) InOrder() Diagnostics {
	file := map[string]int{}
	for _, d := range ds {
		if _, seen := file[d.Where.File]; !seen {
			file[d.Where.File] = len(file)
		}
	}
	out := slices.Clone(ds)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(file[a.Where.File], file[b.Where.File]),
			cmp.Compare(a.Where.Line, b.Where.Line), cmp.Compare(a.Where.Column, b.Where.Column))
	})
	return out
}

// For are those that concern a part, and those that concern the whole.
func (ds Diagnostics) For(p Part) (out Diagnostics) {
	for _, d := range ds {
		if d.Part == p || d.Part == Whole {
			out = append(out, d)
		}
	}
	return out
}

// Warnings are those that do not keep the configuration from running.
func (ds Diagnostics) Warnings() Diagnostics { return ds.of(Warning) }

// Err is the error of a configuration that must be refused, nil if it can run.
func (ds Diagnostics) Err() error {
	if errs := ds.of(Error); len(errs) > 0 {
		return &InvalidError{Diagnostics: errs}
	}
	return nil
}

func (ds Diagnostics) of(s Severity) (out Diagnostics) {
	for _, d := range ds {
		if d.Severity == s {
			out = append(out, d)
		}
	}
	return out
}

// InvalidError is a configuration that was refused, with all its errors.
type InvalidError struct{ Diagnostics Diagnostics }

// Error gives all errors, one after the other.
func (e *InvalidError) Error() string {
	var b strings.Builder
	for _, d := range e.Diagnostics {
		b.WriteString(d.String())
	}
	return strings.TrimRight(b.String(), "\n")
}
