package system

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHostScript(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, open, plain := write("good", 0o755), write("open", 0o777), write("plain", 0o644)
	h := &Host{path: "/nowhere:" + dir}
	root := os.Geteuid() == 0
	for _, c := range []struct {
		name, program, user string
		secure              bool
		want                string // a part of the error, "" is none
	}{
		{"by path", good, "", false, ""},
		{"by name", "good", "", false, ""},
		{"not there", dir + "/none", "", false, "no such file"},
		{"not in PATH", "none", "", false, "in PATH"},
		{"not executable", plain, "", false, "not executable"},
		{"a directory", dir, "", false, "is a directory"},
		{"others may write, nobody cares", open, "", false, ""},
		{"others may write", open, "root", true, "can be written by others"},
		{"others may write, but they run it", open, "nobody", true, ""},
	} {
		if c.secure && !root {
			c.want = strings.ReplaceAll(c.want, "can be written by others", "belongs to user")
		}
		err := h.Script(c.program, c.user, c.secure)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if err := h.Script("none", "", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v does not tell that it does not exist", err)
	}
}

// Directories above count too, but for those with the sticky bit.
func TestHostScriptDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root has directories of root")
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "s")
	if err := os.WriteFile(script, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[fs.FileMode]bool{0o755: true, 0o777: false, 0o777 | fs.ModeSticky: true} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if err := (&Host{}).Script(script, "", true); (err == nil) != want {
			t.Errorf("below a directory with %v: %v", mode, err)
		}
	}
	if err := os.Chown(script, 12345, 0); err != nil {
		t.Fatal(err)
	}
	if err := (&Host{}).Script(script, "", true); err == nil {
		t.Error("a script of somebody else was found secure")
	}
}

func TestHost(t *testing.T) {
	h, err := OpenHost()
	if err != nil {
		t.Fatal(err)
	}
	if lo, _ := h.HasInterface("lo"); !lo {
		t.Error("there is no lo")
	}
	if none, _ := h.HasInterface("none0"); none {
		t.Error("there is none0")
	}
	if !h.HasUser("root") || h.HasUser("nobody-of-this-name") {
		t.Error("users")
	}
}
