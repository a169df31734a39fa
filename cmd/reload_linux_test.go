package cmd

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/control"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
	"github.com/lvsctl/lvsctl/vrrp"
	"github.com/lvsctl/lvsctl/watch"
)

// sharedLog is a log that is read while it is written.
type sharedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *sharedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// refusals counts the reloads that were refused.
func (l *sharedLog) refusals() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), "reload refused, the running configuration stays")
}

func (l *sharedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// badPlaces are the ways in which there is nothing to read at a path.
func badPlaces() map[string]func(path string) error {
	return map[string]func(path string) error{
		"gone":           os.Remove,
		"a directory":    func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		"too large":      func(path string) error { return os.Truncate(path, config.MaxSize+1) },
		"a link to void": func(path string) error { return errors.Join(os.Remove(path), os.Symlink("nowhere", path)) },
	}
}

// badText puts a text in the place of a file.
func badText(text string) func(string) error {
	return func(path string) error { return os.WriteFile(path, []byte(text), 0o600) }
}

// keepHangup keeps a SIGHUP that no daemon waits for from ending the test.
func keepHangup(t *testing.T) {
	t.Helper()
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(hup) })
}

func hangUp(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

// refuseEach puts one bad file after the other at path, reloads, and calls unchanged
// when the reload was refused. At the end the good file is there again.
func refuseEach(t *testing.T, path, good string, bad map[string]func(path string) error, log *sharedLog, unchanged func(name string)) {
	t.Helper()
	for name, put := range bad {
		before := log.refusals()
		if err := put(path); err != nil {
			t.Fatal(err)
		}
		hangUp(t)
		for end := time.Now().Add(20 * time.Second); log.refusals() == before; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s is not refused:\n%s", name, log)
			}
		}
		unchanged(name)
		if err := errors.Join(os.RemoveAll(path), badText(good)(path)); err != nil {
			t.Fatal(err)
		}
	}
}

// plainAddresses lets go-cmp compare addresses.
func plainAddresses() cmp.Option {
	return cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{})
}

// TestVRRPRefusesBadReloads checks that no bad file changes running virtual
// routers, and that a good one is taken after them.
func TestVRRPRefusesBadReloads(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root for a network namespace")
	}
	keepHangup(t)
	d, _ := testVRRP(t, vrrpConf)
	log := &sharedLog{}
	d.log = slog.New(slog.NewTextHandler(log, nil))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- inNewNamespace(func() error { return d.run(ctx, runVRRP(d)) }) }()
	master := func(priority uint8) func([]vrrp.Status) bool {
		return func(s []vrrp.Status) bool {
			return len(s) == 1 && s[0].State == vrrp.Master && s[0].Priority == priority
		}
	}
	awaitVRRP(t, d, master(255))
	status := func() (now []vrrp.Status) {
		if err := control.Get(t.Context(), d.runDir, vrrpName, "status", &now); err != nil {
			t.Fatal(err)
		}
		return now
	}
	first := status()

	bad := badPlaces()
	bad["no virtual_router_id"] = badText(strings.Replace(vrrpConf, "virtual_router_id 51", "priority 7", 1))
	bad["NUL bytes"] = badText(strings.Replace(vrrpConf, "priority 255", "priority 7\x00", 1))
	bad["an include loop"] = badText(strings.Replace(vrrpConf, "priority 255", "priority 7", 1) + "include " + d.file + "\n")
	bad["no work"] = badText("global_defs {\n}\n")
	bad["all left out"] = badText("net_namespace elsewhere\n" + strings.Replace(vrrpConf, "priority 255", "priority 7", 1))
	bad["empty"] = badText("")
	refuseEach(t, d.file, vrrpConf, bad, log, func(name string) {
		if diff := cmp.Diff(first, status(), plainAddresses(), cmpopts.IgnoreFields(vrrp.Counters{}, "Sent", "Announced", "InterfaceDropped")); diff != "" {
			t.Errorf("%s changed the daemon (-before +after):\n%s", name, diff)
		}
	})

	if err := badText(strings.Replace(vrrpConf, "priority 255", "priority 90", 1))(d.file); err != nil {
		t.Fatal(err)
	}
	hangUp(t)
	awaitVRRP(t, d, master(90))
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestWatchRefusesBadReloads checks that no bad file changes the kernel's table or
// what is checked, and that a good one is taken after them.
func TestWatchRefusesBadReloads(t *testing.T) {
	keepHangup(t)
	open, closed := listener(t).Addr().String(), closedPort(t)
	good := "virtual_servers:\n  - address: 192.0.2.1:80\n    protocol: TCP\n    scheduler: wlc\n    method: NAT\n    real_servers:\n" +
		"      - {address: '" + open + "', checks: [{kind: tcp, interval: 1h}]}\n" +
		"      - {address: '" + closed + "', checks: [{kind: tcp, interval: 1h, retries: 0}]}\n"
	dir, log := t.TempDir(), &sharedLog{}
	file := filepath.Join(dir, "lvsctl.yaml")
	if err := badText(good)(file); err != nil {
		t.Fatal(err)
	}
	w := &testWatch{kernel: ipvstest.New(), watchDaemon: newWatchDaemon(), ended: make(chan error, 1)}
	w.file, w.runDir, w.watchDaemon.log = file, dir, slog.New(slog.NewTextHandler(log, nil))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { w.ended <- w.run(ctx, watchWith(w.watchDaemon, w.kernel.Client())) }()
	w.await(t, func(st watch.Status) bool { return checked(st) && len(w.kernel.Table()) == 1 })
	status := func() (now watch.Status) {
		if err := control.Get(t.Context(), dir, watchName, "status", &now); err != nil {
			t.Fatal(err)
		}
		return now
	}
	first, ops := status(), len(w.kernel.Ops())

	bad := badPlaces()
	bad["not YAML"] = badText(good + "  - [\n")
	bad["an unknown setting"] = badText(strings.Replace(good, "scheduler: wlc", "schedular: rr", 1))
	bad["a setting twice"] = badText(strings.Replace(good, "scheduler: wlc", "scheduler: wlc\n    scheduler: rr", 1))
	bad["a wrong type"] = badText(strings.Replace(good, "scheduler: wlc", "scheduler: rr\n    weight: much", 1))
	bad["no protocol"] = badText(strings.Replace(good, "    protocol: TCP\n", "", 1))
	bad["the service twice"] = badText(good + strings.TrimPrefix(good, "virtual_servers:\n"))
	bad["no work"] = badText("global: {}\n")
	bad["all left out"] = badText("global: {network_namespace: elsewhere}\n" + good)
	bad["empty"] = badText("")
	refuseEach(t, file, good, bad, log, func(name string) {
		if diff := cmp.Diff(first, status(), plainAddresses()); diff != "" {
			t.Errorf("%s changed the daemon (-before +after):\n%s", name, diff)
		}
		if made := w.kernel.Ops()[ops:]; len(made) > 0 {
			t.Errorf("%s changed the table: %+v", name, made)
		}
	})

	if err := badText(strings.Replace(good, "scheduler: wlc", "scheduler: rr", 1))(file); err != nil {
		t.Fatal(err)
	}
	hangUp(t)
	w.await(t, func(st watch.Status) bool {
		return st.Services[0].Scheduler == "rr" && w.kernel.Table()[0].Scheduler == "rr"
	})
	stop()
	if err := <-w.ended; err != nil {
		t.Errorf("%v\n%s", err, log)
	}
}
