// Package config is what the operator wrote, as one model.
//
// The model is canonical: every configuration language (keepalived.conf in the
// keepalived subpackage, YAML and JSON in yamlfile) is an adapter that fills it.
// Each setting is a Value that knows where it was written, or that it was filled
// in. Resolve fills in defaults and applies what needs the whole. The model knows
// nothing of the packages that act on it; cmd hands them their part.
//
// The tags of a field tell its name in YAML, keepalived's keyword, what it means,
// its range, and with idle what it means that lvsctl does not act on it yet
// (idle:"" is: it changes nothing that needs to be told), or with gap that what has it
// is left out, and if not always, when. The option short of a
// name marks the field that a single word stands for, where a mapping is expected.
package config

import (
	"time"
)

// Names of often used kinds of values.
type (
	// Text is a word or a line.
	Text = Value[string]
	// Flag is yes or no.
	Flag = Value[bool]
	// Span is a time.
	Span = Value[time.Duration]
)

// Config is everything that one configuration says.
type Config struct {
	Global Global `yaml:"global" keepalived:"global_defs" doc:"settings of the whole host"`

	StaticAddresses []VirtualAddress `yaml:"static_addresses" keepalived:"static_ipaddress" doc:"addresses that stay whatever the routers do" idle:"the addresses are not set"`
	StaticRoutes    []Route          `yaml:"static_routes" keepalived:"static_routes" doc:"routes that stay whatever the routers do" idle:"the routes are not set"`
	StaticRules     []Rule           `yaml:"static_rules" keepalived:"static_rules" doc:"routing rules that stay whatever the routers do" idle:"the rules are not set"`
	TrackGroups     []TrackGroup     `yaml:"track_groups" keepalived:"track_group" doc:"routers that fail when a static address, route or rule disappears" idle:"a lost static address does not move the addresses"`
	GARPGroups      []GARPGroup      `yaml:"garp_groups" keepalived:"garp_group" doc:"interfaces that share a pace of announcements" idle:"announcements are not paced"`

	Scripts        []Script       `yaml:"scripts" keepalived:"vrrp_script" doc:"commands that routers can track" idle:"the script does not run, so its failure does not move the addresses"`
	TrackFiles     []TrackFile    `yaml:"track_files" keepalived:"track_file" doc:"files with a number that routers and real servers can track" idle:"the file does not change priorities or weights"`
	TrackProcesses []TrackProcess `yaml:"track_processes" keepalived:"vrrp_track_process" doc:"processes that routers can track" idle:"a missing process does not move the addresses"`
	BFD            []BFD          `yaml:"bfd" keepalived:"bfd_instance" doc:"BFD sessions (RFC 5880)" idle:"no BFD session is kept"`

	VirtualRouters []VirtualRouter `yaml:"virtual_routers" keepalived:"vrrp_instance" doc:"virtual routers (VRRP)"`
	SyncGroups     []SyncGroup     `yaml:"sync_groups" keepalived:"vrrp_sync_group" doc:"virtual routers that move together" idle:"its instances change state each on its own"`

	TLS            *ClientTLS      `yaml:"tls" keepalived:"SSL" doc:"what https checks present to servers" idle:"https checks present no certificate"`
	ServerGroups   []ServerGroup   `yaml:"server_groups" keepalived:"virtual_server_group" doc:"several addresses and marks that are one virtual server" gap:""`
	VirtualServers []VirtualServer `yaml:"virtual_servers" keepalived:"virtual_server" doc:"virtual servers with their real servers (IPVS)"`
}

// Secret is a word that must not appear in logs, dumps or status.
type Secret string

// Hidden stands for a secret that is shown.
const Hidden = "********"

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return Hidden
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
