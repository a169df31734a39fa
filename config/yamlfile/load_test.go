package yamlfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lvsctl/lvsctl/config"
)

// files writes files below a new folder, and changes to it.
func files(t *testing.T, texts map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range texts {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// loaded is what was loaded, with its places, and the diagnostics.
func loaded(t *testing.T, path string, into any) string {
	t.Helper()
	ds, err := Load(path, into)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Encode(into, Options{Origins: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ds {
		out = append(out, d.String()...)
	}
	return string(out)
}

func TestLoadMerges(t *testing.T) {
	files(t, map[string]string{
		"lvsctl.yaml":         "title: x\nsmall: 3\ncows: [Berta]\ninside: {width: 1}\nnames: [a]\n",
		"conf.d/20-b.yaml":    "small: 3\ncows: [Emma]\ninside: {door: {open: true}}\nnames: [b]\n",
		"conf.d/10-a.yaml":    "on: true\ncows: [Clara]\npointer: {width: 2}\n",
		"conf.d/30-none.yaml": "",
		"conf.d/.hidden.yaml": "on: 3\n",
		"conf.d/x.yaml~":      "on: 3\n",
	})
	const want = `title: x  # lvsctl.yaml:1:8
on: true  # conf.d/10-a.yaml:1:5
small: 3  # lvsctl.yaml:2:8
names:
  - a  # lvsctl.yaml:5:9
  - b  # conf.d/20-b.yaml:4:9
inside:
  width: 1  # lvsctl.yaml:4:17
  door:
    open: true  # conf.d/20-b.yaml:3:23
pointer:
  width: 2  # conf.d/10-a.yaml:3:18
cows:
  - Berta  # lvsctl.yaml:3:8
  - Clara  # conf.d/10-a.yaml:2:8
  - Emma  # conf.d/20-b.yaml:2:8
`
	if got := loaded(t, "lvsctl.yaml", &farm{}); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// Files of conf.d that look as if they belonged to it are told.
func TestLoadTellsWhatIsNotRead(t *testing.T) {
	files(t, map[string]string{"l.yaml": "title: x\n", "conf.d/a.yml": "on: 3\n", "conf.d/README": ""})
	const want = `title: x  # l.yaml:1:8
conf.d/a.yml:1:1: warning: this file is not read: of conf.d only *.yaml is
    hint: rename it
`
	if got := loaded(t, "l.yaml", &farm{}); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestLoadConflicts(t *testing.T) {
	files(t, map[string]string{
		"l.yaml":        "title: x\npassword: hunter2\ncows: [{name: Berta, weight: 1}]\n",
		"conf.d/a.yaml": "title: y\npassword: hunter3\ncows:\n  - weight: 2\n    name: Berta\n",
	})
	const want = `conf.d/a.yaml:1:8: error: "title" is set already, to another value, at l.yaml:1:8
    title: y
           ^
    hint: keep one of them
conf.d/a.yaml:2:11: error: "password" is set already, to another value, at l.yaml:2:11
    password: ********
              ^
    hint: keep one of them
conf.d/a.yaml:5:11: error: "cows" has "Berta" already, at l.yaml:3:15
        name: Berta
              ^
    hint: give it another name, or keep one of them
`
	got := loaded(t, "l.yaml", &farm{})
	if _, ds, _ := strings.Cut(got, "weight: 2  # conf.d/a.yaml:4:13\n"); ds != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// What is wrong in one part of the real model does not concern the other.
func TestLoadParts(t *testing.T) {
	files(t, map[string]string{
		"l.yaml":        "virtual_routers: [{name: a, priority: 0}]\nglobal: {router_id: 1}\n",
		"conf.d/a.yaml": "virtual_servers: [{weight: x}]\nvirtual_routers: [{name: a}]\n",
	})
	ds, err := Load("l.yaml", &config.Config{})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, d := range ds {
		got += string(d.Part) + ": " + d.Where.String() + "\n"
	}
	const want = "virtual routers: l.yaml:1:39\n: l.yaml:2:21\nvirtual servers: conf.d/a.yaml:1:28\nvirtual routers: conf.d/a.yaml:2:26\n"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestLoadErrors(t *testing.T) {
	files(t, map[string]string{"conf.d/dir.yaml/x": "", "l.yaml": "", "only/l.yaml": "", "file/conf.d": "", "file/l.yaml": "title: x\n"})
	for path, want := range map[string]string{
		"missing.yaml":      "read configuration missing.yaml: no such file or directory",
		"conf.d":            "read configuration conf.d: is a directory",
		"l.yaml":            "read configuration conf.d/dir.yaml: is a directory",
		"only/l.yaml":       "",
		"file/l.yaml":       "",
		"missing/also.yaml": "read configuration missing/also.yaml: no such file or directory",
	} {
		_, err := Load(path, &farm{})
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
	_, err := Load("missing.yaml", &farm{})
	if load, ok := errors.AsType[*config.LoadError](err); !ok || !errors.Is(err, fs.ErrNotExist) || load.Hint() == "" {
		t.Errorf("got %v", err)
	}
}
