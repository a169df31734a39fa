package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// request is what the kernel is asked, without its attributes.
type request struct {
	family  uint16
	command uint8
	version uint8
	flags   uint16
}

// begin starts a message; end, given what begin gave, ends it.
func (w *attributeWriter) begin(r request, seq uint32) (mark int) {
	mark = len(w.b)
	w.b = append(w.b, 0, 0, 0, 0) // the length
	w.b = binary.NativeEndian.AppendUint16(w.b, r.family)
	w.b = binary.NativeEndian.AppendUint16(w.b, flagRequest|r.flags)
	w.b = binary.NativeEndian.AppendUint32(w.b, seq)
	w.b = append(w.b, 0, 0, 0, 0) // the sender, which the kernel knows
	w.b = append(w.b, r.command, r.version, 0, 0)
	return mark
}

func (w *attributeWriter) end(mark int) {
	binary.NativeEndian.PutUint32(w.b[mark:], uint32(len(w.b)-mark))
}

// errNoKey is a service that nothing identifies.
var errNoKey = errors.New("service has neither an address nor a firewall mark")

// opCommands are the commands of the operations.
var opCommands = [...]uint8{
	AddService: cmdNewService, EditService: cmdSetService, DeleteService: cmdDelService,
	AddDestination: cmdNewDest, EditDestination: cmdSetDest, DeleteDestination: cmdDelDest,
	Flush: cmdFlush, ZeroService: cmdZero, ZeroAll: cmdZero,
	SetTimeouts: cmdSetConfig, StartDaemon: cmdNewDaemon, StopDaemon: cmdDelDaemon,
}

// valid tells whether an operation can be put into a message at all.
func (o *Op) valid() error {
	switch {
	case int(o.Kind) >= len(opCommands) || opCommands[o.Kind] == 0:
		return fmt.Errorf("no such operation: %d", o.Kind)
	case o.Kind == SetTimeouts && o.Timeouts == nil:
		return errors.New("no timeouts given")
	case (o.Kind == StartDaemon || o.Kind == StopDaemon) && o.Daemon == nil:
		return errors.New("no daemon given")
	case o.onService() && o.Service.FWMark == 0 && !o.Service.Address.Addr().IsValid():
		return errNoKey
	case o.onDestination() && !o.Destination.Address.Addr().IsValid():
		return errors.New("real server has no address")
	}
	return nil
}

// onService tells whether an operation is about one service or what is in it.
func (o *Op) onService() bool {
	return o.Kind >= AddService && o.Kind <= DeleteDestination || o.Kind == ZeroService
}

func (o *Op) onDestination() bool {
	return o.Kind >= AddDestination && o.Kind <= DeleteDestination
}

// op writes the attributes of a valid operation.
func (w *attributeWriter) op(o *Op) {
	switch o.Kind {
	case AddService, EditService:
		mark := w.nest(attrService)
		w.service(o.Service.Stored())
		w.close(mark)
	case DeleteService, ZeroService:
		w.nestedKey(&o.Service.ServiceKey)
	case AddDestination, EditDestination, DeleteDestination:
		w.nestedKey(&o.Service.ServiceKey)
		mark := w.nest(attrDest)
		w.destination(o.Destination.Stored())
		w.close(mark)
	case SetTimeouts:
		w.uint32(attrTimeoutTCP, uint32(o.Timeouts.TCP.Seconds()))
		w.uint32(attrTimeoutTCPFin, uint32(o.Timeouts.TCPFin.Seconds()))
		w.uint32(attrTimeoutUDP, uint32(o.Timeouts.UDP.Seconds()))
	case StartDaemon, StopDaemon:
		mark := w.nest(attrDaemon)
		w.daemon(o.Daemon)
		w.close(mark)
	}
}

// nestedKey writes what a request about one service needs.
func (w *attributeWriter) nestedKey(k *ServiceKey) {
	mark := w.nest(attrService)
	w.key(k)
	w.close(mark)
}

func (w *attributeWriter) key(k *ServiceKey) {
	w.uint16(svcFamily, uint16(k.Family))
	if k.FWMark != 0 {
		w.uint32(svcFWMark, k.FWMark)
		return
	}
	w.uint16(svcProtocol, uint16(k.Protocol))
	w.address(svcAddress, k.Address.Addr())
	w.networkOrder(svcPort, k.Address.Port())
}

func (w *attributeWriter) service(s Service) {
	w.key(&s.ServiceKey)
	w.text(svcScheduler, s.Scheduler)
	mark := w.open(svcFlags)
	w.b = binary.NativeEndian.AppendUint32(w.b, uint32(s.Flags))
	w.b = binary.NativeEndian.AppendUint32(w.b, allFlags)
	w.close(mark)
	w.uint32(svcTimeout, uint32(s.Persistence.Seconds()))
	w.netmask(s.Netmask, s.Family)
	if s.PE != "" {
		w.text(svcPE, s.PE)
	}
}

// netmask writes an address for IPv4, a length for IPv6.
func (w *attributeWriter) netmask(m Netmask, f Family) {
	if f == IPv6 {
		w.uint32(svcNetmask, uint32(m))
		return
	}
	mark := w.open(svcNetmask)
	w.b = binary.BigEndian.AppendUint32(w.b, uint32(m))
	w.close(mark)
}

func (w *attributeWriter) destination(d Destination) {
	w.uint16(dstFamily, uint16(FamilyOf(d.Address.Addr())))
	w.address(dstAddress, d.Address.Addr())
	w.networkOrder(dstPort, d.Address.Port())
	w.uint32(dstMethod, uint32(d.Method))
	w.uint32(dstWeight, d.Weight)
	w.uint32(dstUpperThreshold, d.UpperThreshold)
	w.uint32(dstLowerThreshold, d.LowerThreshold)
	if d.Tunnel != (TunnelOptions{}) {
		w.uint8(dstTunnelType, uint8(d.Tunnel.Type))
		w.networkOrder(dstTunnelPort, d.Tunnel.Port)
		w.uint16(dstTunnelFlags, uint16(d.Tunnel.Flags))
	}
}

// daemon leaves out what the kernel shall choose. The port goes in the byte order
// of the host, unlike all others.
func (w *attributeWriter) daemon(d *Daemon) {
	w.uint32(daemonState, uint32(d.Role))
	w.text(daemonInterface, d.Interface)
	w.uint32(daemonSyncID, d.SyncID)
	if d.MaxLength != 0 {
		w.uint16(daemonMaxLength, d.MaxLength)
	}
	switch {
	case d.Group.Is4():
		w.address(daemonGroup, d.Group)
	case d.Group.Is6():
		w.address(daemonGroup6, d.Group)
	}
	if d.Port != 0 {
		w.uint16(daemonPort, d.Port)
	}
	if d.TTL != 0 {
		w.uint8(daemonTTL, d.TTL)
	}
}
