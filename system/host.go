package system

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
)

// Host answers what a configuration asks of the host: interfaces, programs, users.
type Host struct {
	path       string // directories to look for programs in
	interfaces map[string]bool
}

// OpenHost gives the host as it is now; interfaces are those of the network
// namespace of the calling thread.
func OpenHost() (*Host, error) {
	links, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	h := &Host{path: os.Getenv("PATH"), interfaces: map[string]bool{}}
	for _, l := range links {
		h.interfaces[l.Name] = true
	}
	return h, nil
}

// HasInterface tells whether there was a network interface of this name when the
// host was opened.
func (h *Host) HasInterface(name string) (bool, error) { return h.interfaces[name], nil }

// HasUser tells whether there is an account of this name.
func (h *Host) HasUser(name string) bool {
	_, err := user.Lookup(name)
	return err == nil
}

// Script tells why a program cannot run, nil if it can. A name without slash is
// looked for in PATH. With secure, a program that root runs (user "" or root) must
// be one that nobody else can change: it and every directory above it belong to
// root and cannot be written by others, but for directories with the sticky bit.
func (h *Host) Script(program, user string, secure bool) error {
	path, err := h.find(program)
	if err != nil {
		return err
	}
	if secure && (user == "" || user == "root") {
		return writableByOthers(path)
	}
	return nil
}

// find gives the path of a program that can be executed.
func (h *Host) find(program string) (string, error) {
	if strings.Contains(program, "/") {
		return program, executable(program)
	}
	for _, dir := range filepath.SplitList(h.path) {
		if path := filepath.Join(dir, program); executable(path) == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s: %w in PATH", program, fs.ErrNotExist)
}

// executable tells why a file cannot be executed.
func executable(path string) error {
	info, err := os.Stat(path)
	var pe *fs.PathError
	switch {
	case errors.As(err, &pe):
		return fmt.Errorf("%s: %w", path, pe.Err)
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory", path)
	case info.Mode()&0o111 == 0:
		return fmt.Errorf("%s is not executable", path)
	default:
		return nil
	}
}

// writableByOthers tells which part of a path others than root can change. Links
// are followed first, so that what is judged is what runs.
func writableByOthers(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	if real, err = filepath.Abs(real); err != nil {
		return err
	}
	for part := real; ; part = filepath.Dir(part) {
		info, err := os.Stat(part)
		if err != nil {
			return err
		}
		owner, known := info.Sys().(*syscall.Stat_t)
		sticky := info.IsDir() && info.Mode()&fs.ModeSticky != 0
		switch {
		case known && owner.Uid != 0:
			return fmt.Errorf("root runs it, and %s belongs to user %d", part, owner.Uid)
		case info.Mode()&0o022 != 0 && !sticky:
			return fmt.Errorf("root runs it, and %s can be written by others than root", part)
		}
		if part == "/" || part == "." {
			return nil
		}
	}
}
