package keepalived

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config"
)

// shared is where third-party files and recordings lie beside the repository.
const shared = "../../../shared"

// maxLive bounds how many corpus files keepalived is started with.
const maxLive = 30

// TestLiveKeepalived starts the installed keepalived with files that lvsctl
// accepts, in a namespace with the interfaces they name, and compares what both
// read of the VRRP instances. Commands in the files are taken out before.
func TestLiveKeepalived(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root for network namespaces")
	}
	if _, err := exec.LookPath("keepalived"); err != nil {
		t.Skip("keepalived is not installed")
	}
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	dir := t.TempDir()
	models := liveInputs(t, dir)
	runKeepalived(t, dir, devicesOf(models))
	compared := 0
	for name, c := range models {
		dump := readFileString(t, filepath.Join(dir, name+".out"))
		if !strings.Contains(dump, "VRRP Topology") {
			t.Logf("%s: keepalived gave no dump: %s", name, lastLine(dump))
			continue
		}
		compared++
		if diff := gocmp.Diff(routersOf(dump), ourRouters(c)); diff != "" {
			t.Errorf("%s: keepalived -, lvsctl +:\n%s", name, diff)
		}
	}
	t.Logf("%d of %d files compared", compared, len(models))
	if compared < len(models)*3/4 {
		t.Errorf("keepalived ran with only %d of %d files", compared, len(models))
	}
}

// liveInputs writes the files to compare into dir and gives what lvsctl makes of them.
func liveInputs(t *testing.T, dir string) map[string]config.Config {
	t.Helper()
	models := map[string]config.Config{}
	for _, pattern := range []string{
		"testdata/seed/keepalived-[mb]*[rp].conf",
		"testdata/recorded/vrrp_*.conf",
		shared + "/golden/keepalived/bad/*.conf",
		shared + "/corpus/keepalived/*.conf",
	} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		taken := 0
		for _, path := range paths {
			text := []byte(withoutCommands(readFileString(t, path)))
			c, ds := Parse(path, text)
			if ds.Err() != nil || len(c.VirtualRouters) == 0 || readOtherwise(ds) || taken == maxLive {
				continue
			}
			taken++
			name := filepath.Base(filepath.Dir(path)) + "-" + filepath.Base(path)
			models[name] = c
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return models
}

// withoutCommands empties the lines that would run commands or send mail.
func withoutCommands(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		word, _, _ := strings.Cut(strings.TrimLeft(line, " \t"), " ")
		for _, start := range []string{"notify", "script", "startup", "shutdown", "quorum", "misc_path", "smtp", "lvs_sync", "enable_", "user"} {
			if strings.HasPrefix(word, start) && !strings.ContainsAny(line, "{}") {
				line = "\n"
			}
		}
		b.WriteString(line)
	}
	return b.String()
}

// readOtherwise tells that lvsctl says it reads the file otherwise than keepalived.
func readOtherwise(ds config.Diagnostics) bool {
	for _, d := range ds {
		for _, what := range []string{"several statements on one line", "keepalived would", "no-break space", "byte order mark", "unknown block", "change state each on its own"} {
			if strings.Contains(d.Message, what) {
				return true
			}
		}
	}
	return false
}

func devicesOf(models map[string]config.Config) map[string]bool {
	devices := map[string]bool{}
	for _, c := range models {
		for _, v := range c.VirtualRouters {
			devices[v.Interface.V] = true
			for _, a := range v.Addresses {
				devices[a.Device.V] = true
			}
		}
	}
	delete(devices, "")
	delete(devices, "lo")
	return devices
}

// runKeepalived starts keepalived with every *.conf in dir, 16 at a time,
// and leaves what it logs in *.conf.out.
func runKeepalived(t *testing.T, dir string, devices map[string]bool) {
	t.Helper()
	script := "cd " + dir + "\nmount -t tmpfs none /run\n"
	for d := range devices {
		script += fmt.Sprintf("ip link add '%s' type bridge && ip link set '%s' up\n", d, d)
	}
	script += `n=0
for f in *.conf; do
	timeout -s INT 4 keepalived -n -l -d -D -P -p /run/p$n -r /run/r$n -f $f > $f.out 2>&1 &
	n=$((n+1)); [ $((n % 16)) = 0 ] && wait
done
wait`
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "unshare", "-n", "-m", "-p", "-f", "--kill-child", "--mount-proc", "sh", "-c", script).CombinedOutput()
	if err != nil && ctx.Err() != nil {
		t.Fatalf("run keepalived: %v\n%s", err, out)
	}
	if len(out) > 0 {
		t.Logf("%s", out)
	}
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}
