package document

import (
	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
)

// Op is one change of the table as a document. Which fields it has depends on what
// it does; docs/ipvs.md tells.
type Op struct {
	Op       string      `json:"op" yaml:"op"`
	Service  any         `json:"service,omitempty" yaml:"service,omitempty"` // a Setting where it is added or edited, else a Key
	Server   any         `json:"server,omitempty" yaml:"server,omitempty"`   // a Server, an Endpoint where it is deleted
	Before   any         `json:"before,omitempty" yaml:"before,omitempty"`   // what is edited, as it was: a Setting or a Server
	Timeouts *Timeouts   `json:"timeouts,omitempty" yaml:"timeouts,omitempty"`
	Daemon   *SyncDaemon `json:"sync_daemon,omitempty" yaml:"sync_daemon,omitempty"`
}

// Endpoint identifies a real server of a service.
type Endpoint struct {
	Address string `json:"address" yaml:"address"`
	Port    uint16 `json:"port" yaml:"port"`
}

// opNames are the operations that a plan has.
var opNames = [...]string{
	ipvs.AddService: "add_service", ipvs.EditService: "edit_service", ipvs.DeleteService: "delete_service",
	ipvs.AddDestination: "add_server", ipvs.EditDestination: "edit_server", ipvs.DeleteDestination: "delete_server",
	ipvs.SetTimeouts: "set_timeouts", ipvs.StartDaemon: "start_sync_daemon", ipvs.StopDaemon: "stop_sync_daemon",
}

// Ops writes operations; have is the table before them. The list is never nil.
func Ops(ops []ipvs.Op, have ipvs.Table) []Op {
	out := make([]Op, 0, len(ops))
	b := before{change.NewBefore(have, ops)}
	for _, op := range ops {
		out = append(out, b.opOf(op))
	}
	return out
}

type before struct{ change.Before }

func (b before) opOf(op ipvs.Op) Op {
	out := Op{Op: opNames[op.Kind]}
	switch op.Kind {
	case ipvs.AddService, ipvs.EditService:
		out.Service = SettingOf(op.Service)
	case ipvs.SetTimeouts:
		out.Timeouts = TimeoutsOf(*op.Timeouts)
	case ipvs.StartDaemon, ipvs.StopDaemon:
		out.Daemon = ptr(DaemonOf(*op.Daemon))
	default:
		out.Service = KeyOf(op.Service.ServiceKey)
	}
	switch op.Kind {
	case ipvs.AddDestination, ipvs.EditDestination:
		out.Server = ServerOf(op.Destination)
	case ipvs.DeleteDestination:
		out.Server = Endpoint{op.Destination.Address.Addr().String(), op.Destination.Address.Port()}
	}
	switch op.Kind {
	case ipvs.EditService:
		if s, ok := b.Service(op.Service.ServiceKey); ok {
			out.Before = SettingOf(s.Service)
		}
	case ipvs.EditDestination:
		if d, ok := b.Server(op.Service.ServiceKey, op.Destination); ok {
			out.Before = ServerOf(d)
		}
	}
	return out
}
