package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := ReadFile(path, 5); err != nil || string(text) != "12345" {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := ReadFile(path, 4); !errors.Is(err, ErrTooLarge) {
		t.Errorf("five bytes where four are allowed: %v", err)
	}
}

func TestReadFileErrors(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]struct{ message, hint string }{
		"missing": {"no such file or directory", "/etc/lvsctl/lvsctl.yaml"},
		".":       {"is a directory", "give a file inside"},
	} {
		_, err := ReadFile(filepath.Join(dir, name), 10)
		load, ok := errors.AsType[*LoadError](err)
		if !ok {
			t.Fatalf("%s: got %v", name, err)
		}
		if got := err.Error(); got != "read configuration "+load.Path+": "+want.message {
			t.Errorf("%s: got %q", name, got)
		}
		if !strings.Contains(load.Hint(), want.hint) {
			t.Errorf("%s: hint %q", name, load.Hint())
		}
	}
	denied := &LoadError{Path: "f", Err: fs.ErrPermission}
	if denied.Hint() == "" || !errors.Is(denied, fs.ErrPermission) {
		t.Errorf("%v has no hint or no reason", denied)
	}
	if hint := (&LoadError{Err: ErrTooLarge}).Hint(); hint != "" {
		t.Errorf("hint %q", hint)
	}
}
