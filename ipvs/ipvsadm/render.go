package ipvsadm

import (
	"errors"
	"io"

	"github.com/lvsctl/lvsctl/ipvs"
)

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
	r := newRenderer(l, names)
	r.out = make([]byte, 0, sizeOf(t))
	_ = r.table(info, t, tablePools(t)) // it is written nowhere, and nothing is read
	return r.out
}

// pools gives the destinations of services by their place in the table, valid
// until the next call.
type pools interface {
	Read(i int) ([]ipvs.DestinationEntry, error)
}

// tablePools are those of a table that has them.
type tablePools ipvs.Table

func (t tablePools) Read(i int) ([]ipvs.DestinationEntry, error) { return t[i].Destinations, nil }

// renderer appends to out, and writes that to w from time to time if there is one.
type renderer struct {
	listing  Listing
	names    nameCache
	services serviceSorter
	servers  serverSorter
	out      []byte
	w        io.Writer
}

func newRenderer(l Listing, names Resolver) *renderer {
	return &renderer{listing: l, names: nameCache{names: names}}
}

// newStream makes a renderer that writes to w, so that a listing of any length
// needs little memory.
func newStream(l Listing, names Resolver, w io.Writer) *renderer {
	r := newRenderer(l, names)
	r.out, r.w = make([]byte, 0, flushSize+flushSize/4), w
	return r
}

// flushSize is how much is written at once.
const flushSize = 32 << 10

// flush writes what is there once it is at least as much.
func (r *renderer) flush(least int) error {
	if r.w == nil || len(r.out) < least {
		return nil
	}
	err := write(r.w, r.out)
	r.out = r.out[:0]
	return err
}

// sizeOf estimates the length of a listing of t.
func sizeOf(t ipvs.Table) int {
	const bytesPerLine = 80
	lines := 3 + len(t)
	for i := range t {
		lines += len(t[i].Destinations)
	}
	return lines * bytesPerLine
}

// table writes titles, services and their destinations.
func (r *renderer) table(info ipvs.Info, t ipvs.Table, pools pools) error {
	if r.listing.Service == nil {
		r.header(info)
	}
	r.line(titles[r.listing.Format].service)
	r.line(titles[r.listing.Format].server)
	return r.each(t, pools, r.listing.Nosort, r.service, r.server)
}

// each goes over services and destinations in the order of the listing.
func (r *renderer) each(t ipvs.Table, pools pools, nosort bool, service func(*ipvs.ServiceEntry), server func(*ipvs.ServiceEntry, *ipvs.DestinationEntry)) error {
	for _, i := range r.services.order(t, nosort) {
		ds, err := pools.Read(int(i))
		if err != nil {
			return errors.Join(r.flush(0), err)
		}
		service(&t[i])
		for _, j := range r.servers.order(ds, nosort) {
			server(&t[i], &ds[j])
		}
		if err := r.flush(flushSize); err != nil {
			return err
		}
	}
	return r.flush(0)
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
