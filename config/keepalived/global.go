package keepalived

import (
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// globalTable is global_defs. Nothing of it reaches the model yet, but some
// keywords there change how routers talk.
var globalTable = sync.OnceValue(func() table[config.Config] {
	return newTable("global_defs",
		[]row[config.Config]{
			{names: "vrrp_version", args: 1, read: readGlobalVersion},
			{names: "vrrp_mcast_group4", args: 1, read: readMulticastGroup},
			{names: "vrrp_strict", refuse: "keepalived then leaves authentication out and lets only priority 255 start as master"},

			{names: "vrrp_mcast_group6"},
			{names: "lvs_id", foreign: "both ignore it", hint: `write "router_id"`},
			{names: "lvs_sync_daemon", note: "connections are not synchronised"},
			{names: "lvs_timeouts", note: "the kernel's timeouts stay as they are"},
			{names: "lvs_flush lvs_flush_on_stop lvs_flush_onstop"},
			{names: "vrrp_down_timer_adverts", note: "a backup waits for three advertisements"},
			{names: "vrrp_startup_delay vrrp_delay_after_boot", note: "routers start at once"},
			{names: "smtp_server smtp_connect_timeout smtp_helo_name smtp_alert smtp_alert_vrrp smtp_alert_checker notification_email notification_email_from no_email_faults no_checker_emails", note: "no mail is sent"},
			{names: "startup_script startup_script_timeout shutdown_script shutdown_script_timeout", note: "the script does not run"},
			{names: "notify_fifo notify_fifo_script vrrp_notify_fifo vrrp_notify_fifo_script lvs_notify_fifo lvs_notify_fifo_script", note: "nothing is written to the FIFO"},
		},
		unused[config.Config]("", `router_id enable_script_security script_user set_supplementary_groups use_symlink_paths
		checker_log_all_failures default_interface dynamic_interfaces disable_local_igmp
		vrrp_garp_master_delay vrrp_garp_master_repeat vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat
		vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat vrrp_garp_interval vrrp_gna_interval
		vrrp_min_garp vrrp_garp_extra_if vrrp_vmac_garp_intvl vrrp_lower_prio_no_advert
		vrrp_higher_prio_send_advert vrrp_check_unicast_src vrrp_skip_check_adv_addr
		vrrp_owner_ignore_adverts v3_checksum_as_v2 vrrp_notify_priority_changes log_unknown_vrids
		vmac_prefix vmac_addr_prefix vrrp_iptables vrrp_ipsets nftables nftables_priority
		nftables_counters nftables_ifindex nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark
		max_auto_priority min_auto_priority_delay vrrp_priority checker_priority bfd_priority
		vrrp_no_swap checker_no_swap bfd_no_swap vrrp_rt_priority checker_rt_priority bfd_rt_priority
		vrrp_rlimit_rttime vrrp_rlimit_rtime checker_rlimit_rttime checker_rlimit_rtime
		bfd_rlimit_rttime bfd_rlimit_rtime vrrp_cpu_affinity checker_cpu_affinity bfd_cpu_affinity
		process_names process_name vrrp_process_name checker_process_name lvs_process_name bfd_process_name
		vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force
		vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force
		lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force
		lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force
		process_monitor_rcv_bufs process_monitor_rcv_bufs_force vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier
		rs_init_notifies fifo_write_vrrp_states_on_reload snmp_socket enable_snmp_vrrp enable_snmp_keepalived
		enable_snmp_checker enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_traps
		snmp_vs_stats_update_interval snmp_rs_stats_update_interval enable_dbus dbus_service_name
		dbus_no_interface_name umask random_seed reload_check_config reload_time_file reload_repeat
		reload_file include_check config_save_dir tmp_config_directory data_use_instance
		state_dump_file stats_dump_file json_dump_file json_version iproute_usr_dir iproute_etc_dir`),
	)
})

func readGlobal(r *reader, s *statement, _ *config.Config) {
	readBlock(r, globalTable(), s.block, &r.config)
}

func readGlobalVersion(r *reader, s *statement, _ *config.Config) { readVersion(r, s.words[1]) }

// defaultMulticastGroup is the IPv4 group of VRRP (RFC 2338 section 5.2.2).
const defaultMulticastGroup = "224.0.0.18"

func readMulticastGroup(r *reader, s *statement, _ *config.Config) {
	checkMulticastGroup(r, s)
}

// checkMulticastGroup refuses another group than VRRP's own.
func checkMulticastGroup(r *reader, s *statement) {
	if s.words[1].text != defaultMulticastGroup {
		r.fail(s.at(), notYet, "%s is not supported yet: routers in another multicast group do not hear lvsctl", quote(s.keyword()))
	}
}
