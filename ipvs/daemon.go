package ipvs

import (
	"fmt"
	"net/netip"
	"time"
)

// Role is what a connection synchronisation daemon does (IP_VS_STATE_* in
// linux/ip_vs.h). One of each role can run in a network namespace.
type Role uint32

// Roles of the synchronisation daemon.
const (
	MasterDaemon Role = 1 // tells its connections to others
	BackupDaemon Role = 2 // takes the connections of others over
)

// String is the role as ipvsadm writes it: master or backup.
func (r Role) String() string {
	switch r {
	case MasterDaemon:
		return "master"
	case BackupDaemon:
		return "backup"
	default:
		return fmt.Sprintf("role %d", uint32(r))
	}
}

// Daemon is a connection synchronisation daemon of the kernel. Zero values of
// MaxLength, Group, Port and TTL leave the choice to the kernel when one is
// started (1472 on Ethernet, 224.0.0.81, 8848, 1); kernels before 4.3 do not
// tell them.
type Daemon struct {
	Role      Role
	Interface string     // where the multicast goes out and comes in
	SyncID    uint32     // 0 to 255; daemons hear only those with their own
	MaxLength uint16     // bytes of a message, without the headers
	Group     netip.Addr // multicast group
	Port      uint16     // UDP
	TTL       uint8      // of the multicast packets
}

// Timeouts are how long the kernel keeps an idle connection, in whole seconds.
// Where they are set, zero leaves a value as it is.
type Timeouts struct {
	TCP    time.Duration // established
	TCPFin time.Duration // after a FIN
	UDP    time.Duration
}
