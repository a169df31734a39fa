package keepalived

import (
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// word is one word of the text.
type word struct {
	text   string // without quotes; \# and \! outside of quotes without the backslash
	at     config.Position
	quoted bool
}

type tokenKind uint8

const (
	tokenWord tokenKind = iota
	tokenOpen
	tokenClose
	tokenLineEnd
	tokenBroken // the line before it means nothing
	tokenEnd
)

type token struct {
	word word // of a brace: only the place
	kind tokenKind
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
//
// What keepalived does to lines before it looks at words is done on the way:
// conditions, definitions, sequences and included files where a statement may
// begin, variables in the words that hold them.
type lexer struct {
	src   *source
	stack []frame
	top   *frame // the last of the stack

	atStart    bool // a statement may begin here
	conditions int  // read at the start of this statement
	afterBrace bool // a brace stands before, on the same line
	stopped    bool // there is more than may be read

	variables map[string]*variable
	checks    includeChecks
	spent     int             // bytes that came out of variables and sequences
	included  int             // files
	read      int             // bytes of them
	told      map[string]bool // variables that something was said about
}

func newLexer(src *source) *lexer {
	l := &lexer{src: src, atStart: true, variables: map[string]*variable{}, told: map[string]bool{}}
	l.openFile(src.files[0])
	return l
}

// openFile reads a file before it goes on with what is being read.
func (l *lexer) openFile(f *file) {
	checkEncoding(l.src, f)
	fr := fileFrame(f)
	fr.checks = l.checks
	if strings.HasPrefix(f.text, byteOrderMark) {
		l.src.report(config.Warning, fr.here(), "save the file without byte order mark",
			"the file starts with a byte order mark: skipped, but keepalived does not know the first keyword then")
		fr.off = len(byteOrderMark)
	}
	l.push(fr)
}

func (l *lexer) push(f frame) {
	l.stack = append(l.stack, f)
	l.top = &l.stack[len(l.stack)-1]
}

func (l *lexer) pop() {
	l.stack[len(l.stack)-1] = frame{}
	l.stack = l.stack[:len(l.stack)-1]
	l.top = nil
	if n := len(l.stack); n > 0 {
		l.top = &l.stack[n-1]
	}
}

// next gives the next token; after the end it gives tokenEnd for ever.
func (l *lexer) next() token {
	for {
		if l.stopped {
			return token{kind: tokenEnd, word: word{at: l.stack[0].here()}}
		}
		l.skipBlanks()
		f := l.top
		if f.off == len(f.text) {
			if t, ok := l.endFrame(); ok {
				return t
			}
			continue
		}
		switch f.text[f.off] {
		case '\n':
			at := word{at: f.here()}
			f.newLine()
			return l.endLine(at)
		case '{':
			return l.brace(tokenOpen)
		case '}':
			return l.brace(tokenClose)
		}
		if l.atStart && l.directive() {
			continue
		}
		if t, ok := l.word(); ok {
			l.atStart = false
			return t
		}
	}
}

func (l *lexer) endLine(at word) token {
	l.startStatement()
	l.afterBrace = false
	return token{kind: tokenLineEnd, word: at}
}

func (l *lexer) startStatement() { l.atStart, l.conditions = true, 0 }

// endFrame goes on when the top frame is read. It gives the token that stands
// for its end, if there is one.
func (l *lexer) endFrame() (token, bool) {
	f := l.top
	at := word{at: f.here()}
	switch {
	case f.loop != nil:
		if !l.nextTurn(f.loop) {
			l.pop()
			return token{}, false
		}
		return l.endLine(at), true
	case f.include != nil:
		if !l.nextFile(f.include) {
			l.pop()
		}
		return l.endLine(at), true
	case f.isFile && len(l.stack) == 1:
		if !l.atStart {
			return l.endLine(at), true
		}
		f.file.noteLength(f.line, f.off-f.lineStart)
		f.file.finish(l.src)
		return token{kind: tokenEnd, word: at}, true
	case f.isFile:
		f.file.noteLength(f.line, f.off-f.lineStart)
		f.file.finish(l.src)
		l.checks = f.checks
		l.pop()
		return l.endLine(at), true
	}
	l.pop()
	return token{}, false
}

func (l *lexer) brace(kind tokenKind) token {
	t := token{kind: kind, word: word{at: l.top.here()}}
	l.top.off++
	l.startStatement()
	l.afterBrace = true
	return t
}

// skipBlanks goes on to the next token of the line, or to the line end.
func (l *lexer) skipBlanks() {
	f := l.top
	for f.off < len(f.text) {
		switch c := f.text[f.off]; {
		case isBlank(c):
			f.off++
		case c == '#' || c == '!':
			l.skipComment()
			f = l.top
		case isNoBreak(f.text, f.off):
			if f.isFile {
				f.file.noteNoBreak(f.here())
			}
			f.off += len(noBreakSpace)
		default:
			return
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }

func isNoBreak(s string, off int) bool {
	return s[off] == noBreakSpace[0] && strings.HasPrefix(s[off:], noBreakSpace)
}

// skipComment goes on to the line end. What came out of a variable can hold the
// sign that begins the comment.
func (l *lexer) skipComment() {
	if l.top.inLine && l.top.expanded {
		l.src.report(config.Warning, l.top.here(), `put it in quotes, "…", where it is used`,
			"the value of a variable holds %q, which begins a comment here, as in keepalived", l.top.text[l.top.off:l.top.off+1])
	}
	for l.top.inLine {
		l.pop()
	}
	f := l.top
	start, end := f.off, f.off+lineEnd(f.left())
	if l.src.wantComments && f.isFile {
		l.src.comments = append(l.src.comments, config.Comment{
			Where: f.here(),
			Text:  strings.Trim(strings.TrimLeft(f.text[start:end], "#!"), blanks),
			Alone: strings.Trim(f.text[f.lineStart:start], blanks) == "",
		})
	}
	f.off = end
}

// word reads a word. With false there is none yet: the word holds variables, and
// what they stand for is read next.
func (l *lexer) word() (token, bool) {
	f := l.top
	if f.text[f.off] == '"' {
		return l.quoted(f)
	}
	start := f.off
	end, escaped, variable := bareWord(f.text, start)
	text := f.text[start:end]
	if variable && !f.expanded {
		if l.expandWord(start, end) {
			return token{}, false
		}
	}
	at := f.here()
	f.off = end
	if escaped {
		text = unescapeComments(text)
	}
	return token{kind: tokenWord, word: word{text: text, at: at}}, true
}

// quoted reads a word in double quotes. A backslash takes the next character
// with it, so that \" does not end the word; the backslash stays in the text,
// because only commands know what it means.
func (l *lexer) quoted(f *frame) (token, bool) {
	start := f.off
	end := quoteEnd(f.text, start+1)
	if end == len(f.text) || f.text[end] == '\n' {
		l.src.report(config.Warning, f.here(), `end the word with a second "`,
			"quote is not closed on this line: the line is left out, as in keepalived")
		f.off = end
		return token{kind: tokenBroken}, true
	}
	end++
	if !f.expanded && strings.IndexByte(f.text[start:end], '$') >= 0 && l.expandWord(start, end) {
		return token{}, false
	}
	at := f.here()
	f.off = end
	return token{kind: tokenWord, word: word{text: f.text[start+1 : end-1], at: at, quoted: true}}, true
}

// quoteEnd is the offset of the quote that closes the one before off, else of the line end.
func quoteEnd(s string, off int) int {
	for ; off < len(s) && s[off] != '\n' && s[off] != '"'; off++ {
		if s[off] == '\\' && off+1 < len(s) && s[off+1] != '\n' {
			off++
		}
	}
	return off
}

// bareWord finds the end of the word without quotes that starts at off, and
// whether escaped comment signs or variables may be in it.
func bareWord(s string, off int) (end int, escaped, variable bool) {
	for off < len(s) {
		switch c := s[off]; {
		case !inWord[c]:
			if c != noBreakSpace[0] || isNoBreak(s, off) {
				return off, escaped, variable
			}
			off++
		case c == '\\' && off+1 < len(s) && !isBlank(s[off+1]) && s[off+1] != '\n':
			escaped = escaped || s[off+1] == '#' || s[off+1] == '!'
			off += 2
		case c == '$':
			variable = true
			off += max(1, bracesLen(s[off:]))
		default:
			off++
		}
	}
	return off, escaped, variable
}

// inWord are the bytes that do not end a word. The first byte of a no-break
// space is not among them, to be looked at.
var inWord = func() (t [256]bool) {
	for c := range t {
		t[c] = !strings.ContainsRune("\n{}\"#!", rune(c)) && !isBlank(byte(c)) && byte(c) != noBreakSpace[0]
	}
	return t
}()

// bracesLen is the length of a ${…} at the start of s, whose braces and blanks
// belong to the word; 0 if it has no end on the line. It looks no further than
// keepalived's longest line.
func bracesLen(s string) int {
	if !strings.HasPrefix(s, "${") {
		return 0
	}
	s = s[:min(len(s), maxKeepalivedLine)]
	depth := 0
	for i := 1; i < len(s) && s[i] != '\n'; i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
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
