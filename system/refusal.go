package system

import (
	"net/netip"
	"slices"
	"sync"
)

// FakeRefusal remembers the addresses that are refused.
type FakeRefusal struct {
	mu      sync.Mutex
	refused []netip.Addr
	Err     error // if set, every call fails with it
}

// Refuse makes these the refused addresses.
func (f *FakeRefusal) Refuse(addrs []netip.Addr) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Err != nil {
		return f.Err
	}
	f.refused = slices.Clone(addrs)
	return nil
}

// Refused tells them.
func (f *FakeRefusal) Refused() []netip.Addr {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.refused)
}
