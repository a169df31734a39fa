package yamlfile

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mistake is one kind of syntax error of the library: a part of its message, and
// how it is told.
type mistake struct {
	is            string
	message, hint string
	find          func(*source, stop) int // the offset of the word
}

// stop is where the library gave up.
type stop struct {
	read int // how many bytes it had read
	line int // the line that it tells, 0 if it tells none; not that of the mistake with most kinds
}

const (
	quoteHint  = `put text with special characters into quotes: "…"`
	tabMessage = "tab in the indentation"
	tabHint    = "indent with blanks"
)

// mistakes in the order in which they are looked for.
func mistakes() []mistake {
	return []mistake{
		{"mapping values are not allowed", `":" in the middle of a value`,
			`put the value into quotes, or check the indentation`, findByte(":")},
		{"found character that cannot start any token", "this character cannot start a value", quoteHint, findByte("\t@`%")},
		{"tab character", tabMessage, tabHint, findTab},
		{"found unexpected end of stream", "the quote is not closed", "close it", findQuote},
		{"block sequence entries are not allowed", `"- " in the middle of a line`,
			`put each item on a line of its own`, findByte("-")},
		{"did not find expected ',' or", `the list or block in brackets is not closed before this`,
			`write "," or the closing bracket`, findLine},
		{"did not find expected '-' indicator", "a setting among the items of a list",
			`write "- " before it, or check the indentation`, findLine},
		{"did not find expected key", "this does not belong here",
			"indent it as the settings that it belongs to", findRest},
		{"could not find expected ':'", `":" is missing`, `write "name: value"`, findReported},
		{"unknown escape character", `unknown escape after "\"`, `write "\\" for a backslash, or use single quotes`, findByte(`\`)},
		{"did not find expected alphabetic", "a name must follow", quoteHint, findByte("*&")},
		{"did not find expected node content", "a value is missing here", "", findMissing},
		{"did not find expected comment or line break", `nothing may stand behind "|" or ">"`, "put the text below, indented", findLine},
		{"incompatible YAML", "lvsctl reads YAML 1.1 and 1.2 only", "remove the line", findDirective},
		{"exceeded max depth", "blocks within blocks, too deep", "", findLine},
	}
}

// syntaxError tells a syntax error of the library with its place.
func (s *source) syntaxError(err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	where := stop{read: s.readUntilError()}
	if m := reported.FindStringSubmatch(message); m != nil {
		message = message[len(m[0]):]
		where.line, _ = strconv.Atoi(m[1]) // the pattern has digits only
		where.line = min(where.line, len(s.lineStarts))
	}
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		at := bytes.LastIndex(s.text[:where.read], []byte("*"+m[1]))
		s.syntax(s.placeOf(max(at, 0)), `put "&`+m[1]+`" before the value that is meant, further up`, "no anchor "+quote(m[1])+" before this")
		return
	}
	for _, m := range mistakes() {
		if strings.Contains(message, m.is) {
			at := m.find(s, where)
			if at < len(s.text) && s.text[at] == '\t' {
				m.message, m.hint = tabMessage, tabHint
			}
			s.syntax(s.placeOf(at), s.betterHint(at, m.hint), m.message)
			return
		}
	}
	s.syntax(s.placeOf(findLine(s, where)), "", "no valid YAML: "+message)
}

var (
	reported      = regexp.MustCompile(`^line (\d+): `)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)
	address       = regexp.MustCompile(`:\s+(\[[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\]|[0-9A-Fa-f]*:[0-9A-Fa-f:]*::?)`)
	garbage       = regexp.MustCompile(`^[^"'\[{#]*[:\-]\s+(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\[[^\[\]]*\]|\{[^{}]*\})\s*([^\s#].*)`)
	missing       = regexp.MustCompile(`[,\[{:]\s*([,\]}])`)
)

// betterHint is the hint for a line in which an address has brackets or colons
// that YAML takes for its own.
func (s *source) betterHint(at int, hint string) string {
	if address.MatchString(s.line(int(s.placeOf(at).Line))) {
		return `put an address with brackets or a colon at its end into quotes: "[fd00::1]:80"`
	}
	if garbage.MatchString(s.line(int(s.placeOf(at).Line))) && at > s.firstWord(int(s.placeOf(at).Line)) {
		return "put the whole value into quotes"
	}
	return hint
}

// drip hands a text out byte by byte, to see how far it was read.
type drip struct {
	text []byte
	read int
}

func (d *drip) Read(p []byte) (int, error) {
	if d.read == len(d.text) {
		return 0, io.EOF
	}
	p[0] = d.text[d.read]
	d.read++
	return 1, nil
}

// readUntilError is how far the library reads until it finds the error: up to
// four characters beyond it.
func (s *source) readUntilError() int {
	d := &drip{text: s.text}
	dec := yaml.NewDecoder(d)
	for {
		var n yaml.Node
		if err := dec.Decode(&n); err != nil {
			return d.read
		}
	}
}

// lookahead is how many characters the library reads beyond the one it looks at.
const lookahead = 4

// findByte finds the first of some characters within the library's lookahead,
// else the last before it.
func findByte(chars string) func(*source, stop) int {
	return func(s *source, where stop) int {
		from := max(0, where.read-lookahead)
		if i := bytes.IndexAny(s.text[from:where.read], chars); i >= 0 {
			return from + i
		}
		return max(0, bytes.LastIndexAny(s.text[:where.read], chars))
	}
}

func findTab(s *source, where stop) int {
	return max(0, bytes.LastIndexByte(s.text[:where.read], '\t'))
}

func findDirective(s *source, _ stop) int {
	return max(0, bytes.Index(s.text, []byte("%YAML")))
}

// findLine finds the first word of the line in which the error was found.
func findLine(s *source, where stop) int {
	at := max(0, where.read-lookahead)
	for at > 0 && isBlank(s.text[at-1]) && (at == len(s.text) || isBlank(s.text[at])) {
		at--
	}
	return s.firstWord(int(s.placeOf(min(at, max(0, len(s.text)-1))).Line))
}

// firstWord is the offset of the first word of a line.
func (s *source) firstWord(line int) int {
	at := s.lineStarts[line-1]
	for at < len(s.text) && (s.text[at] == ' ' || s.text[at] == '\t') {
		at++
	}
	return at
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// findMissing finds the sign before which a value is missing.
func findMissing(s *source, where stop) int {
	all := missing.FindAllSubmatchIndex(s.text[:where.read], -1)
	if len(all) == 0 {
		return findLine(s, where)
	}
	return all[len(all)-1][2]
}

// findRest finds what stands behind a value that was ended by its quote or
// bracket, else the first word of the line.
func findRest(s *source, where stop) int {
	at := findLine(s, where)
	line := int(s.placeOf(at).Line)
	for n := line; n >= max(1, line-1); n-- {
		if m := garbage.FindStringSubmatchIndex(s.line(n)); m != nil {
			return s.lineStarts[n-1] + m[2]
		}
	}
	return at
}

// findReported finds the line that the library tells.
func findReported(s *source, where stop) int {
	if where.line == 0 {
		return findLine(s, where)
	}
	return s.firstWord(where.line)
}

// findQuote finds the quote that is not closed: the library tells the line in
// which it stands, or the last one if it stands in the first.
func findQuote(s *source, where stop) int {
	line := where.line
	if line == 0 || line == len(s.lineStarts) || !strings.ContainsAny(s.line(line), `"'`) {
		line = 1
	}
	text := s.line(line)
	at := 0
	for i := range len(text) {
		if (text[i] == '"' || text[i] == '\'') && (i == 0 || strings.IndexByte(" \t[{,:-", text[i-1]) >= 0) {
			at = i
		}
	}
	return s.lineStarts[line-1] + at
}
