// Package realserver makes a host a direct-routing real server, and ends that.
//
// In direct routing the director sends a client's packet on with its destination
// unchanged. So the virtual address (VIP) must be the real server's too, on lo,
// and the real server must never answer ARP for it: arp_ignore 1 answers only for
// addresses of the link that was asked, arp_announce 2 never asks in the name of
// the VIP (Documentation/networking/ip-sysctl of the kernel).
package realserver

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/lvsctl/lvsctl/system"
)

// link carries the VIPs.
const link = "lo"

// Host is what start, stop and status need of the network.
type Host interface {
	Link(name string) (system.Link, error)
	AddAddress(link string, a system.Address) (bool, error)
	DeleteAddress(link string, p netip.Prefix) (bool, error)
	AddRoute(r system.Route) (bool, error)
	DeleteRoute(r system.Route) (bool, error)
	HasRoute(r system.Route) (bool, error)
}

// Sysctls are the kernel's settings.
type Sysctls interface {
	Get(key string) (string, error)
	Set(key, value string) error
}

// Store keeps the memory between start and stop.
type Store interface {
	Load() (Memory, error)
	Save(Memory) error
}

// setting is a sysctl and the least value that direct routing needs of it.
type setting struct {
	key   string
	least int
}

func settings() []setting {
	return []setting{
		{"net/ipv4/conf/" + link + "/arp_ignore", 1},
		{"net/ipv4/conf/" + link + "/arp_announce", 2},
		{"net/ipv4/conf/all/arp_ignore", 1},
		{"net/ipv4/conf/all/arp_announce", 2},
	}
}

// RealServer starts and stops VIPs on one host.
type RealServer struct {
	Host    Host
	Sysctls Sysctls
	Store   Store
}

// Start makes the host answer for the VIPs, and reports whether anything had to
// be changed. The settings come first: the VIP must never be announced by ARP.
// Each change is remembered before it is made, so that a crash loses nothing.
func (r *RealServer) Start(vips []netip.Addr) (changed bool, err error) {
	if err := checkVIPs(vips); err != nil {
		return false, err
	}
	m, err := r.Store.Load()
	if err != nil {
		return false, err
	}
	for _, s := range settings() {
		c, err := r.raise(m, s)
		if err != nil {
			return changed, err
		}
		changed = changed || c
	}
	for _, vip := range vips {
		c, err := r.startVIP(m, vip)
		if err != nil {
			return changed, err
		}
		changed = changed || c
	}
	return changed, nil
}

// raise sets a sysctl unless it is strict enough already.
func (r *RealServer) raise(m Memory, s setting) (bool, error) {
	was, err := r.Sysctls.Get(s.key)
	if err != nil || enough(was, s) {
		return false, err
	}
	if _, remembered := m.Sysctls[s.key]; !remembered {
		m.Sysctls[s.key] = was
		if err := r.Store.Save(m); err != nil {
			return false, err
		}
	}
	return true, r.Sysctls.Set(s.key, strconv.Itoa(s.least))
}

func (r *RealServer) startVIP(m Memory, vip netip.Addr) (bool, error) {
	p := hostPrefix(vip)
	lo, err := r.Host.Link(link)
	if err != nil {
		return false, err
	}
	hasRoute, err := r.Host.HasRoute(routeOf(vip))
	if err != nil {
		return false, err
	}
	added := m.VIPs[vip]
	added.Address = added.Address || !slices.Contains(lo.Addresses, p)
	added.Route = added.Route || !hasRoute
	m.VIPs[vip] = added
	if err := r.Store.Save(m); err != nil {
		return false, err
	}
	newAddress, err := r.Host.AddAddress(link, system.Address{Prefix: p})
	if err != nil {
		return newAddress, err
	}
	newRoute, err := r.Host.AddRoute(routeOf(vip))
	return newAddress || newRoute, err
}

// Stop undoes what start did for the VIPs, for all of them if none is named,
// and reports whether anything had to be changed. With the last VIP the settings
// go back to what they were, unless somebody has changed them since.
func (r *RealServer) Stop(vips []netip.Addr) (changed bool, err error) {
	m, err := r.Store.Load()
	if err != nil {
		return false, err
	}
	if len(vips) == 0 {
		vips = started(m)
	}
	for _, vip := range vips {
		c, err := r.stopVIP(m, vip)
		if err != nil {
			return changed, err
		}
		changed = changed || c
	}
	if len(m.VIPs) > 0 {
		return changed, nil
	}
	c, err := r.restoreAll(m)
	return changed || c, err
}

func (r *RealServer) stopVIP(m Memory, vip netip.Addr) (changed bool, err error) {
	added, ok := m.VIPs[vip]
	if !ok {
		return false, nil
	}
	if added.Route {
		if changed, err = r.Host.DeleteRoute(routeOf(vip)); err != nil {
			return changed, err
		}
	}
	if added.Address {
		c, err := r.Host.DeleteAddress(link, hostPrefix(vip))
		if err != nil {
			return changed, err
		}
		changed = changed || c
	}
	delete(m.VIPs, vip)
	return changed, r.Store.Save(m)
}

func (r *RealServer) restoreAll(m Memory) (changed bool, err error) {
	for _, s := range settings() {
		c, err := r.restore(m, s)
		if err != nil {
			return changed, err
		}
		changed = changed || c
	}
	return changed, nil
}

// restore puts a setting back, if it is still what raise made of it.
func (r *RealServer) restore(m Memory, s setting) (changed bool, err error) {
	was, ok := m.Sysctls[s.key]
	if !ok {
		return false, nil
	}
	is, err := r.Sysctls.Get(s.key)
	if err != nil {
		return false, err
	}
	if is == strconv.Itoa(s.least) {
		if err := r.Sysctls.Set(s.key, was); err != nil {
			return false, err
		}
		changed = true
	}
	delete(m.Sysctls, s.key)
	return changed, r.Store.Save(m)
}

// AddressError is an address that cannot be a VIP here.
type AddressError struct {
	VIP netip.Addr
	Why string
}

// Error names the address and the reason.
func (e *AddressError) Error() string {
	return fmt.Sprintf("%s cannot be a virtual address here: %s", e.VIP, e.Why)
}

func checkVIPs(vips []netip.Addr) error {
	var errs []error
	for _, v := range vips {
		switch {
		case !v.Is4():
			errs = append(errs, &AddressError{v, "only IPv4 is supported yet"})
		case v.IsLoopback(), v.IsMulticast(), v.IsUnspecified(), v == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
			errs = append(errs, &AddressError{v, "not a unicast address of a network"})
		}
	}
	return errors.Join(errs...)
}

// started are the VIPs in memory, in order.
func started(m Memory) []netip.Addr {
	var vips []netip.Addr
	for v := range m.VIPs {
		vips = append(vips, v)
	}
	slices.SortFunc(vips, netip.Addr.Compare)
	return vips
}

// enough tells whether a setting is as strict as it must be.
func enough(value string, s setting) bool {
	n, err := strconv.Atoi(value)
	return err == nil && n >= s.least
}

func hostPrefix(vip netip.Addr) netip.Prefix { return netip.PrefixFrom(vip, vip.BitLen()) }

func routeOf(vip netip.Addr) system.Route {
	return system.Route{Destination: hostPrefix(vip), Link: link}
}
