package keepalived

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lvsctl/lvsctl/config"
)

// frames put the input of a golden case into a file that is complete but for it.
var frames = map[string]string{
	"file":     "%s",
	"instance": "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\n%svirtual_ipaddress {\n10.9.9.9\n}\n}\n",
	"global":   "global_defs {\n%s}\n",
	"script":   "vrrp_script s {\nscript /bin/true\n%s}\n",
	"service":  "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n%sreal_server 10.0.0.2 80 {\n}\n}\n",
	"real":     "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\n%s}\n}\n",
	"group":    "virtual_server_group G {\n%s}\nvirtual_server group G {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\n}\n}\n",
	"ssl":      "SSL {\n%s}\n",
	"check":    "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n%s}\n}\n}\n",
}

// checkFrame is a real server with one check.
const checkFrame = "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\n%s {\n%%s}\n}\n}\n"

// frameOf is the frame of a command; the name of a check in small letters is one too.
func frameOf(command string) (string, bool) {
	if command == "url" {
		return fmt.Sprintf(checkFrame, "HTTP_GET {\nurl") + "}\n", true
	}
	if name := strings.ToUpper(command); strings.HasSuffix(name, "_CHECK") || strings.HasSuffix(name, "_GET") {
		return fmt.Sprintf(checkFrame, name), true
	}
	frame, ok := frames[command]
	return frame, ok
}

// goldenText is the file of a golden case.
func goldenText(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	frame, ok := frameOf(d.Cmd)
	if !ok {
		t.Fatalf("%s: unknown command %q", d.Pos, d.Cmd)
	}
	text := fmt.Sprintf(frame, unprintable.Replace(d.Input+"\n"))
	if d.HasArg("no-final-newline") {
		text = strings.TrimRight(text, "\n")
	}
	return text
}

// unprintable are the bytes that golden files spell out.
var unprintable = strings.NewReplacer("<NBSP>", "\u00a0", "<BOM>", "\ufeff", "<NUL>", "\x00", "<CR>", "\r", "<TAB>", "\t", "<BAD>", "\xb7\xce")

// TestGolden runs testdata/*.txt: an input, then the model and the diagnostics.
func TestGolden(t *testing.T) {
	cases := 0
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			cases++
			c, ds := ParseWith("k.conf", []byte(goldenText(t, d)), Options{Compat: d.HasArg("compat")})
			return dumpModel(c, d.HasArg("defaults")) + dumpDiagnostics(ds)
		})
	})
	if cases < 250 {
		t.Errorf("only %d golden cases were run", cases)
	}
}

// TestSeed reads the files of the tutorial: all of them must be accepted, with
// these warnings.
func TestSeed(t *testing.T) {
	for _, name := range []string{"keepalived-master", "keepalived-backup", "keepalived-master-pasted"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", "seed", name+".conf")
			c, ds, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := ds.Err(); err != nil {
				t.Errorf("refused: %v", err)
			}
			got := dump(c) + dumpDiagnostics(ds)
			golden := filepath.Join("testdata", "seed", name+".golden")
			if rewriting() {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// TestSeedPasted compares what counts: the file with no-break spaces says the
// same as the clean one.
func TestSeedPasted(t *testing.T) {
	clean, _, err := Load("testdata/seed/keepalived-master.conf")
	if err != nil {
		t.Fatal(err)
	}
	pasted, _, err := Load("testdata/seed/keepalived-master-pasted.conf")
	if err != nil {
		t.Fatal(err)
	}
	if dump(clean) != dump(pasted) {
		t.Errorf("clean:\n%s\npasted:\n%s", dump(clean), dump(pasted))
	}
}

// rewriting tells whether the test was called with datadriven's -rewrite.
func rewriting() bool {
	for _, a := range os.Args {
		if a == "-rewrite" || a == "--rewrite" {
			return true
		}
	}
	return false
}

// dumpDiagnostics writes diagnostics as operators see them, without the line and caret.
func dumpDiagnostics(ds config.Diagnostics) string {
	var b strings.Builder
	for _, d := range ds {
		fmt.Fprintf(&b, "%s %d:%d %s\n", d.Severity, d.Where.Line, d.Where.Column, d.Message)
		if d.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", d.Hint)
		}
	}
	return b.String()
}
