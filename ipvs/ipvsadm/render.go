package ipvsadm

import (
	"net/netip"
	"strconv"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Widths of ipvsadm's columns and buffers.
const (
	maxName        = 59 // an address with its port, as names
	maxService4    = 33 // protocol and address of an IPv4 service; IPv6 is never cut
	widthServer    = 28 // address of a real server; IPv4 is cut to it
	widthForward   = 7
	widthWeight    = 6
	widthConns     = 10
	serverTitle    = "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
	serviceTitle   = "Prot LocalAddress:Port Scheduler Flags\n"
	versionTitle   = "IP Virtual Server version "
	serverPrefix   = "  -> "
	bytesPerServer = 72
)

// Render writes a listing as ipvsadm does, to the byte. The table holds what is to
// be listed, in the kernel's order; info heads a listing of the whole table.
func Render(l Listing, info ipvs.Info, t ipvs.Table, names Resolver) []byte {
	r := renderer{listing: l, names: names, out: make([]byte, 0, sizeOf(t))}
	if l.Service == nil {
		r.header(info)
	}
	r.text(serviceTitle)
	r.text(serverTitle)
	services := pointers(t)
	if !l.Nosort {
		services = mergeSort(services, compareServices)
	}
	for _, s := range services {
		r.service(s)
	}
	return r.out
}

// sizeOf estimates the length of a listing.
func sizeOf(t ipvs.Table) int {
	lines := 4 + len(t)
	for i := range t {
		lines += len(t[i].Destinations)
	}
	return lines * bytesPerServer
}

// renderer appends to out.
type renderer struct {
	listing Listing
	names   Resolver
	out     []byte
}

func (r *renderer) text(s string)   { r.out = append(r.out, s...) }
func (r *renderer) number(n uint64) { r.out = strconv.AppendUint(r.out, n, 10) }

// signed writes what the kernel holds without sign as ipvsadm does.
func (r *renderer) signed(n uint32) { r.out = strconv.AppendInt(r.out, int64(int32(n)), 10) }

// pad fills up with blanks what was written since start.
func (r *renderer) pad(start, width int) {
	for len(r.out)-start < width {
		r.out = append(r.out, ' ')
	}
}

// cut drops what was written since start beyond width.
func (r *renderer) cut(start, width int) { r.out = r.out[:min(len(r.out), start+width)] }

// column writes with write into a column of this width, and a blank behind it.
func (r *renderer) column(width int, write func()) {
	start := len(r.out)
	write()
	r.pad(start, width)
	r.text(" ")
}

func (r *renderer) header(info ipvs.Info) {
	r.text(versionTitle)
	for i, v := range info.Version {
		if i > 0 {
			r.text(".")
		}
		r.number(uint64(v))
	}
	r.text(" (size=")
	r.number(uint64(info.ConnectionTableSize))
	r.text(")\n")
}

// service writes a service and its real servers.
func (r *renderer) service(s *ipvs.ServiceEntry) {
	r.serviceName(s)
	r.text(" ")
	r.text(s.Scheduler)
	r.flags(s)
	r.text("\n")
	servers := pointers(s.Destinations)
	if !r.listing.Nosort {
		servers = mergeSort(servers, compareDestinations)
	}
	for _, d := range servers {
		r.server(s, d)
	}
}

// serviceName writes the firewall mark with a sign, as ipvsadm has it.
func (r *renderer) serviceName(s *ipvs.ServiceEntry) {
	start := len(r.out)
	if s.FWMark != 0 {
		r.text("FWM  ")
		r.signed(s.FWMark)
		if s.Family == ipvs.IPv6 {
			r.text(" IPv6")
		}
		return
	}
	r.column(4, func() { r.text(s.Protocol.String()) })
	r.endpoint(s.Address, s.Protocol)
	if s.Family != ipvs.IPv6 {
		r.cut(start, maxService4)
	}
}

// flags writes what stands behind the scheduler.
func (r *renderer) flags(s *ipvs.ServiceEntry) {
	if s.Flags&(ipvs.FlagSched1|ipvs.FlagSched2|ipvs.FlagSched3) != 0 {
		r.text(" (")
		r.text(schedFlagNames(s.Scheduler, s.Flags))
		r.text(")")
	}
	if s.Flags&ipvs.FlagPersistent != 0 {
		r.text(" persistent ")
		r.number(uint64(s.Persistence.Seconds()))
		r.mask(s.Netmask, s.Family)
		if s.PE != "" {
			r.text(" pe ")
			r.text(s.PE)
		}
	}
	if s.Flags&ipvs.FlagOnePacket != 0 {
		r.text(" ops")
	}
}

// mask writes a netmask that is not the full one.
func (r *renderer) mask(m ipvs.Netmask, f ipvs.Family) {
	switch {
	case m == ipvs.FullNetmask(f):
	case f == ipvs.IPv6:
		r.text(" mask ")
		r.signed(uint32(m))
	default:
		r.text(" mask ")
		r.address(netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}))
	}
}

// schedFlagNames is the list behind -b. The flags of sh and mh have names of their
// own, the third has none there.
func schedFlagNames(scheduler string, f ipvs.Flags) (list string) {
	names := [3]string{"flag-1", "flag-2", "flag-3"}
	if scheduler == "sh" || scheduler == "mh" {
		names = [3]string{scheduler + "-fallback", scheduler + "-port", ""}
	}
	for i, flag := range [3]ipvs.Flags{ipvs.FlagSched1, ipvs.FlagSched2, ipvs.FlagSched3} {
		if f&flag == 0 || names[i] == "" {
			continue
		}
		if list != "" {
			list += ","
		}
		list += names[i]
	}
	return list
}

// server writes a real server. Blanks at the end of the line belong to it.
func (r *renderer) server(s *ipvs.ServiceEntry, d *ipvs.DestinationEntry) {
	r.text(serverPrefix)
	r.column(widthServer, func() {
		start := len(r.out)
		r.endpoint(d.Address, s.Protocol)
		if d.Address.Addr().Is4() {
			r.cut(start, widthServer)
		}
	})
	r.column(widthForward, func() { r.text(d.Method.String()) })
	r.column(widthWeight, func() { r.signed(d.Weight) })
	r.column(widthConns, func() { r.number(uint64(d.ActiveConns)) })
	start := len(r.out)
	r.number(uint64(d.InactiveConns))
	r.pad(start, widthConns)
	r.text("\n")
}

// endpoint writes an address with its port, as numbers or as names.
func (r *renderer) endpoint(e netip.AddrPort, p ipvs.Protocol) {
	start := len(r.out)
	if e.Addr().Is6() {
		r.text("[")
		r.host(e.Addr())
		r.text("]")
	} else {
		r.host(e.Addr())
	}
	r.text(":")
	r.port(e.Port(), p)
	if !r.listing.Numeric {
		r.cut(start, maxName)
	}
}

func (r *renderer) host(a netip.Addr) {
	if !r.listing.Numeric {
		if name, ok := r.names.Host(a); ok {
			r.text(name)
			return
		}
	}
	r.address(a)
}

func (r *renderer) port(port uint16, p ipvs.Protocol) {
	if !r.listing.Numeric {
		if name, ok := r.names.Service(port, p); ok {
			r.text(name)
			return
		}
	}
	r.number(uint64(port))
}

// address writes an address like inet_ntop(3), which shows the last 32 bits of an
// otherwise empty IPv6 address as IPv4 unless the upper half of them is empty too.
func (r *renderer) address(a netip.Addr) {
	w := addressWords(a)
	if a.Is6() && w[0] == 0 && w[1] == 0 && w[2] == 0 && w[3] > 0xffff {
		r.text("::")
		a = netip.AddrFrom4([4]byte{byte(w[3] >> 24), byte(w[3] >> 16), byte(w[3] >> 8), byte(w[3])})
	}
	r.out = a.AppendTo(r.out)
}
