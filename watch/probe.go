package watch

import (
	"context"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/check"
)

// server is what the watcher knows of one real server.
type server struct {
	key    RealKey
	health Health
	since  time.Time // of the present status
	probes []*probe
}

// probe is one check of one real server, made over and over.
type probe struct {
	check Check
	stop  context.CancelFunc

	mu     sync.Mutex // its goroutine writes, the watcher reads
	answer answer
}

// answer is what a probe knows.
type answer struct {
	state check.State
	last  check.Result
	at    time.Time // of last; zero before the first answer
}

// note keeps an answer and tells whether it changes the verdict.
func (p *probe) note(a answer) (changed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed = p.answer.state.Status != a.state.Status
	p.answer = a
	return changed
}

func (p *probe) known() answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answer
}

// report tells the watcher that the verdict of a probe changed.
type report struct {
	server *server
	probe  *probe
}

// settle makes the health of the server what its checks say together, and tells
// whether that is news.
func (s *server) settle() bool {
	states := make([]check.State, len(s.probes))
	for i, p := range s.probes {
		states[i] = p.known().state
	}
	now := check.Combine(states...)
	if now == s.health.Status {
		return false
	}
	s.health.Status, s.since = now, time.Now()
	return true
}

// setChecks makes the checks of the server those that are configured. One that stays
// the same runs on. A new one begins with the verdict that stands: a server that
// was down stays down until the new check passes.
func (w *Watcher) setChecks(ctx context.Context, s *server, checks []Check, verdict check.Status) {
	old := s.probes
	s.probes = nil
	for _, c := range checks {
		if i := same(old, c); i >= 0 {
			s.probes = append(s.probes, old[i])
			old = append(old[:i:i], old[i+1:]...)
			continue
		}
		s.probes = append(s.probes, w.startProbe(ctx, s, c, verdict))
	}
	stopAll(old)
}

func same(probes []*probe, c Check) int {
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

func (w *Watcher) startProbe(ctx context.Context, s *server, c Check, verdict check.Status) *probe {
	ctx, stop := context.WithCancel(ctx)
	p := &probe{check: c, stop: stop, answer: answer{state: check.State{Status: verdict}}}
	start := p.answer.state
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
		if !p.note(answer{state: state, last: result, at: time.Now()}) {
			continue
		}
		select {
		case w.reports <- report{server: s, probe: p}:
		case <-ctx.Done():
			return
		}
	}
}
