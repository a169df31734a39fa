// Package ipvsadm is the language of ipvsadm(8): Parse reads a command line, Run
// carries it out with an ipvs.Client, Render writes a listing, to the byte. ReadRules
// reads what -S writes. Program is ipvsadm as a whole, with its messages and exit
// statuses.
package ipvsadm

import (
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
	Atomic  bool      // for Restore: all rules or none
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

// Parse reads the arguments behind the program's name. No arguments ask for the
// table. The error is an *Error; nothing was done then.
func Parse(args []string, names Resolver) (Command, error) {
	if len(args) == 0 {
		return Command{Kind: List}, nil
	}
	p := parser{names: names}
	kind, err := p.line(args)
	if err != nil {
		return Command{}, err
	}
	c := Command{Kind: kind, Listing: p.listing, Atomic: p.given.has(optAtomic)}
	if kind == Change {
		c.Ops = []ipvs.Op{p.op}
	}
	return c, nil
}

// parser holds what was understood of a line so far. The order of the words matters
// in a few places, as in ipvsadm: a real server takes its default port from the
// service named before it. One parser can read many lines.
type parser struct {
	names   Resolver
	scan    scanner
	command command
	given   options

	service     ipvs.Service
	destination ipvs.Destination
	flagNames   string // of -b: they depend on the scheduler, which may come later
	daemon      ipvs.Daemon
	timeouts    ipvs.Timeouts

	// What comes out.
	listing Listing
	op      ipvs.Op
}

// line reads one command line of at least one word.
func (p *parser) line(args []string) (Kind, error) {
	*p = parser{names: p.names, scan: scanner{args: args, rest: p.scan.rest[:0]}}
	p.service.Family = ipvs.IPv4
	p.service.Netmask = ipvs.FullNetmask(ipvs.IPv4)
	p.destination.Method, p.destination.Weight = ipvs.DirectRoute, 1
	p.daemon.Interface = defaultInterface
	if err := p.first(); err != nil {
		return 0, err
	}
	switch p.command {
	case help:
		return Help, nil
	case version:
		return Version, nil
	}
	if err := p.words(); err != nil {
		return 0, err
	}
	if err := p.check(); err != nil {
		return 0, err
	}
	return p.result(), nil
}

// first takes the command.
func (p *parser) first() error {
	const rule = "the first option must be a command"
	w, value, err := p.scan.scan()
	switch {
	case err != nil:
		return &Error{Class: NoCommand, text: err.Error() + "; " + rule, word: p.scan.next}
	case w == nil && len(p.scan.rest) > 0:
		return &Error{Class: NoCommand, text: p.unexpected() + "; " + rule, word: p.scan.rest[0] + 1}
	case w == nil:
		return &Error{Class: NoCommand, text: rule}
	case w.command == noCommand:
		return &Error{Class: NoCommand, text: w.String() + " is not a command; " + rule, word: p.scan.next}
	}
	p.command = w.command
	return p.take(w, value)
}

// words takes the options.
func (p *parser) words() error {
	for {
		w, value, err := p.scan.scan()
		switch {
		case err != nil:
			return p.blame(err)
		case w == nil:
			return nil
		case w.command != noCommand:
			// ipvsadm names the argument that was read last, be it a value.
			return p.blame(misuse("invalid option `%s' (%s is a second command)", p.scan.args[p.scan.next-1], w))
		case p.given.has(w.option) && w.option != optNone:
			return p.blame(misuse("multiple '%s' options specified", w.option))
		}
		if w.option != optNone {
			p.given |= set(w.option)
		}
		if err := p.take(w, value); err != nil {
			return err
		}
	}
}

// take gives a word its meaning.
func (p *parser) take(w *word, value string) error {
	if w.take == nil {
		return nil
	}
	return p.blame(w.take(p, value))
}

// blame says that the mistake is in the word that was read last.
func (p *parser) blame(err error) error { return blame(err, p.scan.next) }

// unexpected names the first word that is neither an option nor its value.
func (p *parser) unexpected() string {
	return "unexpected argument " + p.scan.args[p.scan.rest[0]]
}

// check judges what only the whole line tells.
func (p *parser) check() error {
	if p.command == setTimeouts {
		if err := p.takeTimeouts(); err != nil {
			return err
		}
	}
	if len(p.scan.rest) > 0 {
		return &Error{Class: Misuse, text: p.unexpected(), word: p.scan.rest[0] + 1}
	}
	if err := p.applySchedFlags(); err != nil {
		return err
	}
	if err := demandOf(p.command).judge(p.command, "command", p.given); err != nil {
		return err
	}
	switch p.command {
	case addService, editService:
		return p.checkService()
	case addServer, editServer:
		return p.checkServer()
	case list:
		return p.checkListing()
	}
	return nil
}

// result puts together what the line asks for.
func (p *parser) result() Kind {
	switch p.command {
	case list:
		p.setListing()
		return List
	case save:
		p.listing.Numeric = p.given.has(optNumeric)
		return Save
	case restore:
		return Restore
	}
	p.op = ipvs.Op{Kind: p.command.op(), Service: p.service, Destination: p.destination}
	switch p.command {
	case zero:
		if p.given.has(optService) {
			p.op.Kind = ipvs.ZeroService
		}
	case setTimeouts:
		p.op.Timeouts = &ipvs.Timeouts{TCP: p.timeouts.TCP, TCPFin: p.timeouts.TCPFin, UDP: p.timeouts.UDP}
	case startDaemon, stopDaemon:
		p.op.Daemon = new(ipvs.Daemon)
		*p.op.Daemon = p.daemon
	}
	return Change
}

// op is the operation behind a command that changes something.
func (c command) op() ipvs.OpKind {
	return [numCommands]ipvs.OpKind{
		addService: ipvs.AddService, editService: ipvs.EditService, deleteService: ipvs.DeleteService,
		addServer: ipvs.AddDestination, editServer: ipvs.EditDestination, deleteServer: ipvs.DeleteDestination,
		clearTable: ipvs.Flush, zero: ipvs.ZeroAll, setTimeouts: ipvs.SetTimeouts,
		startDaemon: ipvs.StartDaemon, stopDaemon: ipvs.StopDaemon,
	}[c]
}

// checkListing refuses formats of what has none.
func (p *parser) checkListing() error {
	noTable := set(optConnection, optTimeout, optDaemon)
	switch {
	case p.given&noTable != 0 && p.given&set(optStats, optRate, optThresholds) != 0,
		p.given&set(optTimeout, optDaemon) != 0 && p.given.has(optPersistentConn):
		return misuse("options conflicts in the list command (a format, with something that is not the table)")
	}
	return nil
}

func (p *parser) setListing() {
	p.listing = Listing{
		Numeric: p.given.has(optNumeric), Nosort: p.given.has(optNosort), Exact: p.given.has(optExact),
		Format: p.format(),
	}
	switch {
	case p.given.has(optConnection):
		p.listing.Subject = TheConnections
		if p.listing.Format != PersistentFormat {
			p.listing.Format = Plain
		}
	case p.given.has(optTimeout):
		p.listing.Subject, p.listing.Format = TheTimeouts, Plain
	case p.given.has(optDaemon):
		p.listing.Subject, p.listing.Format = TheDaemons, Plain
	case p.given.has(optService):
		key := p.service.ServiceKey
		p.listing.Service = &key
	}
}

// format is the first one of those asked for.
func (p *parser) format() Format {
	for _, f := range [...]struct {
		option option
		format Format
	}{
		{optStats, StatsFormat}, {optRate, RateFormat}, {optThresholds, ThresholdsFormat},
		{optPersistentConn, PersistentFormat}, {optTunInfo, TunnelFormat},
	} {
		if p.given.has(f.option) {
			return f.format
		}
	}
	return Plain
}
