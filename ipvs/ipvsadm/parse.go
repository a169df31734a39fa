// Package ipvsadm is the language of ipvsadm(8): Parse reads a command line, Run
// carries it out with an ipvs.Client, Render writes a listing, to the byte.
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

// Kind is what a command line asks for.
type Kind uint8

// Kinds of commands.
const (
	Help Kind = iota + 1
	Version
	List
	Change
	Save    // print the table as rules
	Restore // carry out the rules on standard input
)

// Command is a command line that was understood.
type Command struct {
	Kind    Kind
	Listing Listing   // for List, and for Save as far as Numeric
	Ops     []ipvs.Op // for Change
}

// Subject is what is listed.
type Subject uint8

// Subjects of a listing.
const (
	TheTable       Subject = iota
	TheConnections         // -c
	TheTimeouts            // --timeout
	TheDaemons             // --daemon
)

// Format is what a listing tells of each service and real server. Of several that
// are asked for together, the first in the order stats, rate, thresholds,
// persistent-conn, tun-info counts.
type Format uint8

// Formats of a listing. Of connections there are Plain and PersistentFormat.
const (
	Plain Format = iota
	StatsFormat
	RateFormat
	ThresholdsFormat
	PersistentFormat
	TunnelFormat
)

// Listing says what to list, and how.
type Listing struct {
	Subject Subject
	Format  Format
	Service *ipvs.ServiceKey // only this one; nil for the whole table
	Numeric bool             // addresses and ports as numbers
	Nosort  bool             // in the order of the kernel
	Exact   bool             // counters with all digits
}

// Limits and defaults of the language.
const (
	maxTimeout       = 31 * 24 * 60 * 60 // seconds
	defaultTimeout   = 360 * time.Second
	defaultScheduler = "wlc"
	maxSchedulerName = 15
	maxEngineName    = 16
)

// Parse reads the arguments behind the program's name. No arguments ask for the
// table. The error is an *Error; nothing was done then.
func Parse(args []string, names Resolver) (Command, error) {
	if len(args) == 0 {
		return Command{Kind: List}, nil
	}
	p := &parser{names: names, scan: scanner{args: args}}
	p.service.Family = ipvs.IPv4
	p.service.Netmask = ipvs.FullNetmask(ipvs.IPv4)
	p.destination.Method, p.destination.Weight = ipvs.DirectRoute, 1
	if err := p.first(); err != nil {
		return Command{}, err
	}
	switch p.command {
	case help:
		return Command{Kind: Help}, nil
	case version:
		return Command{Kind: Version}, nil
	}
	if err := p.words(); err != nil {
		return Command{}, err
	}
	return p.result()
}

// parser holds what was understood so far. The order of the words matters in a
// few places, as in ipvsadm: a real server takes its default port from the service
// named before it.
type parser struct {
	names   Resolver
	scan    scanner
	command command
	given   options

	service     ipvs.Service
	destination ipvs.Destination
	flagNames   string // of -b: they depend on the scheduler, which may come later
	listing     Listing
}

// first takes the command.
func (p *parser) first() error {
	const rule = "the first option must be a command"
	w, _, err := p.scan.scan()
	switch {
	case err != nil:
		return &Error{Class: NoCommand, text: err.Error() + "; " + rule}
	case w == nil && len(p.scan.rest) > 0:
		return &Error{Class: NoCommand, text: "unexpected argument " + p.scan.rest[0] + "; " + rule}
	case w == nil:
		return &Error{Class: NoCommand, text: rule}
	case w.command == noCommand:
		return &Error{Class: NoCommand, text: w.String() + " is not a command; " + rule}
	case w.command == later:
		return unsupported(w.String())
	}
	p.command = w.command
	return nil
}

// words takes the options.
func (p *parser) words() error {
	for {
		w, value, err := p.scan.scan()
		switch {
		case err != nil:
			return err
		case w == nil:
			return nil
		case w.command != noCommand:
			return misuse("invalid option `%s'", w)
		case w.take == nil:
			return unsupported(w.String())
		case p.given.has(w.option) && w.option != optNone:
			return misuse("multiple '%s' options specified", w.option)
		}
		p.given |= set(w.option)
		if err := w.take(p, value); err != nil {
			return err
		}
	}
}

// result checks what only the whole line tells, and gives the command.
func (p *parser) result() (Command, error) {
	if len(p.scan.rest) > 0 {
		return Command{}, misuse("unexpected argument %s", p.scan.rest[0])
	}
	if err := p.applySchedFlags(); err != nil {
		return Command{}, err
	}
	if err := demands(p.command).judge(p.command, p.given); err != nil {
		return Command{}, err
	}
	var err error
	switch p.command {
	case list:
		if p.given.has(optService) {
			p.listing.Service = &p.service.ServiceKey
		}
		return Command{Kind: List, Listing: p.listing}, nil
	case addService, editService:
		err = p.checkService()
	case addServer, editServer:
		err = p.checkServer()
	}
	if err != nil {
		return Command{}, err
	}
	op := ipvs.Op{Kind: p.command.op(), Service: p.service, Destination: p.destination}
	return Command{Kind: Change, Ops: []ipvs.Op{op}}, nil
}

// op is the operation behind a command that changes something.
func (c command) op() ipvs.OpKind {
	return [numCommands]ipvs.OpKind{
		addService: ipvs.AddService, editService: ipvs.EditService, deleteService: ipvs.DeleteService,
		addServer: ipvs.AddDestination, editServer: ipvs.EditDestination, deleteServer: ipvs.DeleteDestination,
		clearTable: ipvs.Flush,
	}[c]
}

func (p *parser) checkService() error {
	s := &p.service
	switch {
	case s.FWMark == 0 && s.Address.Port() == 0 && !p.given.has(optPersistent):
		return misuse("Zero port specified for non-persistent service")
	case p.given.has(optOnePacket) && s.FWMark == 0 && s.Protocol != ipvs.UDP:
		return misuse("One-Packet Scheduling is only for UDP virtual services")
	}
	if s.Scheduler == "" {
		s.Scheduler = defaultScheduler
	}
	return nil
}

// checkServer also puts the port right: only masquerading can change it.
func (p *parser) checkServer() error {
	d := &p.destination
	if p.service.FWMark == 0 && d.Method != ipvs.Masquerade {
		d.Address = netip.AddrPortFrom(d.Address.Addr(), p.service.Address.Port())
	}
	if ipvs.FamilyOf(d.Address.Addr()) != p.service.Family && d.Method != ipvs.Tunnel {
		return misuse("Different address family is allowed only for tunneling servers")
	}
	return nil
}

func (p *parser) none(string) error { return nil }

func (p *parser) tcpService(v string) error  { return p.addressService(ipvs.TCP, v) }
func (p *parser) udpService(v string) error  { return p.addressService(ipvs.UDP, v) }
func (p *parser) sctpService(v string) error { return p.addressService(ipvs.SCTP, v) }

func (p *parser) addressService(proto ipvs.Protocol, v string) error {
	e, ok := parseEndpoint(v, proto, p.names)
	if !ok {
		return misuse("illegal virtual server address[:port] specified")
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
		return misuse("invalid fwmark value `%s' specified", v)
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

func (p *parser) persistent(v string) error {
	p.service.Flags |= ipvs.FlagPersistent
	p.service.Persistence = defaultTimeout
	if v == defaultValue {
		return nil
	}
	n, ok := number(v, 1, maxTimeout)
	if !ok {
		return misuse("invalid timeout value `%s' specified", v)
	}
	p.service.Persistence = time.Duration(n) * time.Second
	return nil
}

func (p *parser) netmask(v string) error {
	if p.service.Family == ipvs.IPv6 {
		n := leadingNumber(v)
		if n < 1 || n > 128 {
			return misuse("illegal ipv6 netmask specified")
		}
		p.service.Netmask = ipvs.Netmask(n)
		return nil
	}
	a, ok := parseIPv4OrName(v, p.names)
	if !ok {
		return misuse("illegal virtual server persistent mask specified")
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
	for end < len(v) && allDigits(v[end:end+1]) {
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
	for name := range strings.SplitSeq(p.flagNames, ",") {
		if name == "" {
			continue
		}
		flag, of := schedFlag(name)
		switch {
		case flag == 0:
			return misuse("invalid scheduler flag `%s'", name)
		case of != "" && of != p.service.Scheduler:
			return misuse("incompatible scheduler flag `%s'", name)
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

func (p *parser) realServer(v string) error {
	e, ok := parseEndpoint(v, p.service.Protocol, p.names)
	if !ok {
		return misuse("illegal real server address[:port] specified")
	}
	if !e.hasPort {
		e.port = p.service.Address.Port()
	}
	p.destination.Address = netip.AddrPortFrom(e.addr, e.port)
	return nil
}

func (p *parser) gatewaying(string) error   { return p.forward(ipvs.DirectRoute) }
func (p *parser) ipip(string) error         { return p.forward(ipvs.Tunnel) }
func (p *parser) masquerading(string) error { return p.forward(ipvs.Masquerade) }

func (p *parser) forward(m ipvs.ForwardingMethod) error {
	p.destination.Method = m
	return nil
}

func (p *parser) weight(v string) (err error) {
	p.destination.Weight, err = positive(v, "illegal weight specified")
	return err
}

func (p *parser) upperThreshold(v string) (err error) {
	p.destination.UpperThreshold, err = positive(v, "illegal u_threshold specified")
	return err
}

func (p *parser) lowerThreshold(v string) (err error) {
	p.destination.LowerThreshold, err = positive(v, "illegal l_threshold specified")
	return err
}

// positive reads a number that fits into an int of the kernel.
func positive(v, otherwise string) (uint32, error) {
	n, ok := number(v, 0, math.MaxInt32)
	if !ok {
		return 0, misuse("%s", otherwise)
	}
	return uint32(n), nil
}

func (p *parser) numeric(string) error {
	p.listing.Numeric = true
	return nil
}

func (p *parser) nosort(string) error {
	p.listing.Nosort = true
	return nil
}
