package keepalived

import (
	"strings"
	"unicode/utf8"

	"github.com/lvsctl/lvsctl/config"
)

// word is one word of the text.
type word struct {
	text   string // without quotes; \# and \! outside of quotes without the backslash
	at     config.Position
	quoted bool
}

type tokenKind int

const (
	tokenWord tokenKind = iota
	tokenOpen
	tokenClose
	tokenLineEnd
	tokenEnd
)

type token struct {
	kind tokenKind
	word word // of a brace: only the place
}

const (
	byteOrderMark = "\ufeff"
	noBreakSpace  = "\u00a0"
)

// lexer cuts a text into words, braces and line ends, in one pass.
//
// As in keepalived, a comment starts at # or ! anywhere outside of double
// quotes, braces stand for themselves even inside a word, and a quote begins a
// new word. Other than keepalived, a no-break space is a blank.
type lexer struct {
	src  *source
	file *file
	off  int // byte that is read next
	line int
	// counted is the offset up to which column counts characters of the line.
	counted, column int

	noBreakLines    int // lines with a no-break space among their words
	lastNoBreakLine int
	firstNoBreak    config.Position
}

func newLexer(src *source) *lexer {
	l := &lexer{src: src, file: src.files[0], line: 1, column: 1}
	if strings.HasPrefix(l.file.text, byteOrderMark) {
		src.report(config.Warning, l.here(), "save the file without byte order mark",
			"the file starts with a byte order mark: skipped, but keepalived does not know the first keyword then")
		l.off = len(byteOrderMark)
	}
	return l
}

// next gives the next token; after the end it gives tokenEnd for ever.
func (l *lexer) next() token {
	l.skipBlanks()
	if l.off == len(l.file.text) {
		return token{tokenEnd, word{at: l.here()}}
	}
	switch l.file.text[l.off] {
	case '\n':
		t := token{tokenLineEnd, word{at: l.here()}}
		l.off++
		l.line++
		l.counted, l.column = l.off, 1
		return t
	case '{':
		return l.brace(tokenOpen)
	case '}':
		return l.brace(tokenClose)
	case '"':
		return l.quoted()
	default:
		return l.bare()
	}
}

func (l *lexer) brace(kind tokenKind) token {
	t := token{kind, word{at: l.here()}}
	l.off++
	return t
}

// here is the place of the next byte.
func (l *lexer) here() config.Position {
	l.column += utf8.RuneCountInString(l.file.text[l.counted:l.off])
	l.counted = l.off
	return config.Position{File: l.file.name, Line: int32(l.line), Column: int32(l.column)}
}

// skipBlanks goes on to the next token of the line, or to the line end.
func (l *lexer) skipBlanks() {
	for text := l.file.text; l.off < len(text); {
		switch c := text[l.off]; {
		case c == '#' || c == '!':
			l.skipComment()
		case isBlank(c):
			l.off++
		case strings.HasPrefix(text[l.off:], noBreakSpace):
			l.noteNoBreak()
			l.off += len(noBreakSpace)
		default:
			return
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }

func (l *lexer) skipComment() {
	at, start, alone := l.here(), l.off, strings.Trim(l.file.line(l.line)[:l.off-l.file.lineStarts()[l.line-1]], " \t") == ""
	l.skipLine()
	if l.src.wantComments {
		text := strings.Trim(l.file.text[start+1:l.off], " \t\r")
		l.src.comments = append(l.src.comments, config.Comment{Where: at, Text: text, Alone: alone})
	}
}

func (l *lexer) skipLine() {
	if n := strings.IndexByte(l.file.text[l.off:], '\n'); n >= 0 {
		l.off += n
		return
	}
	l.off = len(l.file.text)
}

func (l *lexer) noteNoBreak() {
	if l.lastNoBreakLine == l.line {
		return
	}
	if l.noBreakLines == 0 {
		l.firstNoBreak = l.here()
	}
	l.noBreakLines++
	l.lastNoBreakLine = l.line
}

// quoted reads a word in double quotes. A backslash takes the next character
// with it, so that \" does not end the word; the backslash stays in the text,
// because only commands know what it means.
func (l *lexer) quoted() token {
	text, at := l.file.text, l.here()
	start := l.off + 1
	for end := start; end < len(text) && text[end] != '\n'; end++ {
		switch {
		case text[end] == '"':
			l.off = end + 1
			return token{tokenWord, word{text[start:end], at, true}}
		case text[end] == '\\' && end+1 < len(text) && text[end+1] != '\n':
			end++
		}
	}
	l.src.report(config.Error, at, `end the word with a second "`, "quote is not closed on this line")
	l.skipLine()
	return token{tokenWord, word{strings.TrimRight(text[start:l.off], " \t\r"), at, true}}
}

// bare reads a word without quotes.
func (l *lexer) bare() token {
	text, at, start := l.file.text, l.here(), l.off
	escaped := false
	for l.off < len(text) && !l.endsWord() {
		switch c := text[l.off]; {
		case c == '\\' && l.off+1 < len(text) && !isBlank(text[l.off+1]) && text[l.off+1] != '\n':
			escaped = escaped || text[l.off+1] == '#' || text[l.off+1] == '!'
			l.off++
			l.off += runeLen(text[l.off:])
		case c == '$' || c == '~':
			l.off += constructLen(text[l.off:])
		default:
			l.off++
		}
	}
	t := text[start:l.off]
	if escaped {
		t = unescapeComments(t)
	}
	return token{tokenWord, word{t, at, false}}
}

func (l *lexer) endsWord() bool {
	switch c := l.file.text[l.off]; c {
	case '\n', '{', '}', '"', '#', '!':
		return true
	default:
		return isBlank(c) || c == noBreakSpace[0] && strings.HasPrefix(l.file.text[l.off:], noBreakSpace)
	}
}

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// unescapeComments takes the backslash of \# and \! away; other pairs stay.
func unescapeComments(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			if s[i+1] != '#' && s[i+1] != '!' {
				b.WriteByte('\\')
			}
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// finish reports what concerns the text as a whole.
func (l *lexer) finish() {
	if l.noBreakLines > 0 {
		l.src.report(config.Warning, l.firstNoBreak,
			`replace them: sed -i 's/\xc2\xa0/ /g' `+l.file.name,
			"no-break spaces (U+00A0, as pasted from a web page) on %s, the first here: read as blanks, but keepalived does not know the keywords behind them",
			plural(l.noBreakLines, "line"))
	}
}
