package change

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Kernel is what a change is carried out on; *ipvs.Client is one.
type Kernel interface {
	Read(ipvs.Detail) (ipvs.Table, error)
	Unlike(want ipvs.Table) (have, rest ipvs.Table, err error)
	Service(ipvs.ServiceKey) (ipvs.ServiceEntry, error)
	Timeouts() (ipvs.Timeouts, error)
	Daemons() ([]ipvs.Daemon, error)
	Apply(...ipvs.Op) error
}

// Read gives the kernel's state and the wish, of both tables only the services that
// are not alike: they are what a plan is about, and hold far less. Of timeouts and
// daemons it gives only what the wish tells.
func Read(k Kernel, want State) (have, rest State, err error) {
	rest = want
	if have.Table, rest.Table, err = k.Unlike(want.Table); err != nil {
		return State{}, State{}, err
	}
	if want.Table == nil {
		rest.Table = nil
	}
	if want.Timeouts != nil {
		t, err := k.Timeouts()
		if err != nil {
			return State{}, State{}, err
		}
		have.Timeouts = &t
	}
	if want.Daemons != nil {
		if have.Daemons, err = k.Daemons(); err != nil {
			return State{}, State{}, err
		}
		have.Daemons = append([]ipvs.Daemon{}, have.Daemons...) // told, even if none runs
	}
	return have, rest, nil
}

// RefusedError is a change that the kernel refused a part of.
type RefusedError struct {
	Err    error // joins an *ipvs.OpError for each operation that was refused
	Asked  int   // operations
	Undone bool  // the table is as it was
	Undo   error // why it is not
}

// Error names every operation that was refused.
func (e *RefusedError) Error() string {
	refused := refusals(e.Err)
	var b strings.Builder
	if len(refused) == 0 {
		fmt.Fprintf(&b, "the change broke off: %v", e.Err)
	} else {
		fmt.Fprintf(&b, "the kernel refused %d of %d changes", len(refused), e.Asked)
	}
	switch {
	case e.Undo != nil:
		fmt.Fprintf(&b, "; undoing the others failed, look at the table")
	case e.Undone:
		b.WriteString("; the others were undone, the table is as it was")
	}
	for _, r := range refused {
		fmt.Fprintf(&b, "\n  not done: %v", r)
	}
	for _, r := range refusals(e.Undo) {
		fmt.Fprintf(&b, "\n  not undone: %v", r)
	}
	if e.Undo != nil && len(refusals(e.Undo)) == 0 {
		fmt.Fprintf(&b, "\n  %v", e.Undo)
	}
	return b.String()
}

// Unwrap gives the causes.
func (e *RefusedError) Unwrap() []error {
	if e.Undo == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Undo}
}

// refusals are the operations that the kernel refused.
func refusals(err error) []*ipvs.OpError {
	var one *ipvs.OpError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*ipvs.OpError
		for _, e := range joined.Unwrap() {
			all = append(all, refusals(e)...)
		}
		return all
	}
	if errors.As(err, &one) {
		return []*ipvs.OpError{one}
	}
	return nil
}

// Apply carries out all of ops or none: if the kernel refuses one, the others are
// undone. have is what was read before. The error is then a *RefusedError.
func Apply(k Kernel, have State, ops []ipvs.Op) error {
	if len(ops) == 0 {
		return nil
	}
	err := k.Apply(ops...)
	if err == nil {
		return nil
	}
	refused := &RefusedError{Err: err, Asked: len(ops)}
	if refused.Undo = Revert(k, have, ops); refused.Undo == nil {
		refused.Undone = true
	}
	return refused
}

// Revert makes again of everything that ops touch what it was in before.
func Revert(k Kernel, before State, ops []ipvs.Op) error {
	now, before, err := Read(k, before)
	if err != nil {
		return err
	}
	return k.Apply(Undo(before, now, ops)...)
}

// InterruptedError is a drain that was broken off.
type InterruptedError struct{ Left []ipvs.Op }

// Error names what is still there.
func (e *InterruptedError) Error() string {
	var b strings.Builder
	b.WriteString("interrupted; with weight 0, but not removed:")
	for _, op := range e.Left {
		if op.Kind == ipvs.DeleteDestination {
			fmt.Fprintf(&b, "\n  server %s of service %s", op.Destination.Address, op.Service.ServiceKey)
		} else {
			fmt.Fprintf(&b, "\n  service %s with its servers", op.Service.ServiceKey)
		}
	}
	return b.String()
}

// Hint tells how to go on.
func (e *InterruptedError) Hint() string { return "apply the same file again to remove them" }

// Drain carries out the removals of a plan, each as soon as its connections have
// ended and at the latest when the time is over. It looks at the table every poll.
// The error is an *InterruptedError if ctx ends before that.
func Drain(ctx context.Context, k Kernel, p Plan, poll time.Duration) error {
	start := time.Now()
	for len(p.Leave) > 0 {
		now, err := look(k, p.Leaving())
		if err != nil {
			return err
		}
		elapsed := time.Since(start)
		var due []ipvs.Op
		due, p.Leave = p.Due(now, elapsed)
		if err := remove(k, due); err != nil {
			return err
		}
		if len(p.Leave) == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return &InterruptedError{Left: p.Leave}
		case <-time.After(min(poll, p.Drain-elapsed)):
		}
	}
	return nil
}

// look reads a few services. Those that are gone are left out.
func look(k Kernel, keys []ipvs.ServiceKey) (t ipvs.Table, err error) {
	for _, key := range keys {
		s, err := k.Service(key)
		if errors.Is(err, ipvs.ErrNoService) {
			continue
		} else if err != nil {
			return nil, err
		}
		t = append(t, s)
	}
	return t, nil
}

// remove deletes; what somebody else has deleted meanwhile is as good.
func remove(k Kernel, ops []ipvs.Op) error {
	if len(ops) == 0 {
		return nil
	}
	err := k.Apply(ops...)
	for _, r := range refusals(err) {
		if !errors.Is(r, fs.ErrNotExist) {
			return err
		}
	}
	if err != nil && len(refusals(err)) == 0 {
		return err
	}
	return nil
}
