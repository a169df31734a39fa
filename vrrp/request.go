package vrrp

import (
	"context"
	"fmt"
	"time"
)

// request is something that others want done by the goroutine of Run.
type request struct {
	work func(now time.Time)
	done chan struct{}
}

func (r request) carryOut(now time.Time) {
	r.work(now)
	close(r.done)
}

// within has the goroutine of Run do the work, between two events. It fails if that
// does not happen before ctx ends.
func (d *Daemon) within(ctx context.Context, work func(now time.Time)) error {
	r := request{work: work, done: make(chan struct{})}
	select {
	case d.requests <- r:
	case <-ctx.Done():
		return fmt.Errorf("wait for the virtual routers: %w", ctx.Err())
	}
	<-r.done
	return nil
}

// Alive tells that Run's loop still turns; it waits for that until ctx ends.
func (d *Daemon) Alive(ctx context.Context) error {
	return d.within(ctx, func(time.Time) {})
}
