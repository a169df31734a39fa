package keepalived_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived/oracle"
)

// tls is what https checks present.
func (p *printer) tls() {
	t := p.config.TLS
	if t == nil {
		return
	}
	p.begin(oracle.SSL, "")
	p.addIf(t.Password.IsSet(), "Password", string(t.Password.V))
	p.addIf(t.CA.IsSet(), "CA-file", t.CA.V)
	p.addIf(t.Certificate.IsSet(), "Certificate file", t.Certificate.V)
	p.addIf(t.Key.IsSet(), "Key file", t.Key.V)
}

func (p *printer) serverGroup(g *config.ServerGroup) {
	p.begin(oracle.ServerGroup, g.Name.V)
	for _, e := range g.Entries {
		switch {
		case e.FWMark.IsSet():
			p.add("FWMARK", fmt.Sprint(e.FWMark.V)+since(e.Family.IsSet(), map[string]string{"inet": " IPv4", "inet6": " IPv6"}[e.Family.V]))
		default:
			from, to := rangeOf(e.Range.V)
			p.addIf(from == to, "VIP", fmt.Sprintf("%s, VPORT = %d", from, e.Port.V))
			p.addIf(from != to, "VIP Range", fmt.Sprintf("%s-%s, VPORT = %d", from, to, e.Port.V))
		}
	}
}

// rangeOf gives the first and the last address of one, of a range such as
// 192.0.2.1-20, and of a net.
func rangeOf(r string) (from, to string) {
	if net, err := netip.ParsePrefix(r); err == nil {
		last := net.Masked().Addr().AsSlice()
		for i := net.Bits(); i < 8*len(last); i++ {
			last[i/8] |= 0x80 >> (i % 8)
		}
		end, _ := netip.AddrFromSlice(last)
		return net.Masked().Addr().String(), end.String()
	}
	from, to, isRange := strings.Cut(r, "-")
	if !isRange {
		return from, from
	}
	sign := "."
	if strings.Contains(from, ":") {
		sign = ":"
	}
	if !strings.Contains(to, sign) {
		to = from[:strings.LastIndex(from, sign)+1] + to
	}
	return from, to
}

func (p *printer) virtualServer(s *config.VirtualServer) {
	p.begin(oracle.VirtualServer, serverName(s))
	p.addIf(s.VirtualHost.IsSet(), "VirtualHost", s.VirtualHost.V)
	p.addIf(s.SNMPName.IsSet(), "SNMP name", "'"+s.SNMPName.V+"'")
	p.add("connection timeout", decimal(s.Times.Timeout.V))
	p.add("delay_loop", decimal(s.Times.Interval.V))
	p.add("lvs_sched", s.Scheduler.V)
	p.flags(s)
	p.add("One packet scheduling", word(s.OnePacket, "enabled", "disabled"))
	if s.Persistence.V > 0 {
		p.add("persistence timeout", seconds(s.Persistence.V))
		p.granularity(s)
	}
	p.add("protocol", cmp.Or(string(s.Protocol.V), "none"))
	p.add("alpha", word(s.Alpha, "ON", "OFF"))
	p.add("omega", word(s.Omega, "ON", "OFF"))
	p.times(&s.Times)
	p.add("Inhibit on failure", word(s.InhibitOnFailure, "ON", "OFF"))
	p.add("quorum", s.Quorum.V)
	p.add("hysteresis", s.Hysteresis.V)
	p.commandIf("Quorum up notify script", s.QuorumUp)
	p.commandIf("Quorum down notify script", s.QuorumDown)
	p.addIf(s.HASuspend.V, "Using HA suspend", "")
	p.add("Using smtp notification", word(s.Alert, "yes", "no"))
	p.add("default forwarding method", forwarding(&s.Forwarding))
	p.sorryServer(s)
	for i := range s.RealServers {
		p.realServer(&s.RealServers[i])
	}
	for i := range s.RealServers {
		for j := range s.RealServers[i].Checks {
			p.check(s, &s.RealServers[i], &s.RealServers[i].Checks[j])
		}
	}
}

func serverName(s *config.VirtualServer) string {
	switch {
	case s.FWMark.IsSet():
		return fmt.Sprint(s.FWMark.V)
	case s.Group.IsSet():
		return "[" + s.Group.V + "]"
	default:
		return fmt.Sprintf("%s %d", s.Address.V.Addr(), s.Address.V.Port())
	}
}

func (p *printer) flags(s *config.VirtualServer) {
	names := []string{"flag-1", "flag-2", "flag-3"}
	switch s.Scheduler.V {
	case "sh":
		names = []string{"sh-port", "sh-fallback"}
	case "mh":
		names = []string{"mh-port", "mh-fallback"}
	}
	for _, name := range names {
		p.add(name, map[bool]string{true: "enabled", false: "disabled"}[slices.Contains(s.SchedulerFlags.V, name)])
	}
}

// granularity is printed if it was written, and is not that of single addresses.
func (p *printer) granularity(s *config.VirtualServer) {
	switch {
	case !s.PersistenceBits.IsSet(), !isIPv6Server(s) && s.PersistenceBits.V == 32:
	case isIPv6Server(s):
		p.add("persistence granularity", s.PersistenceBits.V)
	default:
		all := netip.MustParseAddr("255.255.255.255")
		mask, err := all.Prefix(int(s.PersistenceBits.V))
		p.add("persistence granularity", mask.Addr())
		p.addIf(err != nil, "persistence granularity", err)
	}
}

func isIPv6Server(s *config.VirtualServer) bool {
	return s.Address.V.Addr().Is6() || s.Family.V == "inet6"
}

func (p *printer) times(t *config.CheckTimes) {
	p.addIf(given(t.Retries), "Retry count", t.Retries.V)
	p.addIf(given(t.RetryDelay), "Retry delay", decimal(t.RetryDelay.V))
	p.addIf(given(t.Warmup), "Warmup", decimal(t.Warmup.V))
}

func (p *printer) commandIf(key string, c *config.Command) {
	if c != nil {
		p.add(key, p.commandAs(c))
	}
}

func forwarding(f *config.Forwarding) string {
	if f.Method.V != config.TUN {
		return string(f.Method.V)
	}
	checksum := ", " + cmp.Or(map[string]string{"csum": "checksum", "remcsum": "remote checksum"}[f.TunnelChecksum.V], "no checksum")
	switch f.TunnelType.V {
	case "gue":
		return fmt.Sprintf("TUN, type = GUE, port = %d%s", f.TunnelPort.V, checksum)
	case "gre":
		return "TUN, type = GRE" + checksum
	default:
		return "TUN, type = IPIP"
	}
}

func (p *printer) sorryServer(s *config.VirtualServer) {
	if s.Sorry == nil {
		return
	}
	p.add("sorry server", endpoint(s, s.Sorry.Address.V))
	p.add("sorry server forwarding method", forwarding(&s.Sorry.Forwarding))
	p.add("sorry server Inhibit on failure", word(s.Sorry.Inhibit, "ON", "OFF"))
}

// endpoint writes an address with the protocol of its virtual server.
func endpoint(s *config.VirtualServer, a netip.AddrPort) string {
	protocol := cmp.Or(strings.ToLower(string(s.Protocol.V)), "none")
	if s.FWMark.IsSet() {
		protocol = "none"
	}
	return fmt.Sprintf("[%s]:%s:%d", a.Addr(), protocol, a.Port())
}

func (p *printer) realServer(r *config.RealServer) {
	p.begin(oracle.RealServer, fmt.Sprintf("%s %d", r.Address.V.Addr(), r.Address.V.Port()))
	p.add("WEIGHT", r.Weight.V)
	p.add("forwarding method", forwarding(&r.Forwarding))
	p.add("Alpha", word(r.Alpha, "ON", "OFF"))
	p.add("connection timeout", decimal(r.Times.Timeout.V))
	p.add("connection limit range", fmt.Sprintf("%d -> %d", r.LowerThreshold.V, r.UpperThreshold.V))
	p.add("Delay loop", decimal(r.Times.Interval.V))
	p.times(&r.Times)
	p.add("Inhibit on failure", word(r.InhibitOnFailure, "ON", "OFF"))
	extra := r.Extra
	if extra == nil {
		extra = &config.RealServerExtra{Alert: config.Flag{V: true}}
		switch {
		case p.config.Global.Mail.AlertChecker.IsSet():
			extra.Alert = p.config.Global.Mail.AlertChecker
		case p.config.Global.Mail.Alert.IsSet():
			extra.Alert = p.config.Global.Mail.Alert
		}
	}
	p.commandIf("RS up notify script", extra.NotifyUp)
	p.commandIf("RS down notify script", extra.NotifyDown)
	p.addIf(extra.VirtualHost.IsSet(), "VirtualHost", "'"+extra.VirtualHost.V+"'")
	p.addIf(extra.SNMPName.IsSet(), "SNMP name", extra.SNMPName.V)
	p.add("Using smtp notification", word(extra.Alert, "yes", "no"))
	for _, k := range r.Checks {
		if k.BFD != nil {
			p.add("Tracked BFDs", k.BFD.Name.V)
		}
		if k.File != nil {
			p.add("Tracked Files", k.File.Name.V+", weight "+weight(k.File.Weight, k.File.Reverse))
		}
	}
}

// check writes one check. Its name tells the kind too, because keepalived does
// not print kinds in the order of the file.
func (p *printer) check(s *config.VirtualServer, r *config.RealServer, k *config.Check) {
	p.begin(oracle.HealthCheck, fmt.Sprintf("%s -> %s %s", checkedServer(s), endpoint(s, r.Address.V), methods[k.Kind.V]))
	own := k.LogAllFailures
	own.V = own.V && own.IsSet() // the global setting is printed with those
	p.add("Log all failures", word(own, "yes", "no"))
	if k.Kind.V == config.CheckFile {
		p.add("Tracked file", k.File.Name.V)
		return
	}
	if k.Kind.V == config.CheckBFD {
		p.add("Name", k.BFD.Name.V)
		return
	}
	p.add("Alpha", word(k.Alpha, "yes", "no"))
	p.add("Delay loop", microseconds(k.Times.Interval.V))
	p.add("Warmup", microseconds(k.Times.Warmup.V))
	p.add("Retries", k.Times.Retries.V)
	p.addIf(k.Times.Retries.V > 0, "Delay before retry", microseconds(k.Times.RetryDelay.V))
	p.connection(r, k)
	p.kind(k)
}

// methods are keepalived's names of the kinds of check.
var methods = map[config.CheckKind]string{
	config.CheckTCP: "TCP_CHECK", config.CheckHTTP: "HTTP_GET", config.CheckHTTPS: "SSL_GET", config.CheckSMTP: "SMTP_CHECK",
	config.CheckDNS: "DNS_CHECK", config.CheckExec: "MISC_CHECK", config.CheckUDP: "UDP_CHECK", config.CheckPing: "PING_CHECK",
	config.CheckBFD: "BFD_CHECK", config.CheckFile: "FILE_CHECK",
}

func checkedServer(s *config.VirtualServer) string {
	switch {
	case s.FWMark.IsSet():
		return "FWM " + fmt.Sprint(s.FWMark.V)
	case s.Group.IsSet():
		return "[" + s.Group.V + "]"
	default:
		return endpoint(s, s.Address.V)
	}
}

func (p *printer) connection(r *config.RealServer, k *config.Check) {
	if k.Kind.V == config.CheckExec {
		return
	}
	target := r.Address.V
	if k.Address.IsKnown() {
		target = netip.AddrPortFrom(k.Address.V, target.Port())
	}
	if k.Port.IsKnown() {
		target = netip.AddrPortFrom(target.Addr(), k.Port.V)
	}
	p.add("Dest", fmt.Sprintf("[%s]:%d", target.Addr(), target.Port()))
	p.add("Timeout", decimal(k.Times.Timeout.V))
	if src := k.Source; src != nil {
		p.addIf(src.Address.IsSet(), "Bind to", fmt.Sprintf("[%s]:%d", src.Address.V, src.Port.V))
		p.addIf(src.Interface.IsSet(), "Bind i/f", src.Interface.V)
		p.addIf(src.FWMark.IsSet(), "Mark", src.FWMark.V)
	}
}

// kind writes what a kind of check has of its own.
func (p *printer) kind(k *config.Check) {
	switch {
	case k.HTTP != nil:
		p.http(k.HTTP)
	case k.SMTP != nil:
		p.add("helo", k.SMTP.Helo.V)
	case k.DNS != nil:
		p.add("Type", k.DNS.Type.V)
		p.add("Name", k.DNS.Name.V)
	case k.Exec != nil:
		p.add("script", command(k.Exec.Run.V))
		p.addIf(k.Exec.Timeout.IsSet(), "timeout", seconds(k.Exec.Timeout.V))
		p.addIf(!k.Exec.Timeout.IsSet(), "timeout", 0)
		p.add("dynamic", word(k.Exec.Dynamic, "YES", "NO"))
		p.add("uid:gid", p.ids(k.Exec.User, k.Exec.Group))
	case k.UDP != nil:
		p.udp(k.UDP)
	}
}

func (p *printer) udp(u *config.UDPCheck) {
	if u.Payload.IsSet() {
		p.add("Payload len", len(u.Payload.V)/2)
	} else {
		p.add("Payload specified", "no")
	}
	needs := u.NeedsReply.V || u.RequireReply.IsSet()
	p.add("Require reply", map[bool]string{true: "yes", false: "no"}[needs])
	if needs {
		p.add("Min reply length", u.MinLength.V)
		p.add("Max reply length", u.MaxLength.V)
		p.add("Reply data len", len(u.RequireReply.V)/2)
		masked := strings.ContainsAny(u.RequireReply.V, "Xx")
		p.addIf(u.RequireReply.V != "", "Reply data mask", map[bool]string{true: "yes", false: "no"}[masked])
	}
}

func (p *printer) http(h *config.HTTPCheck) {
	p.add("http protocol", strings.ToUpper(h.Version.V))
	p.addIf(h.VirtualHost.IsSet(), "Virtualhost", h.VirtualHost.V)
	p.add("Enable SNI", word(h.SNI, "set", "unset"))
	p.add("Fast recovery", word(h.FastRecovery, "set", "unset"))
	for _, u := range h.URLs {
		p.add("Checked url", u.Path.V)
		p.addIf(u.Digest.IsSet(), "digest", u.Digest.V)
		for _, r := range u.Status.V {
			p.addStatus(r)
		}
		p.addIf(u.VirtualHost.IsSet(), "Virtual host", u.VirtualHost.V)
		p.addIf(u.Regex.IsSet(), "Regex", `"`+u.Regex.V+`"`)
		p.addIf(u.RegexNoMatch.V, "Regex no match", "")
		switch {
		case u.RegexMaxOffset.V > 0:
			p.add("Regex min offset", fmt.Sprintf("%d, max_offset = %d", u.RegexMinOffset.V, u.RegexMaxOffset.V))
		case u.RegexMinOffset.V > 0:
			p.add("Regex min offset", u.RegexMinOffset.V)
		}
	}
}

func (p *printer) addStatus(r config.StatusRange) {
	if r.Low == r.High {
		p.add("HTTP Status Code(s)", r.Low)
		return
	}
	p.add("HTTP Status Code(s)", fmt.Sprintf("%d-%d", r.Low, r.High))
}
