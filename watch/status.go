package watch

import (
	"context"
	"net/netip"
	"time"

	"github.com/lvsctl/lvsctl/check"
)

// Status is what a watcher tells about itself, for people and as JSON.
type Status struct {
	Trouble  string          `json:"trouble,omitempty"` // why the table is not as it should be
	Services []ServiceStatus `json:"services"`          // in the order of the configuration
}

// ServiceStatus is one virtual service.
type ServiceStatus struct {
	Protocol    Protocol           `json:"protocol"`
	Address     netip.AddrPort     `json:"address"`
	Scheduler   string             `json:"scheduler"`
	Method      ForwardingMethod   `json:"method"`
	Persistence int64              `json:"persistence_seconds,omitempty"`
	Adopted     bool               `json:"adopted"` // stood there before lvsctl came
	RealServers []RealServerStatus `json:"real_servers"`
}

// RealServerStatus is one real server of a service.
type RealServerStatus struct {
	Address netip.AddrPort `json:"address"`
	Weight  uint32         `json:"weight"`
	Health  check.Status   `json:"health"`
	Since   time.Time      `json:"since"`   // of the health
	Serving bool           `json:"serving"` // it should stand in the table
	Checks  []CheckStatus  `json:"checks"`
}

// CheckStatus is one check of a real server.
type CheckStatus struct {
	Kind   CheckKind      `json:"kind"`
	Target netip.AddrPort `json:"target"`
	check.State
	Last *check.Result `json:"last,omitempty"` // nil before the first answer
	At   time.Time     `json:"at,omitzero"`    // of the last answer
}

// Status asks the running watcher how things are.
func (w *Watcher) Status(ctx context.Context) (Status, error) {
	answer := make(chan Status, 1)
	select {
	case w.questions <- answer:
		return <-answer, nil
	case <-ctx.Done():
		return Status{}, ctx.Err()
	}
}

func (w *Watcher) status() Status {
	st := Status{Services: []ServiceStatus{}}
	if w.trouble != nil {
		st.Trouble = w.trouble.Error()
	}
	for _, vs := range w.wanted {
		s := ServiceStatus{
			Protocol: vs.Protocol, Address: vs.Address, Scheduler: vs.Scheduler, Method: vs.Method,
			Persistence: int64(vs.Persistence / time.Second),
			Adopted:     w.owned[serviceKey(vs)].Adopted,
			RealServers: []RealServerStatus{},
		}
		for _, rs := range vs.RealServers {
			s.RealServers = append(s.RealServers, w.servers[realKey(vs, rs)].shown(rs.Weight))
		}
		st.Services = append(st.Services, s)
	}
	return st
}

// shown tells how the server is.
func (s *server) shown(weight uint32) RealServerStatus {
	st := RealServerStatus{
		Address: s.key.Address, Weight: weight, Health: s.health.Status,
		Since: s.since, Serving: s.health.Serves(), Checks: []CheckStatus{},
	}
	for _, p := range s.probes {
		known := p.known()
		c := CheckStatus{Kind: p.check.Kind, Target: p.check.Target, State: known.state, At: known.at}
		if !known.at.IsZero() {
			c.Last = &known.last
		}
		st.Checks = append(st.Checks, c)
	}
	return st
}
