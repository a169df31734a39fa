package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const (
	unevenConf = "vrrp_instance A {\n  interface   eth0 # up\n\n\n\nvirtual_ipaddress { 10.0.0.1 }\n}\n"
	evenConf   = "vrrp_instance A {\n    interface eth0 # up\n\n    virtual_ipaddress {\n        10.0.0.1\n    }\n}\n"
	brokenConf = "vrrp_instance A {\n  interface   eth0\n"
)

// TestFmtStdin checks that without a file, and with -, standard input is formatted.
func TestFmtStdin(t *testing.T) {
	for _, args := range [][]string{nil, {"-"}, {"-w", "-"}, {"-w"}} {
		var out, errs bytes.Buffer
		line := append([]string{"lvsctl", "config", "fmt"}, args...)
		status := Main(line, "test", Streams{In: strings.NewReader(unevenConf), Out: &out, Err: &errs})
		if status != 0 || out.String() != evenConf || errs.Len() > 0 {
			t.Errorf("%q: status %d, %s\n%s", args, status, &errs, &out)
		}
	}
	for text, want := range map[string]struct {
		out    string
		status int
	}{unevenConf: {"-\n", 1}, evenConf: {"", 0}, brokenConf: {"", 1}} {
		var out, errs bytes.Buffer
		status := Main([]string{"lvsctl", "config", "fmt", "--check"}, "test", Streams{In: strings.NewReader(text), Out: &out, Err: &errs})
		if status != want.status || out.String() != want.out || (errs.Len() > 0) != (text == brokenConf) {
			t.Errorf("--check of %q: status %d, %q, %q", text, status, &out, &errs)
		}
	}
}

// TestFmtLanguage checks that the name tells the language.
func TestFmtLanguage(t *testing.T) {
	_, out, errs := runConfig(t, "fmt", configFileOf(t, "l.yaml", "virtual_routers:\n-   name:  VI_1\n"))
	if out != "virtual_routers:\n  - name: VI_1\n" {
		t.Errorf("%q, %q", out, errs)
	}
}

// TestFmtWrite checks what -w keeps: mode, owner, a link to the file, and a file
// that is even already.
func TestFmtWrite(t *testing.T) {
	file := configFileOf(t, "k.conf", unevenConf)
	link := filepath.Join(t.TempDir(), "link.conf")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 { // only root can give files away
		uid, gid = 12, 34
		if err := os.Chown(file, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	if status, out, errs := runConfig(t, "fmt", "-w", link); status != 0 || out+errs != "" {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	if got := readText(t, file); got != evenConf {
		t.Errorf("the file is %q", got)
	}
	if to, err := os.Readlink(link); err != nil || to != file {
		t.Errorf("the link leads to %q: %v", to, err)
	}
	first := stat(t, file)
	owner, _ := first.Sys().(*syscall.Stat_t)
	if first.Mode() != 0o640 || int(owner.Uid) != uid || int(owner.Gid) != gid {
		t.Errorf("mode %o, owner %d:%d", first.Mode(), owner.Uid, owner.Gid)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if status, _, errs := runConfig(t, "fmt", "-w", file); status != 0 || !os.SameFile(first, stat(t, file)) {
		t.Errorf("an even file is written again: status %d, %s", status, errs)
	}
}

// TestFmtCheck checks that --check names what would change, and changes nothing.
func TestFmtCheck(t *testing.T) {
	uneven, even := configFileOf(t, "u.conf", unevenConf), configFileOf(t, "e.conf", evenConf)
	for _, c := range []struct {
		files  []string
		out    string
		status int
	}{
		{[]string{even}, "", 0},
		{[]string{uneven}, uneven + "\n", 1},
		{[]string{uneven, even}, uneven + "\n", 1},
	} {
		status, out, errs := runConfig(t, append([]string{"fmt", "--check"}, c.files...)...)
		if status != c.status || out != c.out || errs != "" {
			t.Errorf("%v: status %d, %q, %q", c.files, status, out, errs)
		}
	}
	if got := readText(t, uneven); got != unevenConf {
		t.Errorf("--check wrote %q", got)
	}
	if status, _, _ := runConfig(t, "fmt", "--check", "-w", even); status != exitUsage {
		t.Errorf("--check with -w: status %d", status)
	}
}

// TestFmtBroken checks that a broken file stays as it is, is told with its place,
// and does not keep the others from being formatted.
func TestFmtBroken(t *testing.T) {
	for name, text := range map[string]string{"k.conf": brokenConf, "q.conf": "a \"b\n", "l.yaml": "a: [\n", "l.json": `{"a": `} {
		broken, uneven := configFileOf(t, name, text), configFileOf(t, "u.conf", unevenConf)
		before := stat(t, broken)
		status, out, errs := runConfig(t, "fmt", "-w", broken, uneven)
		if status != exitFailed || out != "" || !strings.Contains(errs, broken+":1:") {
			t.Errorf("%s: status %d, %q, %q", name, status, out, errs)
		}
		if got := readText(t, broken); got != text || !os.SameFile(before, stat(t, broken)) {
			t.Errorf("%s is now %q", name, got)
		}
		if got := readText(t, uneven); got != evenConf {
			t.Errorf("the file after %s is %q", name, got)
		}
	}
	status, out, errs := runConfig(t, "fmt", "-w", "/nowhere/k.conf", t.TempDir())
	if status != exitFailed || out != "" || !strings.Contains(errs, "read configuration /nowhere/k.conf: no such file") ||
		!strings.Contains(errs, "is a directory") || !strings.Contains(errs, "hint: ") {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func stat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}
