package ipvsadm

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/lvsctl/lvsctl/ipvs"
)

// ReadRules reads a file of rules as -S writes them into the table that they
// describe, services and real servers in the order of the file. Only -A and -a may
// stand there. Blank lines, comments (# at the beginning of a line or behind a
// blank) and the word ipvsadm before a rule are passed over.
//
// The error joins a *LineError for every line that is wrong, in their order. A
// service or real server that is there already, or a real server before its
// service, is wrong too.
func ReadRules(text string, names Resolver) (ipvs.Table, error) {
	s := script{text: text, uncomment: commentsAnywhere, names: names}
	table, wrong := s.table()
	if len(wrong) > 0 {
		errs := make([]error, len(wrong))
		for i, err := range wrong {
			errs[i] = err
		}
		return nil, errors.Join(errs...)
	}
	return table, nil
}

// table is what the rules make of an empty table, as far as that can be told
// without a kernel, and what is wrong with them.
func (s *script) table() (ipvs.Table, []*LineError) {
	room := strings.Count(s.text, "-A ") // services, in the form that -S gives them
	t := describing{
		table: slices.Grow(ipvs.Table(nil), room), services: make(map[ipvs.ServiceKey]int, room),
		crowds: map[int]map[netip.AddrPort]bool{}, open: -1,
	}
	wrong := s.mistakes(func(r rule) error {
		if r.kind != Change {
			return onlyRules()
		}
		return t.add(r.op)
	})
	return t.table, wrong
}

func onlyRules() error { return misuse("only -A and -a describe a table") }

// describing is a table that grows line by line.
type describing struct {
	table    ipvs.Table
	services map[ipvs.ServiceKey]int         // where in the table
	crowds   map[int]map[netip.AddrPort]bool // servers of large services, by the place of these

	open int                     // the service whose servers are the last in room; -1 for none
	room []ipvs.DestinationEntry // where servers are put, one pool behind the other
}

// crowd is up to how many servers looking through all is faster than a map.
const crowd = 16

// roomSize is for how many servers room is made at once.
const roomSize = 1 << 10

// add gives the answer that a kernel would give, as far as it is about what is there.
func (t *describing) add(op *ipvs.Op) error {
	at, known := t.services[op.Service.ServiceKey]
	wrong := func(reason error) error { return refused(&ipvs.OpError{Op: *op, Err: reason}, exitFailed) }
	switch {
	case op.Kind == ipvs.AddService && known:
		return wrong(ipvs.ErrServiceExists)
	case op.Kind == ipvs.AddService:
		t.services[op.Service.ServiceKey] = len(t.table)
		t.table = append(t.table, ipvs.ServiceEntry{Service: op.Service})
	case op.Kind != ipvs.AddDestination:
		return onlyRules()
	case !known:
		return wrong(ipvs.ErrNoService)
	case t.has(at, op.Destination.Address):
		return wrong(ipvs.ErrDestinationExists)
	default:
		t.server(at, op.Destination)
	}
	return nil
}

// has tells whether the service at this place has the server.
func (t *describing) has(at int, a netip.AddrPort) bool {
	if crowd := t.crowds[at]; crowd != nil {
		return crowd[a]
	}
	return slices.ContainsFunc(t.table[at].Destinations, func(d ipvs.DestinationEntry) bool { return d.Address == a })
}

// server adds a server. Those of one service mostly come one after the other; then
// the pool grows in the common room, and nothing is copied.
func (t *describing) server(at int, d ipvs.Destination) {
	pool := &t.table[at].Destinations
	if t.open != at {
		t.open = -1
		if len(*pool) == 0 {
			t.open, t.room = at, t.room[len(t.room):]
		}
	}
	entry := ipvs.DestinationEntry{Destination: d}
	if t.open == at {
		if len(t.room) == cap(t.room) {
			t.room = append(make([]ipvs.DestinationEntry, 0, roomSize+2*len(t.room)), t.room...)
		}
		t.room = append(t.room, entry)
		*pool = t.room[:len(t.room):len(t.room)]
	} else {
		*pool = append(*pool, entry)
	}
	t.count(at)
}

// count keeps the servers of a large service in a map.
func (t *describing) count(at int) {
	pool := t.table[at].Destinations
	switch n := len(pool); {
	case n <= crowd:
	case t.crowds[at] == nil:
		t.crowds[at] = map[netip.AddrPort]bool{}
		for i := range pool {
			t.crowds[at][pool[i].Address] = true
		}
	default:
		t.crowds[at][pool[n-1].Address] = true
	}
}
