package keepalived

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// reader goes through the tree and fills the model.
type reader struct {
	*source
	config      config.Config
	compat      bool // keepalived's way where it fails open
	secret      bool // inside a block whose values must not be shown
	suggestions int  // how many more "did you mean" may be looked for

	serviceScratch

	homes map[string]string // where each keyword belongs: "into virtual_server", "at the top level"
}

func newReader(src *source) *reader {
	r := &reader{
		source:      src,
		compat:      src.options.Compat,
		suggestions: maxSuggestions,
		homes:       map[string]string{},
	}
	r.serviceHomes = map[string]string{}
	addServiceHomes(r.serviceHomes)
	maps.Copy(r.homes, r.serviceHomes)
	addRouterHomes(r.homes)
	addHomes(r.homes, "into", globalTable())
	addHomes(r.homes, "at the top level", rootTable())
	return r
}

// addHomes notes where the keywords of a table belong; the last table wins.
func addHomes[T any](homes map[string]string, where string, t table[T]) {
	for _, k := range t.known {
		homes[k] = strings.TrimRight(where+" "+t.name, " ")
	}
}

// warn says that something is read, but not as it is written.
func (r *reader) warn(p config.Position, hint, format string, args ...any) {
	r.say(config.Warning, p, hint, format, args...)
}

// fail says why the configuration must be refused.
func (r *reader) fail(p config.Position, hint, format string, args ...any) {
	r.say(config.Error, p, hint, format, args...)
}

func (r *reader) say(severity config.Severity, p config.Position, hint, format string, args ...any) {
	line := r.shown(p)
	if r.secret && line != "" {
		line = cutAfterKeyword(line, int(p.Column))
	}
	r.reportLine(severity, p, line, hint, format, args...)
}

// cutAfterKeyword hides what follows the word at column.
func cutAfterKeyword(line string, column int) string {
	runes := []rune(line)
	end := min(column-1, len(runes))
	for end < len(runes) && runes[end] > ' ' && runes[end] != '\u00a0' {
		end++
	}
	if end == len(runes) {
		return line
	}
	return string(runes[:end]) + " " + hiddenPassword
}

// quote puts a word into quotes, cut if it is very long.
func quote(s string) string {
	const longest = 60
	if runes := []rune(s[:min(len(s), 4*longest)]); len(runes) > longest {
		s = string(runes[:longest]) + "…"
	}
	return strconv.Quote(s)
}

// quoteWords shows a few words as they stand in the file.
func quoteWords(ws []word) string {
	var b strings.Builder
	for i, w := range ws {
		if i > 0 {
			b.WriteByte(' ')
		}
		if b.Len() > 60 {
			break
		}
		b.WriteString(w.text)
	}
	return quote(b.String())
}

func lineNumber(p config.Position) string { return strconv.Itoa(int(p.Line)) }

// plural gives "1 line", "2 lines".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
