package keepalived

import (
	"io/fs"
	"path"
	"strings"
	"testing/fstest"
)

// fakeMachine has these files, and no others; its directory is /etc/keepalived.
type fakeMachine struct {
	files fstest.MapFS
	env   map[string]string
	host  string
}

// newMachine has files by their absolute paths.
func newMachine(files map[string]string) *fakeMachine {
	m := &fakeMachine{files: fstest.MapFS{}, env: map[string]string{}, host: "lb1.example.org"}
	for name, text := range files {
		m.files[m.name(name)] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return m
}

func (m *fakeMachine) name(p string) string {
	if !path.IsAbs(p) {
		p = "/etc/keepalived/" + p
	}
	if p = strings.TrimPrefix(path.Clean(p), "/"); p == "" {
		return "."
	}
	return p
}

func (m *fakeMachine) Open(p string) (fs.File, error)          { return m.files.Open(m.name(p)) }
func (m *fakeMachine) ReadDir(p string) ([]fs.DirEntry, error) { return m.files.ReadDir(m.name(p)) }
func (m *fakeMachine) Stat(p string) (fs.FileInfo, error)      { return m.files.Stat(m.name(p)) }
func (m *fakeMachine) Hostname() (string, error)               { return m.host, nil }
func (m *fakeMachine) Getwd() (string, error)                  { return "/etc/keepalived", nil }
func (m *fakeMachine) LookupEnv(name string) (string, bool) {
	v, ok := m.env[name]
	return v, ok
}
