package keepalived

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// globalRows are global_defs and the single keywords of the top level.
func globalRows() []row[config.Config] {
	rows := lax(onceRow("net_namespace", func(c *config.Config) *config.Text { return &c.Global.Namespace }))
	rows = append(rows,
		ipvsNamespaceRow(),
		blockRow("global_defs", globalTable, openGlobal, eachGlobal),
	)
	return append(rows, unused[config.Config]("", `linkbeat_use_polling linkbeat_interfaces
		interface_up_down_delays instance use_pid_dir namespace_with_ipsets child_wait_time`)...)
}

func openGlobal(r *reader, s *statement, c *config.Config) *config.Global {
	if len(s.words) > 1 {
		r.extraWords(s, s.words[1:])
	}
	if len(c.VirtualRouters) > 0 {
		r.lateDefaults(s.block)
	}
	return &c.Global
}

// lateDefaults tells of defaults that stand below an instance. keepalived takes
// these over when it comes to the instance.
func (r *reader) lateDefaults(b *block) {
	for i := range b.statements {
		switch s := &b.statements[i]; s.keyword() {
		case "vrrp_garp_master_delay", "vrrp_garp_master_repeat", "vrrp_garp_master_refresh", "vrrp_garp_master_refresh_repeat",
			"vrrp_min_garp", "vrrp_down_timer_adverts", "vrrp_skip_check_adv_addr":
			r.warn(s.at(), "put global_defs before the instances: then both programs read the same",
				"%s stands below a vrrp_instance: keepalived does not apply it to those above, lvsctl does", quote(s.keyword()))
		}
	}
}

func eachGlobal(c *config.Config, write func(*config.Global, config.Position, ...string)) {
	if lines := writeBlock(globalTable(), &c.Global); len(lines) > 0 {
		write(&c.Global, lines[0].Where)
	}
}

// onceRow is a keyword with one word that counts the first time.
func onceRow[T any](name string, field func(*T) *config.Text) row[T] {
	w := textRow(name, field)
	read := w.read
	w.read = func(r *reader, s *statement, to *T) {
		if v := field(to); v.IsSet() {
			r.warn(s.at(), "", "%s is there a second time: %s; the first is in line %d", quote(s.keyword()), asKeepalived, v.Where.Line)
			return
		}
		read(r, s, to)
	}
	return w
}

// ipvsNamespaceRow is net_namespace_ipvs: without a name it means the default namespace.
func ipvsNamespaceRow() row[config.Config] {
	w := onceRow("net_namespace_ipvs", func(c *config.Config) *config.Text { return &c.Global.IPVSNamespace })
	named := w.read
	w.args, w.more = 0, true
	w.read = func(r *reader, s *statement, c *config.Config) {
		switch {
		case len(s.words) > 1:
			named(r, s, c)
			if len(s.words) > 2 {
				r.extraWords(s, s.words[2:])
			}
		case c.Global.IPVSNamespace.IsSet():
			r.warn(s.at(), "", "%s is there a second time: %s; the first is in line %d", quote(s.keyword()), asKeepalived, c.Global.IPVSNamespace.Where.Line)
		default:
			c.Global.IPVSNamespace = config.Write("", s.at())
		}
	}
	return w
}

// globalTable is global_defs.
var globalTable = sync.OnceValue(func() table[config.Global] {
	return newTable("global_defs",
		hostRows(), mailRows(), scriptSettingRows(), fifoRows(),
		vrrpSettingRows(), ipvsSettingRows(), unusedGlobalRows(),
	)
})

func hostRows() []row[config.Global] {
	return append(lax(
		textRow("router_id", func(g *config.Global) *config.Text { return &g.RouterID }),
		textRow("default_interface", func(g *config.Global) *config.Text { return &g.DefaultInterface })),
		row[config.Global]{names: "lvs_id", foreign: "both ignore it", hint: `write "router_id"`},
		flagWordRow("dynamic_interfaces", "allow_if_changes", func(g *config.Global) *config.Flag { return &g.DynamicInterfaces }),
	)
}

// flagWordRow is a keyword that stands alone, or with one known word.
func flagWordRow[T any](name, word string, field func(*T) *config.Flag) row[T] {
	w := flagRow(name, true, field)
	flag := w.read
	w.more = true
	w.read = func(r *reader, s *statement, to *T) {
		flag(r, s, to)
		if len(s.words) > 1 && (len(s.words) > 2 || s.words[1].text != word) {
			r.extraWords(s, s.words[1:])
		}
	}
	return w
}

func vrrpSettingRows() []row[config.Global] {
	v := func(g *config.Global) *config.VRRPSettings { return &g.VRRP }
	rows := []row[config.Global]{
		numberRow("vrrp_version", 2, 3, tolerant, asKeepalived, func(g *config.Global) *config.Value[uint8] { return &v(g).Version }),
		groupRow("vrrp_mcast_group4", netip.Addr.Is4, func(g *config.Global) *config.Value[netip.Addr] { return &v(g).MulticastGroup4 }),
		groupRow("vrrp_mcast_group6", netip.Addr.Is6, func(g *config.Global) *config.Value[netip.Addr] { return &v(g).MulticastGroup6 }),
		flagRow("vrrp_strict", true, func(g *config.Global) *config.Flag { return &v(g).Strict }),
		boolRow("vrrp_min_garp", func(g *config.Global) *config.Flag { return &v(g).MinGARP }),
		spanRow("vrrp_garp_interval", time.Microsecond, maxTimer, asKeepalived, func(g *config.Global) *config.Span { return &v(g).GARPInterval }),
		spanRow("vrrp_gna_interval", time.Microsecond, maxTimer, asKeepalived, func(g *config.Global) *config.Span { return &v(g).GNAInterval }),
		spanRow("vrrp_startup_delay", time.Millisecond, maxTimer, asKeepalived, func(g *config.Global) *config.Span { return &v(g).StartupDelay }),
		spanRow("vrrp_delay_after_boot", 0, maxTimer, asKeepalived, func(g *config.Global) *config.Span { return &v(g).DelayAfterBoot }),
		flagRow("vrrp_check_unicast_src", true, func(g *config.Global) *config.Flag { return &v(g).CheckUnicastSrc }),
		boolRow("vrrp_notify_priority_changes", func(g *config.Global) *config.Flag { return &v(g).PriorityChanges }),
		flagRow("log_unknown_vrids", true, func(g *config.Global) *config.Flag { return &v(g).LogUnknownIDs }),
		textRow("vmac_prefix", func(g *config.Global) *config.Text { return &v(g).VMACPrefix }),
	}
	rows = append(rows, announcementRows("vrrp_", func(g *config.Global) *config.Announcements { return &v(g).Announce })...)
	rows = append(rows, behaviourRows("vrrp_", func(g *config.Global) *config.VRRPBehaviour { return &v(g).Protocol })...)
	return append(rows, processRows("vrrp", func(g *config.Global) *config.Process { return &v(g).Process })...)
}

// groupRow is a keyword with a multicast group of one family.
func groupRow[T any](name string, family func(netip.Addr) bool, field func(*T) *config.Value[netip.Addr]) row[T] {
	w := addrRow(name, asKeepalived, field)
	w.read = func(r *reader, s *statement, to *T) {
		a, ok := r.addr(s.words[1], asKeepalived)
		switch {
		case !ok:
		case !family(a) || !a.IsMulticast():
			r.warn(s.words[1].at, "", "%s is no multicast group of this family: %s", quote(s.words[1].text), asKeepalived)
		default:
			*field(to) = written(a, s)
		}
	}
	return w
}

// processRows are how the daemon of one part runs.
func processRows(part string, process func(*config.Global) *config.Process) []row[config.Global] {
	return append(lax(
		numberRow(part+"_priority", -20, 19, tolerant, asKeepalived, func(g *config.Global) *config.Value[int8] { return &process(g).Nice }),
		flagRow(part+"_no_swap", true, func(g *config.Global) *config.Flag { return &process(g).NoSwap }),
		realtimeRow(part+"_rt_priority", func(g *config.Global) *config.Value[uint8] { return &process(g).RealtimePriority }),
		wordsRow(part+"_cpu_affinity", func(g *config.Global) *config.Value[[]string] { return &process(g).CPUs })),
		numberRow(part+"_rlimit_rttime "+part+"_rlimit_rtime", 1, math.MaxUint32, tolerant, asKeepalived,
			func(g *config.Global) *config.Value[uint32] { return &process(g).RealtimeLimit }),
	)
}

// realtimeRow is a keyword with a priority of SCHED_RR: the nearest that there is.
func realtimeRow[T any](name string, field func(*T) *config.Value[uint8]) row[T] {
	w := numberRow(name, 1, 99, tolerant, asKeepalived, field)
	w.read = func(r *reader, s *statement, to *T) {
		n, ok := r.integer(s.words[1], math.MinInt32, math.MaxInt32, tolerant, asKeepalived)
		if !ok {
			return
		}
		near := max(1, min(99, n))
		*field(to) = written(uint8(near), s)
		if near != n {
			r.warn(s.words[1].at, "", "%d is no priority from 1 to 99: taken as %d, as keepalived does", n, near)
			field(to).Adjust(uint8(near))
		}
	}
	return w
}

// wordsRow is a keyword with any number of words.
func wordsRow[T any](name string, field func(*T) *config.Value[[]string]) row[T] {
	return row[T]{
		names: name, args: 1, more: true,
		read: func(_ *reader, s *statement, to *T) {
			var texts []string
			for _, w := range s.words[1:] {
				texts = append(texts, w.text)
			}
			*field(to) = written(texts, s)
		},
		write: func(from *T) []Line {
			v := *field(from)
			if !v.IsSet() {
				return nil
			}
			words := []string{first(name)}
			for _, w := range v.V {
				words = append(words, quoteText(w))
			}
			return []Line{{Words: words, Where: v.Where}}
		},
	}
}

func unusedGlobalRows() []row[config.Global] {
	return unused[config.Global]("", `set_supplementary_groups use_symlink_paths disable_local_igmp
		vmac_addr_prefix vrrp_iptables vrrp_ipsets nftables nftables_priority
		nftables_counters nftables_ifindex nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark
		max_auto_priority min_auto_priority_delay bfd_priority bfd_no_swap bfd_rt_priority
		bfd_rlimit_rttime bfd_rlimit_rtime bfd_cpu_affinity
		process_names process_name vrrp_process_name checker_process_name lvs_process_name bfd_process_name
		vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force
		vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force
		lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force
		lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force
		process_monitor_rcv_bufs process_monitor_rcv_bufs_force vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier
		snmp_socket enable_snmp_vrrp enable_snmp_keepalived
		enable_snmp_checker enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_traps
		snmp_vs_stats_update_interval snmp_rs_stats_update_interval enable_dbus dbus_service_name
		dbus_no_interface_name umask random_seed reload_check_config reload_time_file reload_repeat
		reload_file include_check config_save_dir tmp_config_directory data_use_instance
		state_dump_file stats_dump_file json_dump_file json_version iproute_usr_dir iproute_etc_dir`)
}
