// Package document is the virtual server table as text for programs and for people
// who write it by hand: JSON and YAML of one schema, and the rules of ipvsadm.
//
// Of writes a table as a Document, whose field names and order are stable; Read
// reads any of the three forms, recognised by its content, into a change.State,
// and finds all mistakes at once. docs/ipvs.md tells the schema field by field.
package document

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Schema is the version of the schema. It changes when a field changes its meaning
// or goes away, not when one is added.
const Schema = "lvsctl.ipvs/v1"

// Document is a table with what stands beside it. What is nil is not told.
type Document struct {
	Schema      string        `json:"schema" yaml:"schema"`
	Missing     []string      `json:"missing,omitempty" yaml:"missing,omitempty"` // what the reader was not allowed to see
	Timeouts    *Timeouts     `json:"timeouts,omitempty" yaml:"timeouts,omitempty"`
	SyncDaemons *[]SyncDaemon `json:"sync_daemons,omitempty" yaml:"sync_daemons,omitempty"`
	Services    []Service     `json:"services" yaml:"services"`
}

// Key identifies a virtual service.
type Key struct {
	Protocol string  `json:"protocol" yaml:"protocol"` // tcp, udp, sctp, fwm
	Family   string  `json:"family" yaml:"family"`     // ipv4, ipv6
	Address  string  `json:"address,omitempty" yaml:"address,omitempty"`
	Port     *uint16 `json:"port,omitempty" yaml:"port,omitempty"` // nil for a firewall mark; 0: every port
	FWMark   uint32  `json:"fwmark,omitempty" yaml:"fwmark,omitempty"`
}

// Setting is how a virtual service is set up.
type Setting struct {
	Key            `yaml:",inline"`
	Scheduler      string   `json:"scheduler" yaml:"scheduler"`
	SchedulerFlags []string `json:"scheduler_flags,omitempty" yaml:"scheduler_flags,omitempty"`
	Persistence    *uint32  `json:"persistence_seconds,omitempty" yaml:"persistence_seconds,omitempty"` // nil: not persistent
	Netmask        string   `json:"netmask,omitempty" yaml:"netmask,omitempty"`                         // "": clients are kept apart
	PE             string   `json:"persistence_engine,omitempty" yaml:"persistence_engine,omitempty"`
	OnePacket      bool     `json:"one_packet,omitempty" yaml:"one_packet,omitempty"`
}

// Service is a virtual service with its real servers.
type Service struct {
	Setting  `yaml:",inline"`
	Counters *Counters `json:"counters,omitempty" yaml:"counters,omitempty"`
	Rates    *Rates    `json:"rates,omitempty" yaml:"rates,omitempty"`
	Servers  []Server  `json:"servers" yaml:"servers"`
}

// Server is a real server of a virtual service.
type Server struct {
	Address        string  `json:"address" yaml:"address"`
	Port           uint16  `json:"port" yaml:"port"`
	Forward        string  `json:"forward" yaml:"forward"` // route, tunnel, masq; the kernel also knows local and bypass
	Weight         uint32  `json:"weight" yaml:"weight"`
	UpperThreshold uint32  `json:"upper_threshold,omitempty" yaml:"upper_threshold,omitempty"`
	LowerThreshold uint32  `json:"lower_threshold,omitempty" yaml:"lower_threshold,omitempty"`
	Tunnel         *Tunnel `json:"tunnel,omitempty" yaml:"tunnel,omitempty"`

	Active     *uint32   `json:"active_connections,omitempty" yaml:"active_connections,omitempty"`
	Inactive   *uint32   `json:"inactive_connections,omitempty" yaml:"inactive_connections,omitempty"`
	Persistent *uint32   `json:"persistent_connections,omitempty" yaml:"persistent_connections,omitempty"`
	Counters   *Counters `json:"counters,omitempty" yaml:"counters,omitempty"`
	Rates      *Rates    `json:"rates,omitempty" yaml:"rates,omitempty"`
}

// Tunnel is the encapsulation towards a server.
type Tunnel struct {
	Type     string `json:"type" yaml:"type"`                             // ipip, gue, gre
	Port     uint16 `json:"port,omitempty" yaml:"port,omitempty"`         // gue
	Checksum string `json:"checksum,omitempty" yaml:"checksum,omitempty"` // gue and gre: none, csum, remcsum
}

// Counters count since the service or server was added or its counters were zeroed.
type Counters struct {
	Connections uint64 `json:"connections" yaml:"connections"`
	PacketsIn   uint64 `json:"packets_in" yaml:"packets_in"`
	PacketsOut  uint64 `json:"packets_out" yaml:"packets_out"`
	BytesIn     uint64 `json:"bytes_in" yaml:"bytes_in"`
	BytesOut    uint64 `json:"bytes_out" yaml:"bytes_out"`
}

// Rates are per second, estimated by the kernel over the last seconds.
type Rates struct {
	Connections uint64 `json:"connections" yaml:"connections"`
	PacketsIn   uint64 `json:"packets_in" yaml:"packets_in"`
	PacketsOut  uint64 `json:"packets_out" yaml:"packets_out"`
	BytesIn     uint64 `json:"bytes_in" yaml:"bytes_in"`
	BytesOut    uint64 `json:"bytes_out" yaml:"bytes_out"`
}

// Timeouts are how long idle connections are kept. Zero leaves one as it is.
type Timeouts struct {
	TCP    uint32 `json:"tcp_seconds" yaml:"tcp_seconds"`
	TCPFin uint32 `json:"tcp_fin_seconds" yaml:"tcp_fin_seconds"`
	UDP    uint32 `json:"udp_seconds" yaml:"udp_seconds"`
}

// SyncDaemon is a connection synchronisation daemon.
type SyncDaemon struct {
	Role      string `json:"role" yaml:"role"` // master, backup
	Interface string `json:"interface" yaml:"interface"`
	SyncID    uint32 `json:"sync_id" yaml:"sync_id"`
	MaxLength uint16 `json:"max_length,omitempty" yaml:"max_length,omitempty"`
	Group     string `json:"group,omitempty" yaml:"group,omitempty"`
	Port      uint16 `json:"port,omitempty" yaml:"port,omitempty"`
	TTL       uint8  `json:"ttl,omitempty" yaml:"ttl,omitempty"`
}

// Of writes a table, sorted. With counters it also tells what the kernel counts.
func Of(t ipvs.Table, counters bool) Document {
	d := Document{Schema: Schema, Services: make([]Service, 0, len(t))}
	for _, s := range Sorted(t) {
		d.Services = append(d.Services, serviceOf(s, counters))
	}
	return d
}

// Lack notes what could not be read, and takes out what is then no more than zero.
func (d *Document) Lack(missing []string) {
	d.Missing = missing
	for i := range d.Services {
		s := &d.Services[i]
		s.Counters, s.Rates = nil, nil
		for j := range s.Servers {
			s.Servers[j].Counters, s.Servers[j].Rates, s.Servers[j].Persistent = nil, nil, nil
		}
	}
}

func serviceOf(s *ipvs.ServiceEntry, counters bool) Service {
	out := Service{Setting: SettingOf(s.Service), Servers: make([]Server, 0, len(s.Destinations))}
	if counters {
		out.Counters, out.Rates = countersOf(s.Stats), ratesOf(s.Stats)
	}
	for i := range s.Destinations {
		d := &s.Destinations[i]
		server := ServerOf(d.Destination)
		if counters {
			server.Active, server.Inactive, server.Persistent = &d.ActiveConns, &d.InactiveConns, &d.PersistentConns
			server.Counters, server.Rates = countersOf(d.Stats), ratesOf(d.Stats)
		}
		out.Servers = append(out.Servers, server)
	}
	return out
}

// KeyOf writes what identifies a service.
func KeyOf(k ipvs.ServiceKey) Key {
	out := Key{Protocol: protocolName(k), Family: familyName(k.Family), FWMark: k.FWMark}
	if k.FWMark == 0 {
		port := k.Address.Port()
		out.Address, out.Port = k.Address.Addr().String(), &port
	}
	return out
}

// SettingOf writes how a service is set up.
func SettingOf(s ipvs.Service) Setting {
	s = s.Stored()
	out := Setting{
		Key: KeyOf(s.ServiceKey), Scheduler: s.Scheduler, SchedulerFlags: FlagNames(s.Scheduler, s.Flags),
		Netmask: netmaskName(s), PE: s.PE, OnePacket: s.Flags&ipvs.FlagOnePacket != 0,
	}
	if s.Flags&ipvs.FlagPersistent != 0 {
		out.Persistence = ptr(seconds(s.Persistence))
	}
	return out
}

// ServerOf writes how a real server is set up.
func ServerOf(d ipvs.Destination) Server {
	out := Server{
		Address: d.Address.Addr().String(), Port: d.Address.Port(), Forward: strings.ToLower(d.Method.String()),
		Weight: d.Weight, UpperThreshold: d.UpperThreshold, LowerThreshold: d.LowerThreshold,
	}
	if d.Method == ipvs.Tunnel {
		out.Tunnel = tunnelOf(d.Stored().Tunnel)
	}
	return out
}

func tunnelOf(t ipvs.TunnelOptions) *Tunnel {
	out := &Tunnel{Type: tunnelTypes.name(t.Type), Port: t.Port}
	if t.Type != ipvs.IPIP {
		out.Checksum = checksums.name(t.Flags)
	}
	return out
}

// TimeoutsOf writes timeouts.
func TimeoutsOf(t ipvs.Timeouts) *Timeouts {
	return &Timeouts{TCP: seconds(t.TCP), TCPFin: seconds(t.TCPFin), UDP: seconds(t.UDP)}
}

// DaemonsOf writes the daemons that run, none as an empty list.
func DaemonsOf(ds []ipvs.Daemon) *[]SyncDaemon {
	out := make([]SyncDaemon, 0, len(ds))
	for _, d := range ds {
		out = append(out, DaemonOf(d))
	}
	return &out
}

// DaemonOf writes one daemon.
func DaemonOf(d ipvs.Daemon) SyncDaemon {
	out := SyncDaemon{Role: d.Role.String(), Interface: d.Interface, SyncID: d.SyncID, MaxLength: d.MaxLength, Port: d.Port, TTL: d.TTL}
	if d.Group.IsValid() {
		out.Group = d.Group.String()
	}
	return out
}

func countersOf(s ipvs.Stats) *Counters {
	return &Counters{s.Connections, s.PacketsIn, s.PacketsOut, s.BytesIn, s.BytesOut}
}

func ratesOf(s ipvs.Stats) *Rates {
	return &Rates{s.CPS, s.PPSIn, s.PPSOut, s.BPSIn, s.BPSOut}
}

func seconds(d time.Duration) uint32 { return uint32(d / time.Second) }

func ptr[T any](v T) *T { return &v }

// Sorted gives the services in the order of numbers: by family, protocol, address,
// port, with firewall marks at the end; and sorts their servers by address and
// port. The table itself keeps its order.
func Sorted(t ipvs.Table) []*ipvs.ServiceEntry {
	out := make([]*ipvs.ServiceEntry, len(t))
	for i := range t {
		out[i] = &t[i]
		if !slices.IsSortedFunc(t[i].Destinations, byAddress) {
			s := t[i]
			s.Destinations = slices.Clone(s.Destinations)
			slices.SortFunc(s.Destinations, byAddress)
			out[i] = &s
		}
	}
	slices.SortFunc(out, func(a, b *ipvs.ServiceEntry) int { return CompareKeys(a.ServiceKey, b.ServiceKey) })
	return out
}

func byAddress(a, b ipvs.DestinationEntry) int { return a.Address.Compare(b.Address) }

// CompareKeys is the order of services in a document.
func CompareKeys(a, b ipvs.ServiceKey) int {
	return cmp.Or(
		cmp.Compare(a.Family, b.Family),
		cmp.Compare(rank(a), rank(b)),
		a.Address.Compare(b.Address),
		cmp.Compare(a.FWMark, b.FWMark),
	)
}

// rank puts firewall marks behind every protocol.
func rank(k ipvs.ServiceKey) uint32 {
	if k.FWMark != 0 {
		return 1 << 16
	}
	return uint32(k.Protocol)
}
