package keepalived

import (
	"strconv"
	"strings"
)

// loop reads the rest of a line once for each value of its variables.
type loop struct {
	names []string
	next  func() ([]string, bool) // the values of the next turn
	body  frame
}

func isSequence(s string) bool {
	return strings.HasPrefix(s, "~SEQ") || strings.HasPrefix(s, "~LST")
}

// sequence acts on ~SEQ(…), ~SEQx(…) and ~LST(…).
func (l *lexer) sequence() bool { //nolint:unparam // its caller tells from it that the line is done
	line := l.rest("the sequence")
	at := line.here()
	end := closingParenthesis(line.left())
	head := line.left()[:end]
	var turns *loop
	reason := `there is no ")"`
	if end < len(line.left()) {
		if strings.HasPrefix(head, "~SEQ") {
			turns, reason = l.parseSEQ(head[len("~SEQ"):])
		} else {
			turns, reason = parseLST(head[len("~LST"):])
		}
	}
	if turns == nil {
		l.src.report(l.src.openEnded(), at, "the forms are ~SEQ(name, start, step, end), ~SEQx(…), ~LST(name, value, …) and ~LST({name, name}, {value, value}, …)",
			"sequence %s: %s: keepalived leaves the line out", quote(line.left()[:min(end+1, len(line.left()))]), reason)
		return true
	}
	line.off += end + 1
	line.expanded = false
	turns.body = line
	l.enter(frame{file: line.file, fixed: true, first: at, at: at, loop: turns})
	return true
}

// closingParenthesis is the offset of the ")" that ends a sequence, that of the
// end if there is none.
func closingParenthesis(s string) int {
	if n := strings.IndexByte(s, ')'); n >= 0 {
		return n
	}
	return len(s)
}

// nextTurn reads the body of a loop with its next values, false if there are no more.
func (l *lexer) nextTurn(turns *loop) bool {
	values, ok := turns.next()
	if !ok {
		return false
	}
	for i, name := range turns.names {
		l.variables[name] = &variable{text: values[i]}
	}
	l.enter(turns.body)
	return true
}

// parseSEQ reads what follows ~SEQ, without the closing parenthesis.
func (l *lexer) parseSEQ(s string) (*loop, string) {
	s, hex := strings.CutPrefix(s, "x")
	s, found := strings.CutPrefix(strings.TrimLeft(s, blanks), "(")
	name, numbers, comma := strings.Cut(s, ",")
	name = strings.Trim(name, blanks)
	if !found || !comma || name == "" || strings.ContainsAny(name, blanks) {
		return nil, "the name of a variable and a comma must follow the parenthesis"
	}
	x := expansion{lexer: l, out: numbers, next: ')', at: l.top.here()}
	x.run()
	start, step, end, reason := sequenceRange(strings.Split(x.out, ","))
	if reason == "" && hex && (start < 0 || end < 0) {
		reason = "~SEQx takes no negative numbers"
	}
	if reason != "" {
		return nil, reason
	}
	base := 10
	if hex {
		base = 16
	}
	done := false
	return &loop{names: []string{name}, next: func() ([]string, bool) {
		if done {
			return nil, false
		}
		value := strconv.FormatInt(start, base)
		done = step > 0 && start > end-step || step < 0 && start < end-step
		start += step
		return []string{value}, true
	}}, ""
}

// maxNumber bounds the numbers of a sequence, so that none overflows.
const maxNumber = 1 << 53

// sequenceRange gives the range of [start, [step,]] end.
func sequenceRange(fields []string) (start, step, end int64, reason string) {
	var n [3]int64
	if len(fields) > len(n) {
		return 0, 0, 0, "more than three numbers"
	}
	for i, field := range fields {
		var err error
		field = strings.Trim(field, blanks)
		if n[i], err = strconv.ParseInt(field, 0, 64); err != nil && field != "" || n[i] > maxNumber || n[i] < -maxNumber {
			return 0, 0, 0, quote(field) + " is not a number"
		}
	}
	switch len(fields) {
	case 1:
		start, step, end = 1, 1, n[0]
		if end < 1 {
			step = -1
		}
		if end < 0 {
			start = -1
		}
	case 2:
		start, step, end = n[0], 1, n[1]
		if start > end {
			step = -1
		}
	default:
		start, step, end = n[0], n[1], n[2]
	}
	if step == 0 || start < end && step < 0 || start > end && step > 0 {
		return 0, 0, 0, "the step does not lead to the end"
	}
	return start, step, end, ""
}

// parseLST reads what follows ~LST, without the closing parenthesis.
func parseLST(s string) (*loop, string) {
	s, found := strings.CutPrefix(strings.TrimLeft(s, blanks), "(")
	groups, ok := splitGroups(s)
	if !found || !ok {
		return nil, "names and values must follow, with commas between them"
	}
	if len(groups) < 2 {
		return nil, "there are no values"
	}
	names, values := groups[0], groups[1:]
	for i, v := range values {
		if len(v) > len(names) {
			return nil, "more values than names in " + quote("{"+strings.Join(v, ",")+"}")
		}
		for len(values[i]) < len(names) {
			values[i] = append(values[i], "")
		}
	}
	turn := 0
	return &loop{names: names, next: func() ([]string, bool) {
		if turn == len(values) {
			return nil, false
		}
		turn++
		return values[turn-1], true
	}}, ""
}

// splitGroups splits "a, {b, c}" into [a] and [b c].
func splitGroups(s string) (groups [][]string, ok bool) {
	for {
		s = strings.TrimLeft(s, blanks)
		inner, after, braces := "", "", strings.HasPrefix(s, "{")
		if braces {
			if inner, after, ok = strings.Cut(s[1:], "}"); !ok {
				return nil, false
			}
			after = strings.TrimLeft(after, blanks)
		} else {
			n := strings.IndexByte(s+",", ',')
			inner, after = s[:n], s[n:]
		}
		group := []string{inner}
		if braces {
			group = strings.Split(inner, ",")
		}
		for i, field := range group {
			group[i] = strings.Trim(field, blanks)
			if strings.ContainsAny(group[i], blanks) {
				return nil, false
			}
		}
		groups = append(groups, group)
		if after == "" {
			return groups, true
		}
		if after[0] != ',' {
			return nil, false
		}
		s = after[1:]
	}
}
