package realserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"

	"github.com/lvsctl/lvsctl/system"
)

// Memory is what start did, so that stop can undo just that.
type Memory struct {
	// Sysctls holds what each setting was before it was raised.
	Sysctls map[string]string `json:"sysctls,omitempty"`
	// VIPs holds, for each address that was started, what was added for it.
	VIPs map[netip.Addr]Added `json:"vips,omitempty"`
}

// Added tells what start added for one address. What stood there before is not ours.
type Added struct {
	Address bool `json:"address"`
	Route   bool `json:"route"`
}

// FileStore keeps the memory in a file. It must survive a crash of lvsctl but
// not a reboot: /run is its place.
type FileStore string

// Load reads the memory; a file that is not there is an empty one.
func (f FileStore) Load() (Memory, error) {
	var m Memory
	b, err := os.ReadFile(string(f))
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("read what was started: %w", err)
	}
	if m.Sysctls == nil {
		m.Sysctls = map[string]string{}
	}
	if m.VIPs == nil {
		m.VIPs = map[netip.Addr]Added{}
	}
	return m, nil
}

// Save writes the memory in one step.
func (f FileStore) Save(m Memory) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("remember what was started: %w", err)
	}
	return system.ReplaceFile(string(f), append(b, '\n'))
}
