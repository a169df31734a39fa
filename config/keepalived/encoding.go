package keepalived

import (
	"strings"
	"unicode/utf8"

	"github.com/lvsctl/lvsctl/config"
)

// maxKeepalivedLine is where keepalived cuts a line, in bytes.
const maxKeepalivedLine = 1023

// notes are what is said once for a whole file, with the first place.
type notes struct {
	noBreakLines    int // lines with a no-break space among their words
	lastNoBreakLine int32
	firstNoBreak    config.Position
	longLines       int
	firstLong       int
	said            bool
}

func (n *notes) noteNoBreak(at config.Position) {
	if n.lastNoBreakLine == at.Line {
		return
	}
	if n.noBreakLines == 0 {
		n.firstNoBreak = at
	}
	n.noBreakLines++
	n.lastNoBreakLine = at.Line
}

func (n *notes) noteLength(line, bytes int) {
	if bytes <= maxKeepalivedLine {
		return
	}
	if n.longLines == 0 {
		n.firstLong = line
	}
	n.longLines++
}

// finish reports what concerns a file as a whole.
func (f *file) finish(src *source) {
	if f.said {
		return
	}
	f.said = true
	if f.noBreakLines > 0 {
		src.report(config.Warning, f.firstNoBreak,
			`replace them: sed -i 's/\xc2\xa0/ /g' `+f.name,
			"no-break spaces (U+00A0, as pasted from a web page) on %s, the first here: read as blanks, but keepalived does not know the keywords behind them",
			plural(f.noBreakLines, "line"))
	}
	if f.longLines > 0 {
		src.report(config.Warning, config.Position{File: f.name, Line: int32(f.firstLong), Column: 1}, "",
			"%s longer than %d bytes, the first here: read whole, but keepalived takes what is behind for a line of its own, comments too",
			plural(f.longLines, "line"), maxKeepalivedLine)
	}
}

// checkEncoding reports NUL bytes and bytes that are not UTF-8, each kind once,
// with the first place. In comments such bytes do no harm: old files have their
// comments in Latin-1 or GBK.
func checkEncoding(src *source, f *file) {
	if off := strings.IndexByte(f.text, 0); off >= 0 {
		src.report(config.Error, f.placeOf(off), "",
			"NUL byte: this is not a text file, or a damaged one (%d of them)", strings.Count(f.text, "\x00"))
	}
	if utf8.ValidString(f.text) {
		return
	}
	var inComment, inText bool
	for n := 1; n <= len(f.lineStarts()) && !inText; n++ {
		line := f.line(n)
		off := invalidUTF8(line)
		if off < 0 {
			continue
		}
		code := codeEnd(line, false)
		switch {
		case off >= code && !inComment:
			inComment = true
			src.report(config.Warning, f.placeOf(f.lineStarts()[n-1]+off), "iconv turns such a file into UTF-8",
				"comment that is not UTF-8 (only the first is told)")
		case invalidUTF8(line[:code]) >= 0:
			inText = true
			src.report(config.Error, f.placeOf(f.lineStarts()[n-1]+off), "iconv turns such a file into UTF-8",
				"byte 0x%02x is not UTF-8", line[off])
		}
	}
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, -1 if there is none.
func invalidUTF8(s string) int {
	for off, c := range s {
		if c == utf8.RuneError && !strings.HasPrefix(s[off:], string(utf8.RuneError)) {
			return off
		}
	}
	return -1
}
