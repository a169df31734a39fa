package ipvsadm

import (
	"fmt"
	"math/bits"

	"github.com/lvsctl/lvsctl/ipvs"
)

// demand is what a command needs and what it can do with; oneOf exclude each other.
// What is needed or excluded is allowed.
type demand struct{ needs, allows, oneOf options }

// demandOf each command.
func demandOf(c command) demand {
	switch c {
	case addService, editService:
		return demand{
			needs:  set(optService),
			allows: set(optScheduler, optPersistent, optNetmask, optOnePacket, optEngine, optSchedFlags),
		}
	case deleteService:
		return demand{needs: set(optService)}
	case addServer, editServer:
		return demand{
			needs:  set(optService, optServer),
			allows: set(optForward, optWeight, optUpper, optLower) | tunnelOptions,
		}
	case deleteServer:
		return demand{needs: set(optService, optServer)}
	case list:
		return demand{
			allows: set(optNumeric, optStats, optRate, optThresholds, optPersistentConn, optNosort, optSyncID, optExact, optTunInfo),
			oneOf:  set(optConnection, optService, optTimeout, optDaemon),
		}
	case startDaemon:
		return demand{allows: set(optInterface, optSyncID, optGroup, optPort, optTTL, optMaxLength)}
	case stopDaemon:
		return demand{allows: set(optSyncID)}
	case save:
		return demand{allows: set(optNumeric)}
	case zero:
		return demand{allows: set(optService)}
	case restore:
		return demand{allows: set(optAtomic)}
	default:
		return demand{}
	}
}

const tunnelOptions = options(1<<optTunType | 1<<optTunPort | 1<<optTunNoChecksum | 1<<optTunChecksum | 1<<optTunRemoteChecksum)

// tunnel is a tunnel type with the name that the language has for it.
type tunnel ipvs.TunnelType

func (t tunnel) String() string { return tunnelName(ipvs.TunnelType(t)) }

func (t tunnel) demand() demand {
	d := demand{allows: set(optTunType)}
	switch ipvs.TunnelType(t) {
	case ipvs.GUE:
		d.needs = set(optTunPort)
		d.oneOf = set(optTunNoChecksum, optTunChecksum, optTunRemoteChecksum)
	case ipvs.GRE:
		d.oneOf = set(optTunNoChecksum, optTunChecksum)
	}
	return d
}

// judge finds the first option that is missing, out of place, or excluded by one
// before it. Who demands is named in messages: "the 'list' command".
func (d demand) judge(who fmt.Stringer, what string, given options) error {
	allowed := d.needs | d.allows | d.oneOf
	if d.needs&^given == 0 && given&^allowed == 0 && bits.OnesCount64(uint64(given&d.oneOf)) < 2 {
		return nil
	}
	taken := optNone
	for o := range numOptions {
		switch {
		case !given.has(o) && d.needs.has(o):
			return misuse("You need to supply the '%s' option for the '%s' %s", o, who, what)
		case !given.has(o):
		case !allowed.has(o):
			return misuse("Illegal '%s' option with the '%s' %s", o, who, what)
		case d.oneOf.has(o) && taken != optNone:
			return misuse("The option '%s' conflicts with the '%s' option in the '%s' %s", o, taken, who, what)
		case d.oneOf.has(o):
			taken = o
		}
	}
	return nil
}
