package keepalived

import (
	"bytes"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// Print writes lines as the text of a keepalived.conf. comment gives the comments
// of what stands at a place, and may be nil.
func Print(lines []Line, comment func(config.Position) (above []string, behind string)) []byte {
	p := printer{comment: comment}
	for i, l := range lines {
		if i > 0 {
			p.out.WriteByte('\n')
		}
		p.line(l, 0)
	}
	return p.out.Bytes()
}

// printer writes lines one after the other.
type printer struct {
	out     bytes.Buffer
	comment func(config.Position) ([]string, string)
}

func (p *printer) line(l Line, depth int) {
	var above []string
	var behind string
	if p.comment != nil && l.Where != (config.Position{}) {
		above, behind = p.comment(l.Where)
	}
	for _, c := range above {
		p.indent(depth)
		p.out.WriteString(strings.TrimRight("# "+c, " ") + "\n")
	}
	p.indent(depth)
	p.out.WriteString(strings.Join(l.Words, " "))
	if l.HasBlock {
		p.out.WriteString(" {")
	}
	if behind != "" {
		p.out.WriteString("  # " + behind)
	}
	p.out.WriteByte('\n')
	if !l.HasBlock {
		return
	}
	for _, inner := range l.Block {
		p.line(inner, depth+1)
	}
	p.indent(depth)
	p.out.WriteString("}\n")
}

func (p *printer) indent(depth int) { p.out.WriteString(strings.Repeat("    ", depth)) }
