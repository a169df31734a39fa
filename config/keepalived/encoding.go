package keepalived

import (
	"strings"
	"unicode/utf8"

	"github.com/lvsctl/lvsctl/config"
)

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
		code := codeLen(line)
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

// codeLen is the length of a line without its comment.
func codeLen(line string) int {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '#' || c == '!'):
			return i
		}
	}
	return len(line)
}
