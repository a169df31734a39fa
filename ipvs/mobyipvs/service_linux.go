package mobyipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"time"

	moby "github.com/moby/ipvs"

	"github.com/lvsctl/lvsctl/ipvs"
)

// ErrNotExpressible is something that moby/ipvs cannot say, or would say wrongly
// to the kernel.
var ErrNotExpressible = errors.New("moby/ipvs cannot express it")

// ToMoby gives a service with its real servers as moby/ipvs has them. Values come
// as the kernel stores them (ipvs.Service.Stored). The error is ErrNotExpressible
// if moby/ipvs would make another rule of one of them; the package comment tells
// what else is lost.
func ToMoby(s ipvs.ServiceEntry) (*moby.Service, []*moby.Destination, error) {
	stored := s.Stored()
	m := &moby.Service{
		AddressFamily: uint16(s.Family), FWMark: s.FWMark,
		SchedName: s.Scheduler, PEName: s.PE,
		Flags:   uint32(stored.Flags),
		Timeout: uint32(s.Persistence / time.Second),
		Netmask: swapMask(uint32(stored.Netmask), s.Family),
		Stats:   statsToMoby(s.Stats),
	}
	if s.FWMark == 0 {
		address, err := addressToMoby(s.Address.Addr())
		if err != nil {
			return nil, nil, fmt.Errorf("service %s: %w", s.ServiceKey, err)
		}
		m.Protocol, m.Address, m.Port = uint16(s.Protocol), address, s.Address.Port()
	}
	var ds []*moby.Destination
	for _, d := range s.Destinations {
		converted, err := DestinationToMoby(d, s.Family)
		if err != nil {
			return nil, nil, fmt.Errorf("service %s: %w", s.ServiceKey, err)
		}
		ds = append(ds, converted)
	}
	return m, ds, nil
}

// FromMoby gives a service and its real servers as package ipvs has them. The
// error tells of a value that no service can have, such as an address that is not
// of the address family. Whether it was read wrongly from the kernel cannot be
// seen here: the package comment tells where that happens.
func FromMoby(m *moby.Service, ds []*moby.Destination) (s ipvs.ServiceEntry, err error) {
	family := ipvs.Family(m.AddressFamily)
	if family != ipvs.IPv4 && family != ipvs.IPv6 {
		return s, fmt.Errorf("service of moby/ipvs: address family %d is neither IPv4 nor IPv6", family)
	}
	s.ServiceKey = ipvs.FWMarkKey(m.FWMark, family)
	if m.FWMark == 0 {
		address, err := addressFromMoby(m.Address, family)
		if err != nil {
			return ipvs.ServiceEntry{}, fmt.Errorf("service of moby/ipvs: %w", err)
		}
		s.ServiceKey = ipvs.AddressKey(ipvs.Protocol(m.Protocol), netip.AddrPortFrom(address, m.Port))
	}
	s.Scheduler, s.PE = m.SchedName, m.PEName
	s.Flags = ipvs.Flags(m.Flags) &^ ipvs.FlagHashed
	s.Persistence = time.Duration(m.Timeout) * time.Second
	s.Netmask = ipvs.Netmask(swapMask(m.Netmask, family))
	s.Stats = statsFromMoby(m.Stats)
	for _, d := range ds {
		converted, err := DestinationFromMoby(d)
		if err != nil {
			return ipvs.ServiceEntry{}, fmt.Errorf("service %s: %w", s.ServiceKey, err)
		}
		s.Destinations = append(s.Destinations, converted)
	}
	return s, nil
}

// swapMask turns an IPv4 mask from the number that it is into the one that its
// bytes make in memory, which moby/ipvs has, and back. The length of an IPv6
// prefix is the same in both.
func swapMask(mask uint32, f ipvs.Family) uint32 {
	if f == ipvs.IPv6 {
		return mask
	}
	return binary.NativeEndian.Uint32(binary.BigEndian.AppendUint32(nil, mask))
}

// addressToMoby refuses what moby/ipvs would send with four bytes by mistake.
func addressToMoby(a netip.Addr) (net.IP, error) {
	switch {
	case !a.IsValid():
		return nil, errors.New("no address")
	case a.Is4In6():
		return nil, fmt.Errorf("IPv6 address %s stands for an IPv4 one: %w", a, ErrNotExpressible)
	default:
		return net.IP(a.AsSlice()), nil
	}
}

// addressFromMoby reads an address of a family. A net.IP of IPv4 may have 16 bytes.
func addressFromMoby(ip net.IP, f ipvs.Family) (netip.Addr, error) {
	switch v4 := ip.To4(); {
	case f == ipvs.IPv4 && v4 != nil:
		return netip.AddrFrom4([4]byte(v4)), nil
	case f == ipvs.IPv6 && len(ip) == net.IPv6len:
		return netip.AddrFrom16([16]byte(ip)), nil
	default:
		return netip.Addr{}, fmt.Errorf("address %v is not of address family %d", ip, f)
	}
}

func statsToMoby(s ipvs.Stats) moby.SvcStats {
	return moby.SvcStats{
		Connections: narrow(s.Connections), PacketsIn: narrow(s.PacketsIn), PacketsOut: narrow(s.PacketsOut),
		BytesIn: s.BytesIn, BytesOut: s.BytesOut,
		CPS: narrow(s.CPS), PPSIn: narrow(s.PPSIn), PPSOut: narrow(s.PPSOut), BPSIn: narrow(s.BPSIn), BPSOut: narrow(s.BPSOut),
	}
}

func statsFromMoby(s moby.SvcStats) ipvs.Stats {
	return ipvs.Stats{
		Connections: uint64(s.Connections), PacketsIn: uint64(s.PacketsIn), PacketsOut: uint64(s.PacketsOut),
		BytesIn: s.BytesIn, BytesOut: s.BytesOut,
		CPS: uint64(s.CPS), PPSIn: uint64(s.PPSIn), PPSOut: uint64(s.PPSOut), BPSIn: uint64(s.BPSIn), BPSOut: uint64(s.BPSOut),
	}
}

// narrow stops at the end of the scale: a counter that begins anew would look like
// a server that does nothing.
func narrow(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }
