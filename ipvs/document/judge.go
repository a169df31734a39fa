package document

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
)

// The names of the fields. What the kernel counts is passed over.
var (
	topFields     = []string{"schema", "missing", "timeouts", "sync_daemons", "services"}
	serviceFields = []string{"protocol", "family", "address", "port", "fwmark", "scheduler", "scheduler_flags", "persistence_seconds", "netmask", "persistence_engine", "one_packet", "servers", "counters", "rates"}
	serverFields  = []string{"address", "port", "forward", "weight", "upper_threshold", "lower_threshold", "tunnel", "active_connections", "inactive_connections", "persistent_connections", "counters", "rates"}
	tunnelFields  = []string{"type", "port", "checksum"}
	timeoutFields = []string{"tcp_seconds", "tcp_fin_seconds", "udp_seconds"}
	daemonFields  = []string{"role", "interface", "sync_id", "max_length", "group", "port", "ttl"}
)

// maxPersistence is a month, as ipvsadm has it.
const maxPersistence = 31 * 24 * 60 * 60

// maxName is the longest name of a scheduler, an engine and an interface.
const maxName = 15

// reader makes a state out of the nodes of a document.
type reader struct {
	judge
	state change.State
	told  []string                    // fields of the document
	here  map[netip.AddrPort]struct{} // servers of the service that is read
}

// topName judges the name of a field of the document itself.
func (r *reader) topName(name node) bool {
	switch {
	case !slices.Contains(topFields, name.text):
		r.unknown(name, "the document", topFields)
	case slices.Contains(r.told, name.text):
		r.wrong(name, "", "%s is told twice", name.text)
	default:
		r.told = append(r.told, name.text)
		return true
	}
	return false
}

// top takes a field of the document itself.
func (r *reader) top(name string, n node) {
	switch name {
	case "schema":
		if v := r.word(n, name); v != "" && v != Schema {
			r.wrong(n, "this lvsctl reads "+Schema, "schema %q is not known", v)
		}
	case "missing":
		r.wrong(n, "list the table as root and use that", "this was listed without privilege and does not tell everything: it cannot be applied")
	case "timeouts":
		r.timeouts(n)
	case "sync_daemons":
		r.daemons(n)
	case "services":
		if r.is(n, name, list) {
			r.begin()
			for _, s := range n.nodes {
				r.service(s)
			}
		}
	}
}

// begin is called when the list of services begins, which may be empty.
func (r *reader) begin() { r.state.Table = ipvs.Table{} }

// end is called when the whole document was read; n is its beginning.
func (r *reader) end(n node) {
	if !slices.Contains(r.told, "schema") {
		r.wrong(n, "begin it with: schema: "+Schema, "the document does not tell its schema")
	}
}

func (r *reader) timeouts(n node) {
	var t ipvs.Timeouts
	r.fields(n, "timeouts", timeoutFields, func(name string, v node) {
		d := time.Duration(r.kernelInt(v, name)) * time.Second
		switch name {
		case "tcp_seconds":
			t.TCP = d
		case "tcp_fin_seconds":
			t.TCPFin = d
		case "udp_seconds":
			t.UDP = d
		}
	})
	r.state.Timeouts = &t
}

func (r *reader) daemons(n node) {
	if !r.is(n, "sync_daemons", list) {
		return
	}
	r.state.Daemons = []ipvs.Daemon{}
	for _, e := range n.nodes {
		r.daemon(e)
	}
}

func (r *reader) daemon(n node) {
	var d ipvs.Daemon
	ok := r.fields(n, "a sync daemon", daemonFields, func(name string, v node) {
		switch name {
		case "role":
			d.Role = choice(&r.judge, v, name, roles)
		case "interface":
			d.Interface = r.name(v, name)
		case "sync_id":
			d.SyncID = uint32(r.number(v, name, 0, 255))
		case "max_length":
			d.MaxLength = uint16(r.number(v, name, 1, 65507))
		case "group":
			d.Group = r.group(v)
		case "port":
			d.Port = uint16(r.number(v, name, 1, math.MaxUint16))
		case "ttl":
			d.TTL = uint8(r.number(v, name, 1, 255))
		}
	})
	if !ok {
		return
	}
	switch {
	case !r.has(n, "role", "a sync daemon"), !r.has(n, "interface", "a sync daemon"):
	case d.Role != 0:
		r.once(n, "the "+d.Role.String()+" sync daemon")
		r.state.Daemons = append(r.state.Daemons, d)
	}
}

func (r *reader) group(n node) netip.Addr {
	a := r.address(n, "group")
	if a.IsValid() && !a.IsMulticast() {
		r.wrong(n, "224.0.0.0/4 or ff00::/8", "%s is no multicast group", a)
	}
	return a
}

// name reads a name that must fit into the kernel's place for it.
func (r *reader) name(n node, field string) string {
	v := r.word(n, field)
	if n.kind == text && (v == "" || len(v) > maxName) {
		r.wrong(n, "", "%s must be 1 to %d characters long", field, maxName)
	}
	return v
}

// has tells whether a field that must be there is there.
func (r *reader) has(n node, field, what string) bool {
	_, told := value(n, field)
	if !told {
		r.wrong(n, "", "%s must have the field %s", what, field)
	}
	return told
}

// value is that of a field, false if it is not there.
func value(n node, name string) (node, bool) {
	for i := 0; i < len(n.nodes); i += 2 {
		if n.nodes[i].text == name {
			return n.nodes[i+1], true
		}
	}
	return node{}, false
}
