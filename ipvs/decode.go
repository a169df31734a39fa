package ipvs

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"
	"time"
)

// answer is one netlink message of a received datagram.
type answer struct {
	kind  uint16
	flags uint16
	seq   uint32
	data  []byte
}

// nextAnswer takes the first message off a datagram.
func nextAnswer(b []byte) (a answer, rest []byte, err error) {
	if len(b) < messageHeader {
		return a, nil, errShort
	}
	length := int(binary.NativeEndian.Uint32(b[0:4]))
	if length < messageHeader || length > len(b) {
		return a, nil, errShort
	}
	a = answer{
		kind:  binary.NativeEndian.Uint16(b[4:6]),
		flags: binary.NativeEndian.Uint16(b[6:8]),
		seq:   binary.NativeEndian.Uint32(b[8:12]),
		data:  b[messageHeader:length],
	}
	return a, b[min((length+3)&^3, len(b)):], nil
}

// errno is the kernel's verdict in an error or done message, 0 for success.
func (a answer) errno() (syscall.Errno, error) {
	if len(a.data) < 4 {
		return 0, errShort
	}
	return syscall.Errno(-int32(binary.NativeEndian.Uint32(a.data[0:4]))), nil
}

// attributes are those behind the generic netlink header.
func (a answer) attributes() attributeReader {
	if len(a.data) < genericHeader {
		return attributeReader{failed: true}
	}
	return attributeReader{rest: a.data[genericHeader:]}
}

// nested finds the attribute that holds all others in an answer about one thing.
func (a answer) nested(number uint16, thing string) (attributeReader, error) {
	r := a.attributes()
	for r.next() {
		if r.number == number {
			return attributeReader{rest: r.data}, nil
		}
	}
	if err := r.err(); err != nil {
		return r, err
	}
	return r, fmt.Errorf("answer of the kernel has no %s", thing)
}

// decodeFamilyID reads the number of a family out of the controller's answer.
func decodeFamilyID(a answer) (id uint16, err error) {
	r := a.attributes()
	for r.next() {
		if r.number == ctrlAttrFamilyID {
			id = r.uint16()
		}
	}
	return id, r.err()
}

// decodeInfo reads the answer to cmdGetInfo. The version is three bytes of a number.
func decodeInfo(a answer) (info Info, err error) {
	r := a.attributes()
	for r.next() {
		switch r.number {
		case infoVersion:
			v := r.uint32()
			info.Version = [3]uint8{uint8(v >> 16), uint8(v >> 8), uint8(v)}
		case infoTableSize:
			info.ConnectionTableSize = r.uint32()
		}
	}
	return info, r.err()
}

// decodeTimeouts reads the answer to cmdGetConfig.
func decodeTimeouts(a answer) (t Timeouts, err error) {
	r := a.attributes()
	for r.next() {
		switch r.number {
		case attrTimeoutTCP:
			t.TCP = seconds(r.uint32())
		case attrTimeoutTCPFin:
			t.TCPFin = seconds(r.uint32())
		case attrTimeoutUDP:
			t.UDP = seconds(r.uint32())
		}
	}
	return t, r.err()
}

func seconds(n uint32) time.Duration { return time.Duration(n) * time.Second }

// decodeDaemon reads one daemon out of an answer to cmdGetDaemon.
func decodeDaemon(a answer) (d Daemon, err error) {
	r, err := a.nested(attrDaemon, "daemon")
	if err != nil {
		return d, err
	}
	for r.next() {
		switch r.number {
		case daemonState:
			d.Role = Role(r.uint32())
		case daemonInterface:
			d.Interface = r.text()
		case daemonSyncID:
			d.SyncID = r.uint32()
		case daemonMaxLength:
			d.MaxLength = r.uint16()
		case daemonGroup, daemonGroup6:
			d.Group, _ = netip.AddrFromSlice(r.data)
		case daemonPort:
			d.Port = r.uint16()
		case daemonTTL:
			d.TTL = r.uint8()
		}
	}
	return d, r.err()
}

// decodeService reads one service out of an answer to cmdGetService.
func decodeService(a answer) (s ServiceEntry, err error) {
	r, err := a.nested(attrService, "service")
	if err == nil {
		err = s.decode(r)
	}
	return s, err
}

// decodeDestination reads one real server of a service of the family of out of an
// answer to cmdGetDest.
func decodeDestination(a answer, of Family) (d DestinationEntry, err error) {
	r, err := a.nested(attrDest, "real server")
	if err == nil {
		err = d.decode(r, of)
	}
	return d, err
}

// rawService are the attributes that have no meaning before the family is known.
type rawService struct {
	address, netmask []byte
	port             uint16
}

// rawStats are the two forms of the counters, of which one is read.
type rawStats struct{ narrow, wide []byte }

func (s *ServiceEntry) decode(r attributeReader) error {
	var raw rawService
	var stats rawStats
	for r.next() {
		switch r.number {
		case svcFamily:
			s.Family = Family(r.uint16())
		case svcProtocol:
			s.Protocol = Protocol(r.uint16())
		case svcAddress:
			raw.address = r.data
		case svcPort:
			raw.port = r.networkOrder()
		case svcFWMark:
			s.FWMark = r.uint32()
		case svcScheduler:
			s.Scheduler = r.text()
		case svcFlags:
			s.Flags = r.serviceFlags()
		case svcTimeout:
			s.Persistence = seconds(r.uint32())
		case svcNetmask:
			raw.netmask = r.data
		case svcPE:
			s.PE = r.text()
		case svcStats:
			stats.narrow = r.data
		case svcStats64:
			stats.wide = r.data
		}
	}
	if err := r.err(); err != nil {
		return err
	}
	if err := s.Stats.decode(stats); err != nil {
		return err
	}
	return s.resolve(raw)
}

// resolve reads address and netmask in the light of the family.
func (s *ServiceEntry) resolve(raw rawService) error {
	if len(raw.netmask) == 4 {
		s.Netmask = Netmask(binary.NativeEndian.Uint32(raw.netmask))
		if s.Family == IPv4 {
			s.Netmask = Netmask(binary.BigEndian.Uint32(raw.netmask))
		}
	}
	if s.FWMark != 0 {
		return nil
	}
	addr, err := decodeAddress(raw.address, s.Family)
	s.Address = netip.AddrPortFrom(addr, raw.port)
	return err
}

// decode reads a destination of a service of the family of: kernels before 3.18
// do not tell the destination's own.
func (d *DestinationEntry) decode(r attributeReader, of Family) error {
	var address []byte
	var port uint16
	var stats rawStats
	for r.next() {
		switch r.number {
		case dstAddress:
			address = r.data
		case dstPort:
			port = r.networkOrder()
		case dstFamily:
			of = Family(r.uint16())
		case dstStats:
			stats.narrow = r.data
		case dstStats64:
			stats.wide = r.data
		default:
			d.decodeNumber(&r)
		}
	}
	if err := r.err(); err != nil {
		return err
	}
	if err := d.Stats.decode(stats); err != nil {
		return err
	}
	d.Destination = d.Stored()
	addr, err := decodeAddress(address, of)
	d.Address = netip.AddrPortFrom(addr, port)
	return err
}

// decodeNumber reads an attribute that is a plain number.
func (d *DestinationEntry) decodeNumber(r *attributeReader) {
	switch r.number {
	case dstMethod:
		d.Method = ForwardingMethod(r.uint32() & methodMask)
	case dstWeight:
		d.Weight = r.uint32()
	case dstUpperThreshold:
		d.UpperThreshold = r.uint32()
	case dstLowerThreshold:
		d.LowerThreshold = r.uint32()
	case dstActiveConns:
		d.ActiveConns = r.uint32()
	case dstInactiveConns:
		d.InactiveConns = r.uint32()
	case dstPersistentConns:
		d.PersistentConns = r.uint32()
	case dstTunnelType:
		d.Tunnel.Type = TunnelType(r.uint8())
	case dstTunnelPort:
		d.Tunnel.Port = r.networkOrder()
	case dstTunnelFlags:
		d.Tunnel.Flags = TunnelFlags(r.uint16())
	}
}

// serviceFlags reads struct ip_vs_flags: the flags and a mask of those that count.
func (r *attributeReader) serviceFlags() Flags {
	b := r.fixed(8)
	return Flags(binary.NativeEndian.Uint32(b[:4])&binary.NativeEndian.Uint32(b[4:])) &^ FlagHashed
}

// decodeAddress reads 4 or 16 bytes; kernels send 16 for IPv4 too.
func decodeAddress(b []byte, f Family) (netip.Addr, error) {
	switch {
	case f == IPv4 && len(b) >= 4:
		return netip.AddrFrom4([4]byte(b)), nil
	case f == IPv6 && len(b) >= 16:
		return netip.AddrFrom16([16]byte(b)), nil
	default:
		return netip.Addr{}, fmt.Errorf("kernel sent an address of family %d with %d bytes", f, len(b))
	}
}

// decode prefers the counters of 64 bits, which kernels have since 4.1. Of the
// others only those of bytes have as many.
func (s *Stats) decode(raw rawStats) error {
	r := attributeReader{rest: raw.wide}
	if raw.wide == nil {
		r.rest = raw.narrow
	}
	for r.next() {
		counter := s.counter(r.number)
		switch {
		case counter == nil:
		case raw.wide != nil, r.number == statsBytesIn, r.number == statsBytesOut:
			*counter = r.uint64()
		default:
			*counter = uint64(r.uint32())
		}
	}
	return r.err()
}

// counter is where the value of a statistics attribute belongs, nil if nowhere.
func (s *Stats) counter(attribute uint16) *uint64 {
	switch attribute {
	case statsConnections:
		return &s.Connections
	case statsPacketsIn:
		return &s.PacketsIn
	case statsPacketsOut:
		return &s.PacketsOut
	case statsBytesIn:
		return &s.BytesIn
	case statsBytesOut:
		return &s.BytesOut
	case statsCPS:
		return &s.CPS
	case statsPPSIn:
		return &s.PPSIn
	case statsPPSOut:
		return &s.PPSOut
	case statsBPSIn:
		return &s.BPSIn
	case statsBPSOut:
		return &s.BPSOut
	default:
		return nil
	}
}
