package keepalived

import (
	"math"
	"net/netip"
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// routerRows are the blocks of the top level about virtual routers.
func routerRows() []row[config.Config] {
	rows := staticRows()
	rows = append(rows, trackerRows()...)
	rows = append(rows, instanceRow(), syncGroupRow())
	return part(config.VirtualRouters, rows...)
}

// addRouterHomes notes where the keywords of these blocks belong.
func addRouterHomes(homes map[string]string) {
	addHomes(homes, "into", syncGroupTable())
	addHomes(homes, "into", garpGroupTable())
	addHomes(homes, "into", bfdTable())
	addHomes(homes, "into", trackProcessTable())
	addHomes(homes, "into", trackFileTable())
	addHomes(homes, "into", scriptTable())
	addHomes(homes, "into", authenticationTable())
	addHomes(homes, "into", instanceTable())
}

// instanceRow is vrrp_instance.
func instanceRow() row[config.Config] {
	w := blockRow("vrrp_instance", instanceTable,
		func(*reader, *statement, *config.Config) *config.VirtualRouter { return nil },
		func(c *config.Config, write func(*config.VirtualRouter, config.Position, ...string)) {
			for i := range c.VirtualRouters {
				v := &c.VirtualRouters[i]
				write(v, v.Where, quoteText(v.Name.V))
			}
		})
	w.read = readInstance
	return w
}

// readInstance reads an instance. One without a name, or with more than one
// word for it, is none to keepalived.
func readInstance(r *reader, s *statement, c *config.Config) {
	if !r.oneName(s) {
		return
	}
	c.VirtualRouters = append(c.VirtualRouters, config.VirtualRouter{Name: written(s.words[1].text, s), Where: s.at()})
	v := &c.VirtualRouters[len(c.VirtualRouters)-1]
	readBlock(r, instanceTable(), s.block, v)
	r.finishVMAC(v)
}

// instanceTable is vrrp_instance.
var instanceTable = sync.OnceValue(func() table[config.VirtualRouter] {
	return newTable("vrrp_instance",
		electionRows(), addressRows(), unicastRows(), trackingRows(func(v *config.VirtualRouter) *config.Tracking { return &v.Track }),
		instanceTrackRows(), instanceNotifyRows(), vmacRows(),
		announcementRows("", func(v *config.VirtualRouter) *config.Announcements { return &v.Announce }),
		behaviourRows("", func(v *config.VirtualRouter) *config.VRRPBehaviour { return &v.Protocol }),
		instanceRows(),
		unused[config.VirtualRouter]("", "linkbeat_use_polling debug"),
	)
})

// instanceRows are the rest of an instance.
func instanceRows() []row[config.VirtualRouter] {
	return append(lax(
		numberRow("kernel_rx_buf_size", 0, math.MaxUint32, exact, asKeepalived, func(v *config.VirtualRouter) *config.Value[uint32] { return &v.ReceiveBuffer })),
		authenticationRow(), hmacRow(),
		acceptRow(), only(flagRow("no_accept", false, func(v *config.VirtualRouter) *config.Flag { return &v.Accept })),
		boolRow("strict_mode", func(v *config.VirtualRouter) *config.Flag { return &v.Strict }),
		boolRow("smtp_alert", func(v *config.VirtualRouter) *config.Flag { return &v.Alert }),
		row[config.VirtualRouter]{names: "timer_expired_backup thread_timer_expired", more: true, read: readTimerExpired, write: writeTimerExpired},
		row[config.VirtualRouter]{names: "old_unicast_checksum", more: true, read: readOldChecksum, write: writeOldChecksum},
		flagRow("promote_secondaries", true, func(v *config.VirtualRouter) *config.Flag { return &v.PromoteSecondaries }),
		flagRow("native_ipv6", true, func(v *config.VirtualRouter) *config.Flag { return &v.NativeIPv6 }),
		textRow("lvs_sync_daemon_interface", func(v *config.VirtualRouter) *config.Text { return &v.SyncInterface }),
		row[config.VirtualRouter]{names: "nat_mask", foreign: "both ignore it", hint: "remove it: keepalived dropped it long ago"},
		row[config.VirtualRouter]{names: "lvs_sync_daemon_inteface", foreign: "both ignore it", hint: "old documents have this spelling; connections are not synchronised"},
	)
}

// acceptRow is accept, and writes no_accept too.
func acceptRow() row[config.VirtualRouter] {
	w := flagRow("accept", true, func(v *config.VirtualRouter) *config.Flag { return &v.Accept })
	w.write = func(v *config.VirtualRouter) []Line {
		return flagLine(v.Accept, "accept", "no_accept")
	}
	return w
}

// flagLine is the keyword for yes or the one for no.
func flagLine(v config.Flag, yes, no string) []Line {
	word := no
	if v.V {
		word = yes
	}
	if !v.IsSet() || word == "" {
		return nil
	}
	return []Line{{Words: []string{word}, Where: v.Where}}
}

func readTimerExpired(r *reader, s *statement, v *config.VirtualRouter) {
	if len(s.words) == 1 {
		v.TimerExpiredBackup = config.Write(uint8(0), s.at())
		return
	}
	if n, ok := r.integer(s.words[1], 1, 254, tolerant, asKeepalived); ok {
		v.TimerExpiredBackup = written(uint8(n), s)
	}
}

func writeTimerExpired(v *config.VirtualRouter) []Line {
	p := v.TimerExpiredBackup
	if !p.IsSet() {
		return nil
	}
	words := []string{"timer_expired_backup"}
	if p.V != 0 {
		words = append(words, number8(p.V))
	}
	return []Line{{Words: words, Where: p.Where}}
}

func readOldChecksum(r *reader, s *statement, v *config.VirtualRouter) {
	switch {
	case len(s.words) == 1:
		v.OldUnicastChecksum = config.Write("always", s.at())
	case s.words[1].text == "never":
		v.OldUnicastChecksum = written("never", s)
	default:
		r.warn(s.words[1].at, `the only word is "never"`, "unknown word %s behind %s: %s", quote(s.words[1].text), quote(s.keyword()), asKeepalived)
	}
}

func writeOldChecksum(v *config.VirtualRouter) []Line {
	c := v.OldUnicastChecksum
	if !c.IsSet() {
		return nil
	}
	words := []string{"old_unicast_checksum"}
	if c.V == "never" {
		words = append(words, "never")
	}
	return []Line{{Words: words, Where: c.Where}}
}

// unicastRows are about advertisements that go to single peers.
func unicastRows() []row[config.VirtualRouter] {
	u := func(v *config.VirtualRouter) *config.Unicast { return &v.Unicast }
	peers := listRow("unicast_peer", startsPeer, readPeer, writePeers)
	read := peers.read
	peers.read = func(r *reader, s *statement, v *config.VirtualRouter) {
		read(r, s, v)
		if len(u(v).Peers) == 0 && !u(v).Configured.IsSet() {
			u(v).Configured = config.Write(true, s.at())
		}
	}
	return []row[config.VirtualRouter]{
		peers,
		addrRow("unicast_src_ip", asKeepalived, func(v *config.VirtualRouter) *config.Value[netip.Addr] { return &u(v).Source }),
		numberRow("unicast_ttl", 0, 255, exact, asKeepalived, func(v *config.VirtualRouter) *config.Value[uint8] { return &u(v).TTL }),
		flagRow("unicast_fault_no_peer", true, func(v *config.VirtualRouter) *config.Flag { return &u(v).FaultNoPeer }),
		flagRow("check_unicast_src", true, func(v *config.VirtualRouter) *config.Flag { return &u(v).CheckSource }),
		addrRow("mcast_src_ip", asKeepalived, func(v *config.VirtualRouter) *config.Value[netip.Addr] { return &v.MulticastSource }),
		groupRow("mcast_dst_ip", netip.Addr.IsMulticast, func(v *config.VirtualRouter) *config.Value[netip.Addr] { return &v.MulticastGroup }),
		flagRow("track_src_ip", true, func(v *config.VirtualRouter) *config.Flag { return &v.TrackSource }),
	}
}

func startsPeer(words []word, i int) bool {
	_, err := netip.ParseAddr(words[i].text)
	return err == nil
}

// readPeer reads one line of unicast_peer.
func readPeer(r *reader, s *statement, v *config.VirtualRouter) {
	a, ok := r.addr(s.words[0], "the peer is left out, as keepalived does")
	if !ok {
		return
	}
	p := config.UnicastPeer{Address: config.Write(a, s.at()), Where: s.at()}
	r.options(s, s.words[1:], map[string]int{"min_ttl": 1, "max_ttl": 1}, func(option, value word) {
		n, ok := r.integer(value, 0, 255, exact, asKeepalived)
		switch {
		case !ok:
		case option.text == "min_ttl":
			p.MinTTL = config.Write(uint8(n), value.at)
		default:
			p.MaxTTL = config.Write(uint8(n), value.at)
		}
	})
	v.Unicast.Peers = append(v.Unicast.Peers, p)
}

func writePeers(v *config.VirtualRouter) (lines []Line) {
	for _, p := range v.Unicast.Peers {
		words := []string{p.Address.V.String()}
		words = appendOption(words, "min_ttl", p.MinTTL, number8)
		words = appendOption(words, "max_ttl", p.MaxTTL, number8)
		lines = append(lines, Line{Words: words, Where: p.Where})
	}
	return lines
}
