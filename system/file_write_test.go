package system

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestRewriteFile(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(real, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(real, 1234, 5678); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.Stat(real)
	if err != nil {
		t.Fatal(err)
	}
	if err := RewriteFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v %v", info, err)
	}
	text, err := os.ReadFile(real)
	after, err2 := os.Stat(real)
	if err != nil || err2 != nil || string(text) != "new" || after.Mode() != before.Mode() {
		t.Errorf("%q %v %v %v", text, after, err, err2)
	}
	if os.Geteuid() == 0 && owner(after) != owner(before) {
		t.Errorf("owner %v, before %v", owner(after), owner(before))
	}
	wantFiles(t, dir, 2)
	if err := RewriteFile(filepath.Join(dir, "none"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestCreateFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := CreateFile(path, []byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := CreateFile(path, []byte("b")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
	info, err := os.Stat(path)
	text, err2 := os.ReadFile(path)
	if err != nil || err2 != nil || info.Mode().Perm() != 0o600 || string(text) != "a" {
		t.Errorf("%v %q %v %v", info, text, err, err2)
	}
	wantFiles(t, dir, 1)
}

// wantFiles checks that no temporary file is left.
func wantFiles(t *testing.T, dir string, n int) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) != n {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func owner(info fs.FileInfo) [2]uint32 {
	s, _ := info.Sys().(*syscall.Stat_t)
	return [2]uint32{s.Uid, s.Gid}
}
