package keepalived

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

const (
	defaultPersistence = 360 * time.Second
	maxPersistence     = 2678400 // seconds; 31 days
	maxWeight          = 1<<31 - 1
	maxUint32          = 1<<32 - 1
)

// ignored is what happens to most values that cannot be read.
const ignored = "ignored, as keepalived does"

// serviceRows are the blocks of the top level about virtual servers.
func serviceRows() []row[config.Config] {
	return part(config.VirtualServers,
		row[config.Config]{names: "SSL", block: true, read: readTLS, write: writeTLS},
		row[config.Config]{names: "virtual_server_group", block: true, more: true, read: readGroup, write: writeGroups},
		row[config.Config]{names: "virtual_server", block: true, more: true, read: readVirtualServer, write: writeVirtualServers},
	)
}

// virtualServerTable is virtual_server.
var virtualServerTable = sync.OnceValue(func() table[config.VirtualServer] {
	type server = config.VirtualServer
	return newTable("virtual_server",
		timesRows(func(v *server) *config.CheckTimes { return &v.Times }, 1),
		[]row[server]{
			nameRow("ip_family", "address family", []string{"inet", "inet6"}, func(v *server) *config.Text { return &v.Family }),
			nameRow("lb_algo lvs_sched", "scheduler", schedulers(), func(v *server) *config.Text { return &v.Scheduler }),
			{names: "flag-1 flag-2 flag-3 sh-port sh-fallback mh-port mh-fallback", read: readSchedulerFlag, write: writeSchedulerFlags},
			{names: "hashed", note: "the kernel finds every service by a hash anyway"},
			{names: "lb_kind lvs_method", args: 1, more: true, read: readServiceMethod, write: writeServiceMethod},
			flagRow("ops", true, func(v *server) *config.Flag { return &v.OnePacket }),
			protocolRow(),
			{names: "persistence_timeout", more: true, read: readPersistence, write: writePersistence},
			{names: "persistence_granularity", args: 1, read: readGranularity, write: writeGranularity},
			textRow("persistence_engine", func(v *server) *config.Text { return &v.PersistenceEngine }),
			numberRow("weight", 1, maxWeight, tolerant, ignored, func(v *server) *config.Value[uint32] { return &v.Weight }),
			{names: "quorum", args: 1, read: readQuorum, write: writeQuorum},
			numberRow("hysteresis", 0, maxUint32, tolerant, ignored, func(v *server) *config.Value[uint32] { return &v.Hysteresis }),
			commandRow("quorum_up", func(v *server) **config.Command { return &v.QuorumUp }),
			commandRow("quorum_down", func(v *server) **config.Command { return &v.QuorumDown }),
			flagRow("alpha", true, func(v *server) *config.Flag { return &v.Alpha }),
			flagRow("omega", true, func(v *server) *config.Flag { return &v.Omega }),
			flagRow("ha_suspend", true, func(v *server) *config.Flag { return &v.HASuspend }),
			flagRow("inhibit_on_failure", true, func(v *server) *config.Flag { return &v.InhibitOnFailure }),
			wordRow("virtualhost", func(v *server) *config.Text { return &v.VirtualHost }),
			wordRow("snmp_name", func(v *server) *config.Text { return &v.SNMPName }),
			boolRow("smtp_alert", func(v *server) *config.Flag { return &v.Alert }),
		},
		sorryRows(),
		[]row[server]{
			{names: "real_server", block: true, more: true, read: readRealServer, write: writeRealServers},
			{names: "nat_mask", foreign: "both ignore it", hint: "remove it: keepalived dropped it long ago"},
			{names: "nb_get_retry", foreign: "both ignore it", hint: `write "retry" if more tries are meant`},
		},
	)
})

// schedulers are the names that keepalived passes on to the kernel.
func schedulers() []string {
	return []string{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq", "twos"}
}

// addServiceHomes notes where the keywords of these blocks belong; the most usual
// place comes last.
func addServiceHomes(homes map[string]string) {
	addHomes(homes, "into", tlsTable())
	for _, k := range checkKinds() {
		addHomes(homes, "into", tableOfCheck(k))
	}
	addHomes(homes, "into", urlTable())
	addHomes(homes, "into", tableOfCheck(config.CheckTCP))
	addHomes(homes, "into", realServerTable())
	addHomes(homes, "into", virtualServerTable())
	homes["weight"] = "into " + realServerBlock
}

func readVirtualServer(r *reader, s *statement, to *config.Config) {
	if len(s.words) < 2 {
		r.fail(s.at(), "", `"virtual_server" needs an address and a port: keepalived does not start with this file`)
		return
	}
	v := config.VirtualServer{Where: s.at()}
	if !r.serviceName(s, &v) {
		return
	}
	if len(s.words) > 3 {
		r.extraWords(s, s.words[3:])
	}
	v.RealServers = make([]config.RealServer, 0, countStatements(s.block, realServerBlock))
	r.oldRetries = r.oldRetries[:0]
	readBlock(r, virtualServerTable(), s.block, &v)
	r.warnOldRetries(&v)
	if n := len(to.VirtualServers); n == cap(to.VirtualServers) {
		to.VirtualServers = slices.Grow(to.VirtualServers, n+1) // append alone copies a large list more often
	}
	to.VirtualServers = append(to.VirtualServers, v)
}

func countStatements(b *block, keyword string) (n int) {
	if b == nil {
		return 0
	}
	for i := range b.statements {
		if b.statements[i].keyword() == keyword {
			n++
		}
	}
	return n
}

// serviceName reads what names a virtual server: an address with a port, a
// firewall mark, or a group.
func (r *reader) serviceName(s *statement, v *config.VirtualServer) bool {
	const instead = "the virtual server is left out, as keepalived does"
	kind := s.words[1]
	if (kind.text == "fwmark" || kind.text == "group") && len(s.words) < 3 {
		r.fail(kind.at, "", `"virtual_server %s" needs a value: keepalived does not start with this file`, kind.text)
		return false
	}
	switch kind.text {
	case "group":
		v.Group = config.Write(s.words[2].text, s.words[2].at)
		return true
	case "fwmark":
		n, ok := r.number(s.words[2], 1, maxUint32, tolerant, instead)
		v.FWMark = config.Write(uint32(n), s.words[2].at)
		return ok
	}
	a, ok := r.addrPort(s, instead)
	v.Address = written(a, s)
	return ok
}

// addrPort reads an address and, if there is one, a port. No port and port 0 give 0.
func (r *reader) addrPort(s *statement, instead string) (netip.AddrPort, bool) {
	a, ok := r.host(s.words[1], instead)
	if !ok || len(s.words) < 3 || strings.Trim(s.words[2].text, "0") == "" {
		return netip.AddrPortFrom(a, 0), ok
	}
	port, ok := r.number(s.words[2], 1, 65535, tolerant, instead)
	return netip.AddrPortFrom(a, uint16(port)), ok
}

// host reads an address. What keepalived takes for a mask or a range behind it has
// no meaning here.
func (r *reader) host(w word, instead string) (netip.Addr, bool) {
	text := w.text
	if i := strings.IndexAny(text, "-/"); i >= 0 {
		text = text[:i]
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		hint := ""
		if _, err := netip.ParseAddrPort(w.text); err == nil {
			hint = "write a blank between address and port"
		}
		r.warn(w.at, hint, "%s is no address: %s", quote(w.text), instead)
		return netip.Addr{}, false
	}
	if text != w.text {
		r.warn(w.at, "", "%s is a single address here: read as %s, as keepalived does", quote(w.text), text)
	}
	return a, true
}

func writeVirtualServers(from *config.Config) (lines []Line) {
	for i := range from.VirtualServers {
		v := &from.VirtualServers[i]
		words := []string{"virtual_server"}
		switch {
		case v.FWMark.IsSet():
			words = append(words, "fwmark", strconv.FormatUint(uint64(v.FWMark.V), 10))
		case v.Group.IsSet():
			words = append(words, "group", quoteText(v.Group.V))
		default:
			words = append(words, addrPortWords(v.Address.V)...)
		}
		lines = append(lines, Line{Words: words, Where: v.Where, HasBlock: true, Block: writeBlock(virtualServerTable(), v)})
	}
	return lines
}

func addrPortWords(a netip.AddrPort) []string {
	if a.Port() == 0 {
		return []string{a.Addr().String()}
	}
	return []string{a.Addr().String(), strconv.Itoa(int(a.Port()))}
}

// protocolRow is the transport protocol, in any case.
func protocolRow() row[config.VirtualServer] {
	return row[config.VirtualServer]{
		names: "protocol", args: 1,
		read: func(r *reader, s *statement, v *config.VirtualServer) {
			switch p := config.Protocol(strings.ToUpper(s.words[1].text)); p {
			case config.TCP, config.UDP, config.SCTP:
				v.Protocol = written(p, s)
			default:
				r.warn(s.words[1].at, "the protocols are TCP, UDP and SCTP", "unknown protocol %s: ignored, as keepalived does", quote(s.words[1].text))
			}
		},
		write: func(v *config.VirtualServer) []Line {
			return valueLine("protocol", v.Protocol, func(p config.Protocol) string { return string(p) })
		},
	}
}

func readSchedulerFlag(_ *reader, s *statement, v *config.VirtualServer) {
	flags := v.SchedulerFlags.V
	if slices.Contains(flags, s.keyword()) {
		return
	}
	where := s.at()
	if v.SchedulerFlags.IsSet() {
		where = v.SchedulerFlags.Where
	}
	v.SchedulerFlags = config.Write(append(flags, s.keyword()), where)
}

func writeSchedulerFlags(v *config.VirtualServer) (lines []Line) {
	for _, f := range v.SchedulerFlags.V {
		lines = append(lines, Line{Words: []string{f}, Where: v.SchedulerFlags.Where})
	}
	return lines
}

func readPersistence(r *reader, s *statement, v *config.VirtualServer) {
	if len(s.words) < 2 {
		v.Persistence = written(defaultPersistence, s)
		return
	}
	if n, ok := r.number(s.words[1], 1, maxPersistence, exact, ignored); ok {
		v.Persistence = written(time.Duration(n)*time.Second, s)
	}
	if len(s.words) > 2 {
		r.extraWords(s, s.words[2:])
	}
}

func writePersistence(v *config.VirtualServer) []Line {
	if v.Persistence.V == 0 {
		return nil // keepalived takes no 0
	}
	return valueLine("persistence_timeout", v.Persistence, seconds)
}

// readGranularity reads how much of a client's address counts: a mask for IPv4,
// a prefix length for IPv6.
func readGranularity(r *reader, s *statement, v *config.VirtualServer) {
	w := s.words[1]
	is6 := v.Address.V.Addr().Is6() || v.Family.V == "inet6"
	if v.FWMark.IsSet() && !v.Family.IsSet() {
		is6 = !strings.Contains(w.text, ".")
		v.Family = written(map[bool]string{true: "inet6", false: "inet"}[is6], s)
	}
	if is6 {
		if n, ok := r.number(w, 1, 128, exact, ignored); ok {
			v.PersistenceBits = written(uint8(n), s)
		}
		return
	}
	if bits, ok := r.mask(w); ok {
		v.PersistenceBits = written(bits, s)
	}
}

// mask reads an IPv4 mask and gives the number of its ones.
func (r *reader) mask(w word) (uint8, bool) {
	if n, err := strconv.ParseUint(w.text, 10, 8); err == nil && 1 <= n && n <= 32 {
		r.warn(w.at, "write "+maskText(uint8(n)), "%s is no mask: read as %s, while keepalived takes it for the mask 0.0.0.%d", quote(w.text), maskText(uint8(n)), n)
		return uint8(n), true
	}
	a, err := netip.ParseAddr(w.text)
	if err != nil || !a.Is4() {
		r.warn(w.at, "", "%s is no IPv4 mask: %s", quote(w.text), ignored)
		return 0, false
	}
	bits := uint8(0)
	for _, b := range a.As4() {
		for ; b&0x80 != 0; b <<= 1 {
			bits++
		}
		if bits%8 != 0 || b != 0 {
			break
		}
	}
	if m := maskText(bits); m != a.String() {
		r.warn(w.at, "", "%s is no mask of ones and then zeros: read as %s, while keepalived takes it as it is", quote(w.text), m)
	}
	return bits, true
}

// maskText writes a number of ones as a mask.
func maskText(bits uint8) string {
	m := ^uint32(0) << (32 - min(bits, 32))
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}).String()
}

func writeGranularity(v *config.VirtualServer) []Line {
	return valueLine("persistence_granularity", v.PersistenceBits, func(bits uint8) string {
		if v.Family.V == "inet6" {
			return strconv.Itoa(int(bits))
		}
		return maskText(bits)
	})
}

func readQuorum(r *reader, s *statement, v *config.VirtualServer) {
	n, ok := r.number(s.words[1], 1, maxUint32, tolerant, "taken as 1, as keepalived does")
	if v.Quorum = written(uint32(n), s); !ok {
		v.Quorum.Adjust(1)
	}
}

func writeQuorum(v *config.VirtualServer) []Line {
	if v.Quorum.V == 0 {
		return nil // what keepalived makes of it where no real server has a weight
	}
	return valueLine("quorum", v.Quorum, func(n uint32) string { return strconv.FormatUint(uint64(n), 10) })
}
