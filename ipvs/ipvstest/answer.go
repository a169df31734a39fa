package ipvstest

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/mdlayher/netlink"

	"github.com/lvsctl/lvsctl/ipvs"
)

// conn is one end of a netlink socket: the other end answers while Send runs.
type conn struct {
	answer func(request) [][]byte
	proc   map[string]string // the files of /proc/net
	queue  [][]byte
	closed bool
}

var errClosed = errors.New("ipvstest: connection is closed")

func (c *conn) Send(datagram []byte) error {
	if c.closed {
		return errClosed
	}
	requests, errno := parseRequests(datagram)
	for _, r := range requests {
		c.queue = append(c.queue, c.answer(r)...)
	}
	if errno != 0 {
		return errno
	}
	return nil
}

// Receive fails where a real socket would wait for ever.
func (c *conn) Receive() ([]byte, error) {
	if c.closed {
		return nil, errClosed
	}
	if len(c.queue) == 0 {
		return nil, errors.New("ipvstest: nothing left to receive")
	}
	datagram := c.queue[0]
	c.queue = c.queue[1:]
	return datagram, nil
}

func (c *conn) Proc(name string) (io.Reader, error) {
	text, known := c.proc[name]
	if !known {
		return nil, os.ErrNotExist
	}
	return strings.NewReader(text), nil
}

func (c *conn) Close() error {
	c.closed = true
	return nil
}

// answer gives the datagrams that answer one request.
func (k *Kernel) answer(r request) [][]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case r.control():
		return r.verdict(0)
	case k.unloaded:
		return r.verdict(syscall.ENOENT)
	case r.kind == controller && r.command == getFamily:
		return r.familyNumber()
	case k.denied:
		return r.verdict(syscall.EPERM)
	case r.command == getInfo:
		return r.single(getInfo, func(ae *netlink.AttributeEncoder) {
			ae.Uint32(1, 0x010201)
			ae.Uint32(2, 4096)
		})
	case r.command == getService:
		return k.services(r)
	case r.command == getDest:
		return k.destinations(r)
	case r.command == getDaemon:
		return r.list(newDaemon, daemonMessages(k.daemons), false)
	case r.command == getConfig:
		return r.single(setConfig, timeoutAttributes(k.timeouts))
	default:
		return r.verdict(k.operation(r))
	}
}

// operation carries out a request that changes the table.
func (k *Kernel) operation(r request) syscall.Errno {
	op, errno := r.operation()
	k.ops = append(k.ops, op)
	if fault, planned := k.faults[len(k.ops)]; planned {
		return fault
	}
	if errno != 0 {
		return errno
	}
	return k.apply(op)
}

// operation is what the request asks for.
func (r request) operation() (op ipvs.Op, errno syscall.Errno) {
	kinds := map[uint8]ipvs.OpKind{
		newService: ipvs.AddService, setService: ipvs.EditService, delService: ipvs.DeleteService,
		newDest: ipvs.AddDestination, setDest: ipvs.EditDestination, delDest: ipvs.DeleteDestination,
		newDaemon: ipvs.StartDaemon, delDaemon: ipvs.StopDaemon, setConfig: ipvs.SetTimeouts,
		zero: ipvs.ZeroService, flush: ipvs.Flush,
	}
	op.Kind = kinds[r.command]
	service := attribute(r.attributes, 1)
	switch op.Kind {
	case 0:
		return op, syscall.EOPNOTSUPP
	case ipvs.Flush:
		return op, 0
	case ipvs.StartDaemon, ipvs.StopDaemon:
		op.Daemon, errno = parseDaemon(attribute(r.attributes, 3))
		return op, errno
	case ipvs.SetTimeouts:
		op.Timeouts = parseTimeouts(r.attributes)
		return op, 0
	case ipvs.ZeroService:
		if service == nil {
			op.Kind = ipvs.ZeroAll
			return op, 0
		}
	}
	full := op.Kind == ipvs.AddService || op.Kind == ipvs.EditService
	op.Service, errno = parseService(service, full)
	if errno == 0 && r.command >= newDest && r.command <= delDest {
		op.Destination, errno = parseDestination(attribute(r.attributes, 2), r.command != delDest, op.Service.Family)
	}
	return op, errno
}

// services answers a request for one service or for all.
func (k *Kernel) services(r request) [][]byte {
	if !r.dump() {
		want, errno := parseService(attribute(r.attributes, 1), false)
		for _, s := range k.table {
			if errno == 0 && s.ServiceKey == want.ServiceKey {
				return r.single(newService, func(ae *netlink.AttributeEncoder) { ae.Nested(1, serviceAttributes(s)) })
			}
		}
		if errno == 0 {
			errno = syscall.ESRCH
		}
		return r.verdict(errno)
	}
	var messages [][]byte
	for _, s := range k.table {
		messages = append(messages, encode(func(ae *netlink.AttributeEncoder) { ae.Nested(1, serviceAttributes(s)) }))
	}
	return r.list(newService, messages, k.interrupted())
}

// destinations answers with the pool of one service, with none if there is no
// such service.
func (k *Kernel) destinations(r request) [][]byte {
	of, errno := parseService(attribute(r.attributes, 1), false)
	if errno != 0 {
		return r.list(newDest, nil, false)
	}
	var messages [][]byte
	for _, s := range k.table {
		if s.ServiceKey != of.ServiceKey {
			continue
		}
		for _, d := range s.Destinations {
			messages = append(messages, encode(func(ae *netlink.AttributeEncoder) { ae.Nested(2, destinationAttributes(d)) }))
		}
	}
	return r.list(newDest, messages, k.interrupted())
}

func (k *Kernel) interrupted() bool {
	k.interrupts--
	return k.interrupts >= 0
}

// familyNumber answers the controller's question for the family IPVS.
func (r request) familyNumber() [][]byte {
	if string(attribute(r.attributes, 2)) != "IPVS\x00" {
		return r.verdict(syscall.ENOENT)
	}
	return r.single(1, func(ae *netlink.AttributeEncoder) {
		ae.String(2, "IPVS")
		ae.Uint16(1, family)
		ae.Uint32(3, 1)
	})
}

// verdict is the error message: always for a failure, else if it was asked for.
// EINTR is never answered (netlink_rcv_skb): that is what the kernel says to itself
// when a sync daemon is stopped before it has run.
func (r request) verdict(errno syscall.Errno) [][]byte {
	if errno == 0 && r.flags&netlink.Acknowledge == 0 || errno == syscall.EINTR {
		return nil
	}
	code := binary.NativeEndian.AppendUint32(nil, uint32(-int32(errno)))
	echo := make([]byte, 16) // the header of the request; nobody reads it
	return [][]byte{r.message(uint16(netlink.Error), 0, append(code, echo...))}
}

// single answers with one message.
func (r request) single(command uint8, fill func(*netlink.AttributeEncoder)) [][]byte {
	return [][]byte{r.message(family, 0, append([]byte{command, 1, 0, 0}, encode(fill)...))}
}

// list answers with all messages in one datagram and the end of the list in another.
func (r request) list(command uint8, messages [][]byte, interrupted bool) [][]byte {
	flags := netlink.Multi
	if interrupted {
		flags |= netlink.DumpInterrupted
	}
	var datagrams [][]byte
	if len(messages) > 0 {
		datagrams = append(datagrams, nil)
	}
	for _, m := range messages {
		datagrams[0] = append(datagrams[0], r.message(family, flags, append([]byte{command, 1, 0, 0}, m...))...)
	}
	return append(datagrams, r.message(uint16(netlink.Done), flags, make([]byte, 4)))
}

// message puts the netlink header before data.
func (r request) message(kind uint16, flags netlink.HeaderFlags, data []byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(16+len(data)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, uint16(flags))
	b = binary.NativeEndian.AppendUint32(b, r.seq)
	b = binary.NativeEndian.AppendUint32(b, 0)
	b = append(b, data...)
	return append(b, make([]byte, (4-len(b)%4)%4)...)
}

// encode gives attributes as bytes. What this package encodes always fits.
func encode(fill func(*netlink.AttributeEncoder)) []byte {
	ae := netlink.NewAttributeEncoder()
	fill(ae)
	b, _ := ae.Encode()
	return b
}

// serviceAttributes are in the kernel's order, with 16 bytes for every address.
func serviceAttributes(s ipvs.ServiceEntry) func(*netlink.AttributeEncoder) error {
	return func(ae *netlink.AttributeEncoder) error {
		ae.Uint16(1, uint16(s.Family))
		if s.FWMark != 0 {
			ae.Uint32(5, s.FWMark)
		} else {
			ae.Uint16(2, uint16(s.Protocol))
			ae.Bytes(3, address16(s.Address.Addr().AsSlice()))
			ae.Bytes(4, binary.BigEndian.AppendUint16(nil, s.Address.Port()))
		}
		ae.String(6, s.Scheduler)
		if s.PE != "" {
			ae.String(11, s.PE)
		}
		f := binary.NativeEndian.AppendUint32(nil, uint32(s.Flags|ipvs.FlagHashed))
		ae.Bytes(7, binary.NativeEndian.AppendUint32(f, 0xffffffff))
		ae.Uint32(8, uint32(s.Persistence.Seconds()))
		if s.Family == ipvs.IPv4 {
			ae.Bytes(9, binary.BigEndian.AppendUint32(nil, uint32(s.Netmask)))
		} else {
			ae.Uint32(9, uint32(s.Netmask))
		}
		ae.Nested(10, stats32(s.Stats))
		ae.Nested(12, stats64(s.Stats))
		return nil
	}
}

func destinationAttributes(d ipvs.DestinationEntry) func(*netlink.AttributeEncoder) error {
	return func(ae *netlink.AttributeEncoder) error {
		ae.Bytes(1, address16(d.Address.Addr().AsSlice()))
		ae.Bytes(2, binary.BigEndian.AppendUint16(nil, d.Address.Port()))
		ae.Uint32(3, uint32(d.Method))
		ae.Uint32(4, d.Weight)
		ae.Uint8(13, uint8(d.Tunnel.Type))
		ae.Bytes(14, binary.BigEndian.AppendUint16(nil, d.Tunnel.Port))
		ae.Uint16(15, uint16(d.Tunnel.Flags))
		ae.Uint32(5, d.UpperThreshold)
		ae.Uint32(6, d.LowerThreshold)
		ae.Uint32(7, d.ActiveConns)
		ae.Uint32(8, d.InactiveConns)
		ae.Uint32(9, d.PersistentConns)
		ae.Uint16(11, uint16(ipvs.FamilyOf(d.Address.Addr())))
		ae.Nested(10, stats32(d.Stats))
		ae.Nested(12, stats64(d.Stats))
		return nil
	}
}

func address16(b []byte) []byte { return append(b, make([]byte, 16-len(b))...) }

// counters are in the order of their numbers, from 1.
func counters(s ipvs.Stats) []uint64 {
	return []uint64{
		s.Connections, s.PacketsIn, s.PacketsOut, s.BytesIn, s.BytesOut,
		s.CPS, s.PPSIn, s.PPSOut, s.BPSIn, s.BPSOut,
	}
}

func stats64(s ipvs.Stats) func(*netlink.AttributeEncoder) error {
	return func(ae *netlink.AttributeEncoder) error {
		for i, n := range counters(s) {
			ae.Uint64(uint16(i+1), n)
		}
		return nil
	}
}

// stats32 cuts every counter but the bytes to 32 bits.
func stats32(s ipvs.Stats) func(*netlink.AttributeEncoder) error {
	return func(ae *netlink.AttributeEncoder) error {
		for i, n := range counters(s) {
			if number := uint16(i + 1); number == 4 || number == 5 {
				ae.Uint64(number, n)
			} else {
				ae.Uint32(number, uint32(n))
			}
		}
		return nil
	}
}
