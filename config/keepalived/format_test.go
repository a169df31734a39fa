package keepalived

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	gocmp "github.com/google/go-cmp/cmp"
)

// TestFormat runs testdata/format/*.txt: a text, then what Format makes of it.
func TestFormat(t *testing.T) {
	cases := 0
	datadriven.Walk(t, "testdata/format", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			cases++
			text := strings.ReplaceAll(unprintable.Replace(d.Input+"\n"), "<EMPTY>", "")
			got, err := Format("k.conf", []byte(text))
			if err != nil {
				return err.Error() + "\n"
			}
			checkFormat(t, text, string(got))
			return strings.ReplaceAll(string(got), "\n\n", "\n<EMPTY>\n")
		})
	})
	if cases < 15 {
		t.Errorf("only %d cases were run", cases)
	}
}

// checkFormat checks that a text says the same after it was formatted, and that
// nothing is left to do.
func checkFormat(t testing.TB, text, formatted string) {
	t.Helper()
	before, whole := shape(text)
	after, _ := shape(formatted)
	if diff := gocmp.Diff(before, after); diff != "" && whole {
		t.Errorf("%q became %q, which is read in another way:\n%s", text, formatted, diff)
	}
	again, err := Format("k.conf", []byte(formatted))
	if err != nil || string(again) != formatted {
		t.Errorf("%q became %q, and that %q: %v", text, formatted, again, err)
	}
}

// shape is the tree of a text without places, and its comments; false if not all
// of it may be read.
func shape(text string) (all []string, whole bool) {
	src := smallSource("/etc/keepalived/k.conf", text)
	src.limit = 4 << 20
	src.wantComments = true
	for s := range parse(src) {
		all = append(all, strings.Split(shapeOf(s), "\n")...)
	}
	for _, c := range src.comments {
		all = append(all, "comment "+c.Text)
	}
	for _, said := range src.diagnostics {
		if strings.HasSuffix(said.Message, "is not read") {
			return all, false
		}
	}
	return all, true
}

func shapeOf(s *statement) string {
	var b strings.Builder
	if s.oneLine && len(s.words) > 1 {
		b.WriteString("same line: ")
	}
	for _, w := range s.words {
		fmt.Fprintf(&b, "%q/%t ", w.text, w.quoted)
	}
	if s.block != nil {
		b.WriteString("{\n")
		for i := range s.block.statements {
			b.WriteString(shapeOf(&s.block.statements[i]) + "\n")
		}
		b.WriteString("}")
	}
	return b.String()
}

// TestFormatCorpus formats every file that there is.
func TestFormatCorpus(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(shared, "corpus/keepalived/*.conf"))
	if err != nil || len(paths) == 0 {
		t.Skipf("no corpus beside the repository: %v", err)
	}
	refused := 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Format(path, text)
		if err != nil {
			t.Log(err)
			refused++
			continue
		}
		checkFormat(t, string(text), string(got))
	}
	t.Logf("%d files, %d of them refused", len(paths), refused)
	if refused > len(paths)/10 {
		t.Errorf("%d of %d files were refused", refused, len(paths))
	}
}

func FuzzFormat(f *testing.F) {
	seedFuzz(f)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Format("k.conf", []byte(text))
		if err == nil {
			checkFormat(t, text, string(got))
		}
	})
}
