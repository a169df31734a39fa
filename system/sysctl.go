package system

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Sysctls reads and writes kernel settings. A key is the path below /proc/sys:
// "net/ipv4/conf/lo/arp_ignore" (with slashes, because link names may hold dots).
type Sysctls struct{ root string }

// OpenSysctls gives the settings of the network namespace of the calling thread.
func OpenSysctls() *Sysctls { return &Sysctls{root: "/proc/sys"} }

// Get reads a setting.
func (s *Sysctls) Get(key string) (string, error) {
	b, err := os.ReadFile(filepath.Join(s.root, key))
	if err != nil {
		return "", fmt.Errorf("read sysctl %s: %w", key, plain(err))
	}
	return strings.TrimSpace(string(b)), nil
}

// Set writes a setting.
func (s *Sysctls) Set(key, value string) error {
	err := os.WriteFile(filepath.Join(s.root, key), []byte(value), 0)
	if err != nil {
		return fmt.Errorf("write sysctl %s: %w", key, plain(err))
	}
	return nil
}

// plain takes the path off an error of the file system: the key is named already.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
