package keepalived_test

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived/oracle"
)

// global writes what holds for the whole host.
func (p *printer) global() {
	g := &p.config.Global
	p.begin(oracle.Global, "")
	name := g.RouterID.V
	if !g.RouterID.IsSet() {
		name, _ = os.Hostname()
	}
	p.add("Router ID", name)
	p.add("Dynamic interfaces", word(g.DynamicInterfaces, "true", "false"))
	p.add("Default interface", map[bool]string{true: "eth0", false: g.DefaultInterface.V}[g.DefaultInterface.V == ""])
	p.mail(&g.Mail)
	p.scripts(&g.Scripts)
	p.fifos(&g.FIFO)
	p.vrrp(&g.VRRP)
	p.ipvs(&g.IPVS)
}

func (p *printer) mail(m *config.Mail) {
	if m.Server.IsSet() {
		host, port, err := net.SplitHostPort(m.Server.V)
		if err != nil {
			host, port = strings.Trim(m.Server.V, "[]"), "25"
		}
		p.add("Smtp server", host)
		p.add("Smtp server port", port)
		helo := m.Helo.V
		if !m.Helo.IsSet() {
			helo, _ = os.Hostname()
		}
		p.add("Smtp HELO name", helo)
	} else {
		p.addIf(m.Helo.IsSet(), "Smtp HELO name", m.Helo.V)
	}
	p.addIf(m.Server.IsSet() || m.ConnectTimeout.IsSet(), "Smtp server connection timeout", seconds(m.ConnectTimeout.V))
	if m.From.IsSet() || m.Server.IsSet() {
		host, _ := os.Hostname()
		p.add("Email notification from", cmp.Or(m.From.V, "root@"+host))
		for _, to := range m.To {
			p.add("Email notification to", to.V)
		}
	}
	p.add("Default smtp_alert", unsetOr(m.Alert))
	p.add("Default smtp_alert_vrrp", unsetOr(m.AlertVRRP))
	p.add("Default smtp_alert_checker", unsetOr(m.AlertChecker))
	p.addIf(m.NoFaults.V, "Send emails for fault transitions", "off")
	p.add("no_checker_emails", word(m.NoCheckers, "1", "0"))
}

func unsetOr(f config.Flag) string {
	if !f.IsSet() {
		return "unset"
	}
	return word(f, "on", "off")
}

func (p *printer) scripts(s *config.ScriptSettings) {
	p.add("Script security", word(s.Security, "enabled", "disabled"))
	p.add("Default script uid:gid", p.ids(s.User, s.Group))
}

func (p *printer) fifos(f *config.FIFOs) {
	for _, one := range []struct {
		key string
		of  *config.FIFO
	}{
		{"Global notify fifo", f.All},
		{"VRRP notify fifo", f.VRRP},
		{"LVS notify fifo", f.IPVS},
	} {
		if one.of == nil {
			continue
		}
		p.add(one.key, one.of.Path.V+", uid:gid "+p.ids(one.of.User, one.of.Group))
		if s := one.of.Script; s != nil {
			withPath := append(s.Run.V[:len(s.Run.V):len(s.Run.V)], one.of.Path.V)
			p.add(one.key+" script", command(withPath)+", uid:gid "+p.ids(s.User, s.Group))
		}
	}
	p.add("FIFO write vrrp states on reload", word(f.StatesOnReload, "true", "false"))
	p.add("rs_init_notifies", word(f.InitialReals, "1", "0"))
}

func (p *printer) vrrp(v *config.VRRPSettings) {
	p.add("VRRP default protocol version", v.Version.V)
	p.add("VRRP IPv4 mcast group", v.MulticastGroup4.V)
	p.add("VRRP IPv6 mcast group", v.MulticastGroup6.V)
	p.add("VRRP strict mode", word(v.Strict, "true", "false"))
	a := &v.Announce
	p.add("Gratuitous ARP delay", seconds(a.MasterDelay.V))
	p.add("Gratuitous ARP repeat", a.MasterRepeat.V)
	p.add("Gratuitous ARP refresh timer", seconds(a.MasterRefresh.V))
	p.add("Gratuitous ARP refresh repeat", a.MasterRefreshRepeat.V)
	p.add("Gratuitous ARP lower priority delay", seconds(a.LowerPrioDelay.V))
	p.add("Gratuitous ARP lower priority repeat", a.LowerPrioRepeat.V)
	p.add("Gratuitous ARP for each secondary "+word(a.ExtraAll, "i/f", "VMAC"), fmt.Sprint(seconds(a.ExtraInterval.V), "s"))
	p.add("Gratuitous ARP interval", decimal(v.GARPInterval.V))
	p.add("Gratuitous NA interval", decimal(v.GNAInterval.V))
	p.add("Num adverts before down", v.Protocol.DownTimerAdverts.V)
	p.add("Send advert after receive lower priority advert", word(v.Protocol.LowerPrioNoAdvert, "false", "true"))
	p.add("Send advert after receive higher priority advert", word(v.Protocol.HigherPrioSendAdvert, "true", "false"))
	p.add("VRRP skip check advert addresses", word(v.Protocol.SkipCheckAddresses, "true", "false"))
	p.add("VRRP check unicast_src", word(v.CheckUnicastSrc, "true", "false"))
	p.add("VRRP notify priority changes", word(v.PriorityChanges, "true", "false"))
	p.addIf(v.StartupDelay.V > 0, "vrrp_startup_delay", fmt.Sprintf("%g", v.StartupDelay.V.Seconds()))
	p.addIf(v.LogUnknownIDs.V, "log_unknown_vrids", "")
	p.addIf(v.VMACPrefix.IsSet(), "VMAC prefix", v.VMACPrefix.V)
	p.process("VRRP", &v.Process)
}

func (p *printer) process(name string, s *config.Process) {
	p.add(name+" process priority", s.Nice.V)
	p.add(name+" don't swap", word(s.NoSwap, "true", "false"))
	p.add(name+" realtime priority", s.RealtimePriority.V)
	limit := uint32(10000)
	if s.RealtimeLimit.IsSet() {
		limit = s.RealtimeLimit.V
	}
	p.add(name+" realtime limit", limit)
}

// syncID is that of the router if none is written.
func (p *printer) syncID(d *config.SyncDaemon) uint8 {
	for _, v := range p.config.VirtualRouters {
		if !d.ID.IsSet() && v.Name.V == d.Router.V {
			return v.ID.V
		}
	}
	return d.ID.V
}

func (p *printer) ipvs(s *config.IPVSSettings) {
	if d := s.SyncDaemon; d != nil {
		p.addIf(d.Router.IsSet(), "LVS syncd vrrp instance", d.Router.V)
		p.add("LVS syncd interface", d.Interface.V)
		p.add("LVS syncd syncid", p.syncID(d))
		p.addIf(d.MaxLength.IsSet(), "LVS syncd maxlen", d.MaxLength.V)
		p.addIf(d.Group.IsSet(), "LVS mcast group", d.Group.V)
		p.addIf(d.Port.IsSet(), "LVS syncd mcast port", d.Port.V)
		p.addIf(d.TTL.IsSet(), "LVS syncd mcast ttl", d.TTL.V)
	}
	if t := s.Timeouts; t != nil {
		// keepalived prints the timeout of UDP with the same words.
		p.addIf(t.TCP.IsSet(), "LVS TCP timeout", seconds(t.TCP.V))
		p.addIf(t.TCPFin.IsSet(), "LVS TCP FIN timeout", seconds(t.TCPFin.V))
		p.addIf(t.UDP.IsSet(), "LVS TCP timeout", seconds(t.UDP.V))
	}
	p.add("LVS flush", word(s.Flush, "true", "false"))
	switch {
	case s.FlushOnStop.V:
		p.add("LVS flush on stop", "full")
	case s.FlushOnStopOwn.V:
		p.add("LVS flush on stop", "VS")
	default:
		p.add("LVS flush on stop", "disabled")
	}
	p.add("Checkers log all failures", word(s.LogAllFailures, "true", "false"))
	p.process("Checker", &s.Process)
}
