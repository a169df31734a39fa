package config

import "net/netip"

// VirtualAddress is an address that belongs to the master, or stays (static_ipaddress).
type VirtualAddress struct {
	Prefix            Value[netip.Prefix] `yaml:"address,short" doc:"address with prefix length; a bare one is /32 or /128"`
	Device            Text                `yaml:"device" keepalived:"dev" doc:"interface" default:"that of the router"`
	Label             Text                `yaml:"label" keepalived:"label" doc:"label, at most 15 characters"`
	Scope             Text                `yaml:"scope" keepalived:"scope" doc:"scope: global, site, link, host, nowhere or a number" default:"global" idle:""`
	Broadcast         Text                `yaml:"broadcast" keepalived:"brd" doc:"broadcast address, + or -" idle:""`
	Peer              Value[netip.Prefix] `yaml:"peer" keepalived:"peer" doc:"other end of a point to point link" idle:""`
	Home              Flag                `yaml:"home" keepalived:"home" doc:"home address (mobile IPv6)" idle:""`
	NoDAD             Flag                `yaml:"no_dad" keepalived:"-nodad" doc:"no duplicate address detection" idle:""`
	ManageTempAddress Flag                `yaml:"manage_temp_address" keepalived:"mngtmpaddr" doc:"template of temporary addresses" idle:""`
	NoPrefixRoute     Flag                `yaml:"no_prefix_route" keepalived:"noprefixroute" doc:"no route to the net of the address" idle:""`
	AutoJoin          Flag                `yaml:"auto_join" keepalived:"autojoin" doc:"join multicast groups on the address" idle:""`
	PreferredLifetime Text                `yaml:"preferred_lifetime" keepalived:"preferred_lft" doc:"seconds or forever" idle:""`
	NoTrack           Flag                `yaml:"no_track" keepalived:"no_track" doc:"its interface does not fail the router" idle:""`
	TrackGroup        Text                `yaml:"track_group" keepalived:"track_group" doc:"track group of a static address" idle:""`
	UseVMAC           Flag                `yaml:"use_vmac" keepalived:"use_vmac" doc:"on the interface with the virtual MAC"`
	Where             Position            `yaml:"-"`
}

// Route is one route (virtual_routes, static_routes).
type Route struct {
	Type        Text                `yaml:"type" doc:"kind of route: unicast, blackhole and so on" default:"unicast"`
	Destination Value[netip.Prefix] `yaml:"destination" keepalived:"to" doc:"where it leads; 0.0.0.0/0 is the default route"`
	Source      Value[netip.Addr]   `yaml:"source" keepalived:"src" doc:"preferred source address"`
	Via         Value[netip.Addr]   `yaml:"via" keepalived:"via" doc:"gateway"`
	Device      Text                `yaml:"device" keepalived:"dev" doc:"interface"`
	Table       Text                `yaml:"table" keepalived:"table" doc:"routing table, name or number" default:"main"`
	Metric      Value[uint32]       `yaml:"metric" keepalived:"metric" doc:"the lowest is used"`
	Scope       Text                `yaml:"scope" keepalived:"scope" doc:"scope"`
	Protocol    Text                `yaml:"protocol" keepalived:"protocol" doc:"who made it" default:"keepalived (18)"`
	NextHops    []NextHop           `yaml:"next_hops" keepalived:"nexthop" doc:"several gateways"`
	Options     Value[[]string]     `yaml:"options" doc:"further words of ip route"`
	NoTrack     Flag                `yaml:"no_track" keepalived:"no_track" doc:"its interface does not fail the router"`
	TrackGroup  Text                `yaml:"track_group" keepalived:"track_group" doc:"track group of a static route"`
	Where       Position            `yaml:"-"`
}

// NextHop is one of several gateways of a route.
type NextHop struct {
	Via     Value[netip.Addr] `yaml:"via" doc:"gateway"`
	Device  Text              `yaml:"device" doc:"interface"`
	Weight  Value[uint32]     `yaml:"weight" doc:"share of the traffic" min:"1" max:"256"`
	Options Value[[]string]   `yaml:"options" doc:"further words of ip route"`
	Where   Position          `yaml:"-"`
}

// Rule is one routing rule (virtual_rules, static_rules).
type Rule struct {
	From       Value[netip.Prefix] `yaml:"from" keepalived:"from" doc:"source of packets"`
	To         Value[netip.Prefix] `yaml:"to" keepalived:"to" doc:"destination of packets"`
	InDevice   Text                `yaml:"in_device" keepalived:"iif" doc:"interface they come from"`
	OutDevice  Text                `yaml:"out_device" keepalived:"oif" doc:"interface they leave by"`
	FWMark     Text                `yaml:"fwmark" keepalived:"fwmark" doc:"firewall mark, with mask"`
	Table      Text                `yaml:"table" keepalived:"table" doc:"routing table to look in"`
	Preference Value[uint32]       `yaml:"preference" keepalived:"preference" doc:"place among the rules"`
	Family     Text                `yaml:"family" doc:"family of a rule without addresses" enum:"inet|inet6"`
	Options    Value[[]string]     `yaml:"options" doc:"further words of ip rule"`
	NoTrack    Flag                `yaml:"no_track" keepalived:"no_track" doc:"its interface does not fail the router"`
	TrackGroup Text                `yaml:"track_group" keepalived:"track_group" doc:"track group of a static rule"`
	Where      Position            `yaml:"-"`
}

// TrackGroup are routers that fail with a static address, route or rule (track_group).
type TrackGroup struct {
	Name    Text     `yaml:"name" doc:"name, once in the configuration"`
	Members []Text   `yaml:"members" keepalived:"group" doc:"virtual routers by name"`
	Where   Position `yaml:"-"`
}

// GARPGroup are interfaces that share a pace of announcements (garp_group).
type GARPGroup struct {
	GARPInterval Span     `yaml:"garp_interval" keepalived:"garp_interval" doc:"gap between gratuitous ARPs"`
	GNAInterval  Span     `yaml:"gna_interval" keepalived:"gna_interval" doc:"gap between neighbour advertisements"`
	Interfaces   []Text   `yaml:"interfaces" keepalived:"interfaces|interface" doc:"interfaces of the group"`
	Where        Position `yaml:"-"`
}
