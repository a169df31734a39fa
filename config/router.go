package config

import "net/netip"

// RouterState is the state that a router begins with.
type RouterState string

// States to begin with.
const (
	StateMaster RouterState = "MASTER"
	StateBackup RouterState = "BACKUP"
)

// VirtualRouter is one VRRP router (vrrp_instance).
type VirtualRouter struct {
	Name           Text               `yaml:"name" keepalived:"vrrp_instance" doc:"name, once in the configuration"`
	State          Value[RouterState] `yaml:"state" keepalived:"state" doc:"state to begin with" enum:"MASTER|BACKUP" default:"BACKUP; MASTER with priority 255"`
	Interface      Text               `yaml:"interface" keepalived:"interface" doc:"interface of the advertisements, at most 15 characters"`
	ID             Value[uint8]       `yaml:"virtual_router_id" keepalived:"virtual_router_id" doc:"virtual router ID, the same on all its routers" min:"1" max:"255"`
	Version        Value[uint8]       `yaml:"version" keepalived:"version" doc:"VRRP version" min:"2" max:"3" default:"global.vrrp.version; 3 for IPv6"`
	Priority       Value[uint8]       `yaml:"priority" keepalived:"priority" doc:"the highest becomes master; 255 owns the addresses" min:"1" max:"255" default:"100; 255 with state MASTER"`
	AdvertInterval Span               `yaml:"advert_interval" keepalived:"advert_int" doc:"time between advertisements; whole seconds in version 2" min:"10ms" max:"255s" default:"1s"`
	Preempt        Flag               `yaml:"preempt" keepalived:"nopreempt|preempt" doc:"take over from a master of lower priority" default:"true"`
	PreemptDelay   Span               `yaml:"preempt_delay" keepalived:"preempt_delay" doc:"wait so long before that" max:"1000s" default:"0s" idle:"a router with the higher priority takes over at once"`
	Authentication *Authentication    `yaml:"authentication" keepalived:"authentication" doc:"password of VRRPv2"`
	HMAC           *HMAC              `yaml:"auth_hmac" keepalived:"auth_hmac" doc:"keyed hash behind each advertisement (keepalived 2.4)"`

	Addresses         []VirtualAddress `yaml:"addresses" keepalived:"virtual_ipaddress" doc:"addresses that the master has, told in advertisements"`
	ExcludedAddresses []VirtualAddress `yaml:"excluded_addresses" keepalived:"virtual_ipaddress_excluded" doc:"further addresses of the master, not told in advertisements"`
	NoAddresses       Flag             `yaml:"no_addresses" keepalived:"no_virtual_ipaddress" doc:"the router has no addresses, deliberately"`
	Routes            []Route          `yaml:"routes" keepalived:"virtual_routes" doc:"routes that the master has"`
	Rules             []Rule           `yaml:"rules" keepalived:"virtual_rules" doc:"routing rules that the master has"`

	Unicast         Unicast           `yaml:"unicast" doc:"advertisements to single peers instead of multicast"`
	MulticastSource Value[netip.Addr] `yaml:"multicast_source" keepalived:"mcast_src_ip" doc:"source of multicast advertisements" default:"first address of the interface"`
	MulticastGroup  Value[netip.Addr] `yaml:"multicast_group" keepalived:"mcast_dst_ip" doc:"group of multicast advertisements" default:"global.vrrp"`
	TrackSource     Flag              `yaml:"track_source" keepalived:"track_src_ip" doc:"fail when the source address goes"`

	Track    Tracking      `yaml:"track" doc:"what fails the router or changes its priority"`
	Notify   Notifications `yaml:"notify" doc:"commands that changes of state run"`
	Alert    Flag          `yaml:"alert" keepalived:"smtp_alert" doc:"mail for each change of state" default:"false" idle:"no mail is sent"`
	Announce Announcements `yaml:"announce" doc:"announcements of the addresses"`
	Protocol VRRPBehaviour `yaml:",inline"`

	Accept             Flag         `yaml:"accept" keepalived:"accept|no_accept" doc:"the master answers packets to the addresses" default:"true; false if strict" idle:"the master answers packets to the addresses"`
	Strict             Flag         `yaml:"strict" keepalived:"strict_mode" doc:"only what the RFC allows" default:"global.vrrp.strict"`
	TimerExpiredBackup Value[uint8] `yaml:"timer_expired_backup" keepalived:"timer_expired_backup" doc:"become backup after the process was held up; the priority to send then" idle:""`
	OldUnicastChecksum Text         `yaml:"old_unicast_checksum" keepalived:"old_unicast_checksum" doc:"checksum of keepalived 1.3.6 in VRRPv3 unicast" enum:"always|never"`

	VMAC   *VMAC   `yaml:"vmac" keepalived:"use_vmac" doc:"addresses on an interface with the virtual MAC"`
	IPVLAN *IPVLAN `yaml:"ipvlan" keepalived:"use_ipvlan" doc:"addresses on an ipvlan interface"`
	VRF    Text    `yaml:"vrf" keepalived:"vrf" doc:"VRF of a router without interface"`

	PromoteSecondaries Flag          `yaml:"promote_secondaries" keepalived:"promote_secondaries" doc:"other addresses survive when one of the same net goes" idle:""`
	NativeIPv6         Flag          `yaml:"native_ipv6" keepalived:"native_ipv6" doc:"IPv6 router"`
	ReceiveBuffer      Value[uint32] `yaml:"receive_buffer" keepalived:"kernel_rx_buf_size" doc:"receive buffer of the socket, bytes"`
	SyncInterface      Text          `yaml:"sync_interface" keepalived:"lvs_sync_daemon_interface" doc:"old way to write global.ipvs.sync_daemon" idle:"connections are not synchronised"`

	// Faults are the reasons known from the configuration why the router must not become master.
	Faults []Fault  `yaml:"-"`
	Where  Position `yaml:"-"`
}

// Fault is a reason that keeps a router from becoming master. Who finds one tells it,
// too.
type Fault struct {
	Reason string
	Where  Position
}

// DefaultPriority is the priority of a router that does not own its addresses (RFC 3768 section 5.3.4).
const DefaultPriority = 100

// OwnerPriority is that of the owner of the addresses.
const OwnerPriority = 255

// AuthenticationType is the VRRPv2 authentication (RFC 2338 section 5.3.6).
type AuthenticationType string

// Authentication types.
const (
	AuthNone AuthenticationType = ""
	AuthPass AuthenticationType = "PASS"
	AuthAH   AuthenticationType = "AH"
)

// Authentication is what a VRRPv2 advertisement carries (authentication).
type Authentication struct {
	Type     Value[AuthenticationType] `yaml:"type" keepalived:"auth_type" doc:"kind of authentication" enum:"PASS|AH"`
	Password Value[Secret]             `yaml:"password" keepalived:"auth_pass" doc:"at most 8 bytes count"`
	Where    Position                  `yaml:"-"`
}

// HMAC is the keyed hash of keepalived 2.4 (auth_hmac).
type HMAC struct {
	Keys       []HMACKey    `yaml:"keys" keepalived:"key" doc:"keys by number"`
	ActiveKey  Value[uint8] `yaml:"active_key" keepalived:"active_key" doc:"key to send with"`
	AntiReplay Flag         `yaml:"anti_replay" keepalived:"anti_replay" doc:"refuse old advertisements"`
	TimeWindow Span         `yaml:"time_window" keepalived:"time_window" doc:"clock difference allowed" min:"1s" max:"300s"`
	Mode       Text         `yaml:"mode" keepalived:"mode" doc:"what happens to advertisements without" enum:"enforce|permissive|receive-only"`
	Where      Position     `yaml:"-"`
}

// HMACKey is one key of HMAC.
type HMACKey struct {
	ID    Value[uint8]  `yaml:"id" doc:"number" min:"1"`
	Key   Value[Secret] `yaml:"key" doc:"the key, hex: or file: before it"`
	Where Position      `yaml:"-"`
}

// Unicast is how advertisements go to single peers.
type Unicast struct {
	Peers       []UnicastPeer     `yaml:"peers" keepalived:"unicast_peer" doc:"the other routers"`
	Source      Value[netip.Addr] `yaml:"source" keepalived:"unicast_src_ip" doc:"source address" default:"first address of the interface"`
	TTL         Value[uint8]      `yaml:"ttl" keepalived:"unicast_ttl" doc:"time to live" default:"255"`
	FaultNoPeer Flag              `yaml:"fault_no_peer" keepalived:"unicast_fault_no_peer" doc:"fail without peers, instead of multicast" idle:""`
	Configured  Flag              `yaml:"-"` // there is a list of peers, without any
	CheckSource Flag              `yaml:"check_source" keepalived:"check_unicast_src" doc:"drop advertisements of others than the peers" default:"global.vrrp.check_unicast_source"`
}

// UnicastPeer is another router.
type UnicastPeer struct {
	Address Value[netip.Addr] `yaml:"address,short" doc:"its address"`
	MinTTL  Value[uint8]      `yaml:"min_ttl" keepalived:"min_ttl" doc:"drop advertisements with less"`
	MaxTTL  Value[uint8]      `yaml:"max_ttl" keepalived:"max_ttl" doc:"drop advertisements with more"`
	Where   Position          `yaml:"-"`
}

// VMAC puts the addresses on a macvlan with the virtual router's MAC.
type VMAC struct {
	Router    Flag     `yaml:"router" keepalived:"use_vmac" doc:"for the router itself and the addresses on its interface" default:"true"`
	Name      Text     `yaml:"name" doc:"name of the interface" default:"vrrp.ID"`
	MAC       Text     `yaml:"mac" doc:"another MAC"`
	Group     Text     `yaml:"group" doc:"link group"`
	NotifyMsg Flag     `yaml:"netlink_notify" doc:"netlink messages as for a link of its own"`
	Addresses Flag     `yaml:"addresses" keepalived:"use_vmac_addr" doc:"also for addresses on other interfaces"`
	XmitBase  Flag     `yaml:"xmit_base" keepalived:"vmac_xmit_base" doc:"advertisements leave by the base interface"`
	Where     Position `yaml:"-"`
}

// IPVLAN puts the addresses on an ipvlan interface.
type IPVLAN struct {
	Name    Text                `yaml:"name" doc:"name of the interface"`
	Address Value[netip.Prefix] `yaml:"address" doc:"its address, with prefix length"`
	Mode    Text                `yaml:"mode" doc:"mode of the link" enum:"bridge|private|vepa"`
	Where   Position            `yaml:"-"`
}

// Tracking is what fails a router or changes its priority.
type Tracking struct {
	Primary    Flag      `yaml:"primary" keepalived:"dont_track_primary" doc:"fail with the interface of the router" default:"true" idle:""`
	Interfaces []Tracked `yaml:"interfaces" keepalived:"track_interface" doc:"interfaces" idle:"a lost link does not move the addresses"`
	Scripts    []Tracked `yaml:"scripts" keepalived:"track_script" doc:"scripts by name" idle:"the scripts do not run, so a failure does not move the addresses"`
	Files      []Tracked `yaml:"files" keepalived:"track_file" doc:"track files by name" idle:"the file does not change the priority"`
	Processes  []Tracked `yaml:"processes" keepalived:"track_process" doc:"track processes by name" idle:"a missing process does not move the addresses"`
	BFD        []Tracked `yaml:"bfd" keepalived:"track_bfd" doc:"BFD sessions by name" idle:"a lost BFD session does not move the addresses"`
}

// Tracked is one thing that a router tracks.
type Tracked struct {
	Name    Text         `yaml:"name,short" doc:"what is tracked"`
	Weight  Value[int32] `yaml:"weight" keepalived:"weight" doc:"0: its failure fails the router; else its change of the priority" min:"-254" max:"254" default:"that of what is tracked"`
	Reverse Flag         `yaml:"reverse" keepalived:"reverse" doc:"success counts as failure"`
	// Missing tells that nothing of this name is defined: it counts as failed.
	Missing bool     `yaml:"-"`
	Where   Position `yaml:"-"`
}

// Notifications are commands that run when a router changes.
type Notifications struct {
	Any             *Command `yaml:"any" keepalived:"notify" doc:"every change; gets INSTANCE or GROUP, name, state and priority" idle:"the command does not run"`
	Master          *Command `yaml:"master" keepalived:"notify_master" doc:"became master" idle:"the command does not run"`
	Backup          *Command `yaml:"backup" keepalived:"notify_backup" doc:"became backup" idle:"the command does not run"`
	Fault           *Command `yaml:"fault" keepalived:"notify_fault" doc:"failed" idle:"the command does not run"`
	Stop            *Command `yaml:"stop" keepalived:"notify_stop" doc:"the daemon ends" idle:"the command does not run"`
	Deleted         *Command `yaml:"deleted" keepalived:"notify_deleted" doc:"a reload removed it" idle:"the command does not run"`
	NoDeleted       Flag     `yaml:"no_deleted" keepalived:"notify_deleted" doc:"nothing runs when a reload removed it, instead of what runs when it fails" idle:""`
	LowerPriority   *Command `yaml:"lower_priority" keepalived:"notify_master_rx_lower_pri" doc:"a master heard a lower priority" idle:"the command does not run"`
	PriorityChanges Flag     `yaml:"priority_changes" keepalived:"notify_priority_changes" doc:"tell changes of priority to FIFOs" default:"global.vrrp.notify_priority_changes" idle:""`
}

// SyncGroup are routers that change state together (vrrp_sync_group).
type SyncGroup struct {
	Name           Text          `yaml:"name" keepalived:"vrrp_sync_group" doc:"name, once in the configuration"`
	Members        []Text        `yaml:"members" keepalived:"group" doc:"virtual routers by name"`
	Track          Tracking      `yaml:"track" doc:"what fails the whole group"`
	Notify         Notifications `yaml:"notify" doc:"commands that changes of state run"`
	Alert          Flag          `yaml:"alert" keepalived:"smtp_alert" doc:"mail for each change of state"`
	GlobalTracking Flag          `yaml:"global_tracking" keepalived:"global_tracking" doc:"what one member tracks fails all"`
	TrackingWeight Flag          `yaml:"tracking_weight" keepalived:"sync_group_tracking_weight" doc:"members keep weighted trackers"`
	Where          Position      `yaml:"-"`
}
