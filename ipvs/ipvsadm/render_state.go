package ipvsadm

import (
	"time"

	"github.com/lvsctl/lvsctl/ipvs"
)

// RenderTimeouts writes what -L --timeout shows.
func RenderTimeouts(t ipvs.Timeouts) []byte {
	var r renderer
	r.text("Timeout (tcp tcpfin udp):")
	for _, d := range [3]time.Duration{t.TCP, t.TCPFin, t.UDP} {
		r.text(" ")
		r.seconds(d)
	}
	r.line("")
	return r.out
}

// RenderDaemons writes what -L --daemon shows: a line for each daemon in the order
// given, nothing for none. What an old kernel does not tell is left out.
func RenderDaemons(ds []ipvs.Daemon) []byte {
	var r renderer
	for _, d := range ds {
		r.text(d.Role.String())
		r.text(" sync daemon (mcast=")
		r.text(d.Interface)
		r.text(", syncid=")
		r.number(uint64(d.SyncID))
		r.known(", maxlen=", uint64(d.MaxLength))
		if d.Group.IsValid() {
			r.text(", group=")
			r.address(d.Group)
		}
		r.known(", port=", uint64(d.Port))
		r.known(", ttl=", uint64(d.TTL))
		r.line(")")
	}
	return r.out
}

// known writes a number with a word before it unless it is zero.
func (r *renderer) known(word string, n uint64) {
	if n != 0 {
		r.text(word)
		r.number(n)
	}
}

func (r *renderer) seconds(d time.Duration) { r.number(uint64(d / time.Second)) }
