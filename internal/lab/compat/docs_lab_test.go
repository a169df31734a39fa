//go:build lab

package compat

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const page = "../../../docs/from-ipvsadm.md"

// before is the table in which the page's commands are carried out. The files that
// they read stand beside it.
var before = []string{
	"-A -t 192.0.2.10:80 -s wlc",
	"-a -t 192.0.2.10:80 -r 10.0.0.2 -w 100",
	"-a -t 192.0.2.10:80 -r 10.0.0.3:8080 -m -x 10 -y 5",
}

var files = map[string]string{
	"/rules": "-A -t 192.0.2.40:80 -s rr\n-a -t 192.0.2.40:80 -r 10.0.0.2:80\n",
	"/more":  "-A -t 192.0.2.30:80\n-A -t 192.0.2.10:80\n-A -f 0\n-A -f 3\n",
	"/rest":  "-A -t 192.0.2.30:80\n-A -t 192.0.2.10:80\n",
}

func (m *machine) prepare(t *testing.T) {
	t.Helper()
	m.must(t, "/usr/sbin/ipvsadm", "-C")
	for _, rule := range before {
		m.must(t, "/usr/sbin/ipvsadm", strings.Fields(rule)...)
	}
	for name, content := range files {
		m.write(t, name, content)
	}
}

func readPage(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The two commands in each line of the table come to the same.
func TestLabPairsOfThePage(t *testing.T) {
	pairs := regexp.MustCompile("(?m)^\\| `(ipvsadm [^`]*)` \\| `(lvsctl [^`]*)` \\|$").FindAllStringSubmatch(readPage(t), -1)
	if len(pairs) < 15 {
		t.Fatalf("found %d pairs only", len(pairs))
	}
	theirs, ours := newMachine(t, newNamespace(t)), newMachine(t, newNamespace(t))
	for _, pair := range pairs {
		var results [2]string
		for i, m := range []*machine{theirs, ours} {
			m.prepare(t)
			m.must(t, "/bin/sh", "-c", "PATH=$PATH:/usr/local/sbin; "+pair[i+1])
			results[i] = m.look(t, "-Sn") + m.look(t, "-Ln", "--thresholds") + m.look(t, "-L", "--timeout") + m.look(t, "-L", "--daemon")
		}
		if d := cmp.Diff(results[0], results[1]); d != "" {
			t.Errorf("- after %s, + after %s\n%s", pair[1], pair[2], d)
		}
	}
}

// lvsctl, called ipvsadm, says what the page shows.
func TestLabMessagesOfThePage(t *testing.T) {
	m := newMachine(t, newNamespace(t))
	m.must(t, "/bin/ln", "-s", lvsctl, "/usr/local/sbin/ipvsadm")
	shown := regexp.MustCompile(`(?m)^    \$ (ipvsadm .*)\n((?:    .+\n)+)`).FindAllStringSubmatch(readPage(t), -1)
	if len(shown) != 4 {
		t.Fatalf("found %d messages", len(shown))
	}
	for _, s := range shown {
		m.prepare(t)
		r := m.run(t, "/bin/sh", "-c", "PATH=/usr/local/sbin:$PATH; "+s[1])
		if d := cmp.Diff(strings.ReplaceAll(s[2], "    ", ""), r.Errors); d != "" || r.Status == 0 {
			t.Errorf("%s\n- on the page, + said\n%s", fmt.Sprint(s[1], " has status ", r.Status), d)
		}
	}
}
