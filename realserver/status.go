package realserver

import (
	"net/netip"
	"slices"
)

// Status is how one VIP stands on this host.
type Status struct {
	VIP     netip.Addr `json:"vip"`
	Address bool       `json:"address"` // on lo
	Route   bool       `json:"route"`   // host route over lo
	Quiet   bool       `json:"quiet"`   // the settings keep the host from answering ARP for it
}

// Running tells whether the host is a real server for the VIP.
func (s Status) Running() bool { return s.Address && s.Route && s.Quiet }

// Stopped tells whether nothing of the VIP is there.
func (s Status) Stopped() bool { return !s.Address && !s.Route }

// Status looks the VIPs up, all that were started if none is named. It changes nothing.
func (r *RealServer) Status(vips []netip.Addr) ([]Status, error) {
	if len(vips) == 0 {
		m, err := r.Store.Load()
		if err != nil {
			return nil, err
		}
		vips = started(m)
	}
	lo, err := r.Host.Link(link)
	if err != nil {
		return nil, err
	}
	quiet, err := r.quiet()
	if err != nil {
		return nil, err
	}
	var out []Status
	for _, vip := range vips {
		route, err := r.Host.HasRoute(routeOf(vip))
		if err != nil {
			return nil, err
		}
		address := slices.Contains(lo.Addresses, hostPrefix(vip))
		out = append(out, Status{VIP: vip, Address: address, Route: route, Quiet: quiet})
	}
	return out, nil
}

func (r *RealServer) quiet() (bool, error) {
	for _, s := range settings() {
		v, err := r.Sysctls.Get(s.key)
		if err != nil || !enough(v, s) {
			return false, err
		}
	}
	return true, nil
}
