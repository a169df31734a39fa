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
func DefaultPath() string {
	if _, err := os.Stat(DefaultYAML); errors.Is(err, fs.ErrNotExist) {
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
	c, said, err := keepalived.LoadWith(path, keepalived.Options{Compat: o.KeepalivedCompat, ConfigID: o.ConfigID})
	return &c, said, err
}
