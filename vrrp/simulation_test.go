package vrrp

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/lvsctl/lvsctl/system"
)

const seeds = 3000

// TestElection lets routers live through loss, partitions, crashes, restarts and
// orderly shutdowns in virtual time, then makes the network whole: exactly one of
// them must be master soon, and addresses may be only where a master is.
func TestElection(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(seed)
		w.trouble(30 * time.Second)
		w.heal()
		w.run(w.now.Add(w.settle()))
		if err := w.verdict(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// TestHandover shuts each master down in an orderly way, in a network without
// loss: at no moment may the addresses be nowhere.
func TestHandover(t *testing.T) {
	for seed := range uint64(500) {
		w := newWorld(seed)
		w.heal()
		w.run(w.now.Add(w.settle()))
		w.mustHold = true
		for len(w.routers) > 1 {
			m := w.masters()[0]
			w.step(m, Shutdown{})
			w.run(w.now.Add(2 * time.Second))
			if w.err != nil {
				t.Fatalf("seed %d: %v", seed, w.err)
			}
			w.remove(m)
		}
	}
}

// world is a link with routers on it. It is deterministic in its seed.
type world struct {
	rand     *rand.Rand
	now      time.Time
	routers  []*member
	queue    events
	loss     float64
	mustHold bool // somebody must hold the addresses from now on
	err      error
}

type member struct {
	*Router
	params  Parameters
	source  netip.Addr
	holds   bool
	side    int // routers of different sides do not hear each other
	started int // which life it is: events of an earlier one are void
}

type happening struct {
	at   time.Time
	to   *member
	life int
	ev   Event
}

type events []happening

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(happening)) }
func (e *events) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	*e = (*e)[:last]
	return x
}

func newWorld(seed uint64) *world {
	w := &world{rand: rand.New(rand.NewPCG(seed, 1)), now: time.Unix(0, 0)}
	vip := VirtualAddress{Address: system.Address{Prefix: netip.MustParsePrefix("10.0.0.50/32")}}
	nopreempt := w.rand.IntN(4) == 0
	for i := range 2 + w.rand.IntN(3) {
		m := &member{
			source: netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}),
			params: Parameters{
				Priority: uint8(1 + w.rand.IntN(3)*60 + w.rand.IntN(4)*20), Interval: time.Second,
				NoPreempt: nopreempt, Addresses: []VirtualAddress{vip},
			},
		}
		w.routers = append(w.routers, m)
		w.start(m)
	}
	return w
}

func (w *world) start(m *member) {
	m.Router, m.holds = NewRouter(m.params), false // as the daemon removes what a crash left
	m.started++
	w.step(m, Startup{Source: m.source})
}

// trouble runs the world while things go wrong.
func (w *world) trouble(d time.Duration) {
	w.loss = w.rand.Float64() / 2
	for end := w.now.Add(d); w.now.Before(end); {
		w.run(w.now.Add(time.Duration(w.rand.IntN(2000)) * time.Millisecond))
		m := w.routers[w.rand.IntN(len(w.routers))]
		switch w.rand.IntN(6) {
		case 0:
			m.side = w.rand.IntN(2)
		case 1:
			w.start(m) // a crash and a restart
		case 2:
			w.step(m, Shutdown{})
		case 3:
			w.step(m, LinkDown{Why: BecauseLinkDown})
		case 4:
			w.step(m, LinkUp{Source: m.source})
		case 5:
			m.params.Priority = uint8(1 + w.rand.IntN(254))
			w.step(m, Reload{Parameters: m.params})
		}
	}
}

// heal makes the network whole and every router run.
func (w *world) heal() {
	w.loss = 0
	for _, m := range w.routers {
		m.side = 0
		if m.State() == Releasing || m.State() == Stopped {
			w.start(m)
		}
		w.step(m, LinkUp{Source: m.source})
	}
}

// settle is one master down interval and one skew time, those of the slowest.
func (w *world) settle() time.Duration {
	var longest time.Duration
	for _, m := range w.routers {
		longest = max(longest, m.params.masterDownInterval()+skewTime(m.params.Priority))
	}
	return longest
}

// run lets everything happen that happens until then.
func (w *world) run(until time.Time) {
	for len(w.queue) > 0 && !w.queue[0].at.After(until) {
		h := heap.Pop(&w.queue).(happening)
		w.now = h.at
		if h.life == h.to.started {
			w.step(h.to, h.ev)
		}
	}
	w.now = until
}

func (w *world) step(m *member, ev Event) {
	for _, a := range m.Step(w.now, ev) {
		switch a := a.(type) {
		case AddAddresses:
			m.holds = true
		case RemoveAddresses:
			m.holds = false
		case SendAdvertisement:
			w.send(m, a.Priority)
		}
	}
	if wake := m.Wake(); !wake.IsZero() {
		heap.Push(&w.queue, happening{at: wake, to: m, life: m.started, ev: TimerExpired{}})
	}
	w.check(m)
}

func (w *world) send(from *member, priority uint8) {
	for _, to := range w.routers {
		if to == from || to.side != from.side || w.rand.Float64() < w.loss {
			continue
		}
		delay := time.Duration(w.rand.IntN(1000)) * time.Microsecond
		heap.Push(&w.queue, happening{
			at: w.now.Add(delay), to: to, life: to.started, ev: Received{Source: from.source, Priority: priority},
		})
	}
}

// check looks at what must hold at every moment.
func (w *world) check(m *member) {
	holding := m.State() == Master || m.State() == Releasing
	if m.holds != holding && w.err == nil {
		w.err = fmt.Errorf("%v: %s is %s, holds the addresses: %v", w.now, m.source, m.State(), m.holds)
	}
	if w.mustHold && w.holders() == 0 && w.err == nil {
		w.err = fmt.Errorf("%v: nobody holds the addresses", w.now)
	}
}

func (w *world) verdict() error {
	if w.err != nil {
		return w.err
	}
	masters := w.masters()
	if len(masters) != 1 {
		return fmt.Errorf("%d masters", len(masters))
	}
	for _, m := range w.routers {
		if !m.params.NoPreempt && m.params.Priority > masters[0].params.Priority {
			return fmt.Errorf("priority %d is master, though %d is there", masters[0].params.Priority, m.params.Priority)
		}
	}
	return nil
}

func (w *world) masters() []*member {
	var masters []*member
	for _, m := range w.routers {
		if m.State() == Master {
			masters = append(masters, m)
		}
	}
	return masters
}

func (w *world) holders() int {
	n := 0
	for _, m := range w.routers {
		if m.holds {
			n++
		}
	}
	return n
}

func (w *world) remove(m *member) {
	for i, o := range w.routers {
		if o == m {
			w.routers = append(w.routers[:i], w.routers[i+1:]...)
			return
		}
	}
}
