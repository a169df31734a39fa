package vrrp

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/lvsctl/lvsctl/system"
)

// TestStories tells each file of testdata to a router: an event a line, below it
// what the router wants done. Time passes only with wait.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		s := &story{start: time.Unix(0, 0)}
		datadriven.RunTest(t, path, s.tell)
	})
}

// story is a router in virtual time.
type story struct {
	router *Router
	start  time.Time
	now    time.Time
	out    strings.Builder
}

func (s *story) tell(t *testing.T, td *datadriven.TestData) string {
	s.out.Reset()
	switch td.Cmd {
	case "router":
		s.now = s.start
		s.router = NewRouter(parameters(t, td))
	case "startup":
		s.step(Startup{Source: address(t, td, "source")})
	case "link-up":
		s.step(LinkUp{Source: address(t, td, "source")})
	case "link-down":
		s.step(LinkDown{Why: BecauseLinkDown})
	case "advertisement":
		var priority uint64
		td.ScanArgs(t, "priority", &priority)
		s.step(Received{Source: address(t, td, "from"), Priority: uint8(priority)})
	case "timer":
		s.step(TimerExpired{})
	case "shutdown":
		s.step(Shutdown{})
	case "reload":
		s.step(Reload{Parameters: parameters(t, td)})
	case "stalled":
		s.now = s.now.Add(duration(t, td.CmdArgs[0].Key))
	case "wait":
		s.wait(duration(t, td.CmdArgs[0].Key))
	default:
		t.Fatalf("%s: unknown event %s", td.Pos, td.Cmd)
	}
	if s.out.Len() == 0 {
		return fmt.Sprintf("nothing; %s\n", s.condition())
	}
	return s.out.String() + "=> " + s.condition() + "\n"
}

// wait lets time pass and wakes the router whenever it asked for it.
func (s *story) wait(d time.Duration) {
	end := s.now.Add(d)
	for w := s.router.Wake(); !w.IsZero() && !w.After(end); w = s.router.Wake() {
		s.now = w
		s.step(TimerExpired{})
	}
	s.now = end
}

func (s *story) step(ev Event) {
	for _, a := range s.router.Step(s.now, ev) {
		fmt.Fprintf(&s.out, "%s %s\n", s.stamp(s.now), describe(a))
	}
}

func (s *story) condition() string {
	wake := "never"
	if w := s.router.Wake(); !w.IsZero() {
		wake = "at " + s.stamp(w)
	}
	return fmt.Sprintf("%s, wakes %s", s.router.State(), wake)
}

func (s *story) stamp(t time.Time) string { return fmt.Sprintf("%.4f", t.Sub(s.start).Seconds()) }

func describe(a Action) string {
	switch a := a.(type) {
	case SendAdvertisement:
		return fmt.Sprintf("send priority %d", a.Priority)
	case AddAddresses:
		return "add " + list(a.Addresses)
	case RemoveAddresses:
		return "remove " + list(a.Addresses)
	case Announce:
		return "announce " + list(a.Addresses)
	case StateChanged:
		return fmt.Sprintf("%s -> %s: %s", a.From, a.To, a.Why)
	default:
		return fmt.Sprintf("unknown action %T", a)
	}
}

func list(addrs []VirtualAddress) string {
	var s []string
	for _, a := range addrs {
		s = append(s, a.Prefix.Addr().String())
	}
	return strings.Join(s, " ")
}

func parameters(t *testing.T, td *datadriven.TestData) Parameters {
	var priority uint64 = 100
	interval, names := "1s", []string{"10.0.0.50"}
	td.MaybeScanArgs(t, "priority", &priority)
	td.MaybeScanArgs(t, "interval", &interval)
	if arg, ok := td.Arg("vips"); ok {
		names = arg.Vals
	}
	return Parameters{
		Priority: uint8(priority), Interval: duration(t, interval), NoPreempt: td.HasArg("nopreempt"),
		Addresses: vips(names...),
	}
}

// vips are host addresses on the router's interface.
func vips(names ...string) []VirtualAddress {
	var out []VirtualAddress
	for _, name := range names {
		a := netip.MustParseAddr(name)
		out = append(out, VirtualAddress{Address: system.Address{Prefix: netip.PrefixFrom(a, a.BitLen())}})
	}
	return out
}

func address(t *testing.T, td *datadriven.TestData, key string) netip.Addr {
	text := "10.0.0.5"
	td.MaybeScanArgs(t, key, &text)
	a, err := netip.ParseAddr(text)
	if err != nil {
		t.Fatalf("%s: %v", td.Pos, err)
	}
	return a
}

func duration(t *testing.T, text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Events that cannot happen in a state must still be harmless there.
func TestStoppedIsForGood(t *testing.T) {
	r := NewRouter(Parameters{Priority: 100, Interval: time.Second})
	now := time.Unix(0, 0)
	r.Step(now, Shutdown{})
	events := []Event{
		Startup{}, LinkUp{}, LinkDown{}, Received{Priority: 255}, Received{}, TimerExpired{}, Shutdown{},
		Reload{Parameters: Parameters{Priority: 255, Interval: time.Second}},
	}
	for _, ev := range events {
		now = now.Add(time.Hour)
		if got := r.Step(now, ev); len(got) > 0 || r.State() != Stopped || !r.Wake().IsZero() {
			t.Errorf("%T woke a stopped router: %v, %s, wakes at %v", ev, got, r.State(), r.Wake())
		}
	}
}
