// Package load reads a configuration in whatever language it is written, into one
// resolved model with everything there is to say about it.
package load

import (
	"errors"
	"io/fs"
	"os"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived"
)

// Options are how a configuration is to be read.
type Options struct {
	// KeepalivedCompat keeps to keepalived where it fails open.
	KeepalivedCompat bool
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

// Load reads the configuration at path. The error tells that there is nothing to
// read; what is wrong inside is told by the diagnostics.
func Load(path string, o Options) (*config.Config, config.Diagnostics, error) {
	c, said, err := keepalived.Load(path)
	if err != nil {
		return nil, nil, err
	}
	return &c, append(said, config.Idle(&c)...), nil
}
