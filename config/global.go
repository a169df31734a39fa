package config

import "net/netip"

// Global is what holds for the whole host (global_defs, and single keywords of the top level).
type Global struct {
	RouterID          Text `yaml:"router_id" keepalived:"router_id" doc:"name of this host in mails" default:"host name" idle:""`
	DefaultInterface  Text `yaml:"default_interface" keepalived:"default_interface" doc:"interface of addresses that name none" default:"eth0" idle:""`
	DynamicInterfaces Flag `yaml:"dynamic_interfaces" keepalived:"dynamic_interfaces" doc:"interfaces may come later" idle:""`
	Namespace         Text `yaml:"network_namespace" keepalived:"net_namespace" doc:"network namespace to run in" gap:""`
	IPVSNamespace     Text `yaml:"ipvs_namespace" keepalived:"net_namespace_ipvs" doc:"network namespace of the virtual server table" gap:""`

	Mail    Mail           `yaml:"mail" doc:"where mails go"`
	Scripts ScriptSettings `yaml:"script_settings" doc:"who runs scripts, and which"`
	FIFO    FIFOs          `yaml:"fifo" doc:"named pipes that get a line for each change"`
	VRRP    VRRPSettings   `yaml:"vrrp" doc:"defaults of virtual routers"`
	IPVS    IPVSSettings   `yaml:"ipvs" doc:"the virtual server table and its checks"`
}

// Mail is how mails are sent.
type Mail struct {
	Server         Text   `yaml:"server" keepalived:"smtp_server" doc:"mail relay, host or host:port" idle:"no mail is sent"`
	ConnectTimeout Span   `yaml:"connect_timeout" keepalived:"smtp_connect_timeout" doc:"time for connecting to the relay" default:"30s" idle:"no mail is sent"`
	Helo           Text   `yaml:"helo" keepalived:"smtp_helo_name" doc:"name to greet the relay with" default:"host name" idle:"no mail is sent"`
	From           Text   `yaml:"from" keepalived:"notification_email_from" doc:"sender" idle:"no mail is sent"`
	To             []Text `yaml:"to" keepalived:"notification_email" doc:"recipients" idle:"no mail is sent"`
	Alert          Flag   `yaml:"alert" keepalived:"smtp_alert" doc:"default of every alert" idle:"no mail is sent"`
	AlertVRRP      Flag   `yaml:"alert_vrrp" keepalived:"smtp_alert_vrrp" doc:"default of the alerts of virtual routers" idle:"no mail is sent"`
	AlertChecker   Flag   `yaml:"alert_checker" keepalived:"smtp_alert_checker" doc:"default of the alerts of virtual and real servers" idle:"no mail is sent"`
	NoFaults       Flag   `yaml:"no_faults" keepalived:"no_email_faults" doc:"no mail when a router fails" idle:"no mail is sent"`
	NoCheckers     Flag   `yaml:"no_checkers" keepalived:"no_checker_emails" doc:"mail only when a real server comes or goes, not for each check" idle:"no mail is sent"`
}

// ScriptSettings hold for every script.
type ScriptSettings struct {
	User            Text     `yaml:"user" keepalived:"script_user" doc:"who runs scripts" default:"keepalived_script, else root" idle:""`
	Group           Text     `yaml:"group" doc:"group that runs scripts" default:"that of the user" idle:""`
	Security        Flag     `yaml:"security" keepalived:"enable_script_security" doc:"root runs no script that others can write" idle:""`
	Startup         *Command `yaml:"startup" keepalived:"startup_script" doc:"runs once before all else" idle:"the script does not run"`
	StartupTimeout  Span     `yaml:"startup_timeout" keepalived:"startup_script_timeout" doc:"time that it may take" default:"10s" idle:"the script does not run"`
	Shutdown        *Command `yaml:"shutdown" keepalived:"shutdown_script" doc:"runs once at the end" idle:"the script does not run"`
	ShutdownTimeout Span     `yaml:"shutdown_timeout" keepalived:"shutdown_script_timeout" doc:"time that it may take" default:"10s" idle:"the script does not run"`
}

// FIFOs are named pipes, and programs that read them.
type FIFOs struct {
	All            *FIFO `yaml:"all" keepalived:"notify_fifo" doc:"all changes" idle:"nothing is written to the FIFO"`
	VRRP           *FIFO `yaml:"vrrp" keepalived:"vrrp_notify_fifo" doc:"changes of virtual routers" idle:"nothing is written to the FIFO"`
	IPVS           *FIFO `yaml:"ipvs" keepalived:"lvs_notify_fifo" doc:"changes of virtual and real servers" idle:"nothing is written to the FIFO"`
	StatesOnReload Flag  `yaml:"states_on_reload" keepalived:"fifo_write_vrrp_states_on_reload" doc:"a reload writes the states again" idle:"nothing is written to the FIFO"`
	InitialReals   Flag  `yaml:"initial_real_servers" keepalived:"rs_init_notifies" doc:"notify for real servers that start up too" idle:""`
}

// FIFO is one named pipe.
type FIFO struct {
	Path   Text     `yaml:"path" doc:"the pipe"`
	User   Text     `yaml:"user" doc:"its owner"`
	Group  Text     `yaml:"group" doc:"its group"`
	Script *Command `yaml:"script" doc:"program that reads it; it gets the path as last argument"`
	Where  Position `yaml:"-"`
}

// VRRPSettings are the defaults of virtual routers.
type VRRPSettings struct {
	Version         Value[uint8]      `yaml:"version" keepalived:"vrrp_version" doc:"VRRP version; IPv6 routers are always 3" min:"2" max:"3" default:"2"`
	MulticastGroup4 Value[netip.Addr] `yaml:"multicast_group4" keepalived:"vrrp_mcast_group4" doc:"IPv4 group of advertisements" default:"224.0.0.18"`
	MulticastGroup6 Value[netip.Addr] `yaml:"multicast_group6" keepalived:"vrrp_mcast_group6" doc:"IPv6 group of advertisements" default:"ff02::12"`
	Strict          Flag              `yaml:"strict" keepalived:"vrrp_strict" doc:"only what the RFC allows"`
	Announce        Announcements     `yaml:"announce" doc:"defaults of announcements"`
	MinGARP         Flag              `yaml:"min_garp" keepalived:"vrrp_min_garp" doc:"one announcement, no second burst" idle:""`
	GARPInterval    Span              `yaml:"garp_interval" keepalived:"vrrp_garp_interval" doc:"gap between gratuitous ARPs on an interface" default:"0s" idle:""`
	GNAInterval     Span              `yaml:"gna_interval" keepalived:"vrrp_gna_interval" doc:"gap between neighbour advertisements on an interface" default:"0s" idle:""`
	Protocol        VRRPBehaviour     `yaml:",inline"`
	StartupDelay    Span              `yaml:"startup_delay" keepalived:"vrrp_startup_delay" doc:"hold routers after a start" default:"0s" idle:"routers start at once"`
	DelayAfterBoot  Span              `yaml:"delay_after_boot" keepalived:"vrrp_delay_after_boot" doc:"hold routers until so long after boot" default:"0s" idle:"routers start at once"`
	CheckUnicastSrc Flag              `yaml:"check_unicast_source" keepalived:"vrrp_check_unicast_src" doc:"drop advertisements of unknown unicast peers"`
	PriorityChanges Flag              `yaml:"notify_priority_changes" keepalived:"vrrp_notify_priority_changes" doc:"tell changes of priority to FIFOs" idle:""`
	LogUnknownIDs   Flag              `yaml:"log_unknown_ids" keepalived:"log_unknown_vrids" doc:"log advertisements of routers that are not configured"`
	VMACPrefix      Text              `yaml:"vmac_prefix" keepalived:"vmac_prefix" doc:"start of the names of virtual interfaces" default:"vrrp" idle:""`
	Process         Process           `yaml:"process" doc:"how the daemon runs"`
}

// Process is how a daemon runs.
type Process struct {
	Nice             Value[int8]     `yaml:"nice" keepalived:"vrrp_priority|checker_priority" doc:"nice value" min:"-20" max:"19" default:"0" idle:""`
	RealtimePriority Value[uint8]    `yaml:"realtime_priority" keepalived:"vrrp_rt_priority|checker_rt_priority" doc:"SCHED_RR priority" min:"1" max:"99" idle:""`
	RealtimeLimit    Value[uint32]   `yaml:"realtime_limit" keepalived:"vrrp_rlimit_rttime|checker_rlimit_rttime" doc:"longest run without a system call, microseconds" default:"10000" idle:""`
	NoSwap           Flag            `yaml:"no_swap" keepalived:"vrrp_no_swap|checker_no_swap" doc:"keep the memory locked" idle:""`
	CPUs             Value[[]string] `yaml:"cpus" keepalived:"vrrp_cpu_affinity|checker_cpu_affinity" doc:"processors to run on" idle:""`
}

// VRRPBehaviour is how a router treats advertisements; routers take it over from the global settings.
type VRRPBehaviour struct {
	DownTimerAdverts     Value[uint8] `yaml:"down_timer_adverts" keepalived:"vrrp_down_timer_adverts|down_timer_adverts" doc:"advertisements missed before a takeover" min:"1" max:"100" default:"3" idle:"a backup waits for three advertisements"`
	LowerPrioNoAdvert    Flag         `yaml:"lower_prio_no_advert" keepalived:"vrrp_lower_prio_no_advert|lower_prio_no_advert" doc:"do not answer an advertisement of lower priority" idle:""`
	HigherPrioSendAdvert Flag         `yaml:"higher_prio_send_advert" keepalived:"vrrp_higher_prio_send_advert|higher_prio_send_advert" doc:"send a last advertisement before yielding" idle:""`
	OwnerIgnoreAdverts   Flag         `yaml:"owner_ignore_adverts" keepalived:"vrrp_owner_ignore_adverts|owner_ignore_adverts" doc:"the owner of the addresses ignores advertisements" idle:""`
	SkipCheckAddresses   Flag         `yaml:"skip_check_addresses" keepalived:"vrrp_skip_check_adv_addr|skip_check_adv_addr" doc:"do not compare the addresses of every advertisement of the same master" idle:""`
	ChecksumAsV2         Flag         `yaml:"v3_checksum_as_v2" keepalived:"v3_checksum_as_v2" doc:"no pseudo header in the checksum of VRRPv3 over IPv4"`
}

// Announcements are gratuitous ARPs and unsolicited neighbour advertisements.
type Announcements struct {
	MasterDelay         Span          `yaml:"master_delay" keepalived:"vrrp_garp_master_delay|garp_master_delay" doc:"second burst so long after becoming master; 0: none" default:"5s" idle:""`
	MasterRepeat        Value[uint32] `yaml:"master_repeat" keepalived:"vrrp_garp_master_repeat|garp_master_repeat" doc:"announcements in a burst" default:"5" idle:""`
	MasterRefresh       Span          `yaml:"master_refresh" keepalived:"vrrp_garp_master_refresh|garp_master_refresh" doc:"announce again so often while master; 0: not" default:"0s" idle:""`
	MasterRefreshRepeat Value[uint32] `yaml:"master_refresh_repeat" keepalived:"vrrp_garp_master_refresh_repeat|garp_master_refresh_repeat" doc:"announcements in such a refresh" default:"1" idle:""`
	LowerPrioDelay      Span          `yaml:"lower_prio_delay" keepalived:"vrrp_garp_lower_prio_delay|garp_lower_prio_delay" doc:"second burst after an advertisement of lower priority" default:"master_delay" idle:""`
	LowerPrioRepeat     Value[uint32] `yaml:"lower_prio_repeat" keepalived:"vrrp_garp_lower_prio_repeat|garp_lower_prio_repeat" doc:"announcements in such a burst" default:"master_repeat" idle:""`
	ExtraInterval       Span          `yaml:"extra_interval" keepalived:"vrrp_garp_extra_if|garp_extra_if" doc:"announce so often on other interfaces that have addresses; 0: not" default:"0s" idle:""`
	ExtraAll            Flag          `yaml:"extra_all" doc:"on all interfaces with addresses, not only virtual ones" idle:""`
}

// IPVSSettings hold for the whole table.
type IPVSSettings struct {
	SyncDaemon     *SyncDaemon   `yaml:"sync_daemon" keepalived:"lvs_sync_daemon" doc:"connection synchronisation between directors" idle:"connections are not synchronised"`
	Timeouts       *IPVSTimeouts `yaml:"timeouts" keepalived:"lvs_timeouts" doc:"timeouts of connections" idle:"the kernel's timeouts stay as they are"`
	Flush          Flag          `yaml:"flush" keepalived:"lvs_flush" doc:"clear the whole table at the start" idle:""`
	FlushOnStop    Flag          `yaml:"flush_on_stop" keepalived:"lvs_flush_on_stop" doc:"clear the whole table at the end" idle:""`
	FlushOnStopOwn Flag          `yaml:"flush_own_on_stop" keepalived:"lvs_flush_on_stop" doc:"clear the own services at the end at once" idle:""`
	LogAllFailures Flag          `yaml:"log_all_failures" keepalived:"checker_log_all_failures" doc:"log each failed check, not only the last of a row" idle:""`
	Process        Process       `yaml:"process" doc:"how the daemon runs"`
}

// SyncDaemon is the kernel's connection synchronisation.
type SyncDaemon struct {
	Interface Text              `yaml:"interface" doc:"interface to send and receive on"`
	Router    Text              `yaml:"router" doc:"virtual router whose state it follows"`
	ID        Value[uint8]      `yaml:"id" doc:"sync id, the same on both directors" default:"that of the router"`
	MaxLength Value[uint16]     `yaml:"max_length" doc:"longest datagram, bytes" min:"1" max:"65507"`
	Port      Value[uint16]     `yaml:"port" doc:"UDP port" default:"8848"`
	TTL       Value[uint8]      `yaml:"ttl" doc:"time to live" min:"1" default:"1"`
	Group     Value[netip.Addr] `yaml:"group" doc:"multicast group" default:"224.0.0.81"`
	Where     Position          `yaml:"-"`
}

// IPVSTimeouts are the kernel's timeouts of connections.
type IPVSTimeouts struct {
	TCP    Span     `yaml:"tcp" doc:"established TCP connections" max:"744h"`
	TCPFin Span     `yaml:"tcpfin" doc:"TCP connections after FIN" max:"744h"`
	UDP    Span     `yaml:"udp" doc:"UDP" max:"744h"`
	Where  Position `yaml:"-"`
}
