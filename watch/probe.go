package watch

import (
	"context"
	"time"

	"github.com/lvsctl/lvsctl/check"
	"github.com/lvsctl/lvsctl/config"
)

// server is what the watcher knows of one real server.
type server struct {
	key    RealKey
	health Health
	since  time.Time // of the present status
	probes []*probe
}

// probe is one check of one real server, made over and over. Only its goroutine
// and the configuration are its own; the rest is what it last reported.
type probe struct {
	check config.Check // without its place in the file
	state check.State
	last  check.Result
	at    time.Time // of last; zero before the first answer
	stop  context.CancelFunc
}

// report is one answer on its way to the watcher.
type report struct {
	server *server
	probe  *probe
	state  check.State
	result check.Result
	at     time.Time
}

// status is what all checks of the server say together.
func (s *server) status() check.Status {
	states := make([]check.State, len(s.probes))
	for i, p := range s.probes {
		states[i] = p.state
	}
	return check.Combine(states...)
}

// setChecks makes the checks of the server those that are configured. One that stays
// the same runs on. A new one begins with the verdict that stands: a server that
// was down stays down until the new check passes.
func (w *Watcher) setChecks(ctx context.Context, s *server, checks []config.Check, verdict check.Status) {
	old := s.probes
	s.probes = nil
	for _, c := range checks {
		c.Where = config.Position{}
		if i := same(old, c); i >= 0 {
			s.probes = append(s.probes, old[i])
			old = append(old[:i:i], old[i+1:]...)
			continue
		}
		s.probes = append(s.probes, w.startProbe(ctx, s, c, verdict))
	}
	stopAll(old)
}

func same(probes []*probe, c config.Check) int {
	for i, p := range probes {
		if p.check == c {
			return i
		}
	}
	return -1
}

func stopAll(probes []*probe) {
	for _, p := range probes {
		p.stop()
	}
}

func (w *Watcher) startProbe(ctx context.Context, s *server, c config.Check, verdict check.Status) *probe {
	ctx, stop := context.WithCancel(ctx)
	p := &probe{check: c, state: check.State{Status: verdict}, stop: stop}
	start := p.state
	w.running.Go(func() { w.repeat(ctx, s, p, start) })
	return p
}

// repeat makes the check until ctx ends: the first time at once, then in its
// interval. The first whole interval is cut at random, so that checks which began
// together do not stay in step.
func (w *Watcher) repeat(ctx context.Context, s *server, p *probe, state check.State) {
	checker := w.parts.Checkers[string(p.check.Kind)]
	target := check.Target{Address: p.check.Target, Timeout: p.check.Timeout}
	policy := check.Policy{Interval: p.check.Interval, Retries: p.check.Retries, RetryDelay: p.check.RetryDelay}
	inStep := true
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		began := time.Now()
		result := checker.Check(ctx, target)
		if ctx.Err() != nil {
			return
		}
		var delay time.Duration
		state, delay = state.Next(policy, result)
		if whole := result.Status != check.Unknown && state.Failures == 0; whole && inStep {
			delay, inStep = w.parts.Phase(delay), false
		}
		timer.Reset(time.Until(began.Add(delay)))
		select {
		case w.reports <- report{server: s, probe: p, state: state, result: result, at: time.Now()}:
		case <-ctx.Done():
			return
		}
	}
}
