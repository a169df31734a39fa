package watch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lvsctl/lvsctl/check"
	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
	"github.com/lvsctl/lvsctl/watch"
)

// farm plays the real servers: every one is up unless told otherwise.
type farm struct {
	mu     sync.Mutex
	dead   map[netip.AddrPort]bool // refuse
	silent map[netip.AddrPort]bool // do not answer within the timeout
	made   map[netip.AddrPort]int  // checks made
}

func (f *farm) Check(ctx context.Context, t check.Target) check.Result {
	f.mu.Lock()
	dead, silent := f.dead[t.Address], f.silent[t.Address]
	f.made[t.Address]++
	f.mu.Unlock()
	switch {
	case silent:
		select {
		case <-time.After(t.Timeout):
		case <-ctx.Done():
		}
		return check.Result{Status: check.Down, Phase: check.PhaseConnect, Reason: "timed out", Took: t.Timeout}
	case dead:
		return check.Result{Status: check.Down, Phase: check.PhaseConnect, Reason: "connection refused"}
	default:
		return check.Result{Status: check.Up, Phase: check.PhaseConnect, Reason: "connected"}
	}
}

func (f *farm) kill(address string)    { f.set(f.dead, address, true) }
func (f *farm) start(address string)   { f.set(f.dead, address, false); f.set(f.silent, address, false) }
func (f *farm) silence(address string) { f.set(f.silent, address, true) }
func (f *farm) set(m map[netip.AddrPort]bool, address string, v bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m[ap(address)] = v
}

func (f *farm) checks(address string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.made[ap(address)]
}

// lab is a kernel, real servers, a run directory, and a watcher on them.
type lab struct {
	t       *testing.T
	kernel  *ipvstest.Kernel
	farm    *farm
	memory  watch.Memory
	log     *bytes.Buffer // read only while nothing runs: synctest.Wait
	reloads chan []watch.VirtualServer
	watcher *watch.Watcher
	kill    context.CancelFunc
	ended   chan error
}

func newLab(t *testing.T) *lab {
	return &lab{
		t: t, kernel: ipvstest.New(), log: &bytes.Buffer{},
		farm:    &farm{dead: map[netip.AddrPort]bool{}, silent: map[netip.AddrPort]bool{}, made: map[netip.AddrPort]int{}},
		memory:  watch.StateFile{Path: filepath.Join(t.TempDir(), "watch.state")},
		reloads: make(chan []watch.VirtualServer),
	}
}

// begin starts a watcher; the first checks are done when it returns.
func (l *lab) begin(c []watch.VirtualServer) { l.beginWith(c, l.kernel.Client()) }

func (l *lab) beginWith(c []watch.VirtualServer, k watch.Kernel) {
	ctx, cancel := context.WithCancel(l.t.Context())
	l.kill = cancel
	l.watcher = watch.New(watch.Parts{
		Kernel: k, Checkers: map[string]check.Checker{"tcp": l.farm}, Memory: l.memory,
		Phase: func(interval time.Duration) time.Duration { return interval },
		Log:   slog.New(slog.NewTextHandler(l.log, nil)),
	})
	l.ended = make(chan error, 1)
	go func() { l.ended <- l.watcher.Run(ctx, c, l.reloads) }()
	synctest.Wait()
}

// stop is SIGTERM.
func (l *lab) stop() {
	l.t.Helper()
	l.kill()
	if err := <-l.ended; err != nil {
		l.t.Errorf("stop: %v", err)
	}
}

func (l *lab) reload(c []watch.VirtualServer) {
	l.reloads <- c
	synctest.Wait()
}

// after lets time pass.
func (l *lab) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (l *lab) wantTable(want string) {
	l.t.Helper()
	if got := text(l.kernel.Table()); got != want {
		l.t.Errorf("the table is\n%swant\n%s\nlog:\n%s", got, want, l.log)
	}
}

// wantOps wants these operations, and no others, since the last call.
func (l *lab) wantOps(seen int, want ...string) {
	l.t.Helper()
	var got []string
	for _, op := range l.kernel.Ops()[seen:] {
		got = append(got, op.String())
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		l.t.Errorf("operations\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func (l *lab) wantLog(words ...string) {
	l.t.Helper()
	for _, w := range words {
		if !strings.Contains(l.log.String(), w) {
			l.t.Errorf("the log does not say %q:\n%s", w, l.log)
		}
	}
}

// pool is a service with a checked real server at each address: delay_loop 6,
// connect_timeout 3, retry 1, delay_before_retry 3, as the seed's configuration.
func pool(vip string, reals ...string) watch.VirtualServer {
	vs := watch.VirtualServer{Address: ap(vip), Protocol: watch.TCP, Scheduler: "wlc", Method: watch.DR}
	for _, r := range reals {
		vs.RealServers = append(vs.RealServers, watch.RealServer{Address: ap(r), Weight: 1, Checks: []watch.Check{{
			Kind: watch.CheckTCP, Target: ap(r), Timeout: 3 * time.Second, Interval: 6 * time.Second, Retries: 1, RetryDelay: 3 * time.Second,
		}}})
	}
	return vs
}

func conf(vs ...watch.VirtualServer) []watch.VirtualServer { return vs }

const (
	vip   = "192.0.2.1:80"
	rs1   = "10.0.0.1:80"
	rs2   = "10.0.0.2:80"
	both  = "TCP 192.0.2.1:80 wlc: 10.0.0.1:80 Route 1, 10.0.0.2:80 Route 1\n"
	only1 = "TCP 192.0.2.1:80 wlc: 10.0.0.1:80 Route 1\n"
	only2 = "TCP 192.0.2.1:80 wlc: 10.0.0.2:80 Route 1\n"
	empty = "TCP 192.0.2.1:80 wlc:\n"
)

func TestFreshStartNeedsNoTimeAndNoDeadServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.farm.kill(rs2)
		began := time.Now()
		l.begin(conf(pool(vip, rs1, rs2)))
		if time.Since(began) != 0 {
			t.Errorf("the first checks took %v", time.Since(began))
		}
		l.wantTable(only1)
		l.stop()
		l.wantTable("")
	})
}

func TestServerWithoutChecksIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		vs := pool(vip, rs1)
		vs.RealServers[0].Checks = nil
		l.begin(conf(vs))
		l.wantTable(only1)
		l.stop()
	})
}

func TestDeadServerLeavesAndReturns(t *testing.T) {
	tests := []struct {
		name string
		die  func(l *lab)
		out  time.Duration // after the last good check
	}{
		{"refused: delay_loop + delay_before_retry", func(l *lab) { l.farm.kill(rs1) }, 9 * time.Second},
		{"silent: twice the timeout more", func(l *lab) { l.farm.silence(rs1) }, 15 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t)
				l.begin(conf(pool(vip, rs1, rs2)))
				seen := len(l.kernel.Ops())
				tt.die(l)
				l.after(tt.out - time.Millisecond)
				l.wantTable(both)
				l.after(2 * time.Millisecond)
				l.wantTable(only2)
				l.wantOps(seen, "delete server 10.0.0.1:80 from service TCP 192.0.2.1:80")
				l.farm.start(rs1)
				l.after(6 * time.Second)
				l.wantTable(both)
				l.wantOps(seen+1, "add server 10.0.0.1:80 to service TCP 192.0.2.1:80")
				l.wantLog(`msg="health changed" service="TCP 192.0.2.1:80" real=10.0.0.1:80 status=down`, "cause=health")
				l.stop()
			})
		})
	}
}

func TestOneFailureIsForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.begin(conf(pool(vip, rs1)))
		seen := len(l.kernel.Ops())
		l.farm.kill(rs1)
		l.after(6 * time.Second) // the first failure
		l.farm.start(rs1)
		l.after(60 * time.Second)
		l.wantOps(seen)
		l.stop()
	})
}

func TestChecksDoNotStayInStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		phases := map[time.Duration]time.Duration{6 * time.Second: 2 * time.Second}
		ctx, cancel := context.WithCancel(t.Context())
		w := watch.New(watch.Parts{
			Kernel: l.kernel.Client(), Checkers: map[string]check.Checker{"tcp": l.farm}, Memory: l.memory, Log: slog.New(slog.DiscardHandler),
			Phase: func(i time.Duration) time.Duration { return phases[i] },
		})
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx, conf(pool(vip, rs1)), nil) }()
		for i, step := range []time.Duration{0, 2 * time.Second, 6 * time.Second, 6 * time.Second} {
			if l.after(step); l.farm.checks(rs1) != i+1 {
				t.Errorf("step %d: %d checks", i, l.farm.checks(rs1))
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

// adoptable is what ipvsadm may have left: another scheduler, a server that the
// configuration has, one that it has not, and a service that it does not know.
func adoptable() ipvs.Table {
	return ipvs.Table{
		svc(vip, dest(rs1, 1), dest("10.0.0.9:80", 1)),
		svc("203.0.113.9:80", dest("10.0.0.7:80", 7)),
	}
}

func TestStartAdopts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.kernel.Load(adoptable())
		l.farm.silence(rs1)
		l.begin(conf(pool(vip, rs1, rs2)))
		l.wantTable(both + "TCP 203.0.113.9:80 rr: 10.0.0.7:80 Route 7\n")
		l.wantOps(0,
			"edit service TCP 192.0.2.1:80",
			"delete server 10.0.0.9:80 from service TCP 192.0.2.1:80",
			"add server 10.0.0.2:80 to service TCP 192.0.2.1:80")
		l.wantLog(`msg="real server removed" service="TCP 192.0.2.1:80" real=10.0.0.9:80 cause=start`)
		l.after(9*time.Second - time.Millisecond)
		l.wantTable(both + "TCP 203.0.113.9:80 rr: 10.0.0.7:80 Route 7\n")
		l.after(2 * time.Millisecond) // timeout, delay before retry, timeout
		l.wantTable(only2 + "TCP 203.0.113.9:80 rr: 10.0.0.7:80 Route 7\n")
		l.farm.start(rs1)
		l.after(6 * time.Second)
		l.stop() // the adopted server that fell and came back is still not ours
		l.wantTable(only1 + "TCP 203.0.113.9:80 rr: 10.0.0.7:80 Route 7\n")
	})
}

func TestReloadTouchesOnlyWhatDiffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.farm.kill(rs2)
		first := conf(pool(vip, rs1, rs2), pool("192.0.2.2:80", rs1))
		l.begin(first)
		l.after(4 * time.Second)
		seen, made := len(l.kernel.Ops()), l.farm.checks(rs1)

		l.reload(first)
		l.wantOps(seen)
		if n := l.farm.checks(rs1); n != made {
			t.Errorf("an unchanged check was made anew: %d, before %d", n, made)
		}

		second := conf(pool(vip, rs1, rs2))
		second[0].RealServers[0].Weight = 5
		l.reload(second)
		l.wantOps(seen, "edit server 10.0.0.1:80 of service TCP 192.0.2.1:80", "delete service TCP 192.0.2.2:80")
		l.wantTable("TCP 192.0.2.1:80 wlc: 10.0.0.1:80 Route 5\n")
		if n := l.farm.checks(rs1); n != made {
			t.Errorf("an unchanged check was made anew: %d, before %d", n, made)
		}
		l.stop()
	})
}

// keepalived 2.4.3 puts the dead server back for two seconds here.
func TestChangedCheckKeepsTheVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.farm.kill(rs2)
		l.begin(conf(pool(vip, rs1, rs2)))
		l.after(10 * time.Second)
		seen := len(l.kernel.Ops())
		changed := conf(pool(vip, rs1, rs2))
		for i := range changed[0].RealServers {
			changed[0].RealServers[i].Checks[0].Timeout = time.Second
		}
		l.farm.silence(rs1)
		l.reload(changed)
		l.after(time.Second) // rs1 failed once: it still has its retry
		l.wantOps(seen)
		l.wantTable(only1)
		l.farm.start(rs2)
		l.farm.start(rs1)
		l.after(6 * time.Second)
		l.wantTable(both)
		l.stop()
	})
}

func TestReloadRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.begin(conf(pool(vip, rs1)))
		seen := len(l.kernel.Ops())
		unknown := conf(pool(vip, rs1))
		unknown[0].RealServers[0].Checks[0].Kind = "tea"
		for _, bad := range [][]watch.VirtualServer{conf(), unknown} {
			l.reload(bad)
			l.after(3 * time.Second)
			l.wantOps(seen)
		}
		l.wantLog("no virtual servers", `no such kind of check: \"tea\"`)
		l.stop()
	})
}

func TestStartRefused(t *testing.T) {
	l := newLab(t)
	w := watch.New(watch.Parts{Kernel: l.kernel.Client(), Memory: l.memory})
	var none watch.NoServersError
	if err := w.Run(t.Context(), conf(), nil); !errors.As(err, &none) {
		t.Errorf("no virtual servers: %v", err)
	}
	gone := l.kernel.Client()
	l.kernel.Unload()
	w = watch.New(watch.Parts{Kernel: gone, Memory: l.memory, Checkers: map[string]check.Checker{"tcp": l.farm}})
	if err := w.Run(t.Context(), conf(pool(vip, rs1)), nil); !errors.Is(err, ipvs.ErrNoModule) {
		t.Errorf("no ip_vs: %v", err)
	}
}

func TestRepairsWhatOthersChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.begin(conf(pool(vip, rs1, rs2)))
		seen := len(l.kernel.Ops())
		foreign := svc("203.0.113.9:80", dest("10.0.0.7:80", 7))
		for _, others := range []ipvs.Table{
			{foreign}, // ipvsadm -C
			{svc(vip, dest(rs1, 9), dest("10.0.0.9:80", 1)), foreign},
		} {
			l.kernel.Load(others)
			l.after(2 * time.Second)
			l.wantTable(both + "TCP 203.0.113.9:80 rr: 10.0.0.7:80 Route 7\n")
		}
		if len(l.kernel.Ops()) == seen {
			t.Error("no operations")
		}
		l.wantLog(`msg="service added" service="TCP 192.0.2.1:80" cause=repair`, `msg="real server removed" service="TCP 192.0.2.1:80" real=10.0.0.9:80 cause=repair`)
		l.stop()
		l.wantTable("TCP 203.0.113.9:80 rr: 10.0.0.7:80 Route 7\n")
	})
}

func TestKernelRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		for n := 1; n <= 4; n++ { // the first service, four attempts long
			l.kernel.Fail(n, syscall.ENOMEM)
		}
		vs := pool(vip, rs1)
		vs.RealServers[0].Checks = nil
		l.begin(conf(vs))
		l.wantTable("") // service and server were refused
		l.after(time.Second)
		l.wantTable("") // and once more; the next attempt comes after twice the time
		st, err := l.watcher.Status(t.Context())
		if err != nil || !strings.Contains(st.Trouble, "add service TCP 192.0.2.1:80") {
			t.Errorf("trouble %q, %v", st.Trouble, err)
		}
		l.after(2*time.Second - time.Millisecond)
		l.wantTable("")
		l.after(time.Millisecond)
		l.wantTable(only1)
		l.wantLog("again_in=1s", "again_in=2s", "cause=retry")
		l.stop()
	})
}

func TestOneBadServiceDoesNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		bad := pool("192.0.2.7:80", rs1)
		bad.Scheduler = "a-scheduler-whose-name-is-too-long-for-the-kernel"
		l.begin(conf(bad, pool(vip, rs1, rs2)))
		l.wantTable(both)
		l.farm.kill(rs1)
		l.after(20 * time.Second)
		l.wantTable(only2)
		l.stop()
	})
}

// faulty is a kernel that cannot be read for a while.
type faulty struct {
	watch.Kernel
	broken *atomic.Bool
}

func (f faulty) Table() (ipvs.Table, error) {
	if f.broken.Load() {
		return nil, syscall.EIO
	}
	return f.Kernel.Table()
}

func TestReloadWaitsForTheKernel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		var broken atomic.Bool
		l.beginWith(conf(pool(vip, rs1)), faulty{l.kernel.Client(), &broken})
		broken.Store(true)
		l.reload(conf(pool(vip, rs2)))
		l.farm.kill(rs1) // health goes on being watched
		l.after(10 * time.Second)
		l.wantTable(only1)
		broken.Store(false)
		l.after(16 * time.Second)
		l.wantTable(only2)
		l.stop()
	})
}

func TestKilledAndStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.kernel.Load(adoptable())
		l.begin(conf(pool(vip, rs1, rs2), pool("192.0.2.2:80", rs1), pool("192.0.2.3:80", rs1)))
		before := l.kernel.Table()
		disk, err := l.memory.Load()
		if err != nil {
			t.Fatal(err)
		}
		l.stop() // the bubble must end cleanly; what a kill leaves is put back by hand
		l.kernel.Load(before)
		if err := l.memory.Save(disk); err != nil {
			t.Fatal(err)
		}
		seen := len(l.kernel.Ops())
		l.begin(conf(pool(vip, rs1, rs2), pool("192.0.2.2:80", rs1)))
		l.wantOps(seen, "delete service TCP 192.0.2.3:80") // nothing else: connections go on
		l.stop()
		l.wantTable(only1 + "TCP 203.0.113.9:80 rr: 10.0.0.7:80 Route 7\n")
		if disk, err := l.memory.Load(); err != nil || len(disk) != 0 {
			t.Errorf("still owned: %v, %v", disk, err)
		}
	})
}

// slow is a kernel that takes a second for every change, and counts how often
// it is read.
type slow struct {
	watch.Kernel
	read *int
}

func (s slow) Table() (ipvs.Table, error) { *s.read++; return s.Kernel.Table() }
func (s slow) Apply(ops ...ipvs.Op) error { time.Sleep(time.Second); return s.Kernel.Apply(ops...) }

func TestManyChangesCostOneLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		var reals []string
		for i := range 50 {
			reals = append(reals, fmt.Sprintf("10.0.1.%d:80", i))
		}
		read := 0
		l.beginWith(conf(pool(vip, reals...)), slow{l.kernel.Client(), &read})
		l.after(2 * time.Second)
		if n := len(l.kernel.Table()[0].Destinations); n != 50 || read != 3 {
			t.Errorf("%d of 50 real servers after %d looks, want 3: before the start, for the services, for all servers", n, read)
		}
		l.stop()
	})
}

func TestChangedCheckEndsTheOldOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.begin(conf(pool(vip, rs1)))
		moved := conf(pool(vip, rs1))
		moved[0].RealServers[0].Checks[0].Target = ap("10.0.0.1:8080")
		l.reload(moved)
		made := l.farm.checks(rs1)
		l.after(60 * time.Second)
		if n := l.farm.checks(rs1); n != made {
			t.Errorf("the old check was made %d times more", n-made)
		}
		if l.farm.checks("10.0.0.1:8080") < 10 {
			t.Error("the new check is not made")
		}
		l.reload(conf(pool(vip, rs2)))
		made = l.farm.checks("10.0.0.1:8080")
		l.after(60 * time.Second)
		if n := l.farm.checks("10.0.0.1:8080"); n != made {
			t.Errorf("a server that is gone was checked %d times more", n-made)
		}
		l.stop()
	})
}

func TestLogsWhatTheKernelDid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.kernel.Load(adoptable())
		l.kernel.Fail(2, syscall.ENOMEM) // the removal of a server that is not configured
		l.begin(conf(pool(vip, rs1)))
		l.wantLog(`msg="service changed" service="TCP 192.0.2.1:80" cause=start`)
		if strings.Contains(l.log.String(), `removed" service="TCP 192.0.2.1:80" real=10.0.0.9:80 cause=start`) {
			t.Errorf("the log tells of what did not happen:\n%s", l.log)
		}
		l.stop()
	})
}

// mute is a kernel whose answer got lost: nobody knows what it did.
type mute struct{ watch.Kernel }

func (mute) Apply(...ipvs.Op) error { return syscall.ENOBUFS }

func TestLogsNothingOfWhatNobodyKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.beginWith(conf(pool(vip, rs1)), mute{l.kernel.Client()})
		l.wantLog("no buffer space available")
		if strings.Contains(l.log.String(), "added") {
			t.Errorf("the log tells of what may not have happened:\n%s", l.log)
		}
		l.stop()
	})
}

// The state file outlived the kernel it tells of: what stands now is ours.
func TestMemoryOfAnotherBoot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		if err := l.memory.Save(watch.Ownership{key(vip): {Adopted: true, Foreign: []netip.AddrPort{ap(rs1)}}}); err != nil {
			t.Fatal(err)
		}
		l.begin(conf(pool(vip, rs1)))
		l.wantTable(only1)
		l.stop()
		l.wantTable("")
	})
}

// orderly is a memory that looks at the kernel whenever it is written.
type orderly struct {
	watch.Memory
	kernel *ipvstest.Kernel
	notes  *[]string
	fail   bool
}

func (o orderly) Save(own watch.Ownership) error {
	*o.notes = append(*o.notes, fmt.Sprintf("%d owned after %d operations", len(own), len(o.kernel.Ops())))
	if o.fail {
		return syscall.ENOSPC
	}
	return o.Memory.Save(own)
}

func TestRemembersBeforeTheKernelIsChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		var notes []string
		l.memory = orderly{l.memory, l.kernel, &notes, false}
		l.begin(conf(pool(vip, rs1)))
		l.stop()
		want := "1 owned after 0 operations, 0 owned after 3 operations"
		if got := strings.Join(notes, ", "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestFullDiskDoesNotStopTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		var notes []string
		l.memory = orderly{l.memory, l.kernel, &notes, true}
		l.begin(conf(pool(vip, rs1, rs2)))
		l.wantTable(both)
		l.wantLog("what is owned is not remembered", "no space left on device")
		l.stop()
		l.wantTable("")
	})
}

// lost is a memory that cannot be read.
type lost struct{ watch.Memory }

func (lost) Load() (watch.Ownership, error) { return nil, errors.New("damaged") }

func TestLostMemoryMeansThatNothingIsOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.kernel.Load(adoptable())
		l.memory = lost{l.memory}
		l.begin(conf(pool(vip, rs1)))
		l.stop()
		l.wantTable(only1 + "TCP 203.0.113.9:80 rr: 10.0.0.7:80 Route 7\n")
		l.wantLog("memory of it is lost")
	})
}

func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		began := time.Now()
		l.farm.kill(rs2)
		l.kernel.Load(adoptable())
		l.begin(conf(pool(vip, rs1, rs2)))
		l.after(4 * time.Second) // rs2 fell after 3 s
		st, err := l.watcher.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(st.Services) != 1 || st.Trouble != "" {
			t.Fatalf("status %+v", st)
		}
		s := st.Services[0]
		if !s.Adopted || s.Scheduler != "wlc" || s.Address != ap(vip) || len(s.RealServers) != 2 {
			t.Errorf("service %+v", s)
		}
		good, bad := s.RealServers[0], s.RealServers[1]
		if good.Health != check.Up || !good.Serving || !good.Since.Equal(began) {
			t.Errorf("rs1 %+v", good)
		}
		if bad.Health != check.Down || bad.Serving || !bad.Since.Equal(began.Add(3*time.Second)) {
			t.Errorf("rs2 %+v", bad)
		}
		if last := bad.Checks[0].Last; last == nil || last.Reason != "connection refused" || !bad.Checks[0].At.Equal(began.Add(3*time.Second)) {
			t.Errorf("rs2's check %+v", bad.Checks[0])
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		l.stop()
		if _, err := l.watcher.Status(cancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("asked after the end: %v", err)
		}
	})
}
