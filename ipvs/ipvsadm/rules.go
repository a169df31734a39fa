package ipvsadm

import (
	"errors"
	"net/netip"

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
func ReadRules(text []byte, names Resolver) (ipvs.Table, error) {
	s := readScript(string(text), commentsAnywhere, true, names)
	table, wrong := s.table()
	for _, stop := range s.stops {
		err := stop.err
		if err == nil {
			err = s.at(stop.place, onlyRules())
		}
		wrong = append(wrong, err)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(byLine(wrong)...)
	}
	return table, nil
}

func onlyRules() error { return misuse("only -A and -a describe a table") }

func lineOf(err error) int {
	var e *LineError
	if errors.As(err, &e) {
		return e.Line
	}
	return 0
}

// table is what the operations make of an empty table, as far as that can be told
// without a kernel, and what they cannot make.
func (s *script) table() (ipvs.Table, []error) {
	t := describing{services: map[ipvs.ServiceKey]int{}, servers: map[server]bool{}}
	var wrong []error
	for i, op := range s.ops {
		if err := t.add(op); err != nil {
			wrong = append(wrong, s.at(s.places[i], err))
		}
	}
	return t.table, wrong
}

// describing is a table that grows line by line.
type describing struct {
	table    ipvs.Table
	services map[ipvs.ServiceKey]int // where in the table
	servers  map[server]bool
}

// server is a real server of a service.
type server struct {
	service int // where in the table
	address netip.AddrPort
}

// add gives the answer that a kernel would give, as far as it is about what is there.
func (t *describing) add(op ipvs.Op) error {
	at, known := t.services[op.Service.ServiceKey]
	here := server{at, op.Destination.Address}
	wrong := func(reason error) error { return refused(&ipvs.OpError{Op: op, Err: reason}, exitFailed) }
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
	case t.servers[here]:
		return wrong(ipvs.ErrDestinationExists)
	default:
		t.servers[here] = true
		s := &t.table[at]
		s.Destinations = append(s.Destinations, ipvs.DestinationEntry{Destination: op.Destination})
	}
	return nil
}
