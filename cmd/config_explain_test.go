package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/config/keepalived/keywords"
)

// explain carries out "config explain" with a use of its own.
func explain(t *testing.T, use func(block, keyword string) string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := (&explainer{Streams: Streams{Out: &out}, use: use}).command()
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(args)
	err := c.Execute()
	return out.String(), err
}

const explainNopreempt = `nopreempt (vrrp_instance)
  Leaves a master of lower priority in place.

  syntax      nopreempt
  default     off
  lvsctl      acted on
  met in      21 of 100 repositories, 95 of 478 files of bug reports
  example     nopreempt
  note        Needs state BACKUP on all directors: with MASTER it is cleared,
              with an error. With priority 255, too.
  note        It is about priority only. After a fault of the master, or if it
              falls silent, the backup takes over as always.
  see also    preempt, preempt_delay, state
`

func TestExplain(t *testing.T) {
	actedOn := func(block, keyword string) string {
		if block != "vrrp_instance" || keyword != "nopreempt" {
			t.Errorf("asked for %s in %s", keyword, block)
		}
		return "acted on"
	}
	got, err := explain(t, actedOn, "nopreempt")
	if err != nil || got != explainNopreempt {
		t.Errorf("%v\n%s", err, got)
	}
	if got, _ := explain(t, nil, "nopreempt"); strings.Contains(got, "lvsctl") {
		t.Errorf("without a use:\n%s", got)
	}
}

// TestExplainManual checks the screen that the manual shows. What it says about
// the use by lvsctl is left out there.
func TestExplainManual(t *testing.T) {
	page, err := os.ReadFile("../docs/keepalived.md")
	if err != nil {
		t.Fatal(err)
	}
	screen, err := explain(t, nil, "auth_pass")
	if err != nil || !strings.Contains(string(page), "$ lvsctl config explain auth_pass\n"+screen+"```\n") {
		t.Errorf("docs/keepalived.md has another screen (%v):\n%s", err, screen)
	}
}

// TestExplainScreens checks that every keyword fits on a screen of 80 by 24, also
// with the longest that is said about its use.
func TestExplainScreens(t *testing.T) {
	use := func(string, string) string {
		return "read into the model, not used yet: connections are not synchronised"
	}
	longest := ""
	for _, k := range keywords.All() {
		for _, block := range k.Blocks {
			args := []string{"--", k.Name, block}
			got, err := explain(t, use, args...)
			if err != nil {
				t.Errorf("%s in %s: %v", k.Name, block, err)
			}
			checkScreen(t, args, got)
			if strings.Count(got, "\n") > strings.Count(longest, "\n") {
				longest = got
			}
		}
	}
	for _, name := range keywords.Names() {
		if got, err := explain(t, use, "--", name); err != nil || len(keywords.Find(name)) > maxTold {
			checkScreen(t, []string{name}, got)
		}
	}
	t.Logf("the longest has %d lines:\n%s", strings.Count(longest, "\n"), longest)
}

func checkScreen(t *testing.T, args []string, screen string) {
	t.Helper()
	if n := strings.Count(screen, "\n"); n > 24 || n < 5 {
		t.Errorf("%q: %d lines", args, n)
	}
	for line := range strings.Lines(screen) {
		if len(strings.TrimRight(line, "\n")) > screenWidth {
			t.Errorf("%q: a line of %d columns: %s", args, len(line)-1, line)
		}
	}
}

func TestExplainSeveral(t *testing.T) {
	all, err := explain(t, nil, "connect_timeout")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"connect_timeout means different things in\n  virtual_server  Sets",
		"  TCP_CHECK ...   Sets",
		"\nconnect_timeout (real_server)\n",
		"\nconnect_timeout (TCP_CHECK, HTTP_GET,",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	one, err := explain(t, nil, "connect_timeout", "SSL_GET")
	if err != nil || !strings.HasPrefix(one, "connect_timeout (SSL_GET)\n") || strings.Contains(one, "means different") {
		t.Errorf("%v\n%s", err, one)
	}
	many, err := explain(t, nil, "weight")
	if err != nil || !strings.HasSuffix(many, "\nThe whole of one: lvsctl config explain weight BLOCK\n") || strings.Contains(many, "syntax") {
		t.Errorf("%v\n%s", err, many)
	}
}

// TestExplainUse checks that blocks with another use are told apart.
func TestExplainUse(t *testing.T) {
	use := func(block, _ string) string {
		switch block {
		case "TCP_CHECK", "HTTP_GET":
			return "acted on"
		case "SSL_GET":
			return ""
		default:
			return "ignored"
		}
	}
	got, err := explain(t, use, "connect_port")
	want := "  lvsctl      acted on in TCP_CHECK, HTTP_GET; ignored in SMTP_CHECK, host,\n              DNS_CHECK, UDP_CHECK, PING_CHECK\n"
	if err != nil || !strings.Contains(got, want) {
		t.Errorf("%v\n%s", err, got)
	}
	only := func(block, _ string) string { return map[string]string{"SSL_GET": "acted on"}[block] }
	if got, err = explain(t, only, "connect_port"); err != nil || !strings.Contains(got, "  lvsctl      acted on in SSL_GET\n") {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestExplainUnknown(t *testing.T) {
	for _, c := range []struct {
		args        []string
		error, hint string
		status      int
	}{
		{[]string{"weigth"}, `"weigth" is no keyword of keepalived.conf`, "did you mean weight?", 1},
		{[]string{"xyzzyplugh"}, `"xyzzyplugh" is no keyword of keepalived.conf`, "lvsctl config explain lists all keywords", 1},
		{[]string{"priority", "global_defs"}, `priority is no keyword of "global_defs"`, "it is one of vrrp_instance, route, rule", 1},
		{[]string{"a", "b", "c"}, "accepts at most 2 arg(s), received 3", "explain --help", 2},
		{[]string{"-o", "yaml", "priority"}, `unknown output "yaml"`, "-o table or -o json", 2},
	} {
		out, err := explain(t, nil, c.args...)
		if err == nil || err.Error() != c.error || hint(err) != c.hint || exitStatus(err) != c.status || out != "" {
			t.Errorf("%q: %v, hint %q, status %d, output %q", c.args, err, hint(err), exitStatus(err), out)
		}
	}
}

func TestExplainJSON(t *testing.T) {
	out, err := explain(t, func(block, _ string) string { return "use in " + block }, "-o", "json", "connect_port")
	if err != nil {
		t.Fatal(err)
	}
	var got []struct {
		Keyword, Does, Syntax, Default, Range, Example string
		Blocks, See, Notes                             []string
		Usage                                          struct {
			Priority            string
			Repositories, Files int
		}
		Lvsctl map[string]string
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Keyword != "connect_port" || got[0].Syntax != "connect_port N" || got[0].Range != "1..65535" ||
		got[0].Usage.Repositories != 17 || got[0].Lvsctl["DNS_CHECK"] != "use in DNS_CHECK" || len(got[0].Blocks) != 8 {
		t.Errorf("%+v", got)
	}
}

func TestExplainList(t *testing.T) {
	out, err := explain(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out) {
		if len(line) > screenWidth+1 {
			t.Errorf("too long: %s", line)
		}
	}
	words := strings.Fields(out)
	for _, name := range keywords.Names() {
		if !slices.Contains(words, name) {
			t.Errorf("%s is not listed", name)
		}
	}
	if !strings.HasPrefix(out, "file: ") || !strings.Contains(out, "\n\nauthentication: the block in vrrp_instance\n  auth_type auth_pass\n\n") {
		t.Errorf("%s", out)
	}
	if out, err = explain(t, nil, "-o", "json"); err != nil {
		t.Fatal(err)
	}
	var blocks []struct {
		Block, About string
		Keywords     []string
	}
	if err := json.Unmarshal([]byte(out), &blocks); err != nil || len(blocks) < 40 || blocks[1].Block != "root" || blocks[1].Keywords[0] != "global_defs" {
		t.Errorf("%v %+v", err, blocks)
	}
}

func TestExplainCompletion(t *testing.T) {
	for _, c := range []struct {
		args   []string
		prefix string
		want   string
	}{
		{nil, "nopre", "nopreempt noprefixroute"},
		{nil, "SMTP", "SMTP_CHECK"},
		{[]string{"auth_pass"}, "", "authentication"},
		{[]string{"priority"}, "r", "route rule"},
		{[]string{"priority", "rule"}, "", ""},
	} {
		got, directive := completeKeywords(nil, c.args, c.prefix)
		if strings.Join(got, " ") != c.want || directive != cobra.ShellCompDirectiveNoFileComp {
			t.Errorf("%q %q: %q", c.args, c.prefix, got)
		}
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestExplainWriteFails(t *testing.T) {
	for _, args := range [][]string{nil, {"priority"}} {
		if err := (&explainer{Streams: Streams{Out: failingWriter{}}, output: "table"}).run(args); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
