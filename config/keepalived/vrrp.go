package keepalived

import (
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// Defaults of vrrp_instance.
const (
	defaultPriority = 100
	ownerPriority   = 255 // RFC 3768 section 5.3.4
	defaultAdvert   = time.Second
)

// maxAddresses is what the 8 bit count of addresses in an advertisement allows (RFC 2338 section 5.3.5).
const maxAddresses = 255

// maxInterfaceName is the longest name of a network interface (IFNAMSIZ less the NUL).
const maxInterfaceName = 15

// instance is a vrrp_instance while it is read.
type instance struct {
	router    config.VirtualRouter
	at        config.Position
	stateAt   config.Position // zero: no state line yet
	noPreempt config.Position // zero: preempts
	priority  uint8           // 0: not set
	ipv6      bool            // has IPv6 addresses, which is reported
	partial   bool            // parts of it could not be read, which is reported
}

// instanceTable is vrrp_instance.
var instanceTable = sync.OnceValue(func() table[instance] {
	return newTable("vrrp_instance",
		[]row[instance]{
			{names: "state", args: 1, read: readState},
			{names: "interface", args: 1, read: readInterface},
			{names: "virtual_router_id", args: 1, read: readRouterID},
			{names: "priority", args: 1, read: readPriority},
			{names: "advert_int", args: 1, read: readAdvertInterval},
			{names: "version", args: 1, read: readInstanceVersion},
			{names: "nopreempt", read: readNoPreempt},
			{names: "preempt", read: readPreempt},
			{names: "authentication", block: true, read: readAuthentication},
			{names: "virtual_ipaddress", block: true, read: readAddresses},
			{names: "unicast_peer", block: true, read: readUnicastPeers},
			{names: "mcast_dst_ip", args: 1, read: readInstanceMulticastGroup},

			{names: "use_vmac use_vmac_addr", refuse: "the addresses would have another hardware address than on the other routers"},
			{names: "use_ipvlan", refuse: "the addresses would be on another interface"},
			{names: "vrf", refuse: "advertisements would leave by another interface"},
			{names: "native_ipv6", refuse: "lvsctl does not do IPv6 virtual routers"},
			{names: "strict_mode", refuse: "keepalived then leaves authentication out and lets only priority 255 start as master"},
			{names: "auth_hmac", refuse: "advertisements would go out without it and be dropped by the other routers"},
			{names: "virtual_ipaddress_excluded", refuse: "these addresses would be missing on the master"},
			{names: "virtual_routes", refuse: "the routes would be missing on the master"},
			{names: "virtual_rules", refuse: "the routing rules would be missing on the master"},

			{names: "nat_mask", foreign: "both ignore it", hint: "remove it: keepalived dropped it long ago"},
			{names: "lvs_sync_daemon_inteface", foreign: "both ignore it", hint: "old documents have this spelling; connections are not synchronised"},

			{names: "track_script", note: "the scripts do not run, so a failure does not move the addresses"},
			{names: "track_file", note: "the file does not change the priority"},
			{names: "track_process", note: "a missing process does not move the addresses"},
			{names: "track_bfd", note: "a lost BFD session does not move the addresses"},
			{names: "track_interface", note: "a lost link does not move the addresses"},
			{names: "preempt_delay", note: "a router with the higher priority takes over at once"},
			{names: "down_timer_adverts", note: "a backup waits for three advertisements"},
			{names: "notify notify_master notify_backup notify_fault notify_stop notify_deleted notify_master_rx_lower_pri", note: "the command does not run"},
			{names: "smtp_alert", note: "no mail is sent"},
			{names: "no_accept", note: "the master answers packets to the addresses"},
			{names: "lvs_sync_daemon_interface", note: "connections are not synchronised"},
		},
		unused[instance]("", `no_virtual_ipaddress unicast_src_ip unicast_ttl unicast_fault_no_peer check_unicast_src
		mcast_src_ip track_src_ip old_unicast_checksum v3_checksum_as_v2 dont_track_primary
		notify_priority_changes garp_master_delay garp_master_repeat garp_master_refresh
		garp_master_refresh_repeat garp_lower_prio_delay garp_lower_prio_repeat garp_extra_if
		vmac_garp_intvl vmac_xmit_base lower_prio_no_advert higher_prio_send_advert owner_ignore_adverts
		timer_expired_backup thread_timer_expired accept skip_check_adv_addr promote_secondaries
		kernel_rx_buf_size linkbeat_use_polling debug`),
	)
})

func readInstance(r *reader, s *statement, to *config.Config) {
	if len(s.words) < 2 {
		r.fail(s.at(), "", `"vrrp_instance" needs a name: keepalived does not start with this file`)
		return
	}
	if len(s.words) > 2 {
		r.extraWords(s, s.words[2:])
	}
	in := instance{at: s.at(), partial: s.block.incomplete}
	in.router = config.VirtualRouter{
		Name:           s.words[1].text,
		AdvertInterval: defaultAdvert,
		Where:          s.at(),
	}
	readBlock(r, instanceTable(), s.block, &in)
	if line, second := r.routers[in.router.Name]; second {
		r.warn(in.at, "give it another name", "second vrrp_instance %s: left out, as keepalived does; the first is in line %d",
			quote(in.router.Name), line)
		return
	}
	r.routers[in.router.Name] = in.at.Line
	to.VirtualRouters = append(to.VirtualRouters, in.finish(r))
}

// finish applies the defaults and fix-ups that need the whole instance.
func (in *instance) finish(r *reader) config.VirtualRouter {
	v := &in.router
	v.Priority = in.priority
	if v.Priority == 0 {
		v.Priority = defaultPriority
		if v.InitialMaster {
			v.Priority = ownerPriority
			r.warn(in.stateAt, `add "priority 100" or what is meant`,
				"state MASTER without priority: taken as priority 255, the owner of the addresses, as keepalived does")
		}
	}
	if in.stateAt == (config.Position{}) {
		v.InitialMaster = v.Priority == ownerPriority
	}
	in.finishPreempt(r)
	if !in.partial {
		in.checkComplete(r)
	}
	return *v
}

// checkComplete reports what an instance cannot do without.
func (in *instance) checkComplete(r *reader) {
	v := &in.router
	if v.Interface == "" {
		r.fail(in.at, `add "interface" with the name of the network interface`, "vrrp_instance %s has no interface", quote(v.Name))
	}
	if v.ID == 0 {
		r.fail(in.at, `add "virtual_router_id" with a number from 1 to 255, the same on all its routers`,
			"vrrp_instance %s has no virtual_router_id", quote(v.Name))
	}
	if n := len(v.Addresses); n > maxAddresses {
		r.fail(in.at, "make a second vrrp_instance for the others",
			"vrrp_instance %s has %d addresses, more than the %d of an advertisement: not supported yet", quote(v.Name), n, maxAddresses)
	}
	if len(v.Addresses) == 0 && !in.ipv6 {
		r.warn(in.at, "", "vrrp_instance %s has no virtual_ipaddress: nothing moves when the master changes", quote(v.Name))
	}
}

// finishPreempt clears nopreempt where it cannot work.
func (in *instance) finishPreempt(r *reader) {
	if in.noPreempt == (config.Position{}) {
		return
	}
	switch {
	case in.router.Priority == ownerPriority:
		r.warn(in.noPreempt, "", "nopreempt does not go with priority 255: cleared, as keepalived does")
	case in.router.InitialMaster:
		r.warn(in.noPreempt, `write "state BACKUP" on all routers of an instance with nopreempt`,
			"nopreempt does not go with state MASTER: cleared, as keepalived does")
	default:
		in.router.NoPreempt = true
	}
}

// checkRouterIDs refuses two instances with one virtual router ID on an
// interface; keepalived does not start with them.
func (r *reader) checkRouterIDs() {
	type key struct {
		device string
		id     uint8
	}
	seen := map[key]string{}
	for _, v := range r.config.VirtualRouters {
		k := key{v.Interface, v.ID}
		if v.Interface == "" || v.ID == 0 {
			continue
		}
		if other, dup := seen[k]; dup {
			r.fail(v.Where, "give each its own number",
				"vrrp_instance %s and %s have the same virtual_router_id %d on interface %s", quote(v.Name), quote(other), v.ID, v.Interface)
			continue
		}
		seen[k] = v.Name
	}
}

func readState(r *reader, s *statement, in *instance) {
	w := s.words[1]
	master := w.text == "MASTER"
	if !master && w.text != "BACKUP" {
		near := nearest(w.text, []string{"MASTER", "BACKUP"})
		hint := ""
		if near != "" {
			hint = "did you mean " + near + "?"
		}
		r.warn(w.at, hint, "unknown state %s: taken as BACKUP, as keepalived does", quote(w.text))
	}
	if in.stateAt != (config.Position{}) && master != in.router.InitialMaster {
		r.warn(w.at, "", "second state: ignored, as keepalived does; the first is in line %d", in.stateAt.Line)
		return
	}
	in.stateAt, in.router.InitialMaster = w.at, master
}

func readInterface(r *reader, s *statement, in *instance) {
	w := s.words[1]
	if len(w.text) > maxInterfaceName {
		r.warn(w.at, "", "interface name %s is longer than %d characters: ignored, as keepalived does", quote(w.text), maxInterfaceName)
		return
	}
	in.router.Interface = w.text
}

func readRouterID(r *reader, s *statement, in *instance) {
	if n, ok := r.number(s.words[1], 1, 255, exact, "ignored, as keepalived does"); ok {
		in.router.ID = uint8(n)
	}
}

func readPriority(r *reader, s *statement, in *instance) {
	n, ok := r.number(s.words[1], 1, 255, exact, "taken as 100, as keepalived does")
	if !ok {
		n = defaultPriority
	}
	in.priority = uint8(n)
}

// readAdvertInterval reads the interval of VRRPv2, which counts whole seconds.
func readAdvertInterval(r *reader, s *statement, in *instance) {
	w := s.words[1]
	d, ok := r.duration(w, 10*time.Millisecond, 255*time.Second, "ignored, as keepalived does")
	if !ok {
		return
	}
	whole := max(d.Round(time.Second), time.Second)
	if whole != d {
		r.warn(w.at, "", "advertisements of VRRPv2 go out at whole seconds: %s is rounded to %s, as keepalived does",
			quote(w.text), seconds(whole))
	}
	in.router.AdvertInterval = whole
}

func readInstanceVersion(r *reader, s *statement, _ *instance) { readVersion(r, s.words[1]) }

// readVersion refuses VRRPv3: its routers do not understand those of version 2.
func readVersion(r *reader, w word) {
	if n, ok := r.number(w, 2, 3, tolerant, "ignored, as keepalived does"); ok && n == 3 {
		r.fail(w.at, notYet, "VRRP version 3 is not supported yet: routers of version 3 do not understand version 2")
	}
}

func readNoPreempt(_ *reader, s *statement, in *instance) { in.noPreempt = s.at() }

func readPreempt(_ *reader, _ *statement, in *instance) { in.noPreempt = config.Position{} }

func readInstanceMulticastGroup(r *reader, s *statement, _ *instance) { checkMulticastGroup(r, s) }

// readUnicastPeers refuses peers; without any, keepalived uses multicast.
func readUnicastPeers(r *reader, s *statement, _ *instance) {
	if len(s.block.statements) == 0 {
		r.warn(s.at(), "remove the block", "unicast_peer without peers: advertisements go to the multicast group, as in keepalived")
		return
	}
	r.fail(s.at(), notYet, `"unicast_peer" is not supported yet: the peers would not hear lvsctl, and there would be two masters`)
}
