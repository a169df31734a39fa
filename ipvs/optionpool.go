package ipvs

import (
	"encoding/binary"
	"net/netip"
)

// Before netlink IPVS was spoken to with getsockopt(2), and still is by many. It
// knows nothing of IPv6 and of tunnel options, but it gives all destinations of a
// service in one system call, where netlink takes three.

// Options and structures of the old interface (linux/ip_vs.h).
const (
	optionServices = 64 + 1024 + 64 + 2 // IP_VS_SO_GET_SERVICES
	optionDests    = 64 + 1024 + 64 + 4 // IP_VS_SO_GET_DESTS

	optionServicesHeader = 8   // struct ip_vs_get_services
	optionServiceSize    = 104 // struct ip_vs_service_entry
	optionDestsHeader    = 24  // struct ip_vs_get_dests
	optionDestSize       = 96  // struct ip_vs_dest_entry
)

// optioner is a Conn that can also ask with getsockopt(2). The value is what is
// asked for, and is overwritten with the answer.
type optioner interface {
	Option(name int, value []byte) error
}

// optionPools knows how many destinations each IPv4 service has, those of IPv6
// included, which the old interface hides.
type optionPools struct {
	conn   optioner
	counts map[ServiceKey]uint32
	value  []byte
}

// optionPools lists the IPv4 services. It is nil where the old interface is not to
// be had; there are at most n services.
func (c *Client) optionPools(n int) *optionPools {
	conn, ok := c.conn.(optioner)
	if !ok {
		return nil
	}
	value := make([]byte, optionServicesHeader+n*optionServiceSize)
	binary.NativeEndian.PutUint32(value, uint32(n))
	if conn.Option(optionServices, value) != nil {
		return nil
	}
	p := &optionPools{conn: conn, counts: make(map[ServiceKey]uint32, n)}
	for b := value[optionServicesHeader:]; len(b) > 0; b = b[optionServiceSize:] {
		if key, count := parseOptionService(b); key != (ServiceKey{}) {
			p.counts[key] = count
		}
	}
	return p
}

// parseOptionService reads struct ip_vs_service_entry; the key is zero in an entry
// that the kernel did not fill.
func parseOptionService(b []byte) (k ServiceKey, count uint32) {
	count = binary.NativeEndian.Uint32(b[44:])
	if mark := binary.NativeEndian.Uint32(b[12:]); mark != 0 {
		return FWMarkKey(mark, IPv4), count
	}
	protocol := Protocol(binary.NativeEndian.Uint16(b))
	if protocol == 0 {
		return k, 0
	}
	return AddressKey(protocol, optionAddress(b[4:], b[8:])), count
}

// optionAddress reads an address and a port, both as they are on the wire.
func optionAddress(addr, port []byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(addr)), binary.BigEndian.Uint16(port))
}

// read appends the destinations of a service to ds. It tells false for what the
// old interface does not show, or not whole.
func (p *optionPools) read(k ServiceKey, ds []DestinationEntry) ([]DestinationEntry, bool) {
	count, known := p.counts[k]
	if !known || count == 0 {
		return ds, known
	}
	size := optionDestsHeader + int(count)*optionDestSize
	if cap(p.value) < size {
		p.value = make([]byte, size)
	}
	p.value = p.value[:size]
	clear(p.value)
	p.ask(k, count)
	if p.conn.Option(optionDests, p.value) != nil {
		return ds, false
	}
	for b := p.value[optionDestsHeader:]; len(b) > 0; b = b[optionDestSize:] {
		d := parseOptionDestination(b)
		if d.Address.Addr().IsUnspecified() {
			return ds, false // fewer than were counted
		}
		ds = append(ds, d)
	}
	return ds, true
}

// ask fills struct ip_vs_get_dests.
func (p *optionPools) ask(k ServiceKey, count uint32) {
	binary.NativeEndian.PutUint16(p.value, uint16(k.Protocol))
	if k.FWMark == 0 {
		addr := k.Address.Addr().As4()
		copy(p.value[4:], addr[:])
		binary.BigEndian.PutUint16(p.value[8:], k.Address.Port())
	}
	binary.NativeEndian.PutUint32(p.value[12:], k.FWMark)
	binary.NativeEndian.PutUint32(p.value[16:], count)
}

// parseOptionDestination reads struct ip_vs_dest_entry.
func parseOptionDestination(b []byte) (d DestinationEntry) {
	number := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	d.Address = optionAddress(b, b[4:])
	d.Method = ForwardingMethod(number(8) & methodMask)
	d.Weight, d.UpperThreshold, d.LowerThreshold = number(12), number(16), number(20)
	d.ActiveConns, d.InactiveConns, d.PersistentConns = number(24), number(28), number(32)
	stats := b[40:] // struct ip_vs_stats_user
	count := func(at int) uint64 { return uint64(binary.NativeEndian.Uint32(stats[at:])) }
	d.Stats = Stats{
		Connections: count(0), PacketsIn: count(4), PacketsOut: count(8),
		BytesIn: binary.NativeEndian.Uint64(stats[16:]), BytesOut: binary.NativeEndian.Uint64(stats[24:]),
		CPS: count(32), PPSIn: count(36), PPSOut: count(40), BPSIn: count(44), BPSOut: count(48),
	}
	return d
}
