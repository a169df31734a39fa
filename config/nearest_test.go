package config

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	known := []string{"priority", "interface", "NAT"}
	for got, want := range map[string]string{
		"priorty":               "priority",
		"prioirty":              "priority",
		"intreface":             "interface",
		"INTERFACE":             "interface",
		"foo":                   "",
		"nat":                   "NAT",
		"weight":                "",
		"":                      "",
		strings.Repeat("x", 61): "",
	} {
		if near := Nearest(got, known); near != want {
			t.Errorf("Nearest(%q) = %q, want %q", got, near, want)
		}
	}
}

// TestEditDistance checks what every distance must hold.
func TestEditDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[abc]{0,6}`)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := EditDistance(a, b)
		if (d == 0) != (a == b) || d != EditDistance(b, a) || d > max(len(a), len(b)) || d < max(len(a)-len(b), len(b)-len(a)) {
			t.Fatalf("EditDistance(%q, %q) = %d", a, b, d)
		}
	})
}

func TestEditDistanceOf(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0},
		{"abc", "acb", 1}, {"abc", "abxc", 1}, {"abc", "xbc", 1}, {"abc", "bc", 1}, {"kitten", "sitting", 3},
	} {
		if got := EditDistance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
