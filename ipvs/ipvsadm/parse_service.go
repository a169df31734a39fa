package ipvsadm

import (
	"encoding/binary"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Limits and defaults of services.
const (
	maxTimeout       = 31 * 24 * 60 * 60 // seconds
	defaultTimeout   = 360 * time.Second
	defaultScheduler = "wlc"
	maxSchedulerName = 15
	maxEngineName    = 16
)

func (p *parser) tcpService(v string) error  { return p.addressService(ipvs.TCP, v) }
func (p *parser) udpService(v string) error  { return p.addressService(ipvs.UDP, v) }
func (p *parser) sctpService(v string) error { return p.addressService(ipvs.SCTP, v) }

func (p *parser) addressService(proto ipvs.Protocol, v string) error {
	e, trouble := parseEndpoint(v, proto, p.names)
	if trouble != "" {
		return bad("illegal virtual server address[:port] specified", v, trouble)
	}
	p.service.ServiceKey = ipvs.AddressKey(proto, netip.AddrPortFrom(e.addr, e.port))
	if p.service.Family == ipvs.IPv6 {
		p.service.Netmask = ipvs.FullNetmask(ipvs.IPv6)
	}
	return nil
}

func (p *parser) fwmarkService(v string) error {
	n, ok := number(v, 1, math.MaxUint32)
	if !ok {
		return misuse("invalid fwmark value `%s' specified (1 to %d)", v, uint32(math.MaxUint32))
	}
	p.service.ServiceKey = ipvs.FWMarkKey(uint32(n), ipvs.IPv4)
	return nil
}

func (p *parser) ipv6(string) error {
	if p.service.FWMark == 0 {
		return misuse("-6 used before -f")
	}
	p.service.Family = ipvs.IPv6
	p.service.Netmask = ipvs.FullNetmask(ipvs.IPv6)
	return nil
}

func (p *parser) scheduler(v string) error {
	p.service.Scheduler = v[:min(len(v), maxSchedulerName)]
	return nil
}

func (p *parser) persistent(v string) (err error) {
	p.service.Flags |= ipvs.FlagPersistent
	p.service.Persistence = defaultTimeout
	if v != defaultValue {
		p.service.Persistence, err = seconds(v, 1)
	}
	return err
}

// seconds reads a timeout.
func seconds(v string, low int64) (time.Duration, error) {
	n, ok := number(v, low, maxTimeout)
	if !ok {
		return 0, misuse("invalid timeout value `%s' specified (%d to %d seconds)", v, low, maxTimeout)
	}
	return time.Duration(n) * time.Second, nil
}

func (p *parser) netmask(v string) error {
	if p.service.Family == ipvs.IPv6 {
		n := leadingNumber(v)
		if n < 1 || n > 128 {
			return bad("illegal ipv6 netmask specified", v, "a length from 1 to 128")
		}
		p.service.Netmask = ipvs.Netmask(n)
		return nil
	}
	a, ok := parseIPv4OrName(v, p.names)
	if !ok {
		return bad("illegal virtual server persistent mask specified", v, "such as 255.255.255.0; a length only for IPv6, behind the service")
	}
	b := a.As4()
	p.service.Netmask = ipvs.Netmask(binary.BigEndian.Uint32(b[:]))
	return nil
}

// leadingNumber reads a number like atoi(3): what comes behind it does not matter,
// and no number at all is 0.
func leadingNumber(v string) int {
	v = strings.TrimPrefix(strings.TrimLeft(v, blanks), "+")
	end := 0
	for end < len(v) && isDigit(v[end]) {
		end++
	}
	n, err := strconv.Atoi(v[:end])
	if err != nil {
		return 0
	}
	return n
}

func (p *parser) engine(v string) error {
	p.service.PE = v[:min(len(v), maxEngineName)]
	return nil
}

func (p *parser) schedFlags(v string) error {
	p.flagNames = v
	return nil
}

func (p *parser) onePacket(string) error {
	p.service.Flags |= ipvs.FlagOnePacket
	return nil
}

// applySchedFlags reads the value of -b. Empty names in the list are passed over.
func (p *parser) applySchedFlags() error {
	if p.flagNames == "" {
		return nil
	}
	for name := range strings.SplitSeq(p.flagNames, ",") {
		if name == "" {
			continue
		}
		flag, of := schedFlag(name)
		switch {
		case flag == 0:
			return misuse("invalid scheduler flag `%s'", name)
		case of != "" && of != p.service.Scheduler:
			return misuse("incompatible scheduler flag `%s' (only for -s %s)", name, of)
		}
		p.service.Flags |= flag
	}
	return nil
}

// schedFlag is the flag of a name, and the only scheduler that has it ("" for all).
func schedFlag(name string) (flag ipvs.Flags, of string) {
	switch name {
	case "sh-fallback":
		return ipvs.FlagSched1, "sh"
	case "sh-port":
		return ipvs.FlagSched2, "sh"
	case "mh-fallback":
		return ipvs.FlagSched1, "mh"
	case "mh-port":
		return ipvs.FlagSched2, "mh"
	case "flag-1":
		return ipvs.FlagSched1, ""
	case "flag-2":
		return ipvs.FlagSched2, ""
	case "flag-3":
		return ipvs.FlagSched3, ""
	default:
		return 0, ""
	}
}

func (p *parser) checkService() error {
	s := &p.service
	switch {
	case s.FWMark == 0 && s.Address.Port() == 0 && !p.given.has(optPersistent):
		return misuse("Zero port specified for non-persistent service (%s; with -p it is every port)", s.ServiceKey)
	case p.given.has(optOnePacket) && s.FWMark == 0 && s.Protocol != ipvs.UDP:
		return misuse("One-Packet Scheduling is only for UDP virtual services")
	}
	if s.Scheduler == "" {
		s.Scheduler = defaultScheduler
	}
	return nil
}
