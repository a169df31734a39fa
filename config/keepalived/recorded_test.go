package keepalived

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func recordings(t *testing.T, prefix string) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/recorded/" + prefix + "*.conf")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recordings %s*: %v", prefix, err)
	}
	return paths
}

func readFileString(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lines gives the lines of a dump without the time before them.
func lines(dump string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for s := bufio.NewScanner(strings.NewReader(dump)); s.Scan(); {
			line := s.Text()
			if len(line) > 26 && line[3] == ' ' && line[24:26] == ": " {
				line = line[26:]
			}
			if !yield(line) {
				return
			}
		}
	}
}
