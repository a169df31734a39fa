package keywords

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestLiveExamples gives the example of every record to the installed keepalived,
// inside its block: a keyword that is not foreign must be known there, and words
// of addresses, routes and rules must not be complained about. A foreign one and
// one of a later version must not be known.
func TestLiveExamples(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root for network namespaces")
	}
	if out, err := exec.CommandContext(t.Context(), "keepalived", "-v").CombinedOutput(); err != nil || !strings.Contains(string(out), "v2.2.7") {
		t.Skip("keepalived 2.2.7 is not installed")
	}
	dir := t.TempDir()
	lines := map[string][]liveLine{}
	for _, b := range Blocks() {
		if b.Name != "file" && b.Name != "root" {
			lines[b.Name] = writeBlock(t, dir, b.Name)
		}
	}
	testConfigurations(t, dir)
	checked := 0
	for block, ls := range lines {
		messages := readMessages(t, filepath.Join(dir, block+".conf.out"))
		for _, l := range ls {
			checkLine(t, block, l, messages[l.at])
			checked++
		}
	}
	t.Logf("%d examples", checked)
}

// liveLine is an example in a file for keepalived.
type liveLine struct {
	keyword Keyword
	at      int
}

// withoutIPSets: Debian's keepalived is built without it.
const withoutIPSets = "vrrp_ipsets"

// expectedInLine is what keepalived says about good words in a small file.
var expectedInLine = regexp.MustCompile(`cannot track route|not found|doesn't exist|already been specified|is deprecated|for MPLS only`)

func checkLine(t *testing.T, block string, l liveLine, messages []string) {
	t.Helper()
	all := strings.Join(messages, "\n")
	first, _, _ := strings.Cut(exampleOf(l.keyword), " ")
	known := !strings.Contains(all, "Unknown keyword '"+first+"'")
	expected := l.keyword.Foreign == "" && l.keyword.Since == "" && first != withoutIPSets
	inLine := slices.Contains(lineWords, block)
	switch {
	case known != expected && !inLine:
		t.Errorf("%s in %s: known is %t\n%s", l.keyword.Name, block, known, all)
	case inLine && l.keyword.Since == "" && slices.ContainsFunc(messages, func(m string) bool { return !expectedInLine.MatchString(m) }):
		t.Errorf("%s in %s: %q\n%s", l.keyword.Name, block, l.keyword.Example, all)
	}
}

// exampleOf is a line with the word itself: the example of a foreign or
// deprecated word shows what to write instead.
func exampleOf(k Keyword) string {
	if (k.Foreign != "" || k.Deprecated != "") && !slices.Contains(strings.Fields(k.Example), k.Name) {
		return k.Name + " 1"
	}
	return k.Example
}

// writeBlock writes a file with every example of a block, each in a block of its own.
func writeBlock(t *testing.T, dir, block string) []liveLine {
	t.Helper()
	var b strings.Builder
	var lines []liveLine
	for i, k := range In(block) {
		before, after := enclosing(block, i)
		if k.Name == "track_group" { // of static ones only
			before, after = "static_"+map[string]string{"address": "ipaddress", "route": "routes", "rule": "rules"}[block]+" {\n", "}\n"
		}
		b.WriteString(before)
		lines = append(lines, liveLine{k, strings.Count(b.String(), "\n") + 1})
		example := exampleOf(k)
		b.WriteString(example + "\n")
		if strings.HasSuffix(example, "{") && k.Since == "" && k.Foreign == "" {
			b.WriteString("}\n")
		}
		b.WriteString(after)
	}
	if err := os.WriteFile(filepath.Join(dir, block+".conf"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return lines
}

// enclosing is what stands before and behind the i-th example of a block.
func enclosing(block string, i int) (before, after string) {
	instance := fmt.Sprintf("vrrp_instance V%d {\ninterface eth0\nvirtual_router_id %d\n", i, i%255+1)
	service := fmt.Sprintf("virtual_server 10.99.%d.%d 80 {\nprotocol TCP\nlb_kind NAT\nlvs_sched sh\n", i/250, i%250+1)
	server := service + "real_server 10.99.200.1 80 {\n"
	switch {
	case block == "lvs_sync_daemon" || block == "lvs_timeouts":
		return "global_defs {\n", "}\n"
	case block == "use_vmac" || block == "use_ipvlan":
		return instance, "}\n"
	case block == "address":
		return instance + "virtual_ipaddress_excluded {\n", "}\n}\n"
	case block == "route" || block == "rule":
		return instance + "virtual_" + block + "s {\n", "}\n}\n"
	case block == "track_file_line":
		return instance + "track_file {\n", "}\n}\n"
	case slices.Contains([]string{"authentication", "auth_hmac", "unicast_peer", "track_interface", "track_script", "track_process", "track_bfd"}, block):
		return instance + block + " {\n", "}\n}\n"
	case block == "vrrp_instance":
		return instance, "}\n"
	case block == "virtual_server" || block == "lb_kind":
		return service, "}\n"
	case block == "real_server":
		return server, "}\n}\n"
	case block == "url" || block == "host":
		kind := map[string]string{"url": "SSL_GET", "host": "SMTP_CHECK"}[block]
		return server + kind + " {\n" + block + " {\n", "}\n}\n}\n}\n"
	case block == "HTTP_GET" || block == "SSL_GET":
		return server + block + " {\nurl {\npath /\n}\n", "}\n}\n}\n"
	case strings.HasSuffix(block, "_CHECK"):
		return server + block + " {\n", "}\n}\n}\n"
	case slices.Contains([]string{"global_defs", "SSL", "garp_group", "linkbeat_interfaces"}, block):
		return block + " {\n", "}\n"
	default:
		return fmt.Sprintf("%s N%d {\n", block, i), "}\n"
	}
}

// testConfigurations runs keepalived -t with every *.conf in dir and leaves what
// it says in *.conf.out.
func testConfigurations(t *testing.T, dir string) {
	t.Helper()
	script := "cd " + dir + `
mount -t tmpfs none /run
for i in eth0 eth1 tun0; do ip link add $i type bridge; ip link set $i up; done
for f in *.conf; do timeout 10 keepalived -t -f $f > $f.out 2>&1; done`
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "unshare", "-n", "-m", "-p", "-f", "--kill-child", "--mount-proc", "sh", "-c", script).CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("run keepalived: %v\n%s", err, out)
	}
}

// readMessages gives what keepalived said about each line.
func readMessages(t *testing.T, path string) map[int][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	messages := map[int][]string{}
	for l := range strings.Lines(string(text)) {
		m := regexp.MustCompile(`Line (\d+)\) (.*)`).FindStringSubmatch(l)
		if m == nil {
			if strings.Contains(l, "missing a parameter") {
				t.Errorf("%s: %s", filepath.Base(path), l)
			}
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(messages[n], m[2]) {
			messages[n] = append(messages[n], m[2])
		}
	}
	return messages
}
