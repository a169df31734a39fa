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
	s := script{text: string(text), uncomment: commentsAnywhere, names: names}
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
	t := describing{services: map[ipvs.ServiceKey]int{}, servers: map[server]bool{}}
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
	services map[ipvs.ServiceKey]int // where in the table
	servers  map[server]bool
}

// server is a real server of a service.
type server struct {
	service int // where in the table
	address netip.AddrPort
}

// add gives the answer that a kernel would give, as far as it is about what is there.
func (t *describing) add(op *ipvs.Op) error {
	at, known := t.services[op.Service.ServiceKey]
	here := server{at, op.Destination.Address}
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
	case t.servers[here]:
		return wrong(ipvs.ErrDestinationExists)
	default:
		t.servers[here] = true
		s := &t.table[at]
		s.Destinations = append(s.Destinations, ipvs.DestinationEntry{Destination: op.Destination})
	}
	return nil
}
