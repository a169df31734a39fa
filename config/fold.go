package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Folded is a diagnostic with the other places of which the same is to be said.
type Folded struct {
	Diagnostic
	Also []Position
}

// Folded puts diagnostics that say the same of several lines of one file into one,
// at the place of the first.
func (ds Diagnostics) Folded() []Folded {
	type key struct {
		severity      Severity
		file          string
		message, hint string
	}
	first := map[key]int{}
	var out []Folded
	for _, d := range ds {
		k := key{d.Severity, d.Where.File, d.Message, d.Hint}
		if i, again := first[k]; again {
			out[i].Also = append(out[i].Also, d.Where)
			continue
		}
		first[k] = len(out)
		out = append(out, Folded{Diagnostic: d})
	}
	return out
}

// String gives the diagnostic as it is shown to the operator, with the lines of the others.
func (f Folded) String() string {
	text := f.Diagnostic.String()
	if len(f.Also) == 0 {
		return text
	}
	return text + "    the same in " + f.AlsoLines() + "\n"
}

// AlsoLines names the other lines, the first ten of them: "line 3", "lines 3, 7, 9".
func (f Folded) AlsoLines() string {
	const most = 10
	lines := make([]string, 0, most)
	for _, p := range f.Also[:min(len(f.Also), most)] {
		lines = append(lines, strconv.Itoa(int(p.Line)))
	}
	text := "lines " + strings.Join(lines, ", ")
	if len(f.Also) == 1 {
		text = "line " + lines[0]
	}
	if more := len(f.Also) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
