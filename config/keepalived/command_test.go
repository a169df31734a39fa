package keepalived

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/lvsctl/lvsctl/config"
)

// TestCommandWords tells how words behind a command keyword are read. keepalived
// takes quotes and backslashes away twice: of the line, and of the word.
func TestCommandWords(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
		rest int
	}{
		{`notify "/bin/a b c"`, []string{"/bin/a", "b", "c"}, 0},
		{`notify /bin/a user group`, []string{"/bin/a"}, 2},
		{`notify "/bin/a 'b c' d" user`, []string{"/bin/a", "b c", "d"}, 1},
		{`notify "/bin/a \"b c\""`, []string{"/bin/a", "b c"}, 0},
		{`notify '/bin/a b' user`, []string{"/bin/a", "b"}, 1},
		{`notify "/bin/a \\x41\\102\\cA\\n\\q"`, []string{"/bin/a", "AB\x01\nq"}, 0},
		{`notify "/bin/a \x41"`, []string{"/bin/a", "A"}, 0},
		{`notify "/bin/a ''"`, []string{"/bin/a", ""}, 0},
		{`notify ""`, nil, 0},
		{`notify "/bin/a 'b"`, nil, 0},
		{`notify "/bin/a \\"`, nil, 0},
	} {
		got, rest, ok := readCommand(c.line)
		if ok != (c.want != nil) || !slices.Equal(got.V, c.want) || len(rest) != c.rest {
			t.Errorf("%s: got %q, %d words after it, %t", c.line, got.V, len(rest), ok)
		}
	}
}

// TestQuoteCommand writes any words and reads the same ones.
func TestQuoteCommand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		argv := rapid.SliceOfN(rapid.StringMatching(`[a-z\\'" \t\n\r#!{}/]{0,6}`), 1, 4).Draw(t, "argv")
		got, rest, ok := readCommand("notify " + quoteCommand(config.CommandLine(argv)))
		if !ok || !slices.Equal(got.V, argv) || len(rest) > 0 {
			t.Fatalf("%q became %q", argv, got.V)
		}
	})
}

// readCommand reads a line with a command.
func readCommand(line string) (argv config.Value[config.CommandLine], rest []word, ok bool) {
	src := newSource("k.conf", line, Options{})
	for s := range parse(src) {
		return newReader(src).commandWords(s)
	}
	return argv, nil, false
}
