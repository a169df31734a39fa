package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// MaxSize bounds a configuration in bytes. The largest real one seen has 2 MB.
const MaxSize = 64 << 20

// ReadFile reads a configuration file of at most limit bytes. Its error is a
// *LoadError.
func ReadFile(path string, limit int) ([]byte, error) {
	text, err := readFile(path, limit)
	if err != nil {
		return nil, &LoadError{Path: path, Err: err}
	}
	return text, nil
}

func readFile(path string, limit int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, bare(err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	switch {
	case err != nil:
		return nil, bare(err)
	case len(text) > limit:
		return nil, errTooLarge
	default:
		return text, nil
	}
}

// bare is the error without "open PATH:", which LoadError says.
func bare(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

var errTooLarge = fmt.Errorf("the configuration is larger than %d MB", MaxSize>>20)

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
