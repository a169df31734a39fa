package keepalived

import (
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// maxInterfaceName is the longest name of a network interface (IFNAMSIZ less the NUL).
const maxInterfaceName = 15

// electionRows are what the election needs.
func electionRows() []row[config.VirtualRouter] {
	return []row[config.VirtualRouter]{
		{names: "state", args: 1, read: readState, write: writeState},
		deviceRow("interface", func(v *config.VirtualRouter) *config.Text { return &v.Interface }),
		numberRow("virtual_router_id", 1, 255, exact, asKeepalived, func(v *config.VirtualRouter) *config.Value[uint8] { return &v.ID }),
		priorityRow(),
		spanRow("advert_int", 10*time.Millisecond, 255*time.Second, asKeepalived, func(v *config.VirtualRouter) *config.Span { return &v.AdvertInterval }),
		versionRow(),
		preemptRow(), only(flagRow("preempt", true, func(v *config.VirtualRouter) *config.Flag { return &v.Preempt })),
		spanRow("preempt_delay", 0, 1000*time.Second, asKeepalived, func(v *config.VirtualRouter) *config.Span { return &v.PreemptDelay }),
		deviceRow("vrf", func(v *config.VirtualRouter) *config.Text { return &v.VRF }),
	}
}

// deviceRow is a keyword with the name of an interface.
func deviceRow[T any](name string, field func(*T) *config.Text) row[T] {
	w := textRow(name, field)
	read := w.read
	w.read = func(r *reader, s *statement, to *T) {
		if len(s.words[1].text) > maxInterfaceName {
			r.warnLongName(s.words[1])
			return
		}
		read(r, s, to)
	}
	return w
}

func (r *reader) warnLongName(w word) {
	r.warn(w.at, "", "interface name %s is longer than %d characters: %s", quote(w.text), maxInterfaceName, asKeepalived)
}

// readState reads the state to begin with. BACKUP does not undo MASTER.
func readState(r *reader, s *statement, v *config.VirtualRouter) {
	w := s.words[1]
	switch {
	case w.text == string(config.StateMaster):
		v.State = written(config.StateMaster, s)
	case w.text != string(config.StateBackup):
		hint := ""
		if near := config.Nearest(w.text, []string{"MASTER", "BACKUP"}); near != "" {
			hint = "did you mean " + near + "?"
		}
		r.warn(w.at, hint, "unknown state %s: taken as BACKUP, as keepalived does", quote(w.text))
		v.State = written(config.StateBackup, s)
		v.State.Adjust(config.StateBackup)
	case v.State.V == config.StateMaster:
		r.warn(w.at, "", "second state: %s; the first is in line %d", asKeepalived, v.State.Where.Line)
	default:
		v.State = written(config.StateBackup, s)
	}
}

func writeState(v *config.VirtualRouter) []Line {
	return valueLine("state", v.State, func(s config.RouterState) string { return string(s) })
}

// priorityRow is priority; another number than 1 to 255 counts as 100.
func priorityRow() row[config.VirtualRouter] {
	w := numberRow("priority", 1, 255, exact, "", func(v *config.VirtualRouter) *config.Value[uint8] { return &v.Priority })
	w.read = func(r *reader, s *statement, v *config.VirtualRouter) {
		n, ok := r.number(s.words[1], 1, 255, exact, "taken as 100, as keepalived does")
		v.Priority = written(uint8(n), s)
		if !ok {
			v.Priority.Adjust(config.DefaultPriority)
		}
	}
	return w
}

// versionRow is version; the first one counts.
func versionRow() row[config.VirtualRouter] {
	w := numberRow("version", 2, 3, tolerant, asKeepalived, func(v *config.VirtualRouter) *config.Value[uint8] { return &v.Version })
	w.read = func(r *reader, s *statement, v *config.VirtualRouter) {
		n, ok := r.integer(s.words[1], 2, 3, tolerant, asKeepalived)
		switch {
		case !ok:
		case v.Version.IsSet() && v.Version.V != uint8(n):
			r.warn(s.words[1].at, "", "second version: %s; the first is in line %d", asKeepalived, v.Version.Where.Line)
		default:
			v.Version = written(uint8(n), s)
		}
	}
	return w
}

// preemptRow is nopreempt, and writes preempt too.
func preemptRow() row[config.VirtualRouter] {
	w := flagRow("nopreempt", false, func(v *config.VirtualRouter) *config.Flag { return &v.Preempt })
	w.write = func(v *config.VirtualRouter) []Line { return flagLine(v.Preempt, "preempt", "nopreempt") }
	return w
}

// notifyRows are the commands that a change of state runs.
func notifyRows[T any](n func(*T) *config.Notifications) []row[T] {
	return []row[T]{
		commandRow("notify_master", func(t *T) **config.Command { return &n(t).Master }),
		commandRow("notify_backup", func(t *T) **config.Command { return &n(t).Backup }),
		commandRow("notify_fault", func(t *T) **config.Command { return &n(t).Fault }),
		commandRow("notify_stop", func(t *T) **config.Command { return &n(t).Stop }),
		commandRow("notify", func(t *T) **config.Command { return &n(t).Any }),
		boolRow("notify_priority_changes", func(t *T) *config.Flag { return &n(t).PriorityChanges }),
	}
}

// instanceNotifyRows are those of an instance.
func instanceNotifyRows() []row[config.VirtualRouter] {
	n := func(v *config.VirtualRouter) *config.Notifications { return &v.Notify }
	return append(notifyRows(n),
		commandRow("notify_master_rx_lower_pri", func(v *config.VirtualRouter) **config.Command { return &n(v).LowerPriority }),
		deletedRow(),
	)
}

// deletedRow is notify_deleted, which may stand without a command: then
// nothing runs, instead of notify_fault.
func deletedRow() row[config.VirtualRouter] {
	w := commandRow("notify_deleted", func(v *config.VirtualRouter) **config.Command { return &v.Notify.Deleted })
	read, write := w.read, w.write
	w.args = 0
	w.read = func(r *reader, s *statement, v *config.VirtualRouter) {
		if len(s.words) == 1 {
			v.Notify.NoDeleted = config.Write(true, s.at())
			return
		}
		read(r, s, v)
	}
	w.write = func(v *config.VirtualRouter) []Line {
		if v.Notify.NoDeleted.IsSet() && v.Notify.Deleted == nil {
			return flagLine(v.Notify.NoDeleted, "notify_deleted", "")
		}
		return write(v)
	}
	return w
}
