package vrrp

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/lvsctl/lvsctl/system"
	"github.com/lvsctl/lvsctl/vrrp/packet"
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
	Version   uint8         // of VRRP: 2 or 3; 0 is 2
	Priority  uint8         // 1 to 255, Owner among them
	Interval  time.Duration // between two advertisements: 1 to 255 s in VRRPv2, 10 ms to 40.95 s in VRRPv3
	NoPreempt bool          // leave a master of lower priority in office
	Addresses []VirtualAddress
}

// Config is all that a Daemon runs.
type Config struct {
	Routers       []RouterConfig
	LogUnknownIDs bool // tell of advertisements that are for none of the routers
}

// version is the version of VRRP.
func (p Parameters) version() uint8 {
	if p.Version == 0 {
		return 2
	}
	return p.Version
}

// RouterConfig is one virtual router. Interface, family and ID make its identity.
type RouterConfig struct {
	Name      string
	Interface string
	ID        uint8 // 1 to 255
	Parameters
	Authentication packet.Authentication
	Transport      TransportConfig
}

// place is where routers hear each other: an interface and a family.
type place struct {
	iface  string
	family packet.Family
}

func (c RouterConfig) place() place { return place{iface: c.Interface, family: c.Transport.Family} }

// key is what routers are told apart by: there is one of an ID in a place.
type key struct {
	place
	id uint8
}

func (c RouterConfig) key() key { return key{place: c.place(), id: c.ID} }

// equal tells whether a reload leaves the router as it is.
func (c RouterConfig) equal(o RouterConfig) bool {
	return c.Name == o.Name && c.key() == o.key() && c.Authentication == o.Authentication &&
		c.Parameters.equal(o.Parameters) && c.Transport.equal(o.Transport)
}

func (p Parameters) equal(o Parameters) bool {
	return p.version() == o.version() && p.Priority == o.Priority && p.Interval == o.Interval && p.NoPreempt == o.NoPreempt &&
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

// Validate refuses what VRRP cannot express, and two routers of one ID and family on
// one interface. The error names the router.
func Validate(config Config) error {
	seen := map[key]string{}
	for _, c := range config.Routers {
		if err := c.validate(); err != nil {
			return fmt.Errorf("virtual router %s: %w", c.Name, err)
		}
		if other, twice := seen[c.key()]; twice {
			return fmt.Errorf("virtual routers %s and %s have both id %d for %s on %s", other, c.Name, c.ID, c.Transport.Family, c.Interface)
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
	}
	return c.validateTransport()
}
