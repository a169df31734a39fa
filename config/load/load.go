// Package load reads a configuration in whatever language it is written, into one
// resolved model with everything there is to say about it.
package load

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived"
	"github.com/lvsctl/lvsctl/config/yamlfile"
)

// Options are how a configuration is to be read.
type Options struct {
	// KeepalivedCompat keeps to keepalived where it fails open.
	KeepalivedCompat bool
	// ConfigID is what lines that begin with @ are compared with in a
	// keepalived.conf: keepalived's option -i. Empty is the host name.
	ConfigID string
}

// Places where a configuration is looked for, in this order, when none is named.
const (
	DefaultYAML       = "/etc/lvsctl/lvsctl.yaml"
	DefaultKeepalived = "/etc/keepalived/keepalived.conf"
)

// DefaultPath is the configuration to read when none is named: lvsctl's own, else keepalived's.
func DefaultPath() string { return defaultPath(os.Stat) }

func defaultPath(stat func(string) (fs.FileInfo, error)) string {
	if _, err := stat(DefaultYAML); errors.Is(err, fs.ErrNotExist) {
		return DefaultKeepalived
	}
	return DefaultYAML
}

// IsYAML tells by its name whether a file is YAML (or JSON) of lvsctl.
func IsYAML(path string) bool {
	switch filepath.Ext(path) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// Load reads the configuration at path. The error tells that there is nothing to
// read; what is wrong inside is told by the diagnostics. With errors among them
// the configuration must not be used.
func Load(path string, o Options) (*config.Config, config.Diagnostics, error) {
	c, said, err := read(path, o)
	if err != nil {
		return nil, nil, err
	}
	return c, append(said, config.Idle(c)...), nil
}

func read(path string, o Options) (*config.Config, config.Diagnostics, error) {
	if IsYAML(path) {
		c := new(config.Config)
		said, err := yamlfile.Load(path, c)
		if err != nil {
			return nil, nil, err
		}
		return resolved(c, said, o)
	}
	c, said, err := keepalived.LoadWith(path, o.keepalived())
	return &c, said, err
}

func (o Options) keepalived() keepalived.Options {
	return keepalived.Options{Compat: o.KeepalivedCompat, ConfigID: o.ConfigID}
}

// resolved fills a model of YAML in. What could not be read is left as it is: it
// must not be used anyway, and more would only be said about what is wrong already.
func resolved(c *config.Config, said config.Diagnostics, o Options) (*config.Config, config.Diagnostics, error) {
	if said.Err() == nil {
		said = append(said, config.Resolve(c, config.Options{Strict: true, KeepalivedCompat: o.KeepalivedCompat})...)
	}
	return c, WithLines(said), nil
}

// Parse reads a text as Load reads a file of this name, but for what lvsctl does
// not act on.
func Parse(name string, text []byte, o Options) (*config.Config, config.Diagnostics) {
	if IsYAML(name) {
		c := new(config.Config)
		c, said, _ := resolved(c, yamlfile.Decode(name, text, c), o)
		return c, said
	}
	c, said := keepalived.ParseWith(name, text, o.keepalived())
	return &c, said
}

// Comments gives the comments of a file, for CommentIndex.
func Comments(path string, o Options) ([]config.Comment, error) {
	if !IsYAML(path) {
		return keepalived.Comments(path, o.keepalived())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return yamlfile.Comments(path, text), nil
}
