package keepalived

import (
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// A directive is what keepalived acts on at the start of a line, before it looks
// at keywords: @conditions, $definitions, ~sequences and include.

// directive acts on the directive that begins at the next byte. It tells whether
// there was one.
func (l *lexer) directive() bool {
	left := l.top.left()
	switch left[0] {
	case '@':
		return l.condition(left)
	case '$':
		return l.definition(left)
	case '~':
		return isSequence(left) && l.sequence()
	case 'i':
		return l.includeLine(left)
	}
	return false
}

const oneLineHint = "write each statement on a line of its own: then both programs read the same"

// rest takes what is left of the line, without its comment. In a block on one
// line it ends before the brace that closes the block, which is more than
// keepalived would leave of it.
func (l *lexer) rest(what string) frame {
	if l.top.inLine {
		return l.restOfFrames()
	}
	f := l.top
	end := f.off + codeEnd(f.left(), l.afterBrace)
	f.here()
	p := f.part(end)
	f.off = end
	if end < len(f.text) && f.text[end] == '}' {
		l.src.report(config.Warning, f.here(), oneLineHint,
			`%s ends before this "}": keepalived takes the brace for a part of it`, what)
	}
	return p
}

// restOfFrames is rest where a variable stands on the line: its value and what follows.
func (l *lexer) restOfFrames() frame {
	at := l.top.here()
	p := frame{file: l.top.file, fixed: true, first: at, at: at}
	for l.top.inLine {
		end := codeEnd(l.top.left(), false)
		p.text += l.top.left()[:end]
		if l.top.off+end < len(l.top.text) {
			l.top.off += end
			return p
		}
		l.pop()
	}
	end := l.top.off + codeEnd(l.top.left(), l.afterBrace)
	p.text += l.top.text[l.top.off:end]
	l.top.off = end
	return p
}

// continued tells whether a line whose code was just taken goes on in the next one.
func (l *lexer) continued(code string) bool {
	left := l.top.left()
	return isContinued(code) || isContinued(left[:lineEnd(left)])
}

// moreLines takes the lines that continue the one just taken. A blank line ends
// them, and so does a comment, as in keepalived.
func (l *lexer) moreLines() (lines []string) {
	for {
		f := l.top
		f.off += lineEnd(f.left())
		if f.off == len(f.text) {
			return lines
		}
		line := f.text[f.off+1:]
		line = line[:lineEnd(line)]
		code := strings.Trim(line[:codeEnd(line, false)], blanks)
		goesOn := isContinued(line) || isContinued(code)
		if code == "" && !goesOn {
			return lines
		}
		f.newLine()
		f.off += len(line)
		if code = withoutBackslash(code); code != "" {
			lines = append(lines, code)
		}
		if !goesOn {
			return lines
		}
	}
}

const blanks = " \t\r\v\f"

// withoutBackslash cuts the sign that the line goes on.
func withoutBackslash(code string) string {
	return strings.TrimRight(strings.TrimSuffix(code, `\`), blanks)
}

// condition acts on @id and @^id: the rest of the line counts only if the id is
// the configuration's, or is not.
func (l *lexer) condition(left string) bool {
	if l.conditions > 0 {
		return false
	}
	l.conditions++
	id := left[1:]
	if n := strings.IndexAny(id, blanks+"\n"+noBreakSpace); n >= 0 {
		id = id[:n]
	}
	l.top.off += 1 + len(id)
	name, not := strings.CutPrefix(id, "^")
	if (name == l.src.options.configID()) == not {
		l.leaveOut()
	}
	return true
}

// leaveOut leaves out the rest of a line whose condition is not met.
func (l *lexer) leaveOut() {
	line := l.rest("the condition")
	code := strings.TrimLeft(line.left(), blanks)
	if _, n := definedName(code); n > 0 && l.continued(code) {
		l.moreLines()
		l.src.report(config.Warning, line.here(), "",
			"the definition is left out whole: keepalived leaves out its first line only")
		return
	}
	if braces(code) != 0 {
		l.src.report(config.Warning, line.here(), "put the condition before each line of the block",
			"the condition leaves out this line with its brace, as in keepalived, but no other line of the block")
	}
}

// braces counts the braces that a line opens more than it closes.
func braces(line string) (n int) {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			n++
		case c == '}':
			n--
		}
	}
	return n
}
