package ipvsadm

import (
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Limits and defaults of the synchronisation daemons.
const (
	defaultInterface = "eth0"
	maxInterfaceName = 15
	maxSyncID        = 255
	maxSyncLength    = 65507 // a UDP datagram less its headers
)

func (p *parser) startRole(v string) error {
	return p.role(v, "illegal start-daemon parameter specified")
}
func (p *parser) stopRole(v string) error { return p.role(v, "illegal start_daemon specified") }

func (p *parser) role(v, otherwise string) error {
	switch v {
	case ipvs.MasterDaemon.String():
		p.daemon.Role = ipvs.MasterDaemon
	case ipvs.BackupDaemon.String():
		p.daemon.Role = ipvs.BackupDaemon
	default:
		return bad(otherwise, v, "master or backup")
	}
	return nil
}

func (p *parser) mcastInterface(v string) error {
	p.daemon.Interface = v[:min(len(v), maxInterfaceName)]
	return nil
}

func (p *parser) syncID(v string) (err error) {
	p.daemon.SyncID, err = between(v, 0, maxSyncID, "illegal syncid specified")
	return err
}

func (p *parser) maxLength(v string) error {
	n, err := between(v, 1, maxSyncLength, "illegal sync-maxlen specified")
	p.daemon.MaxLength = uint16(n)
	return err
}

func (p *parser) mcastPort(v string) error {
	n, err := between(v, 1, math.MaxUint16, "illegal mcast-port specified")
	p.daemon.Port = uint16(n)
	return err
}

func (p *parser) mcastTTL(v string) error {
	n, err := between(v, 1, math.MaxUint8, "illegal mcast-ttl specified")
	p.daemon.TTL = uint8(n)
	return err
}

func (p *parser) mcastGroup(v string) error {
	a, err := netip.ParseAddr(v)
	if err == nil && a.IsMulticast() && a.Zone() == "" && !a.Is4In6() {
		p.daemon.Group = a
		return nil
	}
	family := "IPv4"
	if strings.Contains(v, ":") {
		family = "IPv6"
	}
	return misuse("invalid %s mcast-group `%s' (a multicast address without brackets)", family, v)
}

// takeTimeouts takes the three words behind --set.
func (p *parser) takeTimeouts() error {
	if len(p.scan.rest) < 3 {
		return misuse("--set option requires 3 timeout values (tcp tcpfin udp, in seconds; 0 leaves one as it is)")
	}
	for i, to := range []*time.Duration{&p.timeouts.TCP, &p.timeouts.TCPFin, &p.timeouts.UDP} {
		at := p.scan.rest[i]
		d, err := seconds(p.scan.args[at], 0)
		if err != nil {
			return blame(err, at+1)
		}
		*to = d
	}
	p.scan.rest = p.scan.rest[3:]
	return nil
}
