package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config/load"
)

// manual gives a page of docs, and then works in an empty folder.
func manual(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	return string(text)
}

// block is the first block of a page in this language that contains a text.
func block(t *testing.T, page, language, contains string) string {
	t.Helper()
	for rest, found := page, true; found; {
		if _, rest, found = strings.Cut(rest, "\n```"+language+"\n"); !found {
			break
		}
		if text, _, _ := strings.Cut(rest, "```"); strings.Contains(text, contains) {
			return text
		}
	}
	t.Fatalf("the page has no block %q with %q", language, contains)
	return ""
}

// save writes a file into the folder of the test.
func save(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestManualKeepalived carries out the example at the top of the page.
func TestManualKeepalived(t *testing.T) {
	page := manual(t, "keepalived.md")
	save(t, "keepalived.conf", block(t, page, "conf", "virtual_server"))
	const command = "$ lvsctl config check --offline keepalived.conf\n"
	want := strings.TrimPrefix(block(t, page, "", command), command)
	status, out, errs := runConfig(t, "check", "--offline", "keepalived.conf")
	if diff := cmp.Diff(want, out); diff != "" || status != checkWarnings {
		t.Errorf("docs/keepalived.md (-page +program): status %d, %s\n%s", status, errs, diff)
	}
}

// TestManualStricter checks the table of what lvsctl refuses and keepalived does not.
func TestManualStricter(t *testing.T) {
	page := manual(t, "keepalived.md")
	const router = "vrrp_instance A {\n    interface lo\n    virtual_router_id 1\n    virtual_ipaddress {\n        10.0.0.1\n    }\n"
	for row, c := range map[string]struct {
		text           string
		status, compat int
	}{
		"| a `}` is missing, and a block of the top level ends up in another one | reads what it can | error | warning |": {
			router + "virtual_server 10.0.0.1 80 {\n}\n", checkRefused, checkWarnings,
		},
		"| `~SEQ` or `~LST` that is not well formed | leaves the line out | error | warning |": {
			"~SEQ(A,1,3 x\n" + router + "}\n", checkRefused, checkWarnings,
		},
		"| a block where the keyword takes none | takes its `}` for the end of the block around it | error | error |": {
			router + "priority 50 {\n}\n}\n", checkRefused, checkRefused,
		},
		"| a NUL byte, a byte that is not UTF-8 (not in a comment) | reads on | error | error |": {
			router + "priority 5\x00\n}\n", checkRefused, checkRefused,
		},
	} {
		save(t, "k.conf", c.text)
		status, _, _ := runConfig(t, "check", "--offline", "k.conf")
		compat, _, _ := runConfig(t, "check", "--offline", "--keepalived-compat", "k.conf")
		if status != c.status || compat != c.compat || !strings.Contains(page, "\n"+row+"\n") {
			t.Errorf("%s: %d, in keepalived's way %d", row, status, compat)
		}
	}
}

// TestManualYAML reads the director of the page, and misspells it as the page does.
func TestManualYAML(t *testing.T) {
	page := manual(t, "configuration.md")
	director := block(t, page, "yaml", "virtual_routers:")
	save(t, "lvsctl.yaml", director)
	m, said, err := load.Load("lvsctl.yaml", load.Options{})
	if err != nil || len(said) > 0 {
		t.Fatalf("docs/configuration.md: %v\n%v", err, said)
	}
	routers, left := virtualRouters(m)
	servers, out := virtualServers(m)
	if len(routers.Routers) != 1 || len(routers.Routers[0].Addresses) != 2 || len(servers) != 1 || len(servers[0].RealServers) != 2 || len(left)+len(out) > 0 {
		t.Errorf("%+v\n%+v\n%v%v", routers, servers, left, out)
	}
	save(t, "lvsctl.yaml", strings.Replace(director, "priority:", "prioritty:", 1))
	if _, out, _ := runConfig(t, "check", "lvsctl.yaml"); !strings.HasPrefix(out, block(t, page, "", "prioritty")) {
		t.Errorf("docs/configuration.md shows another mistake:\n%s", out)
	}
}

// TestManualFormats checks that each command of the table in the page is there.
func TestManualFormats(t *testing.T) {
	page := manual(t, "configuration.md")
	for _, c := range newConfig(Streams{}).Commands() {
		if !strings.Contains(page, "| `config "+c.Name()) {
			t.Errorf("docs/configuration.md does not name config %s", c.Name())
		}
	}
	for _, name := range settingNames() {
		if !strings.Contains(page, "| `"+name+"` | `LVSCTL_"+variable(name)+"` |") {
			t.Errorf("docs/configuration.md does not name the setting %s", name)
		}
	}
}
