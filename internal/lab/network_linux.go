package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
)

// Network is a switch with hosts on it.
type Network struct {
	fabric *Namespace // where the switch is
	hosts  []*Host
}

// Host is a machine on the network. Its only link is eth0.
type Host struct {
	*Namespace
	Name string
	port string // the switch's end of its cable
	net  *Network
}

// switchName is the bridge in the fabric's namespace.
const switchName = "switch"

// NewNetwork makes a network without hosts. It needs root.
func NewNetwork() (*Network, error) {
	f, err := NewNamespace()
	if err != nil {
		return nil, err
	}
	snooping := false // multicast goes everywhere, as on a plain switch
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: switchName}, MulticastSnooping: &snooping}
	err = f.handle.LinkAdd(bridge)
	if err == nil {
		err = f.handle.LinkSetUp(bridge)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the switch: %w", err), f.Close())
	}
	return &Network{fabric: f}, nil
}

// Close takes the network down.
func (n *Network) Close() error {
	var errs []error
	for _, h := range slices.Backward(n.hosts) {
		errs = append(errs, h.Close())
	}
	return errors.Join(append(errs, n.fabric.Close())...)
}

// AddHost plugs a new host in, with its addresses on eth0.
func (n *Network) AddHost(name string, addresses ...netip.Prefix) (*Host, error) {
	ns, err := NewNamespace()
	if err != nil {
		return nil, err
	}
	h := &Host{Namespace: ns, Name: name, port: fmt.Sprintf("port%d", len(n.hosts)), net: n}
	if err := h.plug(addresses); err != nil {
		return nil, errors.Join(fmt.Errorf("plug in %s: %w", name, err), ns.Close())
	}
	n.hosts = append(n.hosts, h)
	return h, nil
}

func (h *Host) plug(addresses []netip.Prefix) error {
	fabric := h.net.fabric.handle
	cable := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: h.port}, PeerName: "eth0", PeerNamespace: netlink.NsFd(h.ns),
	}
	if err := fabric.LinkAdd(cable); err != nil {
		return err
	}
	bridge, err := fabric.LinkByName(switchName)
	if err != nil {
		return err
	}
	if err := errors.Join(fabric.LinkSetMaster(cable, bridge), fabric.LinkSetUp(cable)); err != nil {
		return err
	}
	eth0, err := h.handle.LinkByName("eth0")
	if err != nil {
		return err
	}
	for _, a := range addresses {
		ipnet := &net.IPNet{IP: a.Addr().AsSlice(), Mask: net.CIDRMask(a.Bits(), a.Addr().BitLen())}
		if err := h.handle.AddrAdd(eth0, &netlink.Addr{IPNet: ipnet}); err != nil {
			return fmt.Errorf("address %s: %w", a, err)
		}
	}
	return h.handle.LinkSetUp(eth0)
}

// Unplug pulls the host's cable: it and the switch lose the carrier.
func (h *Host) Unplug() error { return h.setPort(h.net.fabric.handle.LinkSetDown) }

// Plug puts the cable back.
func (h *Host) Plug() error { return h.setPort(h.net.fabric.handle.LinkSetUp) }

func (h *Host) setPort(set func(netlink.Link) error) error {
	port, err := h.net.fabric.handle.LinkByName(h.port)
	if err == nil {
		err = set(port)
	}
	if err != nil {
		return fmt.Errorf("cable of %s: %w", h.Name, err)
	}
	return nil
}

// Addresses are the IPv4 addresses on a link of the host.
func (h *Host) Addresses(link string) ([]netip.Addr, error) {
	l, err := h.handle.LinkByName(link)
	if err != nil {
		return nil, fmt.Errorf("%s on %s: %w", link, h.Name, err)
	}
	list, err := h.handle.AddrList(l, netlink.FAMILY_V4)
	if err != nil {
		return nil, fmt.Errorf("addresses of %s on %s: %w", link, h.Name, err)
	}
	var out []netip.Addr
	for _, a := range list {
		if addr, ok := netip.AddrFromSlice(a.IP.To4()); ok {
			out = append(out, addr)
		}
	}
	return out, nil
}
