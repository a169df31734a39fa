package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// MaxSize bounds a configuration in bytes. The largest real one seen has 2 MB.
const MaxSize = 64 << 20

// ErrTooLarge is the reason of a file that makes the configuration larger than it may be.
var ErrTooLarge = fmt.Errorf("the configuration is larger than %d MB", MaxSize>>20)

// ReadFile reads a configuration file of at most limit bytes. Its error is a
// *LoadError.
func ReadFile(path string, limit int) ([]byte, error) {
	var text bytes.Buffer
	err := readFile(func(path string) (fs.File, error) { return os.Open(path) }, path, limit, &text)
	if err != nil {
		return nil, &LoadError{Path: path, Err: err}
	}
	return text.Bytes(), nil
}

// ReadText is ReadFile for a file that open opens, as a string. Its error is the
// bare reason (see Bare).
func ReadText(open func(path string) (fs.File, error), path string, limit int) (string, error) {
	var text strings.Builder
	if err := readFile(open, path, limit, &text); err != nil {
		return "", err
	}
	return text.String(), nil
}

// buffer takes a file of a size that is mostly known.
type buffer interface {
	io.Writer
	Grow(n int)
	Len() int
}

func readFile(open func(path string) (fs.File, error), path string, limit int, into buffer) error {
	f, err := open(path)
	if err != nil {
		return Bare(err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		into.Grow(int(min(info.Size(), int64(limit))) + bytes.MinRead)
	}
	if _, err := io.Copy(into, io.LimitReader(f, int64(limit)+1)); err != nil {
		return Bare(err)
	}
	if into.Len() > limit {
		return ErrTooLarge
	}
	return nil
}

// Bare is an error of the file system without "open PATH:", which LoadError says.
func Bare(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// LoadError is a configuration file that could not be read. It wraps the reason:
// fs.ErrNotExist, fs.ErrPermission and so on.
type LoadError struct {
	Path string
	Err  error
}

// Error names the file and the reason.
func (e *LoadError) Error() string { return fmt.Sprintf("read configuration %s: %v", e.Path, e.Err) }

// Unwrap gives the reason.
func (e *LoadError) Unwrap() error { return e.Err }

// Hint tells what to do about it.
func (e *LoadError) Hint() string {
	switch {
	case errors.Is(e.Err, fs.ErrNotExist):
		return "give the path of a configuration; the usual places are /etc/lvsctl/lvsctl.yaml and /etc/keepalived/keepalived.conf"
	case errors.Is(e.Err, fs.ErrPermission):
		return "run as root, or make the file readable"
	case errors.Is(e.Err, syscall.EISDIR):
		return "give a file inside the directory"
	default:
		return ""
	}
}
