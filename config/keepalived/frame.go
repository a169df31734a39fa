package keepalived

import (
	"strings"
	"unicode/utf8"

	"github.com/lvsctl/lvsctl/config"
)

// frame is a text that is being read: a file, the rest of a line, or what a
// variable stands for. Frames lie on each other; the top one is read first.
type frame struct {
	text string
	off  int   // byte that is read next
	file *file // the file it stands in, or is

	// Where the text stands. In a file a line has a number and begins at lineStart;
	// counted is the offset up to which column counts its characters. What came out
	// of a variable has one place: first for a word at its start, at for the others.
	line, lineStart int
	counted, column int
	fixed           bool
	first, at       config.Position

	isFile   bool // the whole of a file
	inLine   bool // a part of a line, which goes on in the frame below
	expanded bool // the variables in it are replaced already

	checks  includeChecks // to go back to after the file
	include *inclusion    // what gives the next frame when this one ends
	loop    *loop
}

func fileFrame(f *file) frame {
	return frame{text: f.text, file: f, line: 1, column: 1, isFile: true}
}

// here is the place of the next byte.
func (f *frame) here() config.Position {
	if f.fixed {
		if f.off == 0 {
			return f.first
		}
		return f.at
	}
	f.column += utf8.RuneCountInString(f.text[f.counted:f.off])
	f.counted = f.off
	return config.Position{File: f.file.name, Line: int32(f.line), Column: int32(f.column)}
}

// newLine goes on behind the line end that is next.
func (f *frame) newLine() {
	if f.isFile {
		f.file.noteLength(f.line, f.off-f.lineStart)
	}
	f.off++
	f.line++
	f.lineStart, f.counted, f.column = f.off, f.off, 1
}

// part is a frame for the text between the next byte and end, at the same place.
func (f *frame) part(end int) frame {
	p := *f
	p.text = f.text[:end]
	p.isFile, p.inLine, p.include, p.loop = false, false, nil, nil
	if p.fixed {
		p.text, p.off, p.first = p.text[p.off:], 0, f.here()
	}
	return p
}

// left is the text that was not read yet.
func (f *frame) left() string { return f.text[f.off:] }

// codeEnd is the offset where the code of the line at the start of s ends: at
// its comment, or at its end. With inBlock it ends at a brace that closes the
// block in which it stands, too.
func codeEnd(s string, inBlock bool) int {
	quoted, depth := false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n':
			return i
		case c == '\\' && i+1 < len(s) && s[i+1] != '\n':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '#' || c == '!':
			return i
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth < 0 && inBlock {
				return i
			}
		}
	}
	return len(s)
}

// isContinued tells whether a line ends with a backslash, be it in its comment.
func isContinued(line string) bool {
	return strings.HasSuffix(strings.TrimRight(line, blanks), `\`)
}

func lineEnd(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}
