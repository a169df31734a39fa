package yamlfile

import (
	"bytes"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// jsonWriter writes a tree as JSON.
type jsonWriter struct {
	out     bytes.Buffer
	origins bool
}

// node writes a word, a list or a block.
func (w *jsonWriter) node(n *node, depth int) {
	if !w.origins || n.kind == blockNode || n.state == config.Unset {
		w.value(n, depth)
		return
	}
	w.out.WriteString(`{"value": `)
	w.value(n, depth+1)
	w.out.WriteString(`, "from": ` + quoted(stateName(n.state)))
	if n.where.Line != 0 {
		w.out.WriteString(`, "at": ` + quoted(n.where.String()))
	}
	w.out.WriteByte('}')
}

// value writes a word, a list or a block without its origin.
func (w *jsonWriter) value(n *node, depth int) {
	switch n.kind {
	case blockNode:
		w.collection(n, depth, "{", "}")
	case listNode:
		w.collection(n, depth, "[", "]")
	case plainNode:
		w.out.WriteString(n.text)
	default:
		w.out.WriteString(quoted(n.text))
	}
}

// collection writes each child on a line of its own.
func (w *jsonWriter) collection(n *node, depth int, opening, closing string) {
	w.out.WriteString(opening)
	for i, c := range n.children {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.newLine(depth + 1)
		if n.kind == blockNode {
			w.out.WriteString(quoted(c.name) + ": ")
		}
		w.node(c, depth+1)
	}
	if len(n.children) > 0 {
		w.newLine(depth)
	}
	w.out.WriteString(closing)
}

func (w *jsonWriter) newLine(depth int) { w.out.WriteString("\n" + strings.Repeat(step, depth)) }

// stateName names how a value came to be.
func stateName(s config.State) string {
	switch s {
	case config.Default:
		return "default"
	case config.Inherited:
		return "inherited"
	case config.Adjusted:
		return "adjusted"
	default:
		return "written"
	}
}
