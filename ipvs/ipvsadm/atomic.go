package ipvsadm

import (
	"net/netip"
	"slices"

	"github.com/lvsctl/lvsctl/ipvs"
)

// reversible refuses what cannot be undone by putting the table back.
func reversible(r rule) error {
	words := misuse("--atomic takes only changes of the table, which can be undone")
	if r.kind != Change {
		return words
	}
	switch r.op.Kind {
	case ipvs.ZeroService, ipvs.ZeroAll, ipvs.SetTimeouts, ipvs.StartDaemon, ipvs.StopDaemon:
		return words
	}
	return nil
}

// refuseAll tells of rules that are wrong. Nothing is carried out.
func (r *restoring) refuseAll(wrong []*LineError) error {
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
	if wrong := r.script.mistakes(reversible); len(wrong) > 0 {
		return r.refuseAll(wrong)
	}
	before, err := r.client.Table()
	if err != nil {
		return refused(err, exitUnaccepted)
	}
	for at, rule := range r.script.rules() {
		r.ops, r.places = append(r.ops, *rule.op), append(r.places, at)
		if len(r.ops) < chunk {
			continue
		}
		if err := r.client.Apply(r.ops...); err != nil {
			return r.undo(before, err)
		}
		r.ops, r.places = r.ops[:0], r.places[:0]
	}
	if err := r.client.Apply(r.ops...); err != nil {
		return r.undo(before, err)
	}
	return nil
}

// undo puts the table back after an error of the operations that waited. Only the
// first that was refused is told of: others may have failed because of it.
func (r *restoring) undo(before ipvs.Table, err error) error {
	at := r.places[0]
	if failed, _ := opErrors(err); len(failed) > 0 {
		at, err = r.places[failed[0].Index], failed[0]
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
		return r.run(nil)
	}
	if want, wrong := r.script.table(); len(wrong) == 0 {
		return r.change(ipvs.Diff(have, want))
	}
	if err := r.client.Apply(ipvs.Op{Kind: ipvs.Flush}); err != nil {
		return refused(err, exitUnaccepted)
	}
	return r.run(nil)
}

// change carries out a difference. What the kernel refuses is told of with the line
// that asked for it, as if all lines had been carried out.
func (r *restoring) change(ops []ipvs.Op) error {
	var asked map[target]place
	var last place
	for from := 0; from < len(ops); from += chunk {
		failed, other := opErrors(r.client.Apply(ops[from:min(from+chunk, len(ops))]...))
		if len(failed) > 0 && asked == nil {
			asked, last = r.targets()
		}
		for _, f := range failed {
			r.changeRefused(f, asked, last)
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

func targetOf(op *ipvs.Op) target {
	t := target{service: op.Service.ServiceKey}
	if op.Kind == ipvs.AddDestination || op.Kind == ipvs.EditDestination {
		t.server = op.Destination.Address
	}
	return t
}

// targets finds the line that describes something, and the last line. All of them
// count as tried.
func (r *restoring) targets() (found map[target]place, last place) {
	found = map[target]place{}
	for at, rule := range r.script.rules() {
		found[targetOf(rule.op)] = at
		last = at
		r.tried++
	}
	return found, last
}

// changeRefused tells of an operation that was refused. One that deletes has no line.
func (r *restoring) changeRefused(f *ipvs.OpError, asked map[target]place, last place) {
	if f.Op.Kind == ipvs.DeleteService || f.Op.Kind == ipvs.DeleteDestination {
		r.say(refused(f, exitUnaccepted))
		return
	}
	at := asked[targetOf(&f.Op)]
	status := r.sayRefused(at, f)
	r.failed = append(r.failed, at.line)
	if at == last || status != exitUnaccepted {
		r.last = status
	}
}
