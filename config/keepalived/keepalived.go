// Package keepalived reads keepalived.conf into the model of package config.
//
// The way of the text is lexer -> parser -> adapter. The lexer makes words with
// their places, the parser a tree of statements and blocks, the adapter one
// value of config.Config, with the defaults, ranges and fix-ups of keepalived
// 2.2.7. Each kind of block has a table with one row per keyword: what goes
// into the model, what is only accepted, and what keepalived does not know here.
// Anything that keepalived would read in another way is said as a diagnostic with
// its place.
package keepalived

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"github.com/lvsctl/lvsctl/config"
)

// maxSize bounds a configuration in bytes. The largest real one seen has 2 MB.
const maxSize = 64 << 20

// Parse reads the text of a configuration; name is what diagnostics call the
// file. All that is wrong comes at once, in the order of the file, up to ten
// thousand errors and as many warnings. With errors
// among the diagnostics (Diagnostics.Err) the configuration must not be used.
func Parse(name string, text []byte) (config.Config, config.Diagnostics) {
	return ParseWith(name, text, Options{})
}

// ParseWith is Parse with options. Files that the text includes are relative to
// the directory of name.
func ParseWith(name string, text []byte, o Options) (config.Config, config.Diagnostics) {
	return read(newSource(name, string(text), o))
}

func read(src *source) (config.Config, config.Diagnostics) {
	r := newReader(src)
	r.readRoot(parse(src))
	return r.config, src.finish()
}

// Load reads the configuration file at path. The error tells that there is
// nothing to read (it wraps fs.ErrNotExist, fs.ErrPermission and so on, and has
// a hint); what is wrong inside the file is told by the diagnostics.
func Load(path string) (config.Config, config.Diagnostics, error) {
	return LoadWith(path, Options{})
}

// LoadWith is Load with options.
func LoadWith(path string, o Options) (config.Config, config.Diagnostics, error) {
	text, err := readFile(o.machine(), path, maxSize)
	if err != nil {
		return config.Config{}, nil, &LoadError{Path: path, Err: err}
	}
	c, ds := read(newSource(path, text, o))
	return c, ds, nil
}

// Comments gives the comments of the file at path, in the order of the file.
// Those of the files that it includes are not among them.
func Comments(path string, o Options) ([]config.Comment, error) {
	text, err := readFile(o.machine(), path, maxSize)
	if err != nil {
		return nil, &LoadError{Path: path, Err: err}
	}
	src := newSource(path, text, o)
	src.wantComments = true
	for range parse(src) {
		// The comments are found on the way.
	}
	return src.comments, nil
}

// readFile reads a file of at most limit bytes.
func readFile(m Machine, path string, limit int) (string, error) {
	f, err := m.Open(path)
	if err != nil {
		return "", bare(err)
	}
	defer func() { _ = f.Close() }()
	var text strings.Builder
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		text.Grow(int(min(info.Size(), int64(limit))) + 1)
	}
	n, err := io.Copy(&text, io.LimitReader(f, int64(limit)+1))
	switch {
	case err != nil:
		return "", bare(err)
	case n > int64(limit):
		return "", errTooLarge
	default:
		return text.String(), nil
	}
}

// bare is the error without "open PATH:", which LoadError says.
func bare(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

var errTooLarge = fmt.Errorf("larger than %d MB", maxSize>>20)

// LoadError is a configuration file that could not be read.
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
		return "give the path of a keepalived.conf; keepalived's own is /etc/keepalived/keepalived.conf"
	case errors.Is(e.Err, fs.ErrPermission):
		return "run as root, or make the file readable"
	case errors.Is(e.Err, syscall.EISDIR):
		return "give a file inside the directory"
	default:
		return ""
	}
}
