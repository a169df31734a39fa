package system

import (
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"sync"
)

// FakeNetwork is a network in memory. Fill Links before use.
type FakeNetwork struct {
	mu      sync.Mutex
	Links   map[string]Link
	Routes  []Route
	Updates chan Link // what WatchLinks sends; nil for nothing ever
	Err     error     // if set, every change fails with it
}

// Link looks a link up.
func (f *FakeNetwork) Link(name string) (Link, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l, ok := f.Links[name]
	if !ok {
		return Link{}, fmt.Errorf("%s: %w", name, ErrNoLink)
	}
	l.Addresses = slices.Clone(l.Addresses)
	return l, nil
}

// AddAddress puts an address on a link.
func (f *FakeNetwork) AddAddress(link string, a Address) (bool, error) {
	return f.change(link, func(l *Link) bool {
		if slices.Contains(l.Addresses, a.Prefix) {
			return false
		}
		l.Addresses = append(l.Addresses, a.Prefix)
		return true
	})
}

// DeleteAddress takes an address off a link.
func (f *FakeNetwork) DeleteAddress(link string, p netip.Prefix) (bool, error) {
	return f.change(link, func(l *Link) bool {
		i := slices.Index(l.Addresses, p)
		if i < 0 {
			return false
		}
		l.Addresses = slices.Delete(slices.Clone(l.Addresses), i, i+1)
		return true
	})
}

// AddRoute adds a route.
func (f *FakeNetwork) AddRoute(r Route) (bool, error) {
	return f.change(r.Link, func(*Link) bool {
		if slices.Contains(f.Routes, r) {
			return false
		}
		f.Routes = append(f.Routes, r)
		return true
	})
}

// DeleteRoute takes a route away.
func (f *FakeNetwork) DeleteRoute(r Route) (bool, error) {
	return f.change(r.Link, func(*Link) bool {
		before := len(f.Routes)
		f.Routes = slices.DeleteFunc(f.Routes, func(o Route) bool { return o == r })
		return len(f.Routes) < before
	})
}

// HasRoute tells whether a route stands.
func (f *FakeNetwork) HasRoute(r Route) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.Routes, r), nil
}

// WatchLinks sends what comes through Updates.
func (f *FakeNetwork) WatchLinks(context.Context) (<-chan Link, error) { return f.Updates, nil }

func (f *FakeNetwork) change(link string, edit func(*Link) bool) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Err != nil {
		return false, f.Err
	}
	l, ok := f.Links[link]
	if !ok {
		return false, fmt.Errorf("%s: %w", link, ErrNoLink)
	}
	changed := edit(&l)
	f.Links[link] = l
	return changed, nil
}

// FakeSysctls are settings in memory. A key that is not in the map does not exist.
type FakeSysctls map[string]string

// Get reads a setting.
func (f FakeSysctls) Get(key string) (string, error) {
	v, ok := f[key]
	if !ok {
		return "", fmt.Errorf("read sysctl %s: %w", key, fs.ErrNotExist)
	}
	return v, nil
}

// Set writes a setting.
func (f FakeSysctls) Set(key, value string) error {
	if _, ok := f[key]; !ok {
		return fmt.Errorf("write sysctl %s: %w", key, fs.ErrNotExist)
	}
	f[key] = value
	return nil
}
