package load

import (
	"os"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// maxShown bounds the lines shown in diagnostics, in bytes.
const maxShown = 1024

// WithLines adds to diagnostics that have none the line that they speak of, from
// the files as they are now. A line that may hold a secret is not shown.
func WithLines(said config.Diagnostics) config.Diagnostics {
	files := map[string][]string{}
	for i := range said {
		d := &said[i]
		if d.Line != "" || d.Where.File == "" || d.Where.Line < 1 {
			continue
		}
		lines, read := files[d.Where.File]
		if !read {
			text, _ := os.ReadFile(d.Where.File) // no text, no line
			lines = strings.Split(string(text), "\n")
			files[d.Where.File] = lines
		}
		if n := int(d.Where.Line); n <= len(lines) && len(lines[n-1]) <= maxShown && !mayBeSecret(lines[n-1]) {
			d.Line = strings.TrimRight(lines[n-1], "\r")
		}
	}
	return said
}

func mayBeSecret(line string) bool {
	for _, word := range []string{"auth_pas", "password", "key"} {
		if strings.Contains(line, word) {
			return true
		}
	}
	return false
}
