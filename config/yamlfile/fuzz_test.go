package yamlfile

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"go.yaml.in/yaml/v3"

	"github.com/lvsctl/lvsctl/config"
)

// seeds adds the inputs of the golden files.
func seeds(f *testing.F) {
	paths, err := filepath.Glob(filepath.Join("testdata", "golden", "*.txt"))
	if err != nil || len(paths) == 0 {
		f.Fatal(err)
	}
	for _, p := range paths {
		datadriven.RunTestAny(f, p, func(_ testing.TB, d *datadriven.TestData) string {
			f.Add([]byte(unprintable.Replace(d.Input + "\n")))
			return d.Expected
		})
	}
}

// FuzzDecode reads anything: each diagnostic has a place in the text and one
// line, and no secret is shown.
func FuzzDecode(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range []string{"f.yaml", "f.json"} {
			var c farm
			ds := Decode(name, text, &c)
			lines := int32(len(newSource(name, text).lineStarts))
			for _, d := range ds {
				if d.Message == "" || strings.ContainsAny(d.Message+d.Hint, "\n") || d.Where.Line < 1 || d.Where.Line > lines || d.Where.Column < 1 {
					t.Errorf("%+v", d)
				}
				if s := string(c.Secret.V); len(s) > 7 && !strings.Contains("password: ********", s) && strings.Contains(d.Line, s) && bytes.Count(text, []byte(s)) == 1 {
					t.Errorf("%q is shown: %s", s, d)
				}
			}
			if ds.Err() == nil {
				if _, err := Encode(c, Options{Origins: true, Secrets: true}); err != nil {
					t.Error(err)
				}
			}
			_ = Decode(name, text, &config.Config{})
		}
	})
}

// FuzzFormat formats anything: what is formatted stays so. That it means the same
// is looked at by Format itself.
func FuzzFormat(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		once, err := Format("f.yaml", text)
		if err != nil {
			return
		}
		twice, err := Format("f.yaml", once)
		if err != nil {
			t.Fatalf("%v:\n%q", err, once)
		}
		if !bytes.Equal(once, twice) {
			t.Errorf("%q\nbecomes\n%q\nbecomes\n%q", text, once, twice)
		}
	})
}

// TestFormatOfSeeds formats the readable inputs of all golden files: none of
// them, nor any of the usual ways to write YAML, is left as it is.
func TestFormatOfSeeds(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join("testdata", "golden", "*.txt"))
	formatted := 0
	for _, p := range paths {
		datadriven.RunTest(t, p, func(t *testing.T, d *datadriven.TestData) string {
			text := []byte(unprintable.Replace(d.Input + "\n"))
			src := newSource("f.yaml", text)
			if root := src.parse(); len(src.diagnostics) > 0 || root != nil && root.Kind != yaml.MappingNode || strings.Contains(d.Input, "? {") { // a block as a name: no configuration has that
				return d.Expected
			}
			once, err := Format("f.yaml", text)
			if err != nil {
				t.Errorf("%s: %v", d.Pos, err)
				return d.Expected
			}
			if twice, err := Format("f.yaml", once); err != nil || !bytes.Equal(once, twice) {
				t.Errorf("%s: %v\n%s\nbecomes\n%s", d.Pos, err, once, twice)
			}
			formatted++
			return d.Expected
		})
	}
	if formatted < 80 {
		t.Errorf("only %d inputs were formatted", formatted)
	}
}
