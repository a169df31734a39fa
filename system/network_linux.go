package system

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Network reads and changes links, addresses and routes (rtnetlink(7)).
// Its methods may be called from several goroutines.
type Network struct{ handle *netlink.Handle }

// OpenNetwork opens the network namespace of the calling thread.
func OpenNetwork() (*Network, error) {
	h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open netlink: %w", err)
	}
	// The kernel answers at once or never; a daemon must not wait for ever.
	if err := h.SetSocketTimeout(10 * time.Second); err != nil {
		return nil, fmt.Errorf("open netlink: %w", err)
	}
	return &Network{handle: h}, nil
}

// Close releases the socket.
func (n *Network) Close() { n.handle.Close() }

// Link looks a link up by name. A link that is not there is ErrNoLink.
func (n *Network) Link(name string) (Link, error) {
	l, err := n.link(name)
	if err != nil {
		return Link{}, err
	}
	addrs, err := n.handle.AddrList(l, netlink.FAMILY_ALL)
	if err != nil {
		return Link{}, fmt.Errorf("list addresses of %s: %w", name, err)
	}
	out := linkOf(l.Attrs())
	for _, a := range addrs {
		if p, ok := prefixOf(a); ok {
			out.Addresses = append(out.Addresses, p)
		}
	}
	return out, nil
}

// AddAddress puts an address on a link. It reports false if it was there already.
func (n *Network) AddAddress(link string, a Address) (bool, error) {
	l, err := n.link(link)
	if err != nil {
		return false, err
	}
	na := &netlink.Addr{IPNet: netlink.NewIPNet(a.Prefix.Addr().AsSlice()), Label: a.Label}
	na.Mask = maskOf(a.Prefix)
	if a.Prefix.Addr().Is6() {
		na.Flags = unix.IFA_F_NODAD
	}
	err = n.handle.AddrAdd(l, na)
	return outcome(err, unix.EEXIST, "add address %s to %s", a.Prefix, link)
}

// DeleteAddress takes an address off a link. It reports false if it was not there.
func (n *Network) DeleteAddress(link string, p netip.Prefix) (bool, error) {
	l, err := n.link(link)
	if errors.Is(err, ErrNoLink) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	na := &netlink.Addr{IPNet: netlink.NewIPNet(p.Addr().AsSlice())}
	na.Mask = maskOf(p)
	err = n.handle.AddrDel(l, na)
	return outcome(err, unix.EADDRNOTAVAIL, "delete address %s from %s", p, link)
}

// AddRoute adds a link-scoped route. It reports false if it was there already.
func (n *Network) AddRoute(r Route) (bool, error) {
	route, err := n.route(r)
	if err != nil {
		return false, err
	}
	err = n.handle.RouteAdd(route)
	return outcome(err, unix.EEXIST, "add route %s dev %s", r.Destination, r.Link)
}

// DeleteRoute takes a link-scoped route away. It reports false if it was not there.
func (n *Network) DeleteRoute(r Route) (bool, error) {
	route, err := n.route(r)
	if errors.Is(err, ErrNoLink) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	err = n.handle.RouteDel(route)
	return outcome(err, unix.ESRCH, "delete route %s dev %s", r.Destination, r.Link)
}

// HasRoute tells whether that very route stands in the main table.
func (n *Network) HasRoute(r Route) (bool, error) {
	want, err := n.route(r)
	if errors.Is(err, ErrNoLink) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	mask := netlink.RT_FILTER_DST | netlink.RT_FILTER_OIF | netlink.RT_FILTER_TABLE
	routes, err := n.handle.RouteListFiltered(familyOf(r.Destination.Addr()), want, mask)
	if err != nil {
		return false, fmt.Errorf("list routes to %s: %w", r.Destination, err)
	}
	return len(routes) > 0, nil
}

// WatchLinks sends the state of a link (without its addresses) whenever it
// changes, until ctx ends; then the channel is closed.
func (n *Network) WatchLinks(ctx context.Context) (<-chan Link, error) {
	updates := make(chan netlink.LinkUpdate)
	if err := netlink.LinkSubscribe(updates, ctx.Done()); err != nil {
		return nil, fmt.Errorf("watch links: %w", err)
	}
	links := make(chan Link)
	go func() {
		defer close(links)
		for u := range updates {
			l := linkOf(u.Attrs())
			l.Running = l.Running && u.Header.Type == unix.RTM_NEWLINK
			select {
			case links <- l:
			case <-ctx.Done():
				drain(updates)
				return
			}
		}
	}()
	return links, nil
}

// drain lets the subscription's own goroutine end.
func drain(updates <-chan netlink.LinkUpdate) {
	for range updates {
	}
}

func (n *Network) link(name string) (netlink.Link, error) {
	l, err := n.handle.LinkByName(name)
	var notFound netlink.LinkNotFoundError
	if errors.As(err, &notFound) {
		return nil, fmt.Errorf("%s: %w", name, ErrNoLink)
	} else if err != nil {
		return nil, fmt.Errorf("look up link %s: %w", name, err)
	}
	return l, nil
}

func (n *Network) route(r Route) (*netlink.Route, error) {
	l, err := n.link(r.Link)
	if err != nil {
		return nil, err
	}
	dst := netlink.NewIPNet(r.Destination.Addr().AsSlice())
	dst.Mask = maskOf(r.Destination)
	return &netlink.Route{
		LinkIndex: l.Attrs().Index, Dst: dst, Scope: netlink.SCOPE_LINK,
		Table: unix.RT_TABLE_MAIN, Protocol: unix.RTPROT_BOOT,
	}, nil
}

// outcome turns the answer to a change into (changed, error): the errno that
// means "it is so already" is no error.
func outcome(err error, already unix.Errno, doing string, args ...any) (bool, error) {
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, already):
		return false, nil
	default:
		return false, fmt.Errorf(doing+": %w", append(args, err)...)
	}
}
