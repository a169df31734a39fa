package vrrp

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/lvsctl/lvsctl/system"
)

// Owner is the priority of the router that owns the addresses (RFC 3768 section 5.3.4).
const Owner = 255

// VirtualAddress is an address that the master holds.
type VirtualAddress struct {
	Device string // "" is the router's interface
	system.Address
}

// Parameters are what the state machine of a virtual router goes by.
type Parameters struct {
	Priority  uint8         // 1 to 255, Owner among them
	Interval  time.Duration // between two advertisements; whole seconds, 1 to 255
	NoPreempt bool          // leave a master of lower priority in office
	Addresses []VirtualAddress
}

// Config is all that a Daemon runs.
type Config struct {
	Routers []RouterConfig
}

// RouterConfig is one virtual router. Interface and ID make its identity.
type RouterConfig struct {
	Name      string
	Interface string
	ID        uint8 // 1 to 255
	Parameters
	Authentication Authentication
}

// key is what routers are told apart by: there is one of an ID on an interface.
type key struct {
	iface string
	id    uint8
}

func (c RouterConfig) key() key { return key{iface: c.Interface, id: c.ID} }

// equal tells whether a reload leaves the router as it is.
func (c RouterConfig) equal(o RouterConfig) bool {
	return c.Name == o.Name && c.key() == o.key() && c.Authentication == o.Authentication &&
		c.Parameters.equal(o.Parameters)
}

func (p Parameters) equal(o Parameters) bool {
	return p.Priority == o.Priority && p.Interval == o.Interval && p.NoPreempt == o.NoPreempt &&
		slices.Equal(p.Addresses, o.Addresses)
}

// deviceOf is the link that one of the router's addresses is put on.
func (c RouterConfig) deviceOf(a VirtualAddress) string {
	if a.Device == "" {
		return c.Interface
	}
	return a.Device
}

// advertised is the address list of the router's advertisements.
func (c RouterConfig) advertised() []netip.Addr {
	addrs := make([]netip.Addr, len(c.Addresses))
	for i, a := range c.Addresses {
		addrs[i] = a.Prefix.Addr()
	}
	return addrs
}

// Validate refuses what VRRPv2 cannot express, and two routers of one ID on one
// interface. The error names the router.
func Validate(config Config) error {
	seen := map[key]string{}
	for _, c := range config.Routers {
		if err := c.validate(); err != nil {
			return fmt.Errorf("virtual router %s: %w", c.Name, err)
		}
		if other, twice := seen[c.key()]; twice {
			return fmt.Errorf("virtual routers %s and %s have both id %d on %s", other, c.Name, c.ID, c.Interface)
		}
		seen[c.key()] = c.Name
	}
	return nil
}

func (c RouterConfig) validate() error {
	switch {
	case c.Interface == "":
		return fmt.Errorf("no interface")
	case c.ID == 0:
		return fmt.Errorf("id must be 1 to 255")
	case c.Priority == 0:
		return fmt.Errorf("priority must be 1 to 255")
	case c.Interval < time.Second:
		return fmt.Errorf("advertisement interval %s is below one second", c.Interval)
	}
	// What is left is what a message cannot carry.
	_, err := Advertisement{ID: c.ID, Interval: c.Interval, Addresses: c.advertised()}.Marshal()
	return err
}
