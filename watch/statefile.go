package watch

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/system"
)

// StateFile keeps an Ownership on disk, in a format that people can read.
type StateFile struct{ Path string }

// stateVersion changes when older programs would misread the file.
const stateVersion = 1

type savedState struct {
	Version  int          `json:"version"`
	Services []savedClaim `json:"services"`
}

type savedClaim struct {
	Protocol ipvs.Protocol    `json:"protocol,omitempty"` // IP protocol number
	Address  netip.AddrPort   `json:"address,omitzero"`
	FWMark   uint32           `json:"fwmark,omitempty"`
	Family   ipvs.Family      `json:"family"`
	Adopted  bool             `json:"adopted"`
	Foreign  []netip.AddrPort `json:"foreign,omitempty"`
}

// Load reads the file. Without a file nothing is owned.
func (f StateFile) Load() (Ownership, error) {
	text, err := os.ReadFile(f.Path)
	if errors.Is(err, os.ErrNotExist) {
		return Ownership{}, nil
	} else if err != nil {
		return nil, fmt.Errorf("read what an earlier run owned: %w", err)
	}
	var saved savedState
	if err := json.Unmarshal(text, &saved); err != nil {
		return nil, fmt.Errorf("read what an earlier run owned from %s: %w", f.Path, err)
	}
	if saved.Version != stateVersion {
		return nil, fmt.Errorf("read what an earlier run owned from %s: its version is %d, not %d", f.Path, saved.Version, stateVersion)
	}
	o := Ownership{}
	for _, s := range saved.Services {
		key := ipvs.ServiceKey{Family: s.Family, Protocol: s.Protocol, Address: s.Address, FWMark: s.FWMark}
		o[key] = Claim{Adopted: s.Adopted, Foreign: s.Foreign}
	}
	return o, nil
}

// Save writes the file so that at every moment it is whole: the old one or the
// new one. Owning nothing removes it.
func (f StateFile) Save(o Ownership) error {
	if len(o) == 0 {
		err := os.Remove(f.Path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("forget what is owned: %w", err)
		}
		return nil
	}
	text, err := json.MarshalIndent(saved(o), "", "  ")
	if err != nil {
		return fmt.Errorf("encode what is owned: %w", err)
	}
	if err := system.ReplaceFile(f.Path, append(text, '\n')); err != nil {
		return fmt.Errorf("remember what is owned: %w", err)
	}
	return nil
}

func saved(o Ownership) savedState {
	state := savedState{Version: stateVersion}
	for k, c := range o {
		state.Services = append(state.Services, savedClaim{
			Protocol: k.Protocol, Address: k.Address, FWMark: k.FWMark, Family: k.Family,
			Adopted: c.Adopted, Foreign: c.Foreign,
		})
	}
	slices.SortFunc(state.Services, func(a, b savedClaim) int {
		return strings.Compare(fmt.Sprint(a.Protocol, a.Address, a.FWMark, a.Family), fmt.Sprint(b.Protocol, b.Address, b.FWMark, b.Family))
	})
	return state
}
