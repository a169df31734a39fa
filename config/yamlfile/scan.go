package yamlfile

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// lineKind tells what a line of a YAML file is.
type lineKind int

const (
	blankLine   lineKind = iota
	commentLine          // nothing but a comment
	codeLine             // begins with a name, a value or a sign
	insideLine           // goes on with a value of the line before, in quotes or not
	literalLine          // text below "|" or ">"
)

// scannedLine is one line, taken apart. Offsets are those of the text, columns
// count from 0.
type scannedLine struct {
	kind    lineKind
	start   int   // offset
	end     int   // offset of its line break
	first   int   // offset of the first character that is no blank
	comment int   // offset of the comment, -1 if there is none
	depth   int   // brackets that are open where it starts
	closing int   // brackets that its first characters close
	dashes  []int // columns of the "-" that it begins with
	key     int   // column of the first name of a block, -1 if there is none
	word    int   // column of what follows the dashes, -1 if nothing does
	gaps    []gap // blanks around ":"
	literal int   // old indentation of the text below "|"
	digit   int   // the indentation that stands behind "|", 0 if none does
}

// gap are blanks that a formatted file has otherwise.
type gap struct {
	from, to int // offsets
	instead  string
}

// scanner goes through the text of a file that was parsed, and finds what the
// tree does not tell: comments, ends of values, signs.
type scanner struct {
	*source
	scalars map[int]*yaml.Node // by offset
	keys    map[int]bool       // offsets of the names in blocks that are no brackets
	lines   []scannedLine
	at      int
	depth   int // open brackets
	parent  int // column of the last name or dash
	pending *yaml.Node
	literal *scannedLine // the line with "|" whose text comes next
	trail   string       // "+", "-" or "" behind "|"
	mark    int          // offset behind the last token of this line
}

// scan takes the lines of a file apart; root is its tree, nil if it has no value.
func (s *source) scan(root *yaml.Node) []scannedLine {
	sc := &scanner{source: s, scalars: map[int]*yaml.Node{}, keys: map[int]bool{}}
	if root != nil {
		sc.collect(root)
	}
	if bytes.HasPrefix(s.text, []byte("\ufeff")) {
		sc.at = len("\ufeff")
	}
	sc.newLine(codeLine)
	for sc.at < len(s.text) {
		sc.token()
	}
	sc.line().end = len(s.text)
	return sc.lines
}

// collect notes where the words and the names of the tree stand.
func (sc *scanner) collect(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && (n.Value != "" || n.Style != 0) {
		sc.scalars[sc.offset(n)] = n
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && i%2 == 0 {
			sc.keys[sc.offset(c)] = true
		}
		sc.collect(c)
	}
}

// offset is where a node starts.
func (s *source) offset(n *yaml.Node) int {
	at := s.lineStarts[min(n.Line, len(s.lineStarts))-1]
	if at == 0 && bytes.HasPrefix(s.text, []byte("\ufeff")) {
		at = len("\ufeff")
	}
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(s.text[at:])
		at += size
	}
	return at
}

func (sc *scanner) line() *scannedLine { return &sc.lines[len(sc.lines)-1] }

func (sc *scanner) column() int { return sc.at - sc.line().start }

// newLine begins a line.
func (sc *scanner) newLine(kind lineKind) {
	l := scannedLine{kind: kind, start: sc.at, comment: -1, depth: sc.depth, key: -1, word: -1, first: sc.at}
	for l.first < len(sc.text) && (sc.text[l.first] == ' ' || sc.text[l.first] == '\t') {
		l.first++
	}
	if kind == codeLine && (l.first == len(sc.text) || lineBreak(sc.text[l.first:]) > 0) {
		l.kind = blankLine
	}
	sc.lines = append(sc.lines, l)
	sc.mark = sc.at
}

// breakLine goes to the next line.
func (sc *scanner) breakLine(kind lineKind) {
	sc.line().end = sc.at
	sc.at += lineBreak(sc.text[sc.at:])
	sc.newLine(kind)
}

// token goes over one sign, word, comment or blank.
func (sc *scanner) token() {
	c := sc.text[sc.at]
	if n := sc.scalars[sc.at]; n != nil {
		sc.pending = n
	}
	if sc.keys[sc.at] {
		sc.parent = sc.column()
		if l := sc.line(); l.key < 0 {
			l.key = sc.column()
		}
	}
	switch {
	case lineBreak(sc.text[sc.at:]) > 0:
		sc.endOfLine()
		return
	case c == ' ' || c == '\t':
		sc.at++
		return
	case c == '#':
		sc.comment()
		return
	}
	l := sc.line()
	isDash := sc.depth == 0 && sc.pending == nil && (c == '-' || c == '?') && sc.blankAt(sc.at+1)
	switch {
	case isDash && l.word < 0:
		l.dashes = append(l.dashes, sc.column())
		sc.parent = sc.column()
	case l.word < 0:
		l.word = sc.column()
	}
	switch {
	case c == '&' || c == '*' || c == '!':
		sc.property()
	case sc.pending != nil:
		sc.scalar()
	case sc.column() == 0 && (c == '%' || bytes.HasPrefix(sc.text[sc.at:], []byte("---")) || bytes.HasPrefix(sc.text[sc.at:], []byte("..."))):
		sc.skipUntil(" \t\r\n")
	default:
		sc.sign(c)
	}
	sc.mark = sc.at
}

// sign goes over one sign.
func (sc *scanner) sign(c byte) {
	l := sc.line()
	switch c {
	case '[', '{':
		sc.depth++
	case ']', '}':
		if sc.at == l.first+l.closing {
			l.closing++
		}
		sc.depth = max(0, sc.depth-1)
	case ':':
		if sc.depth == 0 {
			sc.colon()
			return
		}
	}
	sc.at++
}

// colon notes the blanks around the sign between a name and its value.
func (sc *scanner) colon() {
	l := sc.line()
	if sc.mark < sc.at {
		l.gaps = append(l.gaps, gap{sc.mark, sc.at, ""})
	}
	sc.at++
	next := sc.at
	for next < len(sc.text) && (sc.text[next] == ' ' || sc.text[next] == '\t') {
		next++
	}
	if next > sc.at && next < len(sc.text) && sc.text[next] != '#' && lineBreak(sc.text[next:]) == 0 {
		l.gaps = append(l.gaps, gap{sc.at, next, " "})
	}
}

func (sc *scanner) blankAt(at int) bool { return at >= len(sc.text) || isBlank(sc.text[at]) }

// endOfLine ends a line; the text of "|" may follow.
func (sc *scanner) endOfLine() {
	sc.breakLine(codeLine)
	if sc.literal != nil {
		sc.literalText()
	}
}

// comment goes over a comment.
func (sc *scanner) comment() {
	l := sc.line()
	l.comment = sc.at
	if sc.at == l.first && l.kind == codeLine {
		l.kind = commentLine
	}
	for sc.at < len(sc.text) && lineBreak(sc.text[sc.at:]) == 0 {
		sc.at++
	}
}

// property goes over an anchor, an alias or a tag.
func (sc *scanner) property() {
	switch sc.text[sc.at] {
	case '!':
		sc.skipUntil(" \t\r\n,[]{}")
		return
	case '*':
		sc.pending = nil
	}
	for sc.at++; sc.at < len(sc.text) && isNameByte(sc.text[sc.at]); {
		sc.at++
	}
}

// isNameByte tells whether a byte may stand in the name of an anchor.
func isNameByte(b byte) bool {
	return b == '_' || b == '-' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

func (sc *scanner) skipUntil(chars string) {
	for sc.at++; sc.at < len(sc.text) && strings.IndexByte(chars, sc.text[sc.at]) < 0; {
		sc.at++
	}
}

// scalar goes over the word that begins here.
func (sc *scanner) scalar() {
	n := sc.pending
	sc.pending = nil
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		sc.quoted('"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		sc.quoted('\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		sc.header()
	default:
		sc.plain(n.Value)
	}
}

// quoted goes over a word in quotes, behind the closing one.
func (sc *scanner) quoted(quote byte) {
	for sc.at++; sc.at < len(sc.text); {
		c := sc.text[sc.at]
		switch {
		case lineBreak(sc.text[sc.at:]) > 0:
			sc.breakLine(insideLine)
			continue
		case c == '\\' && quote == '"' && sc.at+1 < len(sc.text) && lineBreak(sc.text[sc.at+1:]) == 0:
			sc.at++
		case c == quote && quote == '\'' && sc.at+1 < len(sc.text) && sc.text[sc.at+1] == '\'':
			sc.at++
		case c == quote:
			sc.at++
			return
		}
		sc.at++
	}
}

// plain goes over a word without quotes: its characters are those of the value,
// and only blanks and line breaks may differ.
func (sc *scanner) plain(value string) {
	for _, r := range value {
		if isSpace(r) {
			continue
		}
		for sc.at < len(sc.text) {
			if lineBreak(sc.text[sc.at:]) > 0 {
				sc.breakLine(insideLine)
				continue
			}
			if sc.text[sc.at] != ' ' && sc.text[sc.at] != '\t' {
				break
			}
			sc.at++
		}
		sc.at = min(sc.at+utf8.RuneLen(r), len(sc.text))
	}
}

func isSpace(r rune) bool { return strings.ContainsRune(" \t\n\r\u0085\u2028\u2029", r) }

// header goes over "|" or ">" and what stands behind it.
func (sc *scanner) header() {
	sc.literal, sc.trail = sc.line(), ""
	sc.literal.digit = 0
	for sc.at++; sc.at < len(sc.text) && !isBlank(sc.text[sc.at]); sc.at++ {
		switch c := sc.text[sc.at]; {
		case c == '+' || c == '-':
			sc.trail = string(c)
		case c >= '1' && c <= '9':
			sc.literal.digit = int(c - '0')
		}
	}
}

// literalText goes over the text below "|": all lines that are indented.
func (sc *scanner) literalText() {
	header := *sc.literal
	sc.literal = nil
	indent := sc.indentBelow(header.digit)
	for sc.at < len(sc.text) {
		l := sc.line()
		spaces := bytes.IndexFunc(sc.text[l.start:], func(r rune) bool { return r != ' ' })
		if spaces < 0 {
			spaces = len(sc.text) - l.start
		}
		end := l.start + spaces
		isEmpty := end == len(sc.text) || lineBreak(sc.text[end:]) > 0
		switch {
		case !isEmpty && spaces < indent:
			return
		case !isEmpty || sc.trail == "+" || spaces > indent:
			sc.asText(indent, header.digit)
		}
		for sc.at < len(sc.text) && lineBreak(sc.text[sc.at:]) == 0 {
			sc.at++
		}
		if sc.at < len(sc.text) {
			sc.breakLine(codeLine)
		}
	}
}

// asText makes this line, and the empty ones before it, lines of the text.
func (sc *scanner) asText(indent, digit int) {
	for i := len(sc.lines) - 1; i >= 0; i-- {
		l := &sc.lines[i]
		if i < len(sc.lines)-1 && l.kind != blankLine {
			return
		}
		l.kind, l.literal, l.digit = literalLine, indent, digit
	}
}

// noText is the indentation of a text without lines: no line has as much.
const noText = 1 << 30

// indentBelow is the indentation of the text below "|": what its header says,
// else the deepest of its first line that is not empty and of the empty ones before.
func (sc *scanner) indentBelow(digit int) int {
	if digit > 0 {
		return sc.parent + digit
	}
	spaces, deepest := 0, sc.parent+1
	for at := sc.at; at < len(sc.text); {
		if n := lineBreak(sc.text[at:]); n > 0 {
			at, spaces, deepest = at+n, 0, max(deepest, spaces)
			continue
		}
		if sc.text[at] != ' ' {
			if spaces < deepest {
				return noText
			}
			return spaces
		}
		at++
		spaces++
	}
	return noText
}
