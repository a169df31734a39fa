package keepalived

import (
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// Line is one line of a keepalived.conf that is written, with its block.
type Line struct {
	Words    []string // as they stand in the file, quoted
	HasBlock bool
	Block    []Line
	Where    config.Position // of what the line says, for its comments
}

// Lines gives the lines that say what the configuration says.
func Lines(c *config.Config) []Line { return writeBlock(rootTable(), c) }

// writeBlock gives the lines of a block, in the order of its table.
func writeBlock[T any](t table[T], from *T) (lines []Line) {
	for _, w := range t.order {
		if w.write != nil {
			lines = append(lines, w.write(from)...)
		}
	}
	return lines
}

// quoteText quotes a word for keepalived.conf, if it needs it. There is no way to
// write a quote in a word: a backslash stands for itself there.
func quoteText(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\r\v\f\u00a0\"{}#!\\'$@~") {
		return s
	}
	return `"` + s + `"`
}
