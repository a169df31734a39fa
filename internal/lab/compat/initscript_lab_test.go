//go:build lab

package compat

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What Debian's init script of ipvsadm reads.
const (
	initScript = "/etc/init.d/ipvsadm"
	rulesFile  = "/etc/ipvsadm.rules"
	settings   = "/etc/default/ipvsadm"
)

// rules is a table with something of everything that the script saves.
const rules = `# ipvsadm.rules
-A -t 192.0.2.1:80 -s wlc
-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1
-a -t 192.0.2.1:80 -r 192.168.0.1:80 -i -w 0 --tun-type gue --tun-port 6080 --tun-nocsum
-a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 65536
# and a comment
-A -u 192.0.2.1:53 -s mh -o -b mh-fallback,mh-port
-a -u 192.0.2.1:53 -r 10.0.0.1:53 -g -w 1
-A -t [2001:db8::1]:443 -s rr -p 300 -M 64
-a -t [2001:db8::1]:443 -r [2001:db8::2]:443 -g -w 3
-A -f 1 -s sh -p 360 --pe sip
-a -f 1 -r 10.0.0.1:0 -g -w 1
-A -f 2 -6 -s rr
`

// step is one call of the script, and what was written before it.
type step struct {
	action   string
	settings string // of /etc/default/ipvsadm, as it was if empty
	rules    string // of /etc/ipvsadm.rules, as it was if empty
	command  string // of ipvsadm, carried out before
}

// day is what happens to a director.
var day = []step{
	{action: "", settings: `AUTO="false"` + "\n"},
	{action: "status"},
	{action: "start", rules: rules},
	{action: "stop"},
	{action: "reload"},
	{action: "load"},
	{action: "status"},
	{action: "rate"},
	{action: "stop"},
	{action: "start", settings: `AUTO="true"` + "\n"},
	{action: "save", command: "-d -t 192.0.2.1:80 -r 10.0.0.1"},
	{action: "restart", command: "-A -t 192.0.2.9:9"},
	{action: "reload", command: "-D -f 1"},
	{action: "force-reload", command: "-C"},
	{action: "save", command: "-e -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 2 -x 100 -y 50"},
	{action: "stop"},
	{action: "save"},
	{action: "start"},

	{action: "start", settings: `DAEMON="master"; IFACE="lo"; SYNCID="3"` + "\n"},
	{action: "start"},
	{action: "restart"},
	{action: "stop"},
	{action: "stop"},
	{action: "start", settings: `DAEMON="backup"; IFACE="lo"` + "\n"},
	{action: "stop"},
	{action: "start", settings: `DAEMON="both"; IFACE="lo"; SYNCID="255"; AUTO="true"` + "\n", rules: rules},
	{action: "restart"},
	{action: "start"},
	{action: "stop"},
	{action: "stop"},
	{action: "start", settings: `DAEMON="both"; IFACE="nosuch"` + "\n"},
	{action: "start", settings: `DAEMON="backup"; IFACE="lo"; SYNCID="256"` + "\n"},

	// Rules that cannot be carried out.
	{action: "load", rules: "-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 10.0.0.1:99999\n-A -t 192.0.2.2:80\n"},
	{action: "load", rules: "-A -t 192.0.2.1:80\n-A -t 192.0.2.1:80\n-a -t 192.0.2.3:80 -r 10.0.0.1\n-A -t 192.0.2.2:80 -s nosuch\n"},
	{action: "load", rules: "-A -t 192.0.2.1:80 -Q\n-A -t 192.0.2.2:80\n"},
	{action: "load", rules: "-A -t 192.0.2.1:80\n # indented\n-A -t 192.0.2.2:80\n"},
	{action: "load", rules: "\n\n-A -t 192.0.2.1:80\r\n\n"},
	{action: "load", rules: "# nothing\n"},
}

// state is what a step came to.
type state struct {
	Result         result
	Table, Daemons string
	Rules          string // the file
}

// runDay runs all steps on a machine of its own.
func runDay(t *testing.T, withLvsctl bool) (states []state) {
	t.Helper()
	m := newMachine(t, newNamespace(t))
	if withLvsctl {
		m.takeOver(t)
	}
	for _, s := range day {
		if s.settings != "" {
			m.write(t, settings, s.settings)
		}
		if s.rules != "" {
			m.write(t, rulesFile, s.rules)
		}
		if s.command != "" {
			m.must(t, ipvsadm, strings.Fields(s.command)...)
		}
		var args []string
		if s.action != "" {
			args = []string{s.action}
		}
		r := m.run(t, initScript, args...)
		states = append(states, state{r, m.look(t, "-Ln", "--tun-info"), m.look(t, "-L", "--daemon"), m.read(t, rulesFile)})
	}
	return states
}

// The same day on two directors: each step ends with the same status, the same
// words, the same table, the same daemons and the same file of rules.
func TestLabInitScript(t *testing.T) {
	if _, err := os.Stat(initScript); err != nil {
		t.Skip("the package ipvsadm of this system has no init script: ", err)
	}
	var days [2][]state
	onBoth(t, func(t *testing.T, i int) { days[i] = runDay(t, i == 1) })
	want, got, told := days[0], days[1], 0
	for i, s := range day {
		name := fmt.Sprintf("step %d, %+v", i, s)
		if missing := withoutWords(want[i].Result.Errors, got[i].Result.Errors); missing != "" {
			t.Errorf("%s: lvsctl does not say %q, but\n%s", name, missing, got[i].Result.Errors)
		}
		if want[i].Result.Errors != "" {
			told++
		}
		want[i].Result.Errors, got[i].Result.Errors = "", ""
		if d := cmp.Diff(want[i], got[i]); d != "" {
			t.Errorf("%s: - with ipvsadm, + with lvsctl\n%s", name, d)
		}
	}
	t.Logf("%d steps alike, %d of them with complaints", len(day), told)
}

// withoutWords gives the first line of ipvsadm's that no line of lvsctl's begins
// with. lvsctl's lines may go on, and there may be more of them.
func withoutWords(want, got string) string {
	lines := strings.Split(got, "\n")
	for line := range strings.Lines(want) {
		line = strings.TrimRight(line, "\n")
		i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, line) })
		if i < 0 {
			return line
		}
		lines = lines[i+1:]
	}
	return ""
}
