package system

import (
	"bytes"
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
)

// linkLocalNone is IN6_ADDR_GEN_MODE_NONE (linux/if_link.h).
const linkLocalNone = 1

// AddVirtualLink makes a virtual link and brings it up. One that is there already
// with that parent and hardware address is taken over with its addresses, and
// reported as false; any other link of that name is ErrLinkTaken, except that a
// macvlan with another address on the same parent is what a former configuration
// left, and is made anew.
func (n *Network) AddVirtualLink(v VirtualLink) (bool, error) {
	parent, err := n.link(v.Parent)
	if err != nil {
		return false, err
	}
	there, err := n.link(v.Name)
	switch {
	case errors.Is(err, ErrNoLink):
	case err != nil:
		return false, err
	case !isMacvlanOn(there, parent):
		return false, fmt.Errorf("make link %s: %w", v.Name, ErrLinkTaken)
	case bytes.Equal(there.Attrs().HardwareAddr, v.MAC):
		return false, n.raise(there)
	default:
		if err := n.handle.LinkDel(there); err != nil {
			return false, fmt.Errorf("delete link %s: %w", v.Name, err)
		}
	}
	return true, n.makeVirtualLink(v, parent)
}

func isMacvlanOn(l, parent netlink.Link) bool {
	_, ok := l.(*netlink.Macvlan)
	return ok && l.Attrs().ParentIndex == parent.Attrs().Index
}

// makeVirtualLink leaves nothing half made behind.
func (n *Network) makeVirtualLink(v VirtualLink, parent netlink.Link) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.ParentIndex, attrs.MTU = v.Name, parent.Attrs().Index, parent.Attrs().MTU
	attrs.HardwareAddr, attrs.Group = net.HardwareAddr(v.MAC), v.Group
	l := &netlink.Macvlan{LinkAttrs: attrs, Mode: netlink.MACVLAN_MODE_PRIVATE}
	if err := n.handle.LinkAdd(l); err != nil {
		return fmt.Errorf("make link %s on %s: %w", v.Name, v.Parent, err)
	}
	// Without IPv6 in the kernel there is nothing to switch off.
	_ = n.handle.LinkSetIP6AddrGenMode(l, linkLocalNone)
	if err := n.raise(l); err != nil {
		return errors.Join(err, n.handle.LinkDel(l))
	}
	return nil
}

func (n *Network) raise(l netlink.Link) error {
	if err := n.handle.LinkSetUp(l); err != nil {
		return fmt.Errorf("bring link %s up: %w", l.Attrs().Name, err)
	}
	return nil
}

// DeleteVirtualLink takes a virtual link away, with the addresses on it. It reports
// false if there is none of that name and hardware address.
func (n *Network) DeleteVirtualLink(v VirtualLink) (bool, error) {
	l, err := n.link(v.Name)
	if errors.Is(err, ErrNoLink) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if _, ok := l.(*netlink.Macvlan); !ok || !bytes.Equal(l.Attrs().HardwareAddr, v.MAC) {
		return false, nil
	}
	if err := n.handle.LinkDel(l); err != nil {
		return false, fmt.Errorf("delete link %s: %w", v.Name, err)
	}
	return true, nil
}
