package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
)

// errShort is an answer that ends too early to be one of the kernel's.
var errShort = errors.New("answer of the kernel is cut short")

// answer is one netlink message of a received datagram.
type answer struct {
	kind  netlink.HeaderType
	flags netlink.HeaderFlags
	seq   uint32
	data  []byte
}

// nextAnswer takes the first message off a datagram.
func nextAnswer(b []byte) (a answer, rest []byte, err error) {
	const header = 16
	if len(b) < header {
		return a, nil, errShort
	}
	length := int(binary.NativeEndian.Uint32(b[0:4]))
	if length < header || length > len(b) {
		return a, nil, errShort
	}
	a = answer{
		kind:  netlink.HeaderType(binary.NativeEndian.Uint16(b[4:6])),
		flags: netlink.HeaderFlags(binary.NativeEndian.Uint16(b[6:8])),
		seq:   binary.NativeEndian.Uint32(b[8:12]),
		data:  b[header:length],
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

// attributes starts to read the attributes behind the generic netlink header.
func (a answer) attributes() (*netlink.AttributeDecoder, error) {
	if len(a.data) < 4 {
		return nil, errShort
	}
	return netlink.NewAttributeDecoder(a.data[4:])
}

// decodeFamilyID reads the number of a family out of the controller's answer.
func decodeFamilyID(a answer) (id uint16, err error) {
	ad, err := a.attributes()
	if err != nil {
		return 0, err
	}
	for ad.Next() {
		if ad.Type() == ctrlAttrFamilyID {
			id = ad.Uint16()
		}
	}
	return id, ad.Err()
}

// decodeInfo reads the answer to cmdGetInfo. The version is three bytes of a number.
func decodeInfo(a answer) (info Info, err error) {
	ad, err := a.attributes()
	if err != nil {
		return info, err
	}
	for ad.Next() {
		switch ad.Type() {
		case infoVersion:
			v := ad.Uint32()
			info.Version = [3]uint8{uint8(v >> 16), uint8(v >> 8), uint8(v)}
		case infoTableSize:
			info.ConnectionTableSize = ad.Uint32()
		}
	}
	return info, ad.Err()
}

// decodeService reads one service out of an answer to cmdGetService.
func decodeService(a answer) (s ServiceEntry, err error) {
	ad, err := a.attributes()
	if err != nil {
		return s, err
	}
	found := false
	for ad.Next() {
		if ad.Type() == attrService {
			found = true
			ad.Nested(s.decode)
		}
	}
	if ad.Err() == nil && !found {
		return s, errors.New("answer of the kernel has no service")
	}
	return s, ad.Err()
}

// decodeDestination reads one real server of a service out of an answer to cmdGetDest.
func decodeDestination(a answer, of Family) (d DestinationEntry, err error) {
	ad, err := a.attributes()
	if err != nil {
		return d, err
	}
	found := false
	for ad.Next() {
		if ad.Type() == attrDest {
			found = true
			ad.Nested(func(nad *netlink.AttributeDecoder) error { return d.decode(nad, of) })
		}
	}
	if ad.Err() == nil && !found {
		return d, errors.New("answer of the kernel has no real server")
	}
	return d, ad.Err()
}

// decodeTimeouts reads the answer to cmdGetConfig.
func decodeTimeouts(a answer) (t Timeouts, err error) {
	ad, err := a.attributes()
	if err != nil {
		return t, err
	}
	for ad.Next() {
		switch ad.Type() {
		case attrTimeoutTCP:
			t.TCP = seconds(ad)
		case attrTimeoutTCPFin:
			t.TCPFin = seconds(ad)
		case attrTimeoutUDP:
			t.UDP = seconds(ad)
		}
	}
	return t, ad.Err()
}

func seconds(ad *netlink.AttributeDecoder) time.Duration {
	return time.Duration(ad.Uint32()) * time.Second
}

// decodeDaemon reads one daemon out of an answer to cmdGetDaemon.
func decodeDaemon(a answer) (d Daemon, err error) {
	ad, err := a.attributes()
	if err != nil {
		return d, err
	}
	for ad.Next() {
		if ad.Type() == attrDaemon {
			ad.Nested(d.decode)
		}
	}
	return d, ad.Err()
}

func (d *Daemon) decode(ad *netlink.AttributeDecoder) error {
	for ad.Next() {
		switch ad.Type() {
		case daemonState:
			d.Role = Role(ad.Uint32())
		case daemonInterface:
			d.Interface = ad.String()
		case daemonSyncID:
			d.SyncID = ad.Uint32()
		case daemonMaxLength:
			d.MaxLength = ad.Uint16()
		case daemonGroup, daemonGroup6:
			d.Group, _ = netip.AddrFromSlice(payload(ad))
		case daemonPort:
			d.Port = ad.Uint16()
		case daemonTTL:
			d.TTL = ad.Uint8()
		}
	}
	return ad.Err()
}

// rawService are the attributes that have no meaning before the family is known.
type rawService struct {
	address, netmask []byte
	port             uint16
}

// rawStats are the two forms of the counters, of which one is read.
type rawStats struct{ narrow, wide []byte }

func (s *ServiceEntry) decode(ad *netlink.AttributeDecoder) error {
	var raw rawService
	var stats rawStats
	for ad.Next() {
		switch ad.Type() {
		case svcFamily:
			s.Family = Family(ad.Uint16())
		case svcProtocol:
			s.Protocol = Protocol(ad.Uint16())
		case svcAddress:
			raw.address = payload(ad)
		case svcPort:
			raw.port = networkOrder(ad)
		case svcFWMark:
			s.FWMark = ad.Uint32()
		case svcScheduler:
			s.Scheduler = ad.String()
		case svcFlags:
			s.Flags = decodeFlags(ad)
		case svcTimeout:
			s.Persistence = time.Duration(ad.Uint32()) * time.Second
		case svcNetmask:
			raw.netmask = payload(ad)
		case svcPE:
			s.PE = ad.String()
		case svcStats:
			stats.narrow = payload(ad)
		case svcStats64:
			stats.wide = payload(ad)
		}
	}
	if err := ad.Err(); err != nil {
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
func (d *DestinationEntry) decode(ad *netlink.AttributeDecoder, of Family) error {
	var address []byte
	var port uint16
	var stats rawStats
	for ad.Next() {
		switch ad.Type() {
		case dstAddress:
			address = payload(ad)
		case dstPort:
			port = networkOrder(ad)
		case dstFamily:
			of = Family(ad.Uint16())
		case dstStats:
			stats.narrow = payload(ad)
		case dstStats64:
			stats.wide = payload(ad)
		default:
			d.decodeNumber(ad)
		}
	}
	if err := ad.Err(); err != nil {
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
func (d *DestinationEntry) decodeNumber(ad *netlink.AttributeDecoder) {
	switch ad.Type() {
	case dstMethod:
		d.Method = ForwardingMethod(ad.Uint32() & methodMask)
	case dstWeight:
		d.Weight = ad.Uint32()
	case dstUpperThreshold:
		d.UpperThreshold = ad.Uint32()
	case dstLowerThreshold:
		d.LowerThreshold = ad.Uint32()
	case dstActiveConns:
		d.ActiveConns = ad.Uint32()
	case dstInactiveConns:
		d.InactiveConns = ad.Uint32()
	case dstPersistentConns:
		d.PersistentConns = ad.Uint32()
	case dstTunnelType:
		d.Tunnel.Type = TunnelType(ad.Uint8())
	case dstTunnelPort:
		d.Tunnel.Port = networkOrder(ad)
	case dstTunnelFlags:
		d.Tunnel.Flags = TunnelFlags(ad.Uint16())
	}
}

// decodeFlags reads struct ip_vs_flags: the flags and a mask of those that count.
func decodeFlags(ad *netlink.AttributeDecoder) (f Flags) {
	ad.Do(func(b []byte) error {
		if len(b) != 8 {
			return errShort
		}
		f = Flags(binary.NativeEndian.Uint32(b[:4])&binary.NativeEndian.Uint32(b[4:])) &^ FlagHashed
		return nil
	})
	return f
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

// networkOrder reads a port.
func networkOrder(ad *netlink.AttributeDecoder) (n uint16) {
	ad.Do(func(b []byte) error {
		if len(b) != 2 {
			return errShort
		}
		n = binary.BigEndian.Uint16(b)
		return nil
	})
	return n
}

// payload is the attribute's data itself, valid as long as the datagram.
func payload(ad *netlink.AttributeDecoder) (data []byte) {
	ad.Do(func(b []byte) error {
		data = b
		return nil
	})
	return data
}

// decode prefers the counters of 64 bits, which kernels have since 4.1. Of the
// others only those of bytes have as many.
func (s *Stats) decode(raw rawStats) error {
	data := raw.wide
	if data == nil {
		data = raw.narrow
	}
	ad, err := netlink.NewAttributeDecoder(data)
	if err != nil {
		return err
	}
	for ad.Next() {
		counter := s.counter(ad.Type())
		switch {
		case counter == nil:
		case raw.wide != nil, ad.Type() == statsBytesIn, ad.Type() == statsBytesOut:
			*counter = ad.Uint64()
		default:
			*counter = uint64(ad.Uint32())
		}
	}
	return ad.Err()
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
