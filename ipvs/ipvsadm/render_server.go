package ipvsadm

import "github.com/lvsctl/lvsctl/ipvs"

// widthServer is that of the address of a real server; IPv4 is cut to it.
const widthServer = 28

// server writes the line of a real server.
func (r *renderer) server(s *ipvs.ServiceEntry, d *ipvs.DestinationEntry) {
	r.serverName(s, d)
	switch r.listing.Format {
	case StatsFormat:
		r.totals(narrow(d.Stats))
	case RateFormat:
		r.serverRates(narrow(d.Stats))
	case ThresholdsFormat:
		r.leftNumber(d.UpperThreshold, 10)
		r.leftNumber(d.LowerThreshold, 10)
		r.connections(d)
	case PersistentFormat:
		r.leftNumber(d.Weight, 9)
		r.leftNumber(d.PersistentConns, 11)
		r.connections(d)
	case TunnelFormat:
		r.left(d.Method.String(), 7)
		r.tunnel(d)
		r.weight(d)
		r.connections(d)
	default:
		r.left(d.Method.String(), 7)
		r.weight(d)
		r.connections(d)
	}
	r.line("")
}

func (r *renderer) serverName(s *ipvs.ServiceEntry, d *ipvs.DestinationEntry) {
	r.text("  -> ")
	start := len(r.out)
	r.endpoint(d.Address, s.Protocol)
	if d.Address.Addr().Is4() {
		r.cut(start, widthServer)
	}
	r.pad(start, widthServer)
}

func (r *renderer) connections(d *ipvs.DestinationEntry) {
	r.leftNumber(d.ActiveConns, 10)
	r.leftNumber(d.InactiveConns, 10)
}

// weight is signed here, though not beside persistent connections.
func (r *renderer) weight(d *ipvs.DestinationEntry) {
	r.text(" ")
	start := len(r.out)
	r.signed(d.Weight)
	r.pad(start, 6)
}

// serverRates never shortens connections and packets.
func (r *renderer) serverRates(s ipvs.Stats) {
	for _, n := range [3]uint64{s.CPS, s.PPSIn, s.PPSOut} {
		r.text(" ")
		r.right(n, 8)
	}
	r.counter(s.BPSIn)
	r.counter(s.BPSOut)
}

// narrow cuts the counters of a real server to what ipvsadm sees of them: it
// reads all but the bytes as if they had 32 bits.
func narrow(s ipvs.Stats) ipvs.Stats {
	for _, n := range [...]*uint64{
		&s.Connections, &s.PacketsIn, &s.PacketsOut,
		&s.CPS, &s.PPSIn, &s.PPSOut, &s.BPSIn, &s.BPSOut,
	} {
		*n = uint64(uint32(*n))
	}
	return s
}

// tunnel writes the encapsulation towards a real server: "gue:6080:+c".
func (r *renderer) tunnel(d *ipvs.DestinationEntry) {
	r.text(" ")
	start := len(r.out)
	if d.Method != ipvs.Tunnel {
		r.text("n/a")
	} else {
		r.text(tunnelName(d.Tunnel.Type))
		if d.Tunnel.Type == ipvs.GUE {
			r.text(":")
			r.number(uint64(d.Tunnel.Port))
		}
		if d.Tunnel.Type != ipvs.IPIP {
			r.text([...]string{":-c", ":+c", ":r+c"}[checksum(d.Tunnel.Flags)])
		}
	}
	r.pad(start, 13)
}

func tunnelName(t ipvs.TunnelType) string {
	switch t {
	case ipvs.GUE:
		return "gue"
	case ipvs.GRE:
		return "gre"
	default:
		return "ipip"
	}
}

// checksum is 0 for none, 1 for that of the encapsulation, 2 for the remote one.
func checksum(f ipvs.TunnelFlags) int {
	switch {
	case f&ipvs.TunnelRemoteChecksum != 0:
		return 2
	case f&ipvs.TunnelChecksum != 0:
		return 1
	default:
		return 0
	}
}
