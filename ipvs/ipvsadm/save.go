package ipvsadm

import "github.com/lvsctl/lvsctl/ipvs"

// RenderSave writes a table as rules, as ipvsadm -S does, to the byte, in the
// order of its listings. Like there, thresholds are lost, a netmask without
// persistence is lost, and a firewall mark has a sign, so that one of 2147483648
// or more cannot be restored; with names much else cannot either. Only one thing
// differs: where ipvsadm writes "-b " with nothing behind it, which makes -R
// refuse the line (the schedulers sh and mh with flag-3 alone), this has the flag.
func RenderSave(t ipvs.Table, numeric bool, names Resolver) []byte {
	r := newRenderer(Listing{Numeric: numeric}, names)
	r.out = make([]byte, 0, sizeOf(t))
	_ = r.rules(t, tablePools(t), false) // it is written nowhere, and nothing is read
	return r.out
}

// RenderRules writes a table as rules from which -R makes the same table again:
// RenderSave with everything that is lost there. The language has no words for two
// things, which only other programs make: a real server with another port than its
// service's that is not masqueraded, and persistence of less than a second.
func RenderRules(t ipvs.Table) []byte {
	r := newRenderer(Listing{Numeric: true}, nil)
	r.out = make([]byte, 0, sizeOf(t))
	_ = r.rules(t, tablePools(t), true) // it is written nowhere, and nothing is read
	return r.out
}

// rules writes a table as command lines; complete ones lose nothing.
func (r *renderer) rules(t ipvs.Table, pools pools, complete bool) error {
	return r.each(t, pools, false,
		func(s *ipvs.ServiceEntry) { r.serviceRule(s, complete) },
		func(s *ipvs.ServiceEntry, d *ipvs.DestinationEntry) { r.serverRule(s, d, complete) })
}

func (r *renderer) serviceRule(s *ipvs.ServiceEntry, complete bool) {
	r.text("-A ")
	r.serviceOption(s, complete)
	r.text(" -s ")
	r.text(s.Scheduler)
	persistent := s.Flags&ipvs.FlagPersistent != 0
	if persistent {
		r.text(" -p ")
		r.seconds(s.Persistence)
	}
	if persistent || complete {
		r.mask(s, " -M ")
	}
	if s.PE != "" {
		r.text(" --pe ")
		r.text(s.PE)
	}
	if s.Flags&ipvs.FlagOnePacket != 0 {
		r.text(" -o")
	}
	if flags := s.Flags & schedFlags; flags != 0 {
		third := ""
		if complete || flags == ipvs.FlagSched3 {
			third = "flag-3"
		}
		r.text(" -b ")
		r.schedFlags(s, third)
	}
	r.line("")
}

// serviceOption writes what tells a service from others.
func (r *renderer) serviceOption(s *ipvs.ServiceEntry, complete bool) {
	if s.FWMark == 0 {
		switch s.Protocol {
		case ipvs.UDP:
			r.text("-u ")
		case ipvs.SCTP:
			r.text("--sctp-service ")
		default:
			r.text("-t ")
		}
		r.endpoint(s.Address, s.Protocol)
		return
	}
	r.text("-f ")
	if complete {
		r.number(uint64(s.FWMark))
	} else {
		r.signed(s.FWMark)
	}
	if s.Family == ipvs.IPv6 {
		r.text(" -6")
	}
}

func (r *renderer) serverRule(s *ipvs.ServiceEntry, d *ipvs.DestinationEntry, complete bool) {
	r.text("-a ")
	r.serviceOption(s, complete)
	r.text(" -r ")
	r.endpoint(d.Address, s.Protocol)
	switch d.Method {
	case ipvs.Masquerade:
		r.text(" -m")
	case ipvs.Tunnel:
		r.text(" -i")
	default:
		r.text(" -g")
	}
	r.text(" -w ")
	r.signed(d.Weight)
	if complete {
		r.known(" -x ", uint64(d.UpperThreshold))
		r.known(" -y ", uint64(d.LowerThreshold))
	}
	if d.Method == ipvs.Tunnel {
		r.tunnelOptions(d.Tunnel)
	}
	r.line("")
}

func (r *renderer) tunnelOptions(o ipvs.TunnelOptions) {
	r.text(" --tun-type ")
	r.text(tunnelName(o.Type))
	if o.Type == ipvs.GUE {
		r.text(" --tun-port ")
		r.number(uint64(o.Port))
	}
	if o.Type != ipvs.IPIP {
		r.text([...]string{" --tun-nocsum", " --tun-csum", " --tun-remcsum"}[checksum(o.Flags)])
	}
}
