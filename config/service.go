package config

import (
	"net/netip"
	"strconv"
)

// Protocol of a virtual server.
type Protocol string

// Protocols.
const (
	TCP  Protocol = "TCP"
	UDP  Protocol = "UDP"
	SCTP Protocol = "SCTP"
)

// ForwardingMethod is how packets reach the real servers (lb_kind).
type ForwardingMethod string

// Forwarding methods.
const (
	NAT ForwardingMethod = "NAT"
	DR  ForwardingMethod = "DR"
	TUN ForwardingMethod = "TUN"
)

// Forwarding is a method with what TUN needs beside it.
type Forwarding struct {
	Method         Value[ForwardingMethod] `yaml:"method" keepalived:"lb_kind|lvs_method" doc:"how packets reach real servers" enum:"NAT|DR|TUN" default:"NAT"`
	TunnelType     Text                    `yaml:"tunnel_type" keepalived:"type" doc:"kind of tunnel" enum:"ipip|gue|gre" default:"ipip" gap:"gue and gre"`
	TunnelPort     Value[uint16]           `yaml:"tunnel_port" keepalived:"port" doc:"UDP port of a gue tunnel" gap:""`
	TunnelChecksum Text                    `yaml:"tunnel_checksum" keepalived:"nocsum|csum|remcsum" doc:"checksum of a gue or gre tunnel" enum:"nocsum|csum|remcsum" default:"nocsum" gap:""`
}

// VirtualServer is one service with its pool (virtual_server). One of Address,
// FWMark and Group names it.
type VirtualServer struct {
	Address Value[netip.AddrPort] `yaml:"address" doc:"address and port; port 0 is every port"`
	FWMark  Value[uint32]         `yaml:"fwmark" keepalived:"fwmark" doc:"firewall mark instead of an address" min:"1" gap:""`
	Group   Text                  `yaml:"group" keepalived:"group" doc:"group of addresses and marks instead of one" gap:""`
	Family  Text                  `yaml:"family" keepalived:"ip_family" doc:"family of a firewall mark" enum:"inet|inet6" default:"inet" gap:""`

	Protocol       Value[Protocol] `yaml:"protocol" keepalived:"protocol" doc:"transport protocol" enum:"TCP|UDP|SCTP" default:"UDP in keepalived.conf; required in YAML"`
	Scheduler      Text            `yaml:"scheduler" keepalived:"lb_algo|lvs_sched" doc:"how a real server is chosen" enum:"rr|wrr|lc|wlc|lblc|lblcr|sh|mh|dh|fo|ovf|sed|nq|twos" default:"wlc"`
	SchedulerFlags Value[[]string] `yaml:"scheduler_flags" keepalived:"flag-1|flag-2|flag-3|sh-port|sh-fallback|mh-port|mh-fallback" doc:"flags of the scheduler" idle:"the scheduler runs without it"`
	Forwarding     Forwarding      `yaml:",inline"`
	OnePacket      Flag            `yaml:"one_packet" keepalived:"ops" doc:"schedule each UDP packet on its own" idle:"packets of one client are scheduled as one connection"`

	Persistence       Span         `yaml:"persistence" keepalived:"persistence_timeout" doc:"a client stays with its server so long; 0: not" max:"744h" default:"0s"`
	PersistenceBits   Value[uint8] `yaml:"persistence_bits" keepalived:"persistence_granularity" doc:"clients whose addresses agree in so many bits are one" max:"128" default:"32; 128 for IPv6" gap:"networks larger than one address"`
	PersistenceEngine Text         `yaml:"persistence_engine" keepalived:"persistence_engine" doc:"what tells clients apart, such as sip" idle:"persistence goes by the client's address"`

	Weight           Value[uint32] `yaml:"weight" keepalived:"weight" doc:"weight of real servers without one" max:"2147483647" default:"1"`
	Quorum           Value[uint32] `yaml:"quorum" keepalived:"quorum" doc:"weight of living servers that the service needs" min:"1" default:"1" idle:"the service stays as long as it has one real server"`
	Hysteresis       Value[uint32] `yaml:"hysteresis" keepalived:"hysteresis" doc:"up above quorum plus this, down below quorum less this" default:"0" idle:"the service stays as long as it has one real server"`
	QuorumUp         *Command      `yaml:"quorum_up" keepalived:"quorum_up" doc:"runs when the quorum is reached" idle:"the command does not run"`
	QuorumDown       *Command      `yaml:"quorum_down" keepalived:"quorum_down" doc:"runs when the quorum is lost" idle:"the command does not run"`
	Alpha            Flag          `yaml:"alpha" keepalived:"alpha" doc:"real servers count as down until checked" idle:"a server that is not in the table must pass its first check anyway"`
	Omega            Flag          `yaml:"omega" keepalived:"omega" doc:"at the end the commands for down run" idle:"nothing runs for real servers at the end"`
	HASuspend        Flag          `yaml:"ha_suspend" keepalived:"ha_suspend" doc:"no checks while the address is elsewhere" idle:"checks run also while the address is elsewhere"`
	Sorry            *SorryServer  `yaml:"sorry_server" keepalived:"sorry_server" doc:"answers while the quorum is lost" idle:"without real servers the service has no one to answer"`
	InhibitOnFailure Flag          `yaml:"inhibit_on_failure" keepalived:"inhibit_on_failure" doc:"a failed server stays with weight 0" idle:"a failed real server is removed, not set to weight 0"`
	VirtualHost      Text          `yaml:"virtual_host" keepalived:"virtualhost" doc:"Host of http checks" idle:""`
	SNMPName         Text          `yaml:"snmp_name" keepalived:"snmp_name" doc:"label" idle:""`
	Alert            Flag          `yaml:"alert" keepalived:"smtp_alert" doc:"mail when the quorum changes" default:"false" idle:"no mail is sent"`
	Times            CheckTimes    `yaml:",inline"`

	RealServers []RealServer `yaml:"real_servers" keepalived:"real_server" doc:"the pool"`
	Where       Position     `yaml:"-"`
}

// SorryServer answers while a virtual server has lost its quorum.
type SorryServer struct {
	Address    Value[netip.AddrPort] `yaml:"address" doc:"address and port"`
	Inhibit    Flag                  `yaml:"inhibit" keepalived:"sorry_server_inhibit" doc:"stays in the table with weight 0"`
	Forwarding Forwarding            `yaml:",inline"`
	Where      Position              `yaml:"-"`
}

// RealServer is a member of a pool (real_server).
type RealServer struct {
	Address          Value[netip.AddrPort] `yaml:"address" doc:"address and port"`
	Weight           Value[uint32]         `yaml:"weight" keepalived:"weight" doc:"share of the traffic; 0: no new connections" max:"2147483647" default:"that of the virtual server"`
	Forwarding       Forwarding            `yaml:",inline"`
	InhibitOnFailure Flag                  `yaml:"inhibit_on_failure" keepalived:"inhibit_on_failure" doc:"stays with weight 0 when it fails" default:"that of the virtual server" idle:"a failed real server is removed, not set to weight 0"`
	UpperThreshold   Value[uint32]         `yaml:"upper_threshold" keepalived:"uthreshold" doc:"no new connections above so many" idle:"the kernel sets no limit"`
	LowerThreshold   Value[uint32]         `yaml:"lower_threshold" keepalived:"lthreshold" doc:"new connections again below so many" idle:"the kernel sets no limit"`
	Alpha            Flag                  `yaml:"alpha" keepalived:"alpha" doc:"counts as down until checked" default:"that of the virtual server" idle:"a server that is not in the table must pass its first check anyway"`
	Extra            *RealServerExtra      `yaml:",inline"`
	Times            CheckTimes            `yaml:",inline"`
	Checks           []Check               `yaml:"checks" keepalived:"TCP_CHECK|HTTP_GET|SSL_GET|SMTP_CHECK|DNS_CHECK|MISC_CHECK|UDP_CHECK|PING_CHECK|BFD_CHECK|FILE_CHECK" doc:"all must pass; without any the server counts as up"`
	Where            Position              `yaml:"-"`
}

// RealServerExtra is what few real servers have.
type RealServerExtra struct {
	NotifyUp    *Command `yaml:"notify_up" keepalived:"notify_up" doc:"runs when it comes" idle:"the command does not run"`
	NotifyDown  *Command `yaml:"notify_down" keepalived:"notify_down" doc:"runs when it goes" idle:"the command does not run"`
	VirtualHost Text     `yaml:"virtual_host" keepalived:"virtualhost" doc:"Host of http checks" default:"that of the virtual server" idle:""`
	SNMPName    Text     `yaml:"snmp_name" keepalived:"snmp_name" doc:"label" idle:""`
	Alert       Flag     `yaml:"alert" keepalived:"smtp_alert" doc:"mail when it comes or goes" default:"true" idle:"no mail is sent"`
}

// CheckTimes are the settings that a check takes from its real server, and that
// from its virtual server.
type CheckTimes struct {
	Interval   Span          `yaml:"interval" keepalived:"delay_loop" doc:"from the start of one check to the next while all is well" min:"1us" default:"60s"`
	Timeout    Span          `yaml:"timeout" keepalived:"connect_timeout" doc:"time for one try" min:"1us" default:"5s"`
	Retries    Value[uint32] `yaml:"retries" keepalived:"retry" doc:"further failures in a row before the server counts as down" default:"1; 3 for dns, 0 for exec"`
	RetryDelay Span          `yaml:"retry_delay" keepalived:"delay_before_retry" doc:"time between tries" default:"1s; 3s for http"`
	Warmup     Span          `yaml:"warmup" keepalived:"warmup" doc:"the first check comes at a random time within" default:"interval" idle:"the first check is not delayed"`
}

// ServerGroup are addresses and marks that are one virtual server (virtual_server_group).
type ServerGroup struct {
	Name    Text               `yaml:"name" keepalived:"virtual_server_group" doc:"name, once in the configuration"`
	Entries []ServerGroupEntry `yaml:"entries" doc:"addresses, ranges and marks"`
	Where   Position           `yaml:"-"`
}

// ServerGroupEntry is one line of a group.
type ServerGroupEntry struct {
	Range  Text          `yaml:"range" doc:"address, range such as 10.0.0.1-20, or net"`
	Port   Value[uint16] `yaml:"port" doc:"port; 0 is every port"`
	FWMark Value[uint32] `yaml:"fwmark" keepalived:"fwmark" doc:"firewall mark instead of addresses"`
	Family Text          `yaml:"family" doc:"family of a mark" enum:"inet|inet6"`
	Where  Position      `yaml:"-"`
}

// ClientTLS is what https checks present to servers (SSL).
type ClientTLS struct {
	Password    Value[Secret] `yaml:"password" keepalived:"password" doc:"password of the key"`
	CA          Text          `yaml:"ca" keepalived:"ca" doc:"file with authorities"`
	Certificate Text          `yaml:"certificate" keepalived:"certificate" doc:"file with the certificate"`
	Key         Text          `yaml:"key" keepalived:"key" doc:"file with the key"`
	Where       Position      `yaml:"-"`
}

// ID names the virtual server in messages: address and port, mark or group.
func (s *VirtualServer) ID() string {
	switch {
	case s.FWMark.IsSet():
		return "fwmark " + strconv.FormatUint(uint64(s.FWMark.V), 10)
	case s.Group.IsSet():
		return "group " + s.Group.V
	default:
		return s.Address.V.String()
	}
}
