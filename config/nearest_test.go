package config

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"priority", "interface", "NAT"}
	for got, want := range map[string]string{
		"priorty":               "priority",
		"prioirty":              "priority",
		"intreface":             "interface",
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
