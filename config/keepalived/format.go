package keepalived

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/lvsctl/lvsctl/config"
)

// Format lays a keepalived.conf out anew: one statement a line, four blanks for
// each level, "keyword name {" and "}" around blocks, single blanks between words
// and no more than one empty line in a row. What both programs read stays the
// same: comments, quotes, definitions, conditions, sequences and includes are left
// as they are, and so are lines whose meaning would change if they were broken.
// name is what the error calls the file: a *config.InvalidError with the place
// where braces or quotes do not match.
func Format(name string, text []byte) ([]byte, error) {
	f := &formatter{src: newSource(name, string(text), Options{})}
	rest := strings.TrimPrefix(f.src.files[0].text, byteOrderMark)
	for n := 1; rest != "" && len(f.src.diagnostics) == 0; n++ {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		f.number = n
		f.line(strings.TrimRight(line, "\r"))
	}
	f.flush()
	if len(f.open) > 0 && !f.unsure {
		f.fail(f.open[len(f.open)-1], `this "{" is not closed`)
	}
	if err := f.src.finish().Err(); err != nil {
		return nil, err
	}
	return f.out.Bytes(), nil
}

// formatter writes a file line by line.
type formatter struct {
	src       *source
	out       bytes.Buffer
	number    int    // of the line being read
	open      []spot // braces that are open
	unsure    bool   // whether braces match cannot be told without carrying out the constructs
	inside    bool   // in a definition over several lines
	empty     bool   // an empty line is to be written before the next
	commented bool   // the line written last has a comment
	held      *heldLine
}

// heldLine is a statement whose block may begin on one of the next lines, and
// what stands between.
type heldLine struct {
	text, comment string
	between       []string // comments, and "" for an empty line
}

// spot is a place in a line without the blanks around it.
type spot struct {
	number int
	line   string
	off    int
}

func (f *formatter) fail(at spot, message string) {
	file := f.src.files[0]
	line := file.line(at.number)
	before := line[:max(strings.Index(line, at.line), 0)] + at.line[:at.off]
	f.src.report(config.Error, config.Position{
		File: file.name, Line: int32(at.number), Column: int32(1 + utf8.RuneCountInString(before)),
	}, "", "%s", message)
}

// line takes the next line of the file.
func (f *formatter) line(line string) {
	raw := strings.Trim(line, blanks)
	for strings.HasPrefix(raw, noBreakSpace) {
		raw = strings.Trim(strings.TrimPrefix(raw, noBreakSpace), blanks)
	}
	code := raw[:codeEnd(raw, false)]
	switch {
	case f.inside:
		f.inside = f.continues(line)
		if f.inside || strings.Trim(code, blanks) != "" {
			f.writeRaw(strings.TrimRight(line, blanks))
			return
		}
		f.line(line)
	case raw == "":
		f.writeBetween("")
	case code == "":
		f.writeBetween(raw)
	case isDirective(code):
		f.directive(line, raw, code)
	default:
		f.statements(raw, code)
	}
}

// continues tells whether the line after this one belongs to the same definition.
func (f *formatter) continues(line string) bool {
	return isContinued(line) || isContinued(line[:codeEnd(line, false)])
}

// isDirective tells whether a line begins with a construct that takes the line whole.
func isDirective(code string) bool {
	if code[0] == '@' || isSequence(code) {
		return true
	}
	if _, n := definedName(code); n > 0 {
		return true
	}
	end, _, _ := bareWord(code, 0)
	_, include := includeKinds[code[:end]]
	return include
}

func (f *formatter) directive(line, raw, code string) {
	definition := code
	if code[0] == '@' {
		if n := strings.IndexAny(code, blanks); n >= 0 {
			definition = strings.TrimLeft(code[n:], blanks)
		}
	}
	if _, n := definedName(definition); n > 0 {
		f.inside = f.continues(line)
	}
	f.unsure = f.unsure || f.inside || braces(code) != 0
	f.whole(raw, code)
}

// statements takes a line of words and braces.
func (f *formatter) statements(raw, code string) {
	tokens, ok := f.tokens(raw, code)
	if !ok {
		return
	}
	comment := strings.TrimRight(raw[len(code):], blanks)
	if strings.ContainsAny(code, `$'`) || mustStayTogether(tokens) {
		f.whole(raw, code)
		return
	}
	var words string
	for _, t := range tokens {
		switch t.kind {
		case tokenWord:
			words = joinWord(words, t)
		case tokenOpen:
			f.openBlock(words, t.at)
			words = ""
		case tokenClose:
			if words != "" {
				f.write(words)
				words = ""
			}
			f.closeBlock(t.at)
		}
	}
	switch {
	case words != "":
		f.flush()
		f.held = &heldLine{text: words, comment: comment}
	case comment != "":
		f.addComment(comment)
	}
}

// formatToken is a word as it stands in the file, with its quotes, or a brace.
type formatToken struct {
	kind tokenKind
	text string
	gap  string // the blanks before it
	at   spot
}

// tokens cuts the code of a line.
func (f *formatter) tokens(raw, code string) (tokens []formatToken, ok bool) {
	for off := 0; off < len(code); {
		gap := blankLen(code[off:])
		if off += gap; off == len(code) {
			break
		}
		end, kind := off+1, tokenWord
		switch code[off] {
		case '{':
			kind = tokenOpen
		case '}':
			kind = tokenClose
		case '"':
			if end = quoteEnd(code, off+1); end >= len(code) {
				f.fail(spot{f.number, raw, off}, "quote is not closed on this line")
				return nil, false
			}
			end++
		default:
			end, _, _ = bareWord(code, off)
		}
		tokens = append(tokens, formatToken{kind, code[off:end], code[off-gap : off], spot{f.number, raw, off}})
		off = end
	}
	return tokens, true
}

func blankLen(s string) int {
	n := 0
	for n < len(s) {
		switch {
		case isBlank(s[n]):
			n++
		case isNoBreak(s, n):
			n += len(noBreakSpace)
		default:
			return n
		}
	}
	return n
}

// joinWord puts a word behind others. Words that touch go on touching, and
// blanks behind a backslash may be meant.
func joinWord(words string, t formatToken) string {
	switch {
	case words == "":
		return t.text
	case t.gap == "" || strings.HasSuffix(words, `\`):
		return words + t.gap + t.text
	default:
		return words + " " + t.text
	}
}

// mustStayTogether tells lines that are read in another way when they are broken:
// in a block that begins on the same line, words may be several statements, and
// directives end with the line.
func mustStayTogether(tokens []formatToken) bool {
	depth, words := 0, 0
	for i, t := range tokens {
		if t.kind != tokenWord {
			words = 0
		}
		switch t.kind {
		case tokenOpen:
			depth++
		case tokenClose:
			depth = max(depth-1, 0)
		default:
			words++
			if words > 1 && depth > 0 {
				return true
			}
			if words == 1 && i > 0 && isDirective(t.text) {
				return true
			}
		}
	}
	return false
}

// whole writes a line as it is, but for what stands before and behind it.
func (f *formatter) whole(raw, code string) {
	tokens, ok := f.tokens(raw, code)
	if !ok {
		return
	}
	closing := 0
	for closing < len(tokens) && tokens[closing].kind == tokenClose {
		closing++
	}
	f.flush()
	f.writeIndented(len(f.open)-closing, strings.TrimRight(raw, blanks))
	for _, t := range tokens {
		switch t.kind {
		case tokenOpen:
			f.open = append(f.open, t.at)
		case tokenClose:
			f.pop(t.at)
		}
	}
}

func (f *formatter) openBlock(words string, at spot) {
	held := f.held
	switch {
	case words != "":
		f.write(words + " {")
		f.open = append(f.open, at)
	case held != nil:
		f.held = nil
		f.writeIndented(len(f.open), held.text+" {"+withComment(held.comment))
		f.open = append(f.open, at)
		f.commented = held.comment != ""
		for _, between := range held.between {
			f.writeBetween(between)
		}
	default:
		f.write("{")
		f.open = append(f.open, at)
	}
}

func (f *formatter) closeBlock(at spot) {
	f.flush()
	f.pop(at)
	f.write("}")
}

func (f *formatter) pop(at spot) {
	switch {
	case len(f.open) > 0:
		f.open = f.open[:len(f.open)-1]
	case !f.unsure:
		f.fail(at, `"}" without a "{"`)
	}
}

// flush writes the line that waits for its block, which does not come.
func (f *formatter) flush() {
	held := f.held
	if held == nil {
		return
	}
	f.held = nil
	f.writeIndented(len(f.open), held.text+withComment(held.comment))
	for _, between := range held.between {
		f.writeBetween(between)
	}
}

func withComment(comment string) string {
	if comment == "" {
		return ""
	}
	return " " + comment
}

// write writes a line at the current level.
func (f *formatter) write(line string) {
	f.flush()
	f.writeIndented(len(f.open), line)
}

// writeBetween writes a comment that stands alone, or an empty line.
func (f *formatter) writeBetween(line string) {
	switch {
	case f.held != nil:
		f.held.between = append(f.held.between, line)
	case line == "":
		f.empty = true
	default:
		f.writeIndented(len(f.open), line)
	}
}

func (f *formatter) writeIndented(level int, line string) {
	f.writeRaw(strings.Repeat("    ", max(level, 0)) + line)
}

func (f *formatter) writeRaw(line string) {
	if f.empty && f.out.Len() > 0 {
		f.out.WriteByte('\n')
	}
	f.empty, f.commented = false, false
	f.out.WriteString(line)
	f.out.WriteByte('\n')
}

// addComment puts a comment behind the line written last, or below if it has one.
func (f *formatter) addComment(comment string) {
	if f.commented {
		f.writeIndented(len(f.open), comment)
		return
	}
	f.out.Truncate(f.out.Len() - 1)
	f.out.WriteString(" " + comment + "\n")
}
