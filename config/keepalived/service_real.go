package keepalived

import (
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// realServerBlock opens a real server. An unknown block in it may have been meant
// as a health check.
const realServerBlock = "real_server"

// realServerTable is real_server.
var realServerTable = sync.OnceValue(func() table[config.RealServer] {
	type server = config.RealServer
	t := newTable(realServerBlock,
		[]row[server]{
			numberRow("weight", 0, maxWeight, tolerant, ignored, func(m *server) *config.Value[uint32] { return &m.Weight }),
			{names: "lvs_method", args: 1, more: true, read: readMemberMethod, write: writeMemberMethod},
			numberRow("uthreshold", 0, maxUint32, tolerant, ignored, func(m *server) *config.Value[uint32] { return &m.UpperThreshold }),
			numberRow("lthreshold", 0, maxUint32, tolerant, ignored, func(m *server) *config.Value[uint32] { return &m.LowerThreshold }),
			boolRow("inhibit_on_failure", func(m *server) *config.Flag { return &m.InhibitOnFailure }),
			extraRow(commandRow("notify_up", func(x *config.RealServerExtra) **config.Command { return &x.NotifyUp })),
			extraRow(commandRow("notify_down", func(x *config.RealServerExtra) **config.Command { return &x.NotifyDown })),
			boolRow("alpha", func(m *server) *config.Flag { return &m.Alpha }),
			extraRow(boolRow("smtp_alert", func(x *config.RealServerExtra) *config.Flag { return &x.Alert })),
			extraRow(wordRow("virtualhost", func(x *config.RealServerExtra) *config.Text { return &x.VirtualHost })),
			extraRow(wordRow("snmp_name", func(x *config.RealServerExtra) *config.Text { return &x.SNMPName })),
			{names: "nb_get_retry", foreign: "both ignore it", hint: `write "retry" if more tries are meant`},
		},
		timesRows(func(m *server) *config.CheckTimes { return &m.Times }, 1),
		checkRows(),
	)
	t.unknownBlock = readUnknownCheck
	return t
})

// extraRow is a row about what few real servers have.
func extraRow(w row[config.RealServerExtra]) row[config.RealServer] {
	return row[config.RealServer]{
		names: w.names, args: w.args, more: w.more,
		read: func(r *reader, s *statement, m *config.RealServer) {
			var x config.RealServerExtra
			if m.Extra != nil {
				x = *m.Extra
			}
			if w.read(r, s, &x); x != (config.RealServerExtra{}) {
				m.Extra = &x
			}
		},
		write: func(m *config.RealServer) []Line {
			if m.Extra == nil {
				return nil
			}
			return w.write(m.Extra)
		},
	}
}

func readRealServer(r *reader, s *statement, v *config.VirtualServer) {
	if len(s.words) < 2 {
		r.fail(s.at(), "", `"real_server" needs an address: keepalived does not start with this file`)
		return
	}
	a, ok := r.addrPort(s, "the real server is left out, as keepalived does")
	if !ok {
		return
	}
	if len(s.words) > 3 {
		r.extraWords(s, s.words[3:])
	}
	v.RealServers = append(v.RealServers, config.RealServer{Where: s.at()})
	m := &v.RealServers[len(v.RealServers)-1]
	m.Address = written(a, s)
	r.member = len(v.RealServers) - 1
	readBlock(r, realServerTable(), s.block, m)
}

func writeRealServers(v *config.VirtualServer) (lines []Line) {
	for i := range v.RealServers {
		m := &v.RealServers[i]
		lines = append(lines, Line{
			Words: append([]string{realServerBlock}, addrPortWords(m.Address.V)...), Where: m.Where,
			HasBlock: true, Block: writeBlock(realServerTable(), m),
		})
	}
	return lines
}

func readMemberMethod(r *reader, s *statement, m *config.RealServer) { r.forwarding(s, &m.Forwarding) }

func writeMemberMethod(m *config.RealServer) []Line {
	return forwardingLine("lvs_method", &m.Forwarding)
}

// readUnknownCheck keeps a real server down whose health check may be misspelled.
func readUnknownCheck(r *reader, s *statement, known []string, m *config.RealServer) {
	hint := r.hintFor(s.keyword(), known)
	if r.compat {
		r.warn(s.at(), hint, "unknown block %s in real_server: skipped, while keepalived would end the real_server at its closing brace and misread what follows", quote(s.keyword()))
		return
	}
	r.warn(s.at(), hint, "unknown block %s in real_server: it may be a health check, so the real server counts as down until the name is put right", quote(s.keyword()))
	m.Checks = append(m.Checks, config.NeverPasses(s.keyword(), s.at()))
}
