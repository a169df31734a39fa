package cmd

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lvsctl/lvsctl/config/load"
)

// notStrict are the files of the corpus that keepalived runs although they are wrong
// in a way that YAML cannot express.
func notStrict() map[string]string {
	return map[string]string{
		"085": "unicast without peers", "773": "unicast without peers",
		"514": "no neighbour", "515": "no neighbour", "553": "no neighbour", "608": "no neighbour",
		"625": "no neighbour", "626": "no neighbour", "628": "no neighbour", "832": "no neighbour",
		"926": "no neighbour", "971": "no neighbour", "829": "no path", "973": "not that of the whole group",
	}
}

// Every file that people really have says the same in YAML, and again in its own
// language: convert proves that itself, by reading the result back.
func TestConvertCorpus(t *testing.T) {
	t.Parallel()
	const corpus = "../../shared/corpus/keepalived"
	files, err := filepath.Glob(filepath.Join(corpus, "*.conf"))
	if err != nil || len(files) == 0 {
		t.Skipf("no corpus beside the repository (%s)", corpus)
	}
	converted := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".conf")
		if _, said, err := load.Load(file, load.Options{}); err != nil || said.Err() != nil {
			continue // it would not start
		}
		for _, language := range []string{"yaml", "json", "keepalived"} {
			err := convertFile(t, file, language)
			var strict notStrictError
			switch want := notStrict()[name]; {
			case want != "" && language != "keepalived":
				if !errors.As(err, &strict) || !strings.Contains(err.Error(), want) {
					t.Errorf("%s to %s: %v, want %q", name, language, err, want)
				}
			case err != nil:
				t.Errorf("%s to %s: %v", name, language, err)
			default:
				converted++
			}
		}
	}
	if converted < 1000 {
		t.Errorf("only %d conversions", converted)
	}
}

func convertFile(t *testing.T, file, language string) error {
	t.Helper()
	k := conversion{
		Streams: Streams{Err: &strings.Builder{}}, to: &choiceFlag{value: language},
		into: filepath.Join(t.TempDir(), "out"),
	}
	if err := k.run(file); err != nil {
		return err
	}
	_, err := os.Stat(k.into)
	return err
}
