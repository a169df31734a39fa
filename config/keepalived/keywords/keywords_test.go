package keywords

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestData proves that the embedded records can be read, and that each is whole.
func TestData(t *testing.T) {
	r, err := load()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, k := range r.keywords {
		where := k.Name + " in " + strings.Join(k.Blocks, " ")
		for _, b := range k.Blocks {
			if seen[k.Name+" "+b] {
				t.Errorf("%s: a second record for %s", where, b)
			}
			seen[k.Name+" "+b] = true
		}
		checkTexts(t, where, k)
		checkSyntax(t, where, k)
		for _, see := range k.See {
			if see == k.Name && len(Find(see)) == 1 {
				t.Errorf("%s: refers to itself", where)
			}
			if Find(see) == nil {
				t.Errorf("%s: see %s, which has no record", where, see)
			}
		}
	}
	if len(seen) < 650 {
		t.Errorf("only %d keywords in blocks", len(seen))
	}
	for _, b := range r.blocks {
		if len(In(b.Name)) == 0 && b.Name != "notification_email" && b.Name != "interface_up_down_delays" {
			t.Errorf("block %s has no keyword", b.Name)
		}
	}
	t.Logf("%d words, %d records, %d keywords in blocks", len(Names()), len(r.keywords), len(seen))
}

func checkTexts(t *testing.T, where string, k Keyword) {
	t.Helper()
	if k.Does == "" || k.Default == "" {
		t.Errorf("%s: no summary or no default", where)
	}
	for _, sentence := range append(slices.Clone(k.Notes), k.Does) {
		if !regexp.MustCompile(`^[^a-z ].*[.!]$|^[a-z"].*\.$`).MatchString(sentence) {
			t.Errorf("%s: %q is no sentence", where, sentence)
		}
	}
	for _, v := range []string{k.Default, k.Range, k.Since, k.Deprecated, k.Foreign} {
		if strings.HasSuffix(v, ".") && !strings.HasSuffix(v, "..") {
			t.Errorf("%s: %q ends with a full stop", where, v)
		}
	}
	if k.Foreign != "" && (k.Deprecated != "" || k.Since != "") {
		t.Errorf("%s: a word that keepalived does not know is neither new nor deprecated", where)
	}
}

// lineWords are the blocks of words that stand inside a line.
var lineWords = []string{
	"file", "lvs_sync_daemon", "lvs_timeouts", "linkbeat_interfaces", "unicast_peer", "use_vmac", "use_ipvlan",
	"track_interface", "track_script", "track_file_line", "track_process", "track_bfd", "address", "route", "rule", "lb_kind",
}

// checkSyntax checks that syntax and example are those of the keyword.
func checkSyntax(t *testing.T, where string, k Keyword) {
	t.Helper()
	rest, ok := strings.CutPrefix(k.Syntax, k.Name)
	if !ok && k.Blocks[0] != "file" && k.Name != "to" {
		t.Errorf("%s: the syntax is %q", where, k.Syntax)
	}
	inLine := slices.Contains(lineWords, k.Blocks[0])
	first, _, _ := strings.Cut(k.Example, " ")
	if !inLine && k.Foreign == "" && k.Deprecated == "" && first != k.Name {
		t.Errorf("%s: the example is %q", where, k.Example)
	}
	if optional := regexp.MustCompile(`\[[^\[\]]*(\[[^\]]*\])?[^\[\]]*\]|\.\.\.| `); !inLine &&
		k.Example == k.Name && optional.ReplaceAllString(rest, "") != "" {
		t.Errorf("%s: %q needs an example", where, k.Syntax)
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name, is string
		records  int
	}{
		{"priority", "priority", 3}, // vrrp_instance, route, rule
		{"nopreempt", "nopreempt", 1},
		{"Nopreempt", "nopreempt", 1},
		{"tcp_check", "TCP_CHECK", 1},
		{"$VIP", "$NAME", 1},
		{"${VIP}", "$NAME", 1},
		{"${_PWD}", "${_PWD}", 1},
		{"@node1", "@id", 1},
		{"~SEQ(i,1,3)", "~SEQ", 1},
		{"lvs_sync_daemon_inteface", "lvs_sync_daemon_inteface", 1},
		{"nodad", "-nodad", 1},
		{"nat_mask", "nat_mask", 2},
		{"connect_timeout", "connect_timeout", 3},
		{"", "", 0},
		{"weigth", "", 0},
	} {
		found := Find(c.name)
		if len(found) != c.records {
			t.Errorf("%q: %d records, want %d", c.name, len(found), c.records)
		}
		for _, k := range found {
			if k.Name != c.is {
				t.Errorf("%q found %s", c.name, k.Name)
			}
		}
	}
}

func TestNear(t *testing.T) {
	for _, c := range []struct {
		name string
		want []string
	}{
		{"weigth", []string{"weight"}},
		{"connetc_port", []string{"connect_port"}},
		{"vvrp_script", []string{"vrrp_script"}},
		{"SMTP_CHEKC", []string{"SMTP_CHECK"}},
		{"vrrp_grap_interval", []string{"vrrp_garp_interval", "vrrp_gna_interval"}},
		{"netmask", []string{"nat_mask"}},
		{"", nil},
		{strings.Repeat("x", 1000), nil},
		{"pidfile", nil},
	} {
		if diff := cmp.Diff(c.want, Near(c.name)); diff != "" {
			t.Errorf("%.20q (-want +got):\n%s", c.name, diff)
		}
	}
	if near := Near("garp"); len(near) != maxNear || !strings.Contains(near[0], "garp") {
		t.Errorf("garp: %q", near)
	}
}

// TestAll checks that callers cannot change the reference.
func TestAll(t *testing.T) {
	All()[0].Name = "changed"
	Blocks()[0].Name = "changed"
	if All()[0].Name == "changed" || Blocks()[0].Name == "changed" {
		t.Error("a caller changed the reference")
	}
}

// TestRead reads a small reference, and refuses damaged ones.
func TestRead(t *testing.T) {
	good := `[a b]

one two
  does: Does it.
  syntax: * N
  default: off
  usage: B 1/20 shared
  note: First.
  note: Second.
  example: * 5
  see: one two

three
  does: Does it.
  syntax: three [BOOL]
  default: off
`
	r, err := read(small(good))
	if err != nil {
		t.Fatal(err)
	}
	want := Keyword{
		Name: "two", Blocks: []string{"a", "b"}, Does: "Does it.", Syntax: "two N", Default: "off", Example: "two 5",
		Usage: Usage{Priority: "B", Repositories: 1, Files: 20, Together: true},
		Notes: []string{"First.", "Second."}, See: []string{"one", "two"},
	}
	if diff := cmp.Diff(want, r.keywords[1]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if k := r.keywords[2]; k.Example != "three" || !strings.Contains(k.Range, "the word alone is on") {
		t.Errorf("%+v", k)
	}
	for text, want := range map[string]string{
		"[c]\n":                                   "file.txt line 1: block c is not in blocks.txt",
		"one\n":                                   "line 1: a record before the first section",
		"[a]\n  does: It.\n":                      "line 2: \"  does: It.\" is no field of a record",
		"[a]\none\n  does It.\n":                  "line 3: \"  does It.\" is no field of a record",
		"[a]\none\n  dose: It.\n":                 "line 3: unknown field \"dose\"",
		"[a]\none\n  does: It.\n  does: It.\n":    "line 4: second does",
		"[a]\none\n  usage: A 1\n":                "line 3: usage \"A 1\":",
		"[a]\none\n  usage: D 1/2\n":              "line 3: usage \"D 1/2\" is not",
		"[a]\none\n  usage: A 1/2 alone\n":        "line 3: usage \"A 1/2 alone\" is not",
		"[a]\n\n# a comment\none\n  default:  \n": "", // a value of a blank is one
	} {
		_, err := read(small(text))
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func small(text string) fstest.MapFS {
	files := fstest.MapFS{"data/blocks.txt": {Data: []byte("a: first\nb: second\n")}}
	for _, name := range order {
		files["data/"+name+".txt"] = &fstest.MapFile{}
	}
	files["data/file.txt"] = &fstest.MapFile{Data: []byte(text)}
	return files
}

func TestOpens(t *testing.T) {
	for _, c := range []struct{ name, block, want string }{
		{"vrrp_instance", "root", "vrrp_instance"},
		{"virtual_ipaddress", "vrrp_instance", "address"},
		{"static_routes", "root", "route"},
		{"track_file", "root", "track_file"},
		{"track_file", "vrrp_instance", "track_file_line"},
		{"track_file", "FILE_CHECK", ""},
		{"lvs_method", "real_server", "lb_kind"},
		{"lvs_timeouts", "global_defs", "lvs_timeouts"},
		{"priority", "vrrp_instance", ""},
		{"use_vmac", "address", ""},
		{"notification_email", "global_defs", ""},
	} {
		for _, k := range Find(c.name) {
			if slices.Contains(k.Blocks, c.block) && k.Opens() != c.want {
				t.Errorf("%s in %s opens %q, want %q", c.name, c.block, k.Opens(), c.want)
			}
		}
	}
}
