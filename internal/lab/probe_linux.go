package lab

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Probe is a client that sends one request every Every and takes note of each answer.
type Probe struct {
	Host    *Host
	Targets []netip.AddrPort // asked in turn
	Sources []netip.Addr     // its own addresses, taken in turn
	Every   time.Duration    // 10ms if zero
	Timeout time.Duration    // of one request; one second if zero
}

// Sample is what became of one request.
type Sample struct {
	At     time.Time // when it was sent
	Took   time.Duration
	Target netip.AddrPort
	Server string // who answered
	Err    error  // why there was no answer
}

// Samples are requests in the order of sending.
type Samples []Sample

// Recording is a probe at work.
type Recording struct {
	cancel  context.CancelFunc
	done    sync.WaitGroup
	mu      sync.Mutex
	samples Samples
}

// Start begins to ask.
func (p Probe) Start() *Recording {
	p.Every, p.Timeout = cmp.Or(p.Every, 10*time.Millisecond), cmp.Or(p.Timeout, time.Second)
	ctx, cancel := context.WithCancel(context.Background())
	r := &Recording{cancel: cancel}
	r.done.Go(func() {
		tick := time.NewTicker(p.Every)
		defer tick.Stop()
		for i := 0; ; i++ {
			source, target := p.turn(i)
			r.done.Go(func() { r.add(p.ask(source, target)) })
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
	return r
}

// turn gives the source and target of the ith request. The source moves on
// after each round of targets, so that every source asks every target.
func (p Probe) turn(i int) (source netip.Addr, target netip.AddrPort) {
	if len(p.Sources) > 0 {
		source = p.Sources[i/len(p.Targets)%len(p.Sources)]
	}
	return source, p.Targets[i%len(p.Targets)]
}

// ask sends one request and waits for the answer.
func (p Probe) ask(source netip.Addr, target netip.AddrPort) Sample {
	s := Sample{At: time.Now(), Target: target}
	d := net.Dialer{Deadline: s.At.Add(p.Timeout)}
	if source.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))
	}
	var c net.Conn
	s.Err = p.Host.Do(func() (err error) {
		c, err = d.Dial("tcp4", target.String())
		return err
	})
	if s.Err == nil {
		var answer []byte
		err := c.SetReadDeadline(s.At.Add(p.Timeout))
		answer, s.Err = io.ReadAll(c)
		s.Err = errors.Join(s.Err, err, c.Close())
		s.Server = string(answer)
	}
	s.Took = time.Since(s.At)
	return s
}

func (r *Recording) add(s Sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.samples = append(r.samples, s)
}

// Stop ends the asking, waits for the last answers and gives all samples.
func (r *Recording) Stop() Samples {
	r.cancel()
	r.done.Wait()
	slices.SortFunc(r.samples, func(a, b Sample) int { return a.At.Compare(b.At) })
	return r.samples
}

// Lost counts the requests without an answer.
func (ss Samples) Lost() int {
	n := 0
	for _, s := range ss {
		if s.Err != nil {
			n++
		}
	}
	return n
}

// Outage is the longest time in which no request was answered: from the first
// lost one to the next that was answered, zero if none was lost.
func (ss Samples) Outage() time.Duration {
	var longest time.Duration
	for i := 0; i < len(ss); i++ {
		if ss[i].Err == nil {
			continue
		}
		first := ss[i].At
		for i++; i < len(ss) && ss[i].Err != nil; i++ {
		}
		end := ss[min(i, len(ss)-1)].At
		longest = max(longest, end.Sub(first))
	}
	return longest
}

// ByServer counts the answers of each server.
func (ss Samples) ByServer() map[string]int {
	n := map[string]int{}
	for _, s := range ss {
		if s.Err == nil {
			n[s.Server]++
		}
	}
	return n
}

// Of keeps the samples of one target.
func (ss Samples) Of(target netip.AddrPort) Samples {
	return slices.DeleteFunc(slices.Clone(ss), func(s Sample) bool { return s.Target != target })
}
