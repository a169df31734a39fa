package keepalived

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	gocmp "github.com/google/go-cmp/cmp"
)

// TestRoundTrip writes what was read of every golden case, and reads it again: it
// must say the same. A password that was cut within a character is left alone: there
// is no way to write it.
func TestRoundTrip(t *testing.T) {
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			text := goldenText(t, d)
			c, ds := Parse("k.conf", []byte(text))
			if ds.Err() == nil && !strings.Contains(dump(c), `\x`) {
				checkWritten(t, d.Pos, text)
			}
			return d.Expected
		})
	})
}

// checkWritten reads a text, writes the model and reads that.
func checkWritten(t *testing.T, where, text string) {
	t.Helper()
	c, _ := Parse("k.conf", []byte(text))
	again := string(Print(Lines(&c), nil))
	second, ds := Parse("k.conf", []byte(again))
	if diff := gocmp.Diff(readable(plainDump(c)), readable(plainDump(second))); diff != "" {
		t.Errorf("%s: read -, written and read again +:\n%s\n%s", where, diff, again)
	}
	if err := ds.Err(); err != nil {
		t.Errorf("%s: what was written is refused: %v\n%s", where, err, again)
	}
}

// readable has each value on a line of its own.
func readable(dump string) []string { return strings.Split(strings.ReplaceAll(dump, " ", "\n"), "\n") }
