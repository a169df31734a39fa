package ipvsadm

import (
	"net/netip"
	"strconv"

	"github.com/lvsctl/lvsctl/ipvs"
)

// maxName is how much ipvsadm writes of an address with its port, as names.
const maxName = 59

// nameCache asks for each name once: a listing repeats the same few addresses and
// ports, and a name server may be slow.
type nameCache struct {
	names Resolver
	hosts map[netip.Addr]string
	ports map[portKey]string
}

type portKey struct {
	port     uint16
	protocol ipvs.Protocol
}

// host is the name of an address, "" if it has none.
func (c *nameCache) host(a netip.Addr) string {
	name, known := c.hosts[a]
	if !known {
		if found, ok := c.names.Host(a); ok {
			name = found
		}
		if c.hosts == nil {
			c.hosts = map[netip.Addr]string{}
		}
		c.hosts[a] = name
	}
	return name
}

// port is the name of a port, "" if it has none.
func (c *nameCache) port(port uint16, p ipvs.Protocol) string {
	key := portKey{port, p}
	name, known := c.ports[key]
	if !known {
		if found, ok := c.names.Service(port, p); ok {
			name = found
		}
		if c.ports == nil {
			c.ports = map[portKey]string{}
		}
		c.ports[key] = name
	}
	return name
}

// endpoint writes an address with its port, as numbers or as names.
func (r *renderer) endpoint(e netip.AddrPort, p ipvs.Protocol) {
	start := len(r.out)
	if e.Addr().Is6() {
		r.text("[")
		r.host(e.Addr())
		r.text("]:")
	} else {
		r.host(e.Addr())
		r.text(":")
	}
	r.port(e.Port(), p)
	if !r.listing.Numeric {
		r.cut(start, maxName)
	}
}

func (r *renderer) host(a netip.Addr) {
	if !r.listing.Numeric {
		if name := r.names.host(a); name != "" {
			r.text(name)
			return
		}
	}
	r.address(a)
}

// port takes no name for a port of no protocol.
func (r *renderer) port(port uint16, p ipvs.Protocol) {
	if !r.listing.Numeric && p != 0 {
		if name := r.names.port(port, p); name != "" {
			r.text(name)
			return
		}
	}
	r.number(uint64(port))
}

// address writes an address like inet_ntop(3), which shows the last 32 bits of an
// otherwise empty IPv6 address as IPv4 unless the upper half of them is empty too.
func (r *renderer) address(a netip.Addr) {
	if a.Is4() {
		r.dotted(a.As4())
		return
	}
	if w := addressWords(a); w[0]|w[1]|w[2] == 0 && w[3] > 0xffff {
		r.text("::")
		r.dotted([4]byte{byte(w[3] >> 24), byte(w[3] >> 16), byte(w[3] >> 8), byte(w[3])})
		return
	}
	r.out = a.AppendTo(r.out)
}

func (r *renderer) dotted(b [4]byte) {
	r.out = strconv.AppendUint(r.out, uint64(b[0]), 10)
	for _, part := range b[1:] {
		r.out = strconv.AppendUint(append(r.out, '.'), uint64(part), 10)
	}
}
