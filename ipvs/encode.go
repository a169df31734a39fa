package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/mdlayher/netlink"
)

// message is one generic netlink request before it has a sequence number.
type message struct {
	family  uint16
	command uint8
	version uint8
	flags   netlink.HeaderFlags
	attrs   []byte
}

// marshal gives the message as it goes over the socket, padded for the next one.
func (m message) marshal(seq uint32) ([]byte, error) {
	data := make([]byte, 0, 4+len(m.attrs))
	data = append(data, m.command, m.version, 0, 0)
	data = append(data, m.attrs...)
	return netlink.Message{
		Header: netlink.Header{
			Length:   uint32(16 + (len(data)+3)&^3),
			Type:     netlink.HeaderType(m.family),
			Flags:    netlink.Request | m.flags,
			Sequence: seq,
		},
		Data: data,
	}.MarshalBinary()
}

// encodeOp gives the request that carries out an operation.
func encodeOp(op Op) (message, error) {
	var m message
	ae := netlink.NewAttributeEncoder()
	switch op.Kind {
	case AddService, EditService:
		m.command = cmdNewService
		if op.Kind == EditService {
			m.command = cmdSetService
		}
		ae.Nested(attrService, op.Service.encode)
	case DeleteService:
		m.command = cmdDelService
		ae.Nested(attrService, op.Service.ServiceKey.encode)
	case AddDestination, EditDestination, DeleteDestination:
		m.command = destinationCommand(op.Kind)
		ae.Nested(attrService, op.Service.ServiceKey.encode)
		ae.Nested(attrDest, op.Destination.encode)
	case Flush:
		m.command = cmdFlush
	case ZeroAll:
		m.command = cmdZero
	case ZeroService:
		m.command = cmdZero
		ae.Nested(attrService, op.Service.ServiceKey.encode)
	case SetTimeouts:
		m.command = cmdSetConfig
		if op.Timeouts == nil {
			return m, errors.New("no timeouts given")
		}
		op.Timeouts.encode(ae)
	case StartDaemon, StopDaemon:
		m.command = cmdNewDaemon
		if op.Kind == StopDaemon {
			m.command = cmdDelDaemon
		}
		if op.Daemon == nil {
			return m, errors.New("no daemon given")
		}
		ae.Nested(attrDaemon, op.Daemon.encode)
	default:
		return m, fmt.Errorf("no such operation: %d", op.Kind)
	}
	var err error
	m.attrs, err = ae.Encode()
	return m, err
}

func destinationCommand(k OpKind) uint8 {
	switch k {
	case AddDestination:
		return cmdNewDest
	case EditDestination:
		return cmdSetDest
	default:
		return cmdDelDest
	}
}

// encodeKey gives the attributes of a request about one service.
func encodeKey(k ServiceKey) ([]byte, error) {
	ae := netlink.NewAttributeEncoder()
	ae.Nested(attrService, k.encode)
	return ae.Encode()
}

func (k ServiceKey) encode(ae *netlink.AttributeEncoder) error {
	ae.Uint16(svcFamily, uint16(k.Family))
	if k.FWMark != 0 {
		ae.Uint32(svcFWMark, k.FWMark)
		return nil
	}
	if !k.Address.Addr().IsValid() {
		return errors.New("service has neither an address nor a firewall mark")
	}
	ae.Uint16(svcProtocol, uint16(k.Protocol))
	ae.Bytes(svcAddress, addressBytes(k.Address.Addr()))
	ae.Bytes(svcPort, bigEndian16(k.Address.Port()))
	return nil
}

func (s Service) encode(ae *netlink.AttributeEncoder) error {
	s = s.Stored()
	if err := s.ServiceKey.encode(ae); err != nil {
		return err
	}
	flags := make([]byte, 0, 8)
	flags = binary.NativeEndian.AppendUint32(flags, uint32(s.Flags))
	flags = binary.NativeEndian.AppendUint32(flags, allFlags)

	ae.String(svcScheduler, s.Scheduler)
	ae.Bytes(svcFlags, flags)
	ae.Uint32(svcTimeout, uint32(s.Persistence.Seconds()))
	ae.Bytes(svcNetmask, s.Netmask.bytes(s.Family))
	if s.PE != "" {
		ae.String(svcPE, s.PE)
	}
	return nil
}

func (d Destination) encode(ae *netlink.AttributeEncoder) error {
	d = d.Stored()
	if !d.Address.Addr().IsValid() {
		return errors.New("real server has no address")
	}
	ae.Uint16(dstFamily, uint16(FamilyOf(d.Address.Addr())))
	ae.Bytes(dstAddress, addressBytes(d.Address.Addr()))
	ae.Bytes(dstPort, bigEndian16(d.Address.Port()))
	ae.Uint32(dstMethod, uint32(d.Method))
	ae.Uint32(dstWeight, d.Weight)
	ae.Uint32(dstUpperThreshold, d.UpperThreshold)
	ae.Uint32(dstLowerThreshold, d.LowerThreshold)
	if d.Tunnel != (TunnelOptions{}) {
		ae.Uint8(dstTunnelType, uint8(d.Tunnel.Type))
		ae.Bytes(dstTunnelPort, bigEndian16(d.Tunnel.Port))
		ae.Uint16(dstTunnelFlags, uint16(d.Tunnel.Flags))
	}
	return nil
}

func (t Timeouts) encode(ae *netlink.AttributeEncoder) {
	ae.Uint32(attrTimeoutTCP, uint32(t.TCP.Seconds()))
	ae.Uint32(attrTimeoutTCPFin, uint32(t.TCPFin.Seconds()))
	ae.Uint32(attrTimeoutUDP, uint32(t.UDP.Seconds()))
}

// encode leaves out what the kernel shall choose. The port goes in the byte order
// of the host, unlike all others.
func (d Daemon) encode(ae *netlink.AttributeEncoder) error {
	ae.Uint32(daemonState, uint32(d.Role))
	ae.String(daemonInterface, d.Interface)
	ae.Uint32(daemonSyncID, d.SyncID)
	if d.MaxLength != 0 {
		ae.Uint16(daemonMaxLength, d.MaxLength)
	}
	switch {
	case d.Group.Is4():
		ae.Bytes(daemonGroup, addressBytes(d.Group))
	case d.Group.Is6():
		ae.Bytes(daemonGroup6, addressBytes(d.Group))
	}
	if d.Port != 0 {
		ae.Uint16(daemonPort, d.Port)
	}
	if d.TTL != 0 {
		ae.Uint8(daemonTTL, d.TTL)
	}
	return nil
}

// bytes is the mask as the kernel wants it: an address of IPv4, a length of IPv6.
func (m Netmask) bytes(f Family) []byte {
	if f == IPv6 {
		return binary.NativeEndian.AppendUint32(nil, uint32(m))
	}
	return binary.BigEndian.AppendUint32(nil, uint32(m))
}

// addressBytes keeps a v4-mapped IPv6 address at 16 bytes: it is another address.
func addressBytes(a netip.Addr) []byte { return a.AsSlice() }

func bigEndian16(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }
