package ipvsadm

// This file is the whole language as a table: the words, what each may go with,
// and which of them are still to be supported. popt.go takes a command line apart
// by it, parse.go gives the words their meaning.

// command is what the first word of a command line asks for.
type command uint8

const (
	noCommand command = iota
	addService
	editService
	deleteService
	clearTable
	addServer
	editServer
	deleteServer
	list
	help
	version
	later // ipvsadm has it, lvsctl not yet
	numCommands
)

// String is the command as messages call it.
func (c command) String() string {
	return [numCommands]string{
		addService: "add-service", editService: "edit-service", deleteService: "delete-service",
		clearTable: "flush", addServer: "add-server", editServer: "edit-server",
		deleteServer: "delete-server", list: "list",
	}[c]
}

// option is a kind of option: those of one kind exclude each other. The order is
// the order in which combinations are judged.
type option uint8

const (
	optNumeric option = iota
	optService
	optScheduler
	optPersistent
	optNetmask
	optServer
	optForward
	optWeight
	optUpper
	optLower
	optNosort
	optOnePacket
	optEngine
	optSchedFlags
	numOptions
	optNone = numOptions // goes with every command, as often as one likes
)

// String is the option as messages call it.
func (o option) String() string {
	return [numOptions + 1]string{
		"numeric", "service-address", "scheduler", "persistent", "netmask", "real-server",
		"forwarding-method", "weight", "u-threshold", "l-threshold", "nosort", "ops", "pe", "sched-flags", "",
	}[o]
}

// options is a set of them.
type options uint32

func set(os ...option) (s options) {
	for _, o := range os {
		s |= 1 << o
	}
	return s
}

func (s options) has(o option) bool { return s&(1<<o) != 0 }

// argument tells whether a word is followed by a value.
type argument uint8

const (
	noArgument argument = iota
	required
	optional // the next word, unless it begins with a dash
)

// word is one word of the language.
type word struct {
	short    byte // 0 for none
	long     string
	argument argument
	command  command // noCommand for options
	option   option
	// take gives the word its meaning; nil: lvsctl does not have it yet.
	take func(p *parser, value string) error
}

// String is the word as it is typed, the short form if there is one.
func (w *word) String() string {
	if w.short != 0 {
		return "-" + string(rune(w.short))
	}
	return "--" + w.long
}

// words is every word of ipvsadm 1.31.
var words = []word{
	{short: 'A', long: "add-service", command: addService, option: optNone, take: (*parser).none},
	{short: 'E', long: "edit-service", command: editService, option: optNone, take: (*parser).none},
	{short: 'D', long: "delete-service", command: deleteService, option: optNone, take: (*parser).none},
	{short: 'C', long: "clear", command: clearTable, option: optNone, take: (*parser).none},
	{short: 'a', long: "add-server", command: addServer, option: optNone, take: (*parser).none},
	{short: 'e', long: "edit-server", command: editServer, option: optNone, take: (*parser).none},
	{short: 'd', long: "delete-server", command: deleteServer, option: optNone, take: (*parser).none},
	{short: 'L', long: "list", command: list, option: optNone, take: (*parser).none},
	{short: 'l', long: "list", command: list, option: optNone, take: (*parser).none},
	{short: 'h', long: "help", command: help, option: optNone, take: (*parser).none},
	{short: 'v', long: "version", command: version, option: optNone, take: (*parser).none},

	{short: 't', long: "tcp-service", argument: required, option: optService, take: (*parser).tcpService},
	{short: 'u', long: "udp-service", argument: required, option: optService, take: (*parser).udpService},
	{long: "sctp-service", argument: required, option: optService, take: (*parser).sctpService},
	{short: 'f', long: "fwmark-service", argument: required, option: optService, take: (*parser).fwmarkService},
	{short: '6', long: "ipv6", option: optNone, take: (*parser).ipv6},
	{short: 's', long: "scheduler", argument: required, option: optScheduler, take: (*parser).scheduler},
	{short: 'p', long: "persistent", argument: optional, option: optPersistent, take: (*parser).persistent},
	{short: 'M', long: "netmask", argument: required, option: optNetmask, take: (*parser).netmask},
	{long: "pe", argument: required, option: optEngine, take: (*parser).engine},
	{short: 'b', long: "sched-flags", argument: required, option: optSchedFlags, take: (*parser).schedFlags},
	{short: 'o', long: "ops", option: optOnePacket, take: (*parser).onePacket},

	{short: 'r', long: "real-server", argument: required, option: optServer, take: (*parser).realServer},
	{short: 'g', long: "gatewaying", option: optForward, take: (*parser).gatewaying},
	{short: 'i', long: "ipip", option: optForward, take: (*parser).ipip},
	{short: 'm', long: "masquerading", option: optForward, take: (*parser).masquerading},
	{short: 'w', long: "weight", argument: required, option: optWeight, take: (*parser).weight},
	{short: 'x', long: "u-threshold", argument: required, option: optUpper, take: (*parser).upperThreshold},
	{short: 'y', long: "l-threshold", argument: required, option: optLower, take: (*parser).lowerThreshold},

	{short: 'n', long: "numeric", option: optNumeric, take: (*parser).numeric},
	{long: "nosort", option: optNosort, take: (*parser).nosort},
	{long: "sort", option: optNone, take: (*parser).none},

	// Not yet.
	{short: 'R', long: "restore", command: later}, {short: 'S', long: "save", command: later},
	{short: 'Z', long: "zero", command: later}, {long: "set", command: later},
	{long: "start-daemon", argument: required, command: later},
	{long: "stop-daemon", argument: required, command: later},
	{short: 'c', long: "connection"}, {long: "timeout"}, {long: "daemon"}, {long: "stats"}, {long: "rate"},
	{long: "thresholds"}, {long: "persistent-conn"}, {long: "tun-info"}, {short: 'X', long: "exact"},
	{long: "tun-type", argument: required}, {long: "tun-port", argument: required},
	{long: "tun-nocsum"}, {long: "tun-csum"}, {long: "tun-remcsum"},
	{long: "mcast-interface", argument: required}, {long: "syncid", argument: required},
	{long: "sync-maxlen", argument: required}, {long: "mcast-group", argument: required},
	{long: "mcast-port", argument: required}, {long: "mcast-ttl", argument: required},
}

// demand is what a command needs and what it can do with.
type demand struct{ needs, allows options }

// demands of each command; what is needed is allowed.
func demands(c command) demand {
	switch c {
	case addService, editService:
		return demand{
			needs:  set(optService),
			allows: set(optScheduler, optPersistent, optNetmask, optOnePacket, optEngine, optSchedFlags),
		}
	case deleteService:
		return demand{needs: set(optService)}
	case addServer, editServer:
		return demand{needs: set(optService, optServer), allows: set(optForward, optWeight, optUpper, optLower)}
	case deleteServer:
		return demand{needs: set(optService, optServer)}
	case list:
		return demand{allows: set(optNumeric, optService, optNosort)}
	default:
		return demand{}
	}
}

// judge finds the first option that is missing or out of place.
func (d demand) judge(c command, given options) error {
	for o := range numOptions {
		switch {
		case d.needs.has(o) && !given.has(o):
			return misuse("You need to supply the '%s' option for the '%s' command", o, c)
		case given.has(o) && !(d.needs | d.allows).has(o):
			return misuse("Illegal '%s' option with the '%s' command", o, c)
		}
	}
	return nil
}
