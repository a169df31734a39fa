package ipvsadm

// This file is the whole language as a table. popt.go takes a command line apart by
// it, parse*.go give the words their meaning, demand.go says what goes with what.

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
	zero
	setTimeouts
	startDaemon
	stopDaemon
	save
	restore
	help
	version
	numCommands
)

// String is the command as messages call it.
func (c command) String() string {
	return [numCommands]string{
		addService: "add-service", editService: "edit-service", deleteService: "delete-service",
		clearTable: "flush", addServer: "add-server", editServer: "edit-server",
		deleteServer: "delete-server", list: "list", zero: "zero", setTimeouts: "set",
		startDaemon: "start-daemon", stopDaemon: "stop-daemon", save: "save", restore: "restore",
	}[c]
}

// option is a kind of option: those of one kind exclude each other. The order is
// the order in which combinations are judged.
type option uint8

const (
	optNumeric option = iota
	optConnection
	optService
	optScheduler
	optPersistent
	optNetmask
	optServer
	optForward
	optWeight
	optUpper
	optLower
	optInterface
	optTimeout
	optDaemon
	optStats
	optRate
	optThresholds
	optPersistentConn
	optNosort
	optSyncID
	optExact
	optOnePacket
	optEngine
	optSchedFlags
	optGroup
	optPort
	optTTL
	optMaxLength
	optTunInfo
	optTunType
	optTunPort
	optTunNoChecksum
	optTunChecksum
	optTunRemoteChecksum
	optAtomic // a word of lvsctl
	numOptions
	optNone = numOptions // goes with every command, as often as one likes
)

// String is the option as messages call it.
func (o option) String() string {
	return [numOptions + 1]string{
		"numeric", "connection", "service-address", "scheduler", "persistent", "netmask",
		"real-server", "forwarding-method", "weight", "u-threshold", "l-threshold",
		"mcast-interface", "timeout", "daemon", "stats", "rate", "thresholds",
		"persistent-conn", "nosort", "syncid", "exact", "ops", "pe", "sched-flags",
		"mcast-group", "mcast-port", "mcast-ttl", "sync-maxlen", "tun-info", "tun-type",
		"tun-port", "tun-nocsum", "tun-csum", "tun-remcsum", "atomic", "",
	}[o]
}

// options is a set of them.
type options uint64

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
	// take gives the word its meaning, where that is more than to have been said.
	take func(p *parser, value string) error
}

// String is the word as it is typed, the short form if there is one.
func (w *word) String() string {
	if w.short != 0 {
		return "-" + string(rune(w.short))
	}
	return "--" + w.long
}

// words is every word of ipvsadm 1.31, and --atomic. Of two with one name the first
// counts.
var words = []word{
	{short: 'A', long: "add-service", command: addService},
	{short: 'E', long: "edit-service", command: editService},
	{short: 'D', long: "delete-service", command: deleteService},
	{short: 'C', long: "clear", command: clearTable},
	{short: 'a', long: "add-server", command: addServer},
	{short: 'e', long: "edit-server", command: editServer},
	{short: 'd', long: "delete-server", command: deleteServer},
	{short: 'L', long: "list", command: list},
	{short: 'l', long: "list", command: list},
	{short: 'Z', long: "zero", command: zero},
	{short: 'S', long: "save", command: save},
	{short: 'R', long: "restore", command: restore},
	{long: "set", command: setTimeouts},
	{long: "start-daemon", argument: required, command: startDaemon, take: (*parser).startRole},
	{long: "stop-daemon", argument: required, command: stopDaemon, take: (*parser).stopRole},
	{short: 'h', long: "help", command: help},
	{short: 'v', long: "version", command: version},

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
	{long: "tun-type", argument: required, option: optTunType, take: (*parser).tunnelType},
	{long: "tun-port", argument: required, option: optTunPort, take: (*parser).tunnelPort},
	{long: "tun-nocsum", option: optTunNoChecksum},
	{long: "tun-csum", option: optTunChecksum, take: (*parser).tunnelChecksum},
	{long: "tun-remcsum", option: optTunRemoteChecksum, take: (*parser).tunnelRemoteChecksum},

	{short: 'n', long: "numeric", option: optNumeric},
	{short: 'c', long: "connection", option: optConnection},
	{long: "timeout", option: optTimeout},
	{long: "daemon", option: optDaemon},
	{long: "stats", option: optStats},
	{long: "rate", option: optRate},
	{long: "thresholds", option: optThresholds},
	{long: "persistent-conn", option: optPersistentConn},
	{long: "tun-info", option: optTunInfo},
	{long: "nosort", option: optNosort},
	{long: "sort", option: optNone},
	{short: 'X', long: "exact", option: optExact},

	{long: "mcast-interface", argument: required, option: optInterface, take: (*parser).mcastInterface},
	{long: "syncid", argument: required, option: optSyncID, take: (*parser).syncID},
	{long: "sync-maxlen", argument: required, option: optMaxLength, take: (*parser).maxLength},
	{long: "mcast-group", argument: required, option: optGroup, take: (*parser).mcastGroup},
	{long: "mcast-port", argument: required, option: optPort, take: (*parser).mcastPort},
	{long: "mcast-ttl", argument: required, option: optTTL, take: (*parser).mcastTTL},

	{long: "atomic", option: optAtomic},
}

// letters finds a word by its letter. Rules are written in letters, and there can be
// many of them.
var letters = func() (by [256]*word) {
	for i := range words {
		if w := &words[i]; w.short != 0 {
			by[w.short] = w
		}
	}
	return by
}()

// longWord finds a word by its long name, nil if there is none.
func longWord(name string) *word {
	for i := range words {
		if words[i].long == name {
			return &words[i]
		}
	}
	return nil
}
