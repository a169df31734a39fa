package change

import (
	"fmt"
	"strings"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

// Difference shows operations in the way of diff -u: the rules of ipvsadm that go
// with a minus and those that come with a plus, under a line for each service. have
// is the state before; from and to name the two sides. No operations are no text.
func Difference(have State, ops []ipvs.Op, from, to string) string {
	if len(ops) == 0 {
		return ""
	}
	d := difference{have: have, before: NewBefore(have.Table, ops), sections: map[string]*section{}}
	for _, op := range ops {
		d.add(op)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", from, to)
	for _, name := range d.order {
		s := d.sections[name]
		fmt.Fprintf(&b, "@@ %s @@\n", name)
		for _, line := range s.lines {
			b.WriteString(line)
		}
	}
	return b.String()
}

// difference collects lines by what they are about.
type difference struct {
	have     State
	before   Before
	order    []string
	sections map[string]*section
}

type section struct{ lines []string }

func (d *difference) section(name string) *section {
	s := d.sections[name]
	if s == nil {
		s = &section{}
		d.sections[name] = s
		d.order = append(d.order, name)
	}
	return s
}

func (s *section) goes(rule string)  { s.lines = append(s.lines, "-  "+rule+"\n") }
func (s *section) comes(rule string) { s.lines = append(s.lines, "+  "+rule+"\n") }

func (d *difference) add(op ipvs.Op) {
	switch op.Kind {
	case ipvs.SetTimeouts:
		s := d.section("timeouts")
		s.goes(timeoutsRule(*d.have.Timeouts))
		s.comes(timeoutsRule(settable(*op.Timeouts, *d.have.Timeouts)))
	case ipvs.StopDaemon:
		d.section("sync daemons").goes(daemonRule(*op.Daemon))
	case ipvs.StartDaemon:
		d.section("sync daemons").comes(daemonRule(*op.Daemon))
	default:
		d.table(op, d.section(op.Service.String()))
	}
}

// table adds an operation on a service or server.
func (d *difference) table(op ipvs.Op, s *section) {
	key := op.Service.ServiceKey
	old, _ := d.before.Service(key)
	server, _ := d.before.Server(key, op.Destination)
	switch op.Kind {
	case ipvs.AddService:
		s.comes(ServiceRule(op.Service))
	case ipvs.EditService:
		s.goes(ServiceRule(old.Service))
		s.comes(ServiceRule(op.Service))
	case ipvs.DeleteService:
		s.goes(ServiceRule(old.Service))
		for _, gone := range old.Destinations {
			s.goes(ServerRule(key, gone.Destination))
		}
	case ipvs.AddDestination:
		s.comes(ServerRule(key, op.Destination))
	case ipvs.EditDestination:
		s.goes(ServerRule(key, server))
		s.comes(ServerRule(key, op.Destination))
	case ipvs.DeleteDestination:
		s.goes(ServerRule(key, server))
	}
}

// ServiceRule is the rule of ipvsadm that adds a service.
func ServiceRule(s ipvs.Service) string {
	return strings.TrimSpace(string(ipvsadm.RenderRules(ipvs.Table{{Service: s}})))
}

// ServerRule is the rule of ipvsadm that adds a real server.
func ServerRule(k ipvs.ServiceKey, d ipvs.Destination) string {
	t := ipvs.Table{{Service: ipvs.Service{ServiceKey: k}, Destinations: []ipvs.DestinationEntry{{Destination: d}}}}
	_, rule, _ := strings.Cut(string(ipvsadm.RenderRules(t)), "\n")
	return strings.TrimSpace(rule)
}

func timeoutsRule(t ipvs.Timeouts) string {
	return fmt.Sprintf("--set %.0f %.0f %.0f", t.TCP.Seconds(), t.TCPFin.Seconds(), t.UDP.Seconds())
}

func daemonRule(d ipvs.Daemon) string {
	rule := fmt.Sprintf("--start-daemon %s --mcast-interface %s --syncid %d", d.Role, d.Interface, d.SyncID)
	if d.MaxLength != 0 {
		rule += fmt.Sprintf(" --sync-maxlen %d", d.MaxLength)
	}
	if d.Group.IsValid() {
		rule += fmt.Sprintf(" --mcast-group %s", d.Group)
	}
	if d.Port != 0 {
		rule += fmt.Sprintf(" --mcast-port %d", d.Port)
	}
	if d.TTL != 0 {
		rule += fmt.Sprintf(" --mcast-ttl %d", d.TTL)
	}
	return rule
}
