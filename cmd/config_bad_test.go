package cmd

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config"
)

// rewrite writes the golden files and the table in the manual anew:
// go test ./cmd -run TestBadInput -rewrite-config
var rewrite = flag.Bool("rewrite-config", false, "write golden files of config check anew")

// badHost is the host on which keepalived's verdicts were recorded, as far as it matters.
type badHost struct{}

func (badHost) HasInterface(name string) (bool, error) {
	return strings.HasPrefix(name, "eth") && name != "eth99" && len(name) == 4, nil
}
func (badHost) HasUser(name string) bool { return name == "root" }
func (badHost) Script(program, _ string, secure bool) error {
	switch {
	case program == "/bin/true" || program == "/bin/false":
		return nil
	case program == "/lab/insec/x.sh" && secure:
		return errors.New("root runs it, and /lab/insec/x.sh can be written by others than root")
	default:
		return errors.New("no such file or directory")
	}
}

// badCase is one of the bad inputs, with what keepalived -t of 2.2.7 exits with.
type badCase struct{ name, keepalived, title string }

func badCases(t *testing.T) (cases []badCase) {
	t.Helper()
	text, err := os.ReadFile("testdata/config/bad/cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		cases = append(cases, badCase{f[0], f[1], f[2]})
	}
	if len(cases) != 179 {
		t.Fatalf("%d bad inputs", len(cases))
	}
	return cases
}

// TestBadInput checks what is said about each of the bad inputs that keepalived's
// verdicts are known of, and that the table in the manual tells the same.
func TestBadInput(t *testing.T) {
	var table strings.Builder
	table.WriteString("| # | input | keepalived -t | lvsctl | says first |\n|---|---|---|---|---|\n")
	for _, c := range badCases(t) {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			k := &configCheck{Streams: Streams{Out: &out, Err: &errs}, host: func() (config.Host, error) { return badHost{}, nil }}
			k.output = &choiceFlag{value: "text"}
			k.read.ConfigID = "lvs1"
			t.Chdir("testdata/config/bad")
			r := k.check(c.name + ".conf")
			if err := k.printText([]checkedFile{r}); err != nil {
				t.Fatal(err)
			}
			wantGolden(t, c.name+".golden", out.Bytes())
			fmt.Fprintf(&table, "| %s | %s | %s | %d %s | %s |\n", c.name[:3], cell(c.title), c.keepalived, r.status, r.Verdict, cell(firstSaid(r)))
		})
	}
	wantInManual(t, table.String())
}

func wantGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// firstSaid is the first message, of an error if there is one.
func firstSaid(r checkedFile) string {
	for _, d := range r.Diagnostics {
		if d.Severity == config.Error || r.status < checkRefused {
			return d.Message
		}
	}
	return r.Error
}

// cell makes a text fit into a table of Markdown.
func cell(s string) string {
	s = strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(s)
	if runes := []rune(s); len(runes) > 140 {
		s = string(runes[:140]) + "…"
	}
	return s
}

// wantInManual compares the table with that in docs/keepalived.md.
func wantInManual(t *testing.T, table string) {
	t.Helper()
	const begin, end = "<!-- bad inputs: made by go test ./cmd -run TestBadInput -rewrite-config -->\n", "<!-- end of bad inputs -->"
	path := filepath.Join("..", "docs", "keepalived.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	old, after, found2 := strings.Cut(rest, end)
	if !found || !found2 {
		t.Fatalf("%s has no table of bad inputs", path)
	}
	if *rewrite {
		if err := os.WriteFile(path, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(old, table); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
