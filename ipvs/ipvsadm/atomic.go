package ipvsadm

import (
	"net/netip"
	"slices"

	"github.com/lvsctl/lvsctl/ipvs"
)

// mistakes are the lines that cannot be carried out, whatever the kernel says.
func (s *script) mistakes() (wrong []error) {
	for _, stop := range s.stops {
		if stop.err != nil {
			wrong = append(wrong, stop.err)
		}
	}
	return wrong
}

// irreversible are the lines that cannot be undone by putting the table back.
func (s *script) irreversible() (wrong []error) {
	const words = "--atomic takes only changes of the table, which can be undone"
	for _, stop := range s.stops {
		if stop.err == nil {
			wrong = append(wrong, s.at(stop.place, misuse(words)))
		}
	}
	for i, op := range s.ops {
		switch op.Kind {
		case ipvs.ZeroService, ipvs.ZeroAll, ipvs.SetTimeouts, ipvs.StartDaemon, ipvs.StopDaemon:
			wrong = append(wrong, s.at(s.places[i], misuse(words)))
		}
	}
	return wrong
}

// byLine sorts the errors of a script.
func byLine(wrong []error) []error {
	slices.SortStableFunc(wrong, func(a, b error) int { return lineOf(a) - lineOf(b) })
	return wrong
}

// refuseAll tells of rules that are wrong. Nothing is carried out.
func (r *restoring) refuseAll(wrong []error) error {
	for _, err := range wrong {
		r.say(err)
	}
	r.sayf("nothing was changed")
	r.giveHints()
	return outcome(exitStatus(wrong[0]))
}

// allOrNothing is --atomic: if a rule is wrong nothing is carried out, and if the
// kernel refuses one the table is put back. What others change in the meantime is
// put back with it. A service or real server that had been deleted comes back with
// its counters at zero.
func (r *restoring) allOrNothing() error {
	if wrong := byLine(append(r.script.mistakes(), r.script.irreversible()...)); len(wrong) > 0 {
		return r.refuseAll(wrong)
	}
	before, err := r.client.Table()
	if err != nil {
		return refused(err, exitUnaccepted)
	}
	ops := r.script.ops
	for from := 0; from < len(ops); from += chunk {
		err := r.client.Apply(ops[from:min(from+chunk, len(ops))]...)
		if err != nil {
			return r.undo(before, from, err)
		}
	}
	return nil
}

// undo puts the table back after an error of the operations from one on. Only the
// first that was refused is told of: others may have failed because of it.
func (r *restoring) undo(before ipvs.Table, from int, err error) error {
	failed, _ := opErrors(err)
	at := r.script.places[from]
	if len(failed) > 0 {
		at, err = r.script.places[from+failed[0].Index], failed[0]
	}
	status := r.sayRefused(at, err)
	current, err := r.client.Table()
	if err == nil {
		err = r.client.Apply(ipvs.Diff(current, before)...)
	}
	if err != nil {
		r.sayf("what came before could not be undone, or not all of it: %v", err)
	} else {
		r.sayf("what came before is undone: the table is as it was")
	}
	r.giveHints()
	return status
}

// replace makes the table what the rules say.
func (r *restoring) replace() error {
	have, err := r.client.Table()
	if err != nil {
		return refused(err, exitUnaccepted)
	}
	if len(have) == 0 {
		return r.run()
	}
	if want, wrong := r.script.table(); len(wrong) == 0 && len(r.script.stops) == 0 {
		return r.change(ipvs.Diff(have, want))
	}
	if err := r.client.Apply(ipvs.Op{Kind: ipvs.Flush}); err != nil {
		return refused(err, exitUnaccepted)
	}
	return r.run()
}

// change carries out a difference. What the kernel refuses is told of with the line
// that asked for it, as if all lines had been carried out.
func (r *restoring) change(ops []ipvs.Op) error {
	r.tried = len(r.script.ops)
	var asked map[target]int
	for from := 0; from < len(ops); from += chunk {
		failed, other := opErrors(r.client.Apply(ops[from:min(from+chunk, len(ops))]...))
		if len(failed) > 0 && asked == nil {
			asked = r.script.targets()
		}
		for _, f := range failed {
			r.changeRefused(f, asked)
		}
		if other != nil {
			return refused(other, exitUnaccepted)
		}
	}
	slices.Sort(r.failed)
	r.summary(0)
	r.giveHints()
	return r.last
}

// target is what a rule describes: a service, or a real server of one.
type target struct {
	service ipvs.ServiceKey
	server  netip.AddrPort // none for the service itself
}

func targetOf(op ipvs.Op) target {
	t := target{service: op.Service.ServiceKey}
	if op.Kind == ipvs.AddDestination || op.Kind == ipvs.EditDestination {
		t.server = op.Destination.Address
	}
	return t
}

// targets finds the rule that describes something, by its number.
func (s *script) targets() map[target]int {
	found := make(map[target]int, len(s.ops))
	for i, op := range s.ops {
		found[targetOf(op)] = i
	}
	return found
}

// changeRefused tells of an operation that was refused. One that deletes has no line.
func (r *restoring) changeRefused(f *ipvs.OpError, asked map[target]int) {
	if f.Op.Kind == ipvs.DeleteService || f.Op.Kind == ipvs.DeleteDestination {
		r.say(refused(f, exitUnaccepted))
		return
	}
	i := asked[targetOf(f.Op)]
	status := r.sayRefused(r.script.places[i], f)
	r.failed = append(r.failed, r.script.places[i].line)
	if i == len(r.script.ops)-1 || status != exitUnaccepted {
		r.last = status
	}
}
