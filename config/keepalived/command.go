package keepalived

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// commandRow is a keyword with a command, and after it the user and the group
// that run it. The first line counts.
func commandRow[T any](name string, field func(*T) **config.Command) row[T] {
	return row[T]{
		names: name, args: 1, more: true,
		read: func(r *reader, s *statement, to *T) {
			if c := *field(to); c != nil {
				r.warn(s.at(), "", "%s is there a second time: ignored, as keepalived does; the first is in line %d", quote(s.keyword()), c.Where.Line)
				return
			}
			if c, ok := r.command(s); ok {
				*field(to) = c
			}
		},
		write: func(from *T) []Line { return commandLine(first(name), *field(from)) },
	}
}

// command reads a command with its user and group.
func (r *reader) command(s *statement) (*config.Command, bool) {
	line, rest, ok := r.commandWords(s)
	if !ok {
		return nil, false
	}
	c := &config.Command{Run: line, Where: s.at()}
	if len(rest) > 0 {
		c.User = config.Write(rest[0].text, rest[0].at)
	}
	if len(rest) > 1 {
		c.Group = config.Write(rest[1].text, rest[1].at)
	}
	if len(rest) > 2 {
		r.extraWords(s, rest[2:])
	}
	return c, true
}

// commandWords reads the command behind a keyword: one word in quotes that holds
// further words, or one word without arguments. It gives the words behind it too.
func (r *reader) commandWords(s *statement) (line config.Value[config.CommandLine], rest []word, ok bool) {
	words := s.words[1:]
	text, n := outerWord(words)
	argv, err := splitEscaped(text)
	if err == nil && len(argv) == 0 {
		err = errNoCommand
	}
	if err != nil {
		r.warn(words[0].at, "", "the command of %s cannot be read (%v): ignored, as keepalived does", quote(s.keyword()), err)
		return line, nil, false
	}
	return config.Write(config.CommandLine(argv), words[0].at), words[n:], true
}

var errNoCommand = errors.New("it is empty")

// outerWord takes the quotes and escapes of the line itself away; what is left is
// split into words once more. It gives the number of words that it stands in.
func outerWord(words []word) (text string, n int) {
	if words[0].quoted {
		return unescape(words[0].text), 1
	}
	text = words[0].text
	if !strings.HasPrefix(text, "'") {
		return unescape(text), 1
	}
	for n = 1; n < len(words) && (len(text) < 2 || !strings.HasSuffix(text, "'")); n++ {
		text += " " + words[n].text
	}
	return unescape(strings.TrimSuffix(text[1:], "'")), n
}

// splitEscaped splits a command line into words as keepalived does: '…' and "…"
// hold blanks, and a backslash has its meaning everywhere.
func splitEscaped(line string) (argv []string, err error) {
	var b strings.Builder
	quote, inWord := byte(0), false
	for i := 0; i < len(line); {
		c := line[i]
		switch {
		case c == '\\':
			if i+1 == len(line) {
				return nil, fmt.Errorf("it ends with a backslash")
			}
			value, n := escape(line[i+1:])
			b.WriteByte(value)
			i += n
			inWord = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			b.WriteByte(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case !isBlank(c):
			b.WriteByte(c)
			inWord = true
		case inWord:
			argv = append(argv, b.String())
			b.Reset()
			inWord = false
		}
		i++
	}
	if quote != 0 {
		return nil, fmt.Errorf("quote %c is not closed", quote)
	}
	if inWord {
		argv = append(argv, b.String())
	}
	return argv, nil
}

// unescape gives a backslash and what follows the meaning that keepalived gives it.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			value, n := escape(s[i+1:])
			b.WriteByte(value)
			i += n
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// escape gives the byte that follows a backslash, and how many bytes say it:
// \xHH, \NNN in octal, \cX for a control character, or a letter.
func escape(s string) (value byte, n int) {
	switch {
	case s[0] == 'x' && len(s) > 1 && isHex(s[1]):
		for n = 1; n < len(s) && isHex(s[n]); n++ {
			value = value<<4 | hexValue(s[n])
		}
		return value, n
	case s[0] == 'c' && len(s) > 1:
		return s[1] & 0x1f, 2
	case isOctal(s[0]):
		for n < 3 && n < len(s) && isOctal(s[n]) {
			value = value<<3 | (s[n] - '0')
			n++
		}
		return value, n
	}
	if i := strings.IndexByte("abEfnrtv", s[0]); i >= 0 {
		return "\a\b\x1b\f\n\r\t\v"[i], 1
	}
	return s[0], 1
}

func isOctal(c byte) bool { return '0' <= c && c <= '7' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func hexValue(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c&0x0f + 9
}

// commandLine writes a command with its user and group.
func commandLine(name string, c *config.Command) []Line {
	if c == nil {
		return nil
	}
	words := []string{name, quoteCommand(c.Run.V)}
	if c.User.IsSet() {
		words = append(words, quoteText(c.User.V))
	}
	if c.User.IsSet() && c.Group.IsSet() {
		words = append(words, quoteText(c.Group.V))
	}
	return []Line{{Words: words, Where: c.Where}}
}

// quoteCommand writes a command line so that commandWords reads the same words.
func quoteCommand(argv config.CommandLine) string {
	inner := make([]string, len(argv))
	for i, w := range argv {
		inner[i] = w
		if w == "" || strings.ContainsAny(w, " \t\r\n\v\f'\"\\") {
			inner[i] = "'" + escapeCommand.Replace(w) + "'"
		}
	}
	return quoteEscaped(strings.Join(inner, " "))
}

// quoteEscaped writes a word whose backslashes have a meaning.
func quoteEscaped(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// escapeCommand writes what would end a word in single quotes, or the line.
var escapeCommand = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`)
