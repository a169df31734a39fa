package keepalived

import (
	"cmp"
	"net/netip"
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// member is a real_server while it is read.
type member struct {
	server  config.RealServer
	at      config.Position
	weight  *uint32 // nil: that of the virtual server
	method  config.ForwardingMethod
	methodW word
	times   checkTimes
	checks  []tcpCheck
	foreign []word // checks of kinds that lvsctl does not have
}

// checkers are the kinds of health check that lvsctl does not have yet.
const checkers = "HTTP_GET SSL_GET SMTP_CHECK DNS_CHECK MISC_CHECK UDP_CHECK PING_CHECK BFD_CHECK FILE_CHECK"

// realServerBlock is where an unknown block may have been meant as a health check.
const realServerBlock = "real_server"

// realServerTable is real_server.
var realServerTable = sync.OnceValue(func() table[member] {
	return newTable(realServerBlock,
		[]row[member]{
			{names: "weight", args: 1, read: readWeight},
			{names: "lvs_method", args: 1, more: true, read: readMemberMethod},
			{names: "TCP_CHECK", block: true, read: readTCPCheck},
			{names: checkers, block: true, read: readForeignCheck},

			{names: "nb_get_retry", foreign: "both ignore it", hint: `write "retry" if more tries are meant`},

			{names: "uthreshold lthreshold", note: "connections are not limited"},
			{names: "inhibit_on_failure", note: "it is removed on failure, not set to weight 0"},
			{names: "notify_up notify_down", note: "the command does not run"},
			{names: "alpha", note: "it counts as up until a check has failed"},
			{names: "warmup", note: "the first check is not delayed"},
			{names: "smtp_alert", note: "no mail is sent"},
		},
		timeRows(func(m *member) *checkTimes { return &m.times }, 1),
		unused[member]("", "virtualhost snmp_name"),
	)
})

func readRealServer(r *reader, s *statement, v *service) {
	if len(s.words) < 2 {
		r.fail(s.at(), "", `"real_server" needs an address: keepalived does not start with this file`)
		return
	}
	addr, ok := r.addrPort(s, "the real server is left out, as keepalived does")
	if !ok {
		return
	}
	if len(s.words) > 3 {
		r.extraWords(s, s.words[3:])
	}
	m := member{at: s.at(), server: config.RealServer{Address: addr, Where: s.at()}}
	readBlock(r, realServerTable(), s.block, &m)
	v.members = append(v.members, m)
}

func readWeight(r *reader, s *statement, m *member) {
	if n, ok := r.number(s.words[1], 0, maxWeight, tolerant, "ignored, as keepalived does"); ok {
		m.weight = new(uint32(n))
	}
}

func readMemberMethod(r *reader, s *statement, m *member) {
	if method, ok := r.method(s); ok {
		m.method, m.methodW = method, s.words[1]
	}
}

func readForeignCheck(_ *reader, s *statement, m *member) { m.foreign = append(m.foreign, s.words[0]) }

// finishMembers gives the virtual server its real servers, with keepalived's fix-ups.
func (v *service) finishMembers(r *reader) {
	for i := range v.members {
		m := &v.members[i]
		if !v.sameFamily(r, m) {
			continue
		}
		v.finishMember(r, m)
		key := memberKey{v.key(), m.server.Address}
		if line, dup := r.members[key]; dup {
			r.warn(m.at, "", "second real_server %s: left out, as in keepalived; the first is in line %d", m.server.Address, line)
			continue
		}
		r.members[key] = m.at.Line
		v.server.RealServers = append(v.server.RealServers, m.server)
	}
}

// join puts the real servers of a second virtual_server with the same address
// and protocol into the first. That is what comes out of keepalived: the kernel
// refuses the second service, and takes its real servers for the first.
func (v *service) join(r *reader, first *config.VirtualServer) {
	s := &v.server
	r.warn(v.at, "write them as one block", "second virtual_server %s %s: its real servers join the first in line %d, whose settings count, as in keepalived",
		s.Protocol, s.Address, first.Where.Line)
	if s.Method != first.Method {
		r.fail(v.at, notYet, "lb_kind %s of some real servers among %s is not supported yet", s.Method, first.Method)
	}
	first.RealServers = append(first.RealServers, s.RealServers...)
}

// sameFamily tells whether a real server can serve the address of the virtual
// server; only tunnels carry IPv4 in IPv6 and the other way round.
func (v *service) sameFamily(r *reader, m *member) bool {
	if cmp.Or(m.method, v.server.Method) == config.TUN || v.server.Address.Addr().Is4() == m.server.Address.Addr().Is4() {
		return true
	}
	r.warn(m.at, "", "real_server %s is of another address family than the virtual server: left out, as keepalived does", m.server.Address.Addr())
	return false
}

func (v *service) finishMember(r *reader, m *member) {
	m.server.Weight = v.weight
	if m.weight != nil {
		m.server.Weight = *m.weight
	}
	if m.method != "" && m.method != v.server.Method {
		r.fail(m.methodW.at, notYet, "lvs_method %s of one real server among %s is not supported yet", m.method, v.server.Method)
	}
	m.finishForeign(r)
	for _, c := range m.checks {
		m.server.Checks = append(m.server.Checks, c.finish(r, v, m))
	}
	m.server.Address = v.memberAddress(r, m)
}

// memberAddress gives the real server its port. Only NAT can change the port of a packet.
func (v *service) memberAddress(r *reader, m *member) netip.AddrPort {
	port, want := m.server.Address.Port(), v.server.Address.Port()
	if port != 0 && port != want && v.server.Method != config.NAT {
		r.warn(m.at, "use lb_kind NAT, or the same port", "port %d is not that of the virtual server, which %s cannot change: reset to %d, as keepalived does",
			port, v.server.Method, want)
		port = want
	}
	if port == 0 {
		port = want
	}
	return netip.AddrPortFrom(m.server.Address.Addr(), port)
}

// finishForeign refuses a real server that would go without any check.
func (m *member) finishForeign(r *reader) {
	for _, w := range m.foreign {
		if len(m.checks) > 0 {
			r.warn(w.at, "", "%s is accepted and not used: only TCP_CHECK decides", w.text)
			continue
		}
		r.fail(w.at, "use TCP_CHECK, or "+notYet, "%s is not supported yet: without it the real server would always count as up", w.text)
	}
}
