package keepalived_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived/oracle"
)

func (p *printer) static() {
	c := p.config
	if len(c.StaticAddresses)+len(c.StaticRoutes)+len(c.StaticRules) > 0 {
		p.begin(oracle.Static, "")
	}
	for i := range c.StaticAddresses {
		a := &c.StaticAddresses[i]
		p.add("address", address(a, cmp.Or(a.Device.V, c.Global.DefaultInterface.V, "eth0")))
	}
	for i := range c.StaticRoutes {
		p.add("route", route(&c.StaticRoutes[i]))
	}
	for i := range c.StaticRules {
		p.add("rule", rule(&c.StaticRules[i]))
	}
	for _, g := range c.TrackGroups {
		p.begin(oracle.TrackGroup, g.Name.V)
		for _, m := range g.Members {
			p.add("VRRP member instances", m.V)
		}
	}
}

func (p *printer) trackers() {
	for _, s := range p.config.Scripts {
		p.begin(oracle.Script, s.Name.V)
		p.add("Command", command(s.Run.V))
		p.add("Interval", fmt.Sprint(seconds(s.Interval.V), " sec"))
		timeout := int64(0)
		if s.Timeout.IsSet() {
			timeout = seconds(s.Timeout.V)
		}
		p.add("Timeout", fmt.Sprint(timeout, " sec"))
		p.add("Weight", weight(s.Weight, s.Reverse))
		p.add("Rise", s.Rise.V)
		p.add("Fall", s.Fall.V)
		p.add("Script uid:gid", p.ids(s.User, s.Group))
	}
	for _, f := range p.config.TrackFiles {
		p.begin(oracle.TrackFile, f.Name.V)
		p.add("File", f.File.V)
		p.add("Weight", weight(f.Weight, f.Reverse))
	}
	for i := range p.config.TrackProcesses {
		p.trackProcess(&p.config.TrackProcesses[i])
	}
	for i := range p.config.BFD {
		p.bfd(&p.config.BFD[i])
	}
}

func (p *printer) trackProcess(t *config.TrackProcess) {
	p.begin(oracle.TrackProcess, t.Name.V)
	if len(t.Process.V) > 0 {
		p.add("Process", t.Process.V[0])
		p.addIf(len(t.Process.V) > 1, "Parameters", command(t.Process.V[min(1, len(t.Process.V)):]))
	}
	p.addIf(t.ParamMatch.IsSet(), "Param match", t.ParamMatch.V)
	p.add("Min processes", t.Quorum.V)
	p.addIf(t.QuorumMax.IsSet(), "Max processes", t.QuorumMax.V)
	p.add("Weight", weight(t.Weight, t.Reverse))
	p.add("Terminate delay", decimal(t.TerminateDelay.V)+"s")
	p.add("Fork delay", decimal(t.ForkDelay.V)+"s")
	p.add("Full command", word(t.FullCommand, "true", "false"))
}

func (p *printer) bfd(b *config.BFD) {
	toVRRP, toChecker := b.VRRP.V || !b.Checker.V, b.Checker.V || !b.VRRP.V
	if toVRRP {
		p.begin(oracle.TrackBFD, b.Name.V)
		p.add("Weight", weight(b.Weight, b.Reverse))
	}
	if !b.Neighbor.IsSet() {
		return
	}
	p.begin(oracle.BFDInstance, b.Name.V)
	p.add("Neighbor IP", b.Neighbor.V)
	p.addIf(b.Source.IsSet(), "Source IP", b.Source.V)
	p.add("Required min RX interval", microseconds(b.MinRx.V))
	p.add("Desired min TX interval", microseconds(b.MinTx.V))
	p.add("Desired idle TX interval", microseconds(b.IdleTx.V))
	p.add("Detection multiplier", b.Multiplier.V)
	p.add(map[bool]string{true: "hoplimit", false: "TTL"}[b.Neighbor.V.Is6()], b.TTL.V)
	p.add("max_hops", b.MaxHops.V)
	p.add("passive", word(b.Passive, "true", "false"))
	p.add("send event to VRRP process", map[bool]string{true: "Yes", false: "No"}[toVRRP])
	p.add("send event to checker process", map[bool]string{true: "Yes", false: "No"}[toChecker])
}

func (p *printer) syncGroup(g *config.SyncGroup) {
	p.begin(oracle.SyncGroup, g.Name.V)
	for _, m := range g.Members {
		p.add("VRRP member instances", m.V)
	}
	p.addIf(g.TrackingWeight.V, "sync group tracking weight", "set")
	p.add("Using smtp notification", word(g.Alert, "yes", "no"))
	p.addIf(g.Notify.PriorityChanges.IsSet(), "Notify priority changes", word(g.Notify.PriorityChanges, "yes", "no"))
	p.tracked(&g.Track, "Tracked process")
	p.notifications(&g.Notify)
}

func (p *printer) instance(v *config.VirtualRouter) {
	p.begin(oracle.Instance, v.Name.V)
	is6 := isIPv6(v)
	p.add("VRRP Version", v.Version.V)
	for _, g := range p.config.SyncGroups {
		for _, m := range g.Members {
			p.addIf(m.V == v.Name.V, "Sync group", g.Name.V)
		}
	}
	p.addIf(is6, "Using Native IPv6", "")
	p.add("Wantstate", v.State.V)
	p.links(v)
	p.addIf(v.Track.Primary.IsKnown() && !v.Track.Primary.V, "VRRP interface tracking", "disabled")
	p.addIf(v.Protocol.SkipCheckAddresses.V, "Skip checking advert IP addresses", "")
	p.addIf(v.Strict.V, "Enforcing strict VRRP compliance", "")
	p.endpoints(v, is6)
	p.announcements(&v.Announce)
	p.add("Down timer adverts", v.Protocol.DownTimerAdverts.V)
	p.add("Send advert after receive lower priority advert", word(v.Protocol.LowerPrioNoAdvert, "false", "true"))
	p.add("Send advert after receive higher priority advert", word(v.Protocol.HigherPrioSendAdvert, "true", "false"))
	p.add("Virtual Router ID", v.ID.V)
	p.add("Priority", v.Priority.V)
	if v.Version.V == 3 {
		p.add("Advert interval", fmt.Sprint(v.AdvertInterval.V.Milliseconds(), " milli-sec"))
	} else {
		p.add("Advert interval", fmt.Sprint(seconds(v.AdvertInterval.V), " sec"))
	}
	p.add("Accept", word(v.Accept, "enabled", "disabled"))
	p.add("Preempt", word(v.Preempt, "enabled", "disabled"))
	p.addIf(v.PreemptDelay.V > 0, "Preempt delay", fmt.Sprintf("%g secs", v.PreemptDelay.V.Seconds()))
	p.add("Promote_secondaries", word(v.PromoteSecondaries, "enabled", "disabled"))
	p.authentication(v)
	p.addIf(v.ReceiveBuffer.IsSet(), "Kernel rx buffer size", v.ReceiveBuffer.V)
	p.addresses(v)
	p.tracked(&v.Track, "Tracked processes")
	p.add("Using smtp notification", word(v.Alert, "yes", "no"))
	p.add("Notify deleted", map[bool]string{true: "Deleted", false: "Fault"}[v.Notify.Deleted != nil])
	p.notifications(&v.Notify)
	p.add("Notify priority changes", word(v.Notify.PriorityChanges, "true", "false"))
}

func isIPv6(v *config.VirtualRouter) bool {
	for _, list := range [][]config.VirtualAddress{v.Addresses, v.ExcludedAddresses} {
		if len(list) > 0 {
			return list[0].Prefix.V.Addr().Is6()
		}
	}
	return v.NativeIPv6.V
}

// links are the interface of a router, and the one it makes for itself.
func (p *printer) links(v *config.VirtualRouter) {
	switch {
	case v.VMAC != nil:
		p.add("Use VMAC", fmt.Sprintf("%s, xmit_base = %s", ownLink(v), word(v.VMAC.XmitBase, "true", "false")))
		p.add("Interface", fmt.Sprintf("%s, vmac on %s%s", ownLink(v), v.Interface.V, word(v.VMAC.XmitBase, ", xmit base i/f", "")))
		p.addIf(v.VMAC.MAC.IsSet(), "MAC", v.VMAC.MAC.V)
		p.addIf(v.VMAC.Addresses.V, "Use VMAC for VIPs on other interfaces", "")
	case v.IPVLAN != nil:
		p.add("Use IPVLAN", fmt.Sprintf("%s, type %s", ownLink(v), cmp.Or(v.IPVLAN.Mode.V, "bridge")))
		p.add("Interface", fmt.Sprintf("%s, ipvlan on %s", ownLink(v), v.Interface.V))
	default:
		p.add("Interface", v.Interface.V)
	}
	p.addIf(v.VRF.IsSet(), "VRF", v.VRF.V)
}

// ownLink names the interface that a router makes for itself.
func ownLink(v *config.VirtualRouter) string {
	name := ""
	if v.VMAC != nil {
		name = v.VMAC.Name.V
	} else if v.IPVLAN != nil {
		name = v.IPVLAN.Name.V
	}
	return cmp.Or(name, fmt.Sprintf("vrrp.%d", v.ID.V))
}

// endpoints are from where and to where advertisements go.
func (p *printer) endpoints(v *config.VirtualRouter, is6 bool) {
	source := v.Unicast.Source
	if !source.IsSet() {
		source = v.MulticastSource
	}
	p.addIf(source.IsSet(), "Using src_ip", source.V.String()+" (from configuration)")
	if len(v.Unicast.Peers) == 0 {
		group := v.MulticastGroup.V
		if !group.IsValid() && is6 {
			group = p.config.Global.VRRP.MulticastGroup6.V
		} else if !group.IsValid() {
			group = p.config.Global.VRRP.MulticastGroup4.V
		}
		p.add("Multicast address", group)
		return
	}
	p.add("Flags", "Using unicast")
	p.addIf(v.Unicast.FaultNoPeer.V, "Flags", "If unicast go to fault state if no peers")
	p.addIf(v.Unicast.TTL.IsSet() || !is6, "Unicast TTL", cmp.Or(v.Unicast.TTL.V, 255))
	p.add("Check unicast src", word(v.Unicast.CheckSource, "yes", "no"))
	for _, peer := range v.Unicast.Peers {
		most := uint8(255)
		if peer.MaxTTL.IsSet() {
			most = peer.MaxTTL.V
		}
		p.add("Unicast Peer", fmt.Sprintf("%s min_ttl %d max_ttl %d", peer.Address.V, peer.MinTTL.V, most))
	}
	p.add("Unicast checksum compatibility", cmp.Or(map[string]string{"never": "never", "always": "config"}[v.OldUnicastChecksum.V], "no"))
}

func (p *printer) announcements(a *config.Announcements) {
	p.add("Gratuitous ARP delay", seconds(a.MasterDelay.V))
	p.add("Gratuitous ARP repeat", a.MasterRepeat.V)
	p.add("Gratuitous ARP refresh", seconds(a.MasterRefresh.V))
	p.add("Gratuitous ARP refresh repeat", a.MasterRefreshRepeat.V)
	p.add("Gratuitous ARP lower priority delay", seconds(a.LowerPrioDelay.V))
	p.add("Gratuitous ARP lower priority repeat", a.LowerPrioRepeat.V)
}

func (p *printer) authentication(v *config.VirtualRouter) {
	switch {
	case v.Version.V != 2:
	case v.Authentication == nil || v.Authentication.Type.V == config.AuthNone:
		p.add("Authentication type", "none")
	case v.Authentication.Type.V == config.AuthAH:
		p.add("Authentication type", "IPSEC_AH")
	default:
		p.add("Authentication type", "SIMPLE_PASSWORD")
		p.add("Password", string(v.Authentication.Password.V[:min(8, len(v.Authentication.Password.V))]))
	}
}

func (p *printer) addresses(v *config.VirtualRouter) {
	for i := range v.Addresses {
		p.add("Virtual IP", address(&v.Addresses[i], deviceOf(v, &v.Addresses[i])))
	}
	for i := range v.ExcludedAddresses {
		p.add("Virtual IP Excluded", address(&v.ExcludedAddresses[i], deviceOf(v, &v.ExcludedAddresses[i])))
	}
	for i := range v.Routes {
		p.add("Virtual Routes", route(&v.Routes[i]))
	}
	for i := range v.Rules {
		p.add("Virtual Rules", rule(&v.Rules[i]))
	}
}

// deviceOf is where an address goes: with a VMAC on that, if it names no other.
func deviceOf(v *config.VirtualRouter, a *config.VirtualAddress) string {
	device := cmp.Or(a.Device.V, v.Interface.V)
	if v.VMAC == nil && v.IPVLAN == nil && !a.UseVMAC.V || device != v.Interface.V && !a.UseVMAC.V && (v.VMAC == nil || !v.VMAC.Addresses.V) {
		return device
	}
	return ownLink(v) + "@" + device
}

// multicast leaves out the number of an interface.
func multicast(value string) string {
	group, _, _ := strings.Cut(value, ",")
	if a, err := netip.ParseAddr(group); err == nil {
		return a.String()
	}
	return value
}
