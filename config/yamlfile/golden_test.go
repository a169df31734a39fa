package yamlfile

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lvsctl/lvsctl/config"
)

// unprintable are the bytes that golden files spell out.
var unprintable = strings.NewReplacer("<BOM>", "\ufeff", "<NUL>", "\x00", "<CR>", "\r", "<TAB>", "\t", "<BAD>", "\xb7\xce",
	"<NEL>", "\u0085", "<LONG>", strings.Repeat("x", 2000), "<DEEP>", strings.Repeat("[", 200))

// TestGolden runs testdata/golden/*.txt: a text, then what was read with its
// places, and the diagnostics. The commands are the model and the language.
func TestGolden(t *testing.T) {
	cases := 0
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			cases++
			text := unprintable.Replace(d.Input + "\n")
			switch d.Cmd {
			case "farm":
				return read(t, "f.yaml", text, &farm{})
			case "json":
				return read(t, "f.json", text, &farm{})
			case "config":
				return read(t, "f.yaml", text, &config.Config{})
			case "comments":
				return said(Comments("f.yaml", []byte(text)))
			case "format":
				out, err := Format("f.yaml", []byte(text))
				if err != nil {
					return "error: " + err.Error() + "\n"
				}
				return string(out)
			default:
				t.Fatalf("%s: unknown command %q", d.Pos, d.Cmd)
				return ""
			}
		})
	})
	if cases < 100 {
		t.Errorf("only %d golden cases were run", cases)
	}
}

// read gives what was read with its places, and the diagnostics.
func read(t *testing.T, file, text string, into any) string {
	ds := Decode(file, []byte(text), into)
	out, err := Encode(into, Options{Origins: true})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for l := range strings.Lines(string(out)) {
		b.WriteString("| " + l)
	}
	for _, d := range ds {
		b.WriteString(d.String())
	}
	return b.String()
}

func said(cs []config.Comment) string {
	var b strings.Builder
	for _, c := range cs {
		b.WriteString(c.Where.String())
		if c.Alone {
			b.WriteString(" alone")
		}
		b.WriteString(": " + c.Text + ".\n")
	}
	return b.String()
}
