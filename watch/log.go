package watch

import (
	"errors"
	"log/slog"

	"github.com/lvsctl/lvsctl/ipvs"
)

// tell logs the operations that the kernel carried out.
func (w *Watcher) tell(ops []ipvs.Op, err error, why cause) {
	refused, known := refusedOps(err)
	if !known {
		return
	}
	for i, op := range ops {
		if refused[i] {
			continue
		}
		attrs := []any{slog.String("service", op.Service.String())}
		if onServer(op.Kind) {
			attrs = append(attrs, slog.String("real", op.Destination.Address.String()))
		}
		w.parts.Log.Info(happened(op.Kind), append(attrs, slog.String("cause", string(why)))...)
	}
}

// refusedOps gives the numbers of the operations that failed. Known is false if
// err does not tell what was carried out.
func refusedOps(err error) (refused map[int]bool, known bool) {
	refused = map[int]bool{}
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, e := range all {
		var op *ipvs.OpError
		switch {
		case errors.As(e, &op):
			refused[op.Index] = true
		case e != nil:
			return nil, false
		}
	}
	return refused, true
}

func onServer(k ipvs.OpKind) bool {
	return k == ipvs.AddDestination || k == ipvs.EditDestination || k == ipvs.DeleteDestination
}

func happened(k ipvs.OpKind) string {
	switch k {
	case ipvs.AddService:
		return "service added"
	case ipvs.EditService:
		return "service changed"
	case ipvs.DeleteService:
		return "service removed"
	case ipvs.AddDestination:
		return "real server added"
	case ipvs.EditDestination:
		return "real server changed"
	case ipvs.DeleteDestination:
		return "real server removed"
	default:
		return "table changed"
	}
}
