package document

import (
	"fmt"
	"strings"
)

// Problem is one mistake in a file. Line and Column count from 1, the column in
// characters.
type Problem struct {
	Line, Column int
	Message      string
	Hint         string // "" if there is nothing to advise
	Text         string // the line as it stands there
}

// Error is a file that was refused, with all its mistakes in the order of the file.
type Error struct {
	File     string
	Problems []Problem
}

// maxTold is how many mistakes are told; who has more knows enough.
const maxTold = 100

// Error tells each mistake with its place and the line, and a caret under the word.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is wrong in %s, nothing was changed", e.File, places(len(e.Problems)))
	for i, p := range e.Problems {
		if i == maxTold {
			fmt.Fprintf(&b, "\n… and %d more", len(e.Problems)-maxTold)
			break
		}
		fmt.Fprintf(&b, "\n%s:%d:%d: %s", e.File, p.Line, p.Column, p.Message)
		if p.Text != "" {
			fmt.Fprintf(&b, "\n    %s\n    %s^", shown(p.Text), strings.Repeat(" ", p.Column-1))
		}
		if p.Hint != "" {
			fmt.Fprintf(&b, "\n    hint: %s", p.Hint)
		}
	}
	return b.String()
}

func places(n int) string {
	if n == 1 {
		return "one place"
	}
	return fmt.Sprintf("%d places", n)
}

// shown puts a blank for every character that would move the caret or the cursor.
func shown(line string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u00a0' {
			return ' '
		}
		return r
	}, strings.TrimRight(line, "\r\n"))
}

// nearest is the name that was probably meant, "" if none is close.
func nearest(word string, names []string) string {
	best, distance := "", 3 // two slips at most
	for _, name := range names {
		if d := slips(word, name); d < distance && d < len(name) {
			best, distance = name, d
		}
	}
	return best
}

// slips is how many characters must be typed, taken away or changed to make b of a
// (the Levenshtein distance).
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := left
			if a[i] != b[j] {
				change++
			}
			left = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
