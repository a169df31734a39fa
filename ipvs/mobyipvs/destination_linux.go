package mobyipvs

import (
	"fmt"
	"math"
	"net/netip"

	moby "github.com/moby/ipvs"

	"github.com/lvsctl/lvsctl/ipvs"
)

// DestinationToMoby gives a real server of a service of the family of as
// moby/ipvs has it. The error is ErrNotExpressible if moby/ipvs would make
// another rule of it.
func DestinationToMoby(d ipvs.DestinationEntry, of ipvs.Family) (*moby.Destination, error) {
	address, err := addressToMoby(d.Address.Addr())
	switch family := ipvs.FamilyOf(d.Address.Addr()); {
	case err != nil:
		return nil, fmt.Errorf("real server: %w", err)
	case family != of:
		return nil, fmt.Errorf("real server %s: its address family is not that of its service: %w", d.Address, ErrNotExpressible)
	case d.Stored().Tunnel != ipvs.TunnelOptions{}:
		return nil, fmt.Errorf("real server %s: a tunnel other than IP in IP: %w", d.Address, ErrNotExpressible)
	case d.Weight > math.MaxInt32:
		return nil, fmt.Errorf("real server %s: weight %d is more than the kernel takes", d.Address, d.Weight)
	}
	return &moby.Destination{
		AddressFamily: uint16(of), Address: address, Port: d.Address.Port(),
		ConnectionFlags: uint32(d.Method), Weight: int(d.Weight),
		UpperThreshold: d.UpperThreshold, LowerThreshold: d.LowerThreshold,
		ActiveConnections: int(d.ActiveConns), InactiveConnections: int(d.InactiveConns),
		Stats: moby.DstStats(statsToMoby(d.Stats)),
	}, nil
}

// DestinationFromMoby gives a real server as package ipvs has it. Where the
// address family is zero, as moby/ipvs lets it be when it writes, the address
// tells it.
func DestinationFromMoby(m *moby.Destination) (d ipvs.DestinationEntry, err error) {
	family := ipvs.Family(m.AddressFamily)
	if family == 0 {
		if family = ipvs.IPv6; m.Address.To4() != nil {
			family = ipvs.IPv4
		}
	}
	address, err := addressFromMoby(m.Address, family)
	switch {
	case err != nil:
		return d, fmt.Errorf("real server of moby/ipvs: %w", err)
	case m.Weight < 0 || m.Weight > math.MaxInt32:
		return d, fmt.Errorf("real server %s of moby/ipvs: weight %d is not one", m.Address, m.Weight)
	}
	d.Address = netip.AddrPortFrom(address, m.Port)
	d.Method = ipvs.ForwardingMethod(m.ConnectionFlags & moby.ConnectionFlagFwdMask)
	d.Weight = uint32(m.Weight)
	d.UpperThreshold, d.LowerThreshold = m.UpperThreshold, m.LowerThreshold
	d.ActiveConns, d.InactiveConns = uint32(m.ActiveConnections), uint32(m.InactiveConnections)
	d.Stats = statsFromMoby(moby.SvcStats(m.Stats))
	return d, nil
}
