package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKeywordsPageIsFresh compares the committed page with the reference.
func TestKeywordsPageIsFresh(t *testing.T) {
	have, err := os.ReadFile("../../docs/" + keywordsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keywordsPage(), string(have)); diff != "" {
		t.Errorf("docs/%s is stale: make docs\n%.2000s", keywordsFile, diff)
	}
}

// TestKeywordsPage checks the tables: five columns in every row, each block once.
func TestKeywordsPage(t *testing.T) {
	page := keywordsPage()
	rows, seen := 0, map[string]bool{}
	for line := range strings.Lines(page) {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			if seen[name] {
				t.Errorf("second table %s", name)
			}
			seen[name] = true
		}
		if !strings.HasPrefix(line, "|") {
			continue
		}
		rows++
		if n := len(regexp.MustCompile(`(^|[^\\])\|`).FindAllString(line, -1)); n != 6 {
			t.Errorf("%d columns: %s", n-1, line)
		}
	}
	if rows < 650 || len(seen) < 40 {
		t.Errorf("%d rows in %d tables", rows, len(seen))
	}
	for _, want := range []string{
		"| `state MASTER\\|BACKUP` | Says in which state the instance starts. ",
		"**Deprecated: error \"deprecated\", and it works.** The same as `retry`.",
		"**No keyword: unknown keyword, ignored.**",
		"*Since 2.2.8.*",
		"| ~79/123 |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
}
