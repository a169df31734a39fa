package keepalived

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// Defaults of virtual_server.
const (
	defaultScheduler   = "wlc"
	defaultPersistence = 360 * time.Second
	maxPersistence     = 2678400 // seconds; 31 days
	maxWeight          = 1<<31 - 1
)

// schedulers are the names that keepalived passes on to the kernel.
var schedulers = []string{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq", "twos"}

// service is a virtual_server while it is read.
type service struct {
	server   config.VirtualServer
	at       config.Position
	weight   uint32 // of real servers without one
	defaults checkTimes
	members  []member
}

// virtualServerTable is virtual_server.
var virtualServerTable = sync.OnceValue(func() table[service] {
	return newTable("virtual_server",
		[]row[service]{
			{names: "lb_algo lvs_sched", args: 1, read: readScheduler},
			{names: "lb_kind lvs_method", args: 1, more: true, read: readServiceMethod},
			{names: "protocol", args: 1, read: readProtocol},
			{names: "persistence_timeout", more: true, read: readPersistence},
			{names: "persistence_granularity", args: 1, read: readGranularity},
			{names: "weight", args: 1, read: readDefaultWeight},
			{names: "real_server", block: true, read: readRealServer},

			{names: "nat_mask", foreign: "both ignore it", hint: "remove it: keepalived dropped it long ago"},
			{names: "nb_get_retry", foreign: "both ignore it", hint: `write "retry" if more tries are meant`},

			{names: "sorry_server sorry_server_inhibit sorry_server_lvs_method", note: "without real servers the service has no one to answer"},
			{names: "quorum hysteresis", note: "the service stays as long as it has one real server"},
			{names: "quorum_up quorum_down", note: "the command does not run"},
			{names: "alpha", note: "real servers count as up until a check has failed"},
			{names: "omega", note: "nothing runs for real servers at the end"},
			{names: "inhibit_on_failure", note: "a failed real server is removed, not set to weight 0"},
			{names: "ha_suspend", note: "checks run also while the address is elsewhere"},
			{names: "ops", note: "packets of one client are scheduled as one connection"},
			{names: "persistence_engine", note: "persistence goes by the client's address"},
			{names: "flag-1 flag-2 flag-3 sh-port sh-fallback mh-port mh-fallback hashed", note: "the scheduler runs without it"},
			{names: "warmup", note: "the first check is not delayed"},
			{names: "smtp_alert", note: "no mail is sent"},
		},
		timeRows(func(s *service) *checkTimes { return &s.defaults }, 1),
		unused[service]("", "ip_family virtualhost snmp_name"),
	)
})

var errNotAnAddress = errors.New("not an address")

func readVirtualServer(r *reader, s *statement, to *config.Config) {
	if len(s.words) < 2 {
		r.fail(s.at(), "", `"virtual_server" needs an address and a port: keepalived does not start with this file`)
		return
	}
	addr, ok := r.serviceAddress(s)
	if !ok {
		return
	}
	v := service{at: s.at(), weight: 1}
	v.server = config.VirtualServer{Address: addr, Where: s.at()}
	readBlock(r, virtualServerTable(), s.block, &v)
	v.finish(r)
	if len(v.server.RealServers) == 0 {
		r.warn(v.at, "", "virtual_server %s has no real server: left out, as keepalived does", addr)
		return
	}
	if i, second := r.services[v.key()]; second {
		v.join(r, &to.VirtualServers[i])
		return
	}
	r.services[v.key()] = len(to.VirtualServers)
	to.VirtualServers = append(to.VirtualServers, v.server)
}

// serviceKey is what the kernel tells virtual services apart by, memberKey the
// same for real servers.
type (
	serviceKey struct {
		addr     netip.AddrPort
		protocol config.Protocol
	}
	memberKey struct {
		service serviceKey
		addr    netip.AddrPort
	}
)

func (v *service) key() serviceKey { return serviceKey{v.server.Address, v.server.Protocol} }

// serviceAddress reads the words after virtual_server.
func (r *reader) serviceAddress(s *statement) (netip.AddrPort, bool) {
	switch first := s.words[1]; first.text {
	case "fwmark", "group":
		r.fail(first.at, notYet, "virtual_server %s is not supported yet: the service would be missing", first.text)
		return netip.AddrPort{}, false
	}
	addr, ok := r.addrPort(s, "the virtual server is left out, as keepalived does")
	if len(s.words) > 3 {
		r.extraWords(s, s.words[3:])
	}
	return addr, ok
}

// addrPort reads an address and, if there is one, a port. No port and port 0 give 0.
func (r *reader) addrPort(s *statement, instead string) (netip.AddrPort, bool) {
	w := s.words[1]
	addr, err := netip.ParseAddr(w.text)
	if err != nil || addr.Zone() != "" {
		hint := ""
		if _, err := netip.ParseAddrPort(w.text); err == nil {
			hint = "write a blank between address and port"
		}
		r.warn(w.at, hint, "%s is no address: %s", quote(w.text), instead)
		return netip.AddrPort{}, false
	}
	if len(s.words) < 3 || strings.Trim(s.words[2].text, "0") == "" {
		return netip.AddrPortFrom(addr, 0), true
	}
	port, ok := r.number(s.words[2], 1, 65535, exact, instead)
	return netip.AddrPortFrom(addr, uint16(port)), ok
}

// finish applies the defaults and fix-ups that need the whole virtual server.
func (v *service) finish(r *reader) {
	s := &v.server
	if s.Protocol == "" {
		s.Protocol = config.UDP
		r.warn(v.at, `add "protocol TCP" if TCP is meant`,
			"virtual_server %s has no protocol: it is a UDP service, as in keepalived, and TCP connections do not reach it", s.Address)
	}
	if s.Scheduler == "" {
		s.Scheduler = defaultScheduler
		r.warn(v.at, "", "virtual_server %s has no lb_algo: taken as %s, as keepalived does", s.Address, defaultScheduler)
	}
	if s.Method == "" {
		s.Method = config.NAT
		r.warn(v.at, "add lb_kind NAT, DR or TUN", "virtual_server %s has no lb_kind: taken as NAT, as keepalived does", s.Address)
	}
	if s.Address.Port() == 0 && s.Persistence == 0 {
		s.Persistence = defaultPersistence
		r.warn(v.at, "", "virtual_server %s without port must be persistent: persistence_timeout %s, as keepalived sets it",
			s.Address.Addr(), seconds(defaultPersistence))
	}
	v.finishMembers(r)
}

func readScheduler(r *reader, s *statement, v *service) {
	w := s.words[1]
	if !slices.Contains(schedulers, w.text) {
		r.warn(w.at, r.suggest(w.text, schedulers), "unknown scheduler %s: ignored, as keepalived does", quote(w.text))
		return
	}
	v.server.Scheduler = w.text
}

func readServiceMethod(r *reader, s *statement, v *service) {
	if m, ok := r.method(s); ok {
		v.server.Method = m
	}
}

// method reads the forwarding method of lb_kind and lvs_method.
func (r *reader) method(s *statement) (config.ForwardingMethod, bool) {
	w := s.words[1]
	switch m := config.ForwardingMethod(w.text); m {
	case config.NAT, config.DR:
		return m, true
	case config.TUN:
		if len(s.words) > 3 && s.words[2].text == "type" && s.words[3].text != "ipip" {
			r.fail(s.words[3].at, notYet, "tunnel type %s is not supported yet: real servers would get IPIP packets", quote(s.words[3].text))
		}
		return m, true
	default:
		r.warn(w.at, r.suggest(w.text, []string{"NAT", "DR", "TUN"}), "unknown forwarding method %s: ignored, as keepalived does", quote(w.text))
		return "", false
	}
}

func readProtocol(r *reader, s *statement, v *service) {
	w := s.words[1]
	switch p := config.Protocol(strings.ToUpper(w.text)); p {
	case config.TCP, config.UDP, config.SCTP:
		v.server.Protocol = p
	default:
		r.warn(w.at, "the protocols are TCP, UDP and SCTP", "unknown protocol %s: ignored, as keepalived does", quote(w.text))
	}
}

func readPersistence(r *reader, s *statement, v *service) {
	if len(s.words) < 2 {
		v.server.Persistence = defaultPersistence
		return
	}
	if n, ok := r.number(s.words[1], 1, maxPersistence, exact, "ignored, as keepalived does"); ok {
		v.server.Persistence = time.Duration(n) * time.Second
	}
}

func readGranularity(r *reader, s *statement, v *service) {
	r.notUsed(s, "persistence goes by the whole address of the client")
	if v.server.Persistence == 0 {
		v.server.Persistence = defaultPersistence
	}
}

func readDefaultWeight(r *reader, s *statement, v *service) {
	if n, ok := r.number(s.words[1], 1, maxWeight, tolerant, "ignored, as keepalived does"); ok {
		v.weight = uint32(n)
	}
}
