package ipvsadm

import "github.com/lvsctl/lvsctl/ipvs"

const (
	maxService4  = 33 // protocol and address of an IPv4 service; IPv6 is never cut
	widthService = 33 // the same before counters
)

// service writes the line of a service.
func (r *renderer) service(s *ipvs.ServiceEntry) {
	start := len(r.out)
	r.serviceName(s)
	switch r.listing.Format {
	case StatsFormat:
		r.pad(start, widthService)
		r.totals(s.Stats)
	case RateFormat:
		r.pad(start, widthService)
		r.rates(s.Stats)
	default:
		r.text(" ")
		r.text(s.Scheduler)
		r.flags(s)
	}
	r.line("")
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
	r.text(s.Protocol.String())
	r.pad(start, 4)
	r.text(" ")
	r.endpoint(s.Address, s.Protocol)
	if s.Family != ipvs.IPv6 {
		r.cut(start, maxService4)
	}
}

func (r *renderer) totals(s ipvs.Stats) {
	r.counter(s.Connections)
	r.counter(s.PacketsIn)
	r.counter(s.PacketsOut)
	r.counter(s.BytesIn)
	r.counter(s.BytesOut)
}

func (r *renderer) rates(s ipvs.Stats) {
	r.counter(s.CPS)
	r.counter(s.PPSIn)
	r.counter(s.PPSOut)
	r.counter(s.BPSIn)
	r.counter(s.BPSOut)
}

// flags writes what stands behind the scheduler. The persistence engine of a
// service that is not persistent is not shown.
func (r *renderer) flags(s *ipvs.ServiceEntry) {
	if s.Flags&schedFlags != 0 {
		r.text(" (")
		r.schedFlags(s, "")
		r.text(")")
	}
	if s.Flags&ipvs.FlagPersistent != 0 {
		r.text(" persistent ")
		r.seconds(s.Persistence)
		r.mask(s, " mask ")
		if s.PE != "" {
			r.text(" pe ")
			r.text(s.PE)
		}
	}
	if s.Flags&ipvs.FlagOnePacket != 0 {
		r.text(" ops")
	}
}

// mask writes a netmask that is not the full one, with a word before it.
func (r *renderer) mask(s *ipvs.ServiceEntry, word string) {
	m := s.Netmask
	if m == ipvs.FullNetmask(s.Family) {
		return
	}
	r.text(word)
	if s.Family == ipvs.IPv6 {
		r.signed(uint32(m))
		return
	}
	r.dotted([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)})
}

const schedFlags = ipvs.FlagSched1 | ipvs.FlagSched2 | ipvs.FlagSched3

// schedFlags writes the flags of the scheduler as -b takes them. The first two of
// sh and mh have names of their own; the third has none, so third stands for it.
func (r *renderer) schedFlags(s *ipvs.ServiceEntry, third string) {
	names := [3]string{"flag-1", "flag-2", "flag-3"}
	switch s.Scheduler {
	case "sh":
		names = [3]string{"sh-fallback", "sh-port", third}
	case "mh":
		names = [3]string{"mh-fallback", "mh-port", third}
	}
	start := len(r.out)
	for i, flag := range [3]ipvs.Flags{ipvs.FlagSched1, ipvs.FlagSched2, ipvs.FlagSched3} {
		if s.Flags&flag == 0 || names[i] == "" {
			continue
		}
		if len(r.out) > start {
			r.text(",")
		}
		r.text(names[i])
	}
}
