package keepalived

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// matches are the files that an include names.
type matches struct {
	paths   []string
	missing []string // names without wildcards that no file has, and directories
	err     error    // why the first of them is missing
	tooMany bool
}

func (m *matches) miss(path string, err error) {
	if m.err == nil {
		m.err = config.Bare(err)
	}
	m.missing = append(m.missing, path)
}

// maxBraces bounds what braces stand for.
const maxBraces = 1000

// glob gives the files of a pattern in the manner of csh: braces first, then
// wildcards, sorted for each name in braces. A relative pattern starts at dir.
func glob(m Machine, dir, pattern string) (found matches) {
	patterns, ok := expandBraces(pattern)
	if !ok {
		return matches{tooMany: true}
	}
	for _, p := range patterns {
		if !filepath.IsAbs(p) && dir != "." {
			p = quoteGlob(dir) + "/" + p
		}
		globOne(m, p, &found)
	}
	return found
}

// expandBraces gives the patterns that a pattern with {a,b} stands for, false if
// they are too many.
func expandBraces(pattern string) (all []string, ok bool) {
	todo := []string{pattern}
	for len(todo) > 0 {
		p := todo[0]
		todo = todo[1:]
		open, commas, end := findBraces(p)
		if open < 0 {
			all = append(all, p)
			continue
		}
		var each []string
		for i := range len(commas) - 1 {
			each = append(each, p[:open]+p[commas[i]+1:commas[i+1]]+p[end+1:])
		}
		if len(all)+len(todo)+len(each) > maxBraces || len(p) > 4*maxBraces {
			return nil, false
		}
		todo = append(each, todo...)
	}
	return all, true
}

// findBraces gives the place of the first braces that close, and of what divides
// the words in them, the braces among it.
func findBraces(p string) (open int, divides []int, end int) {
	open, depth := -1, 0
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\':
			i++
		case c == '{' && open < 0 && strings.HasPrefix(p[i:], "{}"):
			i++
		case c == '{':
			if depth++; depth == 1 {
				open, divides = i, []int{i}
			}
		case c == ',' && depth == 1:
			divides = append(divides, i)
		case c == '}' && depth > 0:
			if depth--; depth == 0 {
				return open, append(divides, i), i
			}
		}
	}
	return -1, nil, 0
}

// globOne finds the files of a pattern without braces.
func globOne(m Machine, pattern string, found *matches) {
	at := []string{""}
	if strings.HasPrefix(pattern, "/") {
		at[0] = "/"
	}
	wild := false
	parts := strings.FieldsFunc(pattern, func(c rune) bool { return c == '/' })
	for _, part := range parts {
		if !isWild(part) {
			for j := range at {
				at[j] = join(at[j], unquoteGlob(part))
			}
			continue
		}
		wild = true
		var next []string
		for _, dir := range at {
			next = append(next, matching(m, dir, part, found)...)
		}
		at = next
	}
	for _, p := range at {
		if _, err := m.Stat(p); err == nil {
			found.paths = append(found.paths, p)
		} else if !wild {
			found.miss(p, err)
		}
	}
}

// isWild tells whether a part of a pattern has wildcards that stand for others.
func isWild(part string) bool {
	for i := 0; i < len(part); i++ {
		switch part[i] {
		case '\\':
			i++
		case '*', '?', '[':
			return true
		}
	}
	return false
}

func join(dir, name string) string {
	if dir == "" || dir == "/" {
		return dir + name
	}
	return dir + "/" + name
}

// matching gives what in a directory matches one part of a pattern. As in a
// shell, hidden files must be named.
func matching(m Machine, dir, part string, found *matches) (all []string) {
	at := dir
	if at == "" {
		at = "."
	}
	entries, err := m.ReadDir(at)
	if err != nil {
		found.miss(at, err)
		return nil
	}
	part = strings.ReplaceAll(part, "[!", "[^")
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(part, ".") {
			continue
		}
		if ok, err := path.Match(part, e.Name()); ok && err == nil {
			all = append(all, join(dir, e.Name()))
		}
	}
	slices.Sort(all)
	return all
}

// quoteGlob makes a name stand for itself in a pattern.
func quoteGlob(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

func unquoteGlob(part string) string {
	var b strings.Builder
	for i := 0; i < len(part); i++ {
		if part[i] == '\\' && i+1 < len(part) {
			i++
		}
		b.WriteByte(part[i])
	}
	return b.String()
}
