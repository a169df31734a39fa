package ipvsadm

import "github.com/lvsctl/lvsctl/ipvs"

// titles are the two lines above a listing: of the services and of their real
// servers. Blanks at the end of a line belong to it, here and everywhere below.
var titles = [...]struct{ service, server string }{
	Plain: {
		"Prot LocalAddress:Port Scheduler Flags",
		"  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
	},
	StatsFormat: {
		"Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes",
		"  -> RemoteAddress:Port",
	},
	RateFormat: {
		"Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS",
		"  -> RemoteAddress:Port",
	},
	ThresholdsFormat: {
		"Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn ",
		"  -> RemoteAddress:Port",
	},
	PersistentFormat: {
		"Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn ",
		"  -> RemoteAddress:Port",
	},
	TunnelFormat: {
		"Prot LocalAddress:Port Scheduler Flags",
		"  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn",
	},
}

// Render writes a listing of services as ipvsadm does, to the byte. The table
// holds what is to be listed, in the kernel's order; info heads a listing of the
// whole table. Names are not asked for if the listing is numeric.
//
// Like ipvsadm it shows the counters of services in 64 bits but cuts those of
// real servers, bytes excepted, to 32: a real server that has seen 4294967296
// packets shows 0. Rates in bytes per second are cut too. That is for scripts that
// compare; lvsctl's own verbs show what the kernel counted.
func Render(l Listing, info ipvs.Info, t ipvs.Table, names Resolver) []byte {
	r := newRenderer(l, names, t)
	if l.Service == nil {
		r.header(info)
	}
	r.line(titles[l.Format].service)
	r.line(titles[l.Format].server)
	for _, i := range r.services.order(t, l.Nosort) {
		s := &t[i]
		r.service(s)
		for _, j := range r.servers.order(s.Destinations, l.Nosort) {
			r.server(s, &s.Destinations[j])
		}
	}
	return r.out
}

// renderer appends to out.
type renderer struct {
	listing  Listing
	names    nameCache
	services serviceSorter
	servers  serverSorter
	out      []byte
}

// newRenderer has room for a listing of t.
func newRenderer(l Listing, names Resolver, t ipvs.Table) *renderer {
	const bytesPerLine = 80
	lines := 3 + len(t)
	for i := range t {
		lines += len(t[i].Destinations)
	}
	return &renderer{listing: l, names: nameCache{names: names}, out: make([]byte, 0, lines*bytesPerLine)}
}

func (r *renderer) header(info ipvs.Info) {
	r.text("IP Virtual Server version ")
	for i, v := range info.Version {
		if i > 0 {
			r.text(".")
		}
		r.number(uint64(v))
	}
	r.text(" (size=")
	r.number(uint64(info.ConnectionTableSize))
	r.line(")")
}
