//go:build lab

package compat

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// given is what ipvsadm-restore is given, on a table that has other services.
var given = []struct {
	name, rules string
	// Where the script would leave half a table, lvsctl leaves it as it was.
	untouched bool
}{
	{"a table", rules, false},
	{"what is there already", rules, false},
	{"nothing", "", false},
	{"blank lines and line ends of others", "\n\n-A -t 192.0.2.1:80 -s rr\r\n\t\n", false},
	{"the word ipvsadm", "ipvsadm -A -t 192.0.2.1:80 -s rr\n", false},
	{"changes", "-A -t 192.0.2.1:80\n-E -t 192.0.2.1:80 -s rr\n-A -f 1\n-D -f 1\n", false},
	{"what the kernel refuses in the end", "-A -t 192.0.2.1:80\n-A -t 192.0.2.1:80\n", false},
	{"what the kernel refuses before", "-A -t 192.0.2.1:80\n-A -t 192.0.2.1:80\n-A -f 3\n", false},
	{"a mistake", "-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r nowhere.invalid:0x\n", true},
	{"a comment that is none", "  # comment\n-A -t 192.0.2.1:80\n", true},
}

// runRestore gives the state after each restore, and what ipvsadm-save makes of it.
func runRestore(t *testing.T, withLvsctl bool) (states []state) {
	t.Helper()
	m := newMachine(t, newNamespace(t))
	if withLvsctl {
		m.takeOver(t)
	}
	for _, g := range given {
		m.must(t, ipvsadm, "-C")
		m.must(t, ipvsadm, "-A", "-f", "99")
		m.write(t, rulesFile, g.rules)
		r := m.run(t, "/bin/sh", "-c", "/sbin/ipvsadm-restore <"+rulesFile)
		states = append(states, state{r, m.look(t, "-Ln"), "", m.must(t, "/sbin/ipvsadm-save", "-n")})
		if withLvsctl { // the script, with lvsctl under it
			if out := m.must(t, "/sbin/ipvsadm-save.distrib", "-n"); out != states[len(states)-1].Rules {
				t.Errorf("%s: the script saves\n%s", g.name, out)
			}
		}
	}
	return states
}

// ipvsadm-restore and ipvsadm-save do the same as the scripts of these names, but
// that a mistake leaves the table as it was.
func TestLabSaveRestore(t *testing.T) {
	var states [2][]state
	onBoth(t, func(t *testing.T, i int) { states[i] = runRestore(t, i == 1) })
	before := "-A -f 99 -s wlc\n"
	for i, g := range given {
		want, got := states[0][i], states[1][i]
		if missing := withoutWords(want.Result.Errors, got.Result.Errors); missing != "" {
			t.Errorf("%s: lvsctl does not say %q, but\n%s", g.name, missing, got.Result.Errors)
		}
		want.Result.Errors, got.Result.Errors = "", ""
		if g.untouched {
			if want.Rules == before || got.Rules != before {
				t.Errorf("%s: with ipvsadm there is\n%s, with lvsctl\n%s", g.name, want.Rules, got.Rules)
			}
			want.Table, want.Rules, got.Table, got.Rules = "", "", "", ""
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: - with ipvsadm, + with lvsctl\n%s", g.name, d)
		}
	}
}
