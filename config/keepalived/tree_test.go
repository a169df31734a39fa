package keepalived

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/cockroachdb/datadriven"

	"github.com/lvsctl/lvsctl/config"
)

// TestTree runs testdata/tree/*.txt: a text, then the tree that is read from it,
// a line for each statement with the places of its words, and what is said. With
// "write" a file is made that others include.
func TestTree(t *testing.T) {
	cases := 0
	datadriven.Walk(t, "testdata/tree", func(t *testing.T, path string) {
		m := newMachine(nil)
		m.env["SITE"] = "north"
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			text := unprintable.Replace(d.Input + "\n")
			if d.HasArg("no-final-newline") {
				text = strings.TrimRight(text, "\n")
			}
			switch d.Cmd {
			case "write":
				m.write(t, d, text)
				return ""
			case "tree":
				cases++
				return readTree(t, d, text, m)
			default:
				t.Fatalf("%s: unknown command %q", d.Pos, d.Cmd)
				return ""
			}
		})
	})
	if cases < 80 {
		t.Errorf("only %d cases were run", cases)
	}
}

func (m *fakeMachine) write(t *testing.T, d *datadriven.TestData, text string) {
	f := &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	var path string
	d.ScanArgs(t, "path", &path)
	if d.HasArg("executable") {
		f.Mode = 0o755
	}
	if d.HasArg("directory") {
		f.Mode = fs.ModeDir | 0o755
	}
	m.files[m.name(path)] = f
}

func readTree(t *testing.T, d *datadriven.TestData, text string, m Machine) string {
	o := Options{ConfigID: "lb1", Machine: m}
	d.MaybeScanArgs(t, "id", &o.ConfigID)
	if o.ConfigID == "host" {
		o.ConfigID = ""
	}
	o.Compat = d.HasArg("compat")
	src := newSource("/etc/keepalived/k.conf", text, o)
	src.wantComments = d.HasArg("comments")
	d.MaybeScanArgs(t, "limit", &src.limit)
	var b strings.Builder
	for s := range parse(src) {
		dumpStatement(&b, s, "")
	}
	tree := once(b.String())
	b.Reset()
	b.WriteString(tree)
	for _, c := range src.comments {
		fmt.Fprintf(&b, "comment %s %q alone=%t\n", place(c.Where), c.Text, c.Alone)
	}
	for _, said := range src.finish() {
		fmt.Fprintf(&b, "%s %s %s\n", said.Severity, place(said.Where), said.Message)
		if said.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", said.Hint)
		}
	}
	return b.String()
}

// once gives repeated lines once.
func once(text string) string {
	var b strings.Builder
	last, more := "", 0
	for line := range strings.Lines(text) {
		if line == last {
			more++
			continue
		}
		if more > 0 {
			fmt.Fprintf(&b, "(%d more)\n", more)
		}
		b.WriteString(line)
		last, more = line, 0
	}
	if more > 0 {
		fmt.Fprintf(&b, "(%d more)\n", more)
	}
	return b.String()
}

// place is line:column, after the name of a file that is not the first.
func place(p config.Position) string {
	return strings.TrimPrefix(strings.TrimPrefix(p.String(), "/etc/keepalived/"), "k.conf:")
}

func dumpStatement(b *strings.Builder, s *statement, indent string) {
	var words []string
	for _, w := range s.words {
		text := w.text
		if w.quoted || text == "" || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' }) {
			text = fmt.Sprintf("%q", text)
		}
		words = append(words, text+"@"+place(w.at))
	}
	if s.oneLine {
		words = append([]string{"(same line)"}, words...)
	}
	b.WriteString(indent + strings.Join(words, " "))
	if s.block == nil {
		b.WriteString("\n")
		return
	}
	fmt.Fprintf(b, " {@%s\n", place(s.block.open))
	for i := range s.block.statements {
		dumpStatement(b, &s.block.statements[i], indent+"  ")
	}
	fmt.Fprintf(b, "%s}@%s\n", indent, place(s.block.close))
}
