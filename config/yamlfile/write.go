package yamlfile

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/lvsctl/lvsctl/config"
)

// yamlWriter writes a tree as YAML.
type yamlWriter struct {
	out     bytes.Buffer
	origins bool
}

const step = "  " // indentation of a block inside another

// block writes the settings of a block. The first line begins with first, such
// as "- ", the others with the indentation.
func (w *yamlWriter) block(n *node, depth int, first string) {
	for i, c := range n.children {
		w.comments(c.above, depth)
		if i == 0 && first != "" {
			w.out.WriteString(first)
		} else {
			w.indent(depth)
		}
		w.out.WriteString(c.name + ":")
		w.value(c, depth)
	}
}

func (w *yamlWriter) indent(depth int) { w.out.WriteString(strings.Repeat(step, depth)) }

func (w *yamlWriter) comments(above []string, depth int) {
	for _, text := range above {
		for l := range strings.SplitSeq(text, "\n") {
			w.indent(depth)
			w.out.WriteString(strings.TrimRight("# "+printable(l), " ") + "\n")
		}
	}
}

// value writes what stands behind a name.
func (w *yamlWriter) value(n *node, depth int) {
	switch {
	case n.kind == blockNode && len(n.children) > 0:
		w.end(n)
		w.block(n, depth+1, "")
	case n.kind == blockNode:
		w.out.WriteString(" {}")
		w.end(n)
	case n.kind == listNode && w.isShort(n):
		w.out.WriteString(" " + flow(n))
		w.end(n)
	case n.kind == listNode:
		w.end(n)
		w.list(n, depth+1)
	default:
		w.out.WriteString(" " + yamlWord(n, false))
		w.end(n)
	}
}

// list writes each item on a line of its own.
func (w *yamlWriter) list(n *node, depth int) {
	for _, item := range n.children {
		w.comments(item.above, depth)
		if item.kind == blockNode && len(item.children) > 0 {
			w.block(item, depth+1, strings.Repeat(step, depth)+"- ")
			continue
		}
		w.indent(depth)
		w.out.WriteString("-")
		w.value(item, depth)
	}
}

// shortList bounds the lists that are written in one line, in characters.
const shortList = 70

// isShort tells whether a list can stand in one line.
func (w *yamlWriter) isShort(n *node) bool {
	for _, c := range n.children {
		if c.kind >= listNode || len(c.above) > 0 || c.behind != "" || w.origins && originOf(c) != "" {
			return false
		}
	}
	return len(flow(n)) <= shortList
}

// flow writes a list of words in brackets.
func flow(n *node) string {
	words := make([]string, len(n.children))
	for i, c := range n.children {
		words[i] = yamlWord(c, true)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// end writes the comment behind a line, and ends the line.
func (w *yamlWriter) end(n *node) {
	var parts []string
	if n.behind != "" {
		parts = append(parts, printable(n.behind))
	}
	if origin := originOf(n); w.origins && origin != "" {
		parts = append(parts, origin)
	}
	if len(parts) > 0 {
		w.out.WriteString("  # " + strings.Join(parts, "; "))
	}
	w.out.WriteByte('\n')
}

// originOf tells where a setting comes from.
func originOf(n *node) string {
	switch {
	case n.state == config.Default:
		return "default"
	case n.state == config.Unset, n.where.Line == 0:
		return ""
	case n.state == config.Inherited:
		return fmt.Sprintf("from %s:%d", printable(n.where.File), n.where.Line)
	case n.state == config.Adjusted:
		return "adjusted, " + printable(n.where.String())
	default:
		return printable(n.where.String())
	}
}

// printable replaces what must not stand in a comment.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || !unicode.IsPrint(r) && !unicode.IsSpace(r) || unicode.IsSpace(r) && r != ' ' && r != '\u00a0' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

var (
	// plainStart is what a word without quotes may begin with.
	plainStart = regexp.MustCompile(`^(?:[\pL\pN_/.(+~$^;=]|-[^\s-]|::?[0-9A-Fa-f])`)
	// notPlain is what makes a word need quotes.
	notPlain = regexp.MustCompile(`:\s|:$|\s#|^\s|\s$|[^\pL\pM\pN\pP\pS ]`)
	// oldBool are words that YAML 1.1 takes for true and false.
	oldBool = regexp.MustCompile(`^(?i:y|n|yes|no|on|off)$`)
)

// yamlWord writes a word, in quotes if it would not be read as the same word otherwise.
func yamlWord(n *node, inBrackets bool) string {
	s := n.text
	switch {
	case n.kind == plainNode:
		return s
	case !plainStart.MatchString(s), notPlain.MatchString(s), inBrackets && strings.ContainsAny(s, ",[]{}:?"):
		return quoted(s)
	case n.kind == textNode:
		return s
	case oldBool.MatchString(s), (&yaml.Node{Kind: yaml.ScalarNode, Value: s}).ShortTag() != "!!str":
		return quoted(s)
	default:
		return s
	}
}

// quoted writes a word in double quotes, as both YAML and JSON have it.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r) || r == '\u00a0' || r > 0xffff:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
