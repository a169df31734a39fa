// Package ipvs reads and writes the kernel's virtual server table (IPVS).
//
// The values here are plain and comparable: a Service is one virtual service
// (what clients connect to), a Destination one real server in its pool. Client
// speaks generic netlink (family "IPVS", linux/ip_vs.h) to the kernel of the
// network namespace it was dialled in; Diff computes the smallest list of
// operations that turns one table into another. The ipvsadm subpackage holds the
// language of ipvsadm(8), the ipvstest subpackage a kernel in memory for tests.
package ipvs

import (
	"fmt"
	"net/netip"
	"time"
)

// Protocol is the transport protocol of a service, as an IP protocol number.
type Protocol uint16

// The protocols that IPVS balances.
const (
	TCP  Protocol = 6
	UDP  Protocol = 17
	SCTP Protocol = 132
)

// String gives the protocol as ipvsadm prints it: TCP, UDP, SCTP or "?".
func (p Protocol) String() string {
	switch p {
	case TCP:
		return "TCP"
	case UDP:
		return "UDP"
	case SCTP:
		return "SCTP"
	default:
		return "?"
	}
}

// Family is the address family of a service or of a destination.
type Family uint16

// Address families with the numbers that Linux uses (AF_INET, AF_INET6).
const (
	IPv4 Family = 2
	IPv6 Family = 10
)

// FamilyOf tells the family of an address. A v4-mapped IPv6 address is IPv6.
func FamilyOf(a netip.Addr) Family {
	if a.Is4() {
		return IPv4
	}
	return IPv6
}

// ServiceKey is what identifies a virtual service in the table: either protocol,
// address and port, or a firewall mark and its family.
type ServiceKey struct {
	Family   Family
	Protocol Protocol       // zero for a firewall mark
	Address  netip.AddrPort // the VIP; port 0 means every port; zero value for a firewall mark
	FWMark   uint32         // zero unless the service is a firewall mark
}

// AddressKey is the key of a service on an address and port.
func AddressKey(p Protocol, a netip.AddrPort) ServiceKey {
	return ServiceKey{Family: FamilyOf(a.Addr()), Protocol: p, Address: a}
}

// FWMarkKey is the key of a service on packets that carry a firewall mark.
func FWMarkKey(mark uint32, f Family) ServiceKey {
	return ServiceKey{Family: f, FWMark: mark}
}

// String gives the key for messages and logs: "TCP 192.0.2.1:80" or "FWM 7".
func (k ServiceKey) String() string {
	switch {
	case k.FWMark != 0 && k.Family == IPv6:
		return fmt.Sprintf("FWM %d IPv6", k.FWMark)
	case k.FWMark != 0:
		return fmt.Sprintf("FWM %d", k.FWMark)
	default:
		return fmt.Sprintf("%s %s", k.Protocol, k.Address)
	}
}

// Flags are the bits of a service (IP_VS_SVC_F_* in linux/ip_vs.h).
type Flags uint32

// Service flags. FlagHashed is set by the kernel and only ever read.
const (
	FlagPersistent Flags = 0x1
	FlagHashed     Flags = 0x2
	FlagOnePacket  Flags = 0x4
	FlagSched1     Flags = 0x8
	FlagSched2     Flags = 0x10
	FlagSched3     Flags = 0x20
)

// Netmask is the granularity of persistence: for IPv4 the mask as a number
// (0xffffff00), for IPv6 the length of the prefix (1 to 128), as the kernel has it.
// Zero on a persistent IPv4 service sends every client to one server, as ipvsadm's
// -M 0.0.0.0 does: who builds a Service sets FullNetmask unless told otherwise.
type Netmask uint32

// FullNetmask is the mask that keeps every client address apart.
func FullNetmask(f Family) Netmask {
	if f == IPv6 {
		return 128
	}
	return 0xffffffff
}

// Service is one virtual service.
type Service struct {
	ServiceKey
	Scheduler   string        // wlc, rr, …; at most 15 bytes
	Flags       Flags         // without FlagHashed
	Persistence time.Duration // whole seconds; meaningful with FlagPersistent
	Netmask     Netmask       // FullNetmask unless clients shall be taken together
	PE          string        // persistence engine, "" for none
}

// ForwardingMethod says how packets reach a real server (IP_VS_CONN_F_* in linux/ip_vs.h).
type ForwardingMethod uint32

// Forwarding methods.
const (
	Masquerade  ForwardingMethod = 0
	Local       ForwardingMethod = 1
	Tunnel      ForwardingMethod = 2
	DirectRoute ForwardingMethod = 3
	Bypass      ForwardingMethod = 4
)

// String gives the method as ipvsadm lists it.
func (m ForwardingMethod) String() string {
	switch m {
	case Masquerade:
		return "Masq"
	case Local:
		return "Local"
	case Tunnel:
		return "Tunnel"
	case DirectRoute:
		return "Route"
	case Bypass:
		return "Bypass"
	default:
		return "Unknown"
	}
}

// TunnelType is the encapsulation towards a destination with method Tunnel.
type TunnelType uint8

// Encapsulations (IP_VS_CONN_F_TUNNEL_TYPE_*). GUE needs Linux 5.2, GRE and the
// flags 5.3: see ErrOldKernel.
const (
	IPIP TunnelType = 0
	GUE  TunnelType = 1
	GRE  TunnelType = 2
)

// TunnelFlags tell how the checksum of the encapsulation is made (IP_VS_TUNNEL_ENCAP_FLAG_*).
type TunnelFlags uint16

// Tunnel flags.
const (
	TunnelChecksum       TunnelFlags = 1
	TunnelRemoteChecksum TunnelFlags = 2
)

// TunnelOptions are the details of a tunnelling destination.
type TunnelOptions struct {
	Type  TunnelType
	Port  uint16 // GUE only
	Flags TunnelFlags
}

// Destination is one real server of a service. Its Address identifies it there.
type Destination struct {
	Address        netip.AddrPort
	Method         ForwardingMethod
	Weight         uint32 // 0: takes no new connections
	UpperThreshold uint32 // connections; 0: none
	LowerThreshold uint32
	Tunnel         TunnelOptions // zero unless Method is Tunnel
}

// Stats are the counters of a service or destination. Rates are per second,
// estimated by the kernel over the last seconds.
type Stats struct {
	Connections, PacketsIn, PacketsOut, BytesIn, BytesOut uint64
	CPS, PPSIn, PPSOut, BPSIn, BPSOut                     uint64
}

// DestinationEntry is a destination as it stands in the kernel.
type DestinationEntry struct {
	Destination
	ActiveConns, InactiveConns, PersistentConns uint32
	Stats                                       Stats
}

// ServiceEntry is a service as it stands in the kernel, with its destinations.
type ServiceEntry struct {
	Service
	Stats        Stats
	Destinations []DestinationEntry
}

// Table is a virtual server table: what stands in the kernel, or what should.
// In a wanted table counters are zero.
type Table []ServiceEntry

// Info is what the kernel says of IPVS itself.
type Info struct {
	Version             [3]uint8 // major, minor, patch
	ConnectionTableSize uint32   // buckets
}

// OpKind is what an operation does.
type OpKind uint8

// Operations. The Destination of an Op is meaningful only for those on destinations.
const (
	AddService OpKind = iota + 1
	EditService
	DeleteService
	AddDestination
	EditDestination
	DeleteDestination
	Flush       // everything; neither Service nor Destination is used
	ZeroService // the counters of a service and its destinations
	ZeroAll     // all counters
	SetTimeouts // Timeouts
	StartDaemon // Daemon
	StopDaemon  // Daemon: only its Role and SyncID count
)

// Op is one change of the table. For operations on destinations, for
// DeleteService and for ZeroService only the ServiceKey of Service is used.
type Op struct {
	Kind        OpKind
	Service     Service
	Destination Destination
	Timeouts    *Timeouts // nil but for SetTimeouts
	Daemon      *Daemon   // nil but for StartDaemon and StopDaemon
}
