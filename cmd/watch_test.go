package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lvsctl/lvsctl/check"
	"github.com/lvsctl/lvsctl/control"
	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
	"github.com/lvsctl/lvsctl/watch"
)

// testWatch is a watch on a kernel in memory.
type testWatch struct {
	*watchDaemon
	kernel *ipvstest.Kernel
	log    bytes.Buffer // read only after the end
	ended  chan error
	cancel context.CancelFunc
}

func startWatch(t *testing.T, configuration string) *testWatch {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "lvs.conf")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &testWatch{kernel: ipvstest.New()}
	w.watchDaemon = newWatchDaemon()
	w.file, w.runDir, w.watchDaemon.log = file, dir, slog.New(slog.NewTextHandler(&w.log, nil))
	ctx, cancel := context.WithCancel(t.Context())
	w.ended, w.cancel = make(chan error, 1), cancel
	go func() { w.ended <- w.run(ctx, watchWith(w.watchDaemon, w.kernel.Client())) }()
	return w
}

// await asks for the status until it is as wanted.
func (w *testWatch) await(t *testing.T, wanted func(watch.Status) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var st watch.Status
	for ctx.Err() == nil {
		err := control.Get(ctx, w.runDir, watchName, "status", &st)
		if err == nil && wanted(st) {
			return
		}
	}
	t.Fatalf("status %+v", st)
}

func watchConf(reals ...string) string {
	var b strings.Builder
	b.WriteString("virtual_server 192.0.2.1 80 {\n\tdelay_loop 6\n\tlb_algo wlc\n\tlb_kind NAT\n\tprotocol TCP\n")
	for _, r := range reals {
		host, port, _ := strings.Cut(r, ":")
		fmt.Fprintf(&b, "\treal_server %s %s {\n\t\tweight 1\n\t\tTCP_CHECK {\n\t\t\tconnect_timeout 3\n\t\t}\n\t}\n", host, port)
	}
	return b.String() + "}\n"
}

func checked(st watch.Status) bool {
	for _, s := range st.Services {
		for _, r := range s.RealServers {
			if r.Health == check.Unknown {
				return false
			}
		}
	}
	return len(st.Services) > 0
}

func TestWatchFromFileToTable(t *testing.T) {
	open, closed := listener(t).Addr().String(), closedPort(t)
	w := startWatch(t, watchConf(open, closed))
	w.await(t, checked)

	out, errs, status := lvsctl("watch", "status", "--run-dir", w.runDir)
	want := regexp.MustCompile(`^SERVICE +REAL SERVER +WEIGHT +HEALTH +SERVING +SINCE +LAST CHECK\n` +
		`TCP 192\.0\.2\.1:80 +` + open + ` +1 +up +yes +\S+ +tcp ` + open + ` connected in \S+\n` +
		` +` + closed + ` +1 +down +no +\S+ +tcp ` + closed + ` connect: connection refused after \S+\n$`)
	if !want.MatchString(out) || errs != "" || status != 0 {
		t.Errorf("stdout\n%s\nstderr %q, exit status %d", out, errs, status)
	}
	var st watch.Status
	out, _, _ = lvsctl("watch", "status", "--run-dir", w.runDir, "-o", "json")
	if err := json.Unmarshal([]byte(out), &st); err != nil || !checked(st) {
		t.Errorf("as JSON: %v\n%s", err, out)
	}

	if table := w.kernel.Table(); len(table) != 1 || len(table[0].Destinations) != 1 || table[0].Destinations[0].Address.String() != open {
		t.Errorf("table %+v", table)
	}
	w.cancel()
	if err := <-w.ended; err != nil {
		t.Errorf("stop: %v", err)
	}
	if len(w.kernel.Table()) != 0 {
		t.Errorf("left behind: %+v", w.kernel.Table())
	}
	if left, _ := filepath.Glob(filepath.Join(w.runDir, "watch.state*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWatchWithoutWork(t *testing.T) {
	w := startWatch(t, "global_defs {\n}\n")
	defer w.cancel()
	var none noServersError
	if err := <-w.ended; !errors.As(err, &none) || !strings.HasPrefix(err.Error(), w.file) || none.Hint() == "" {
		t.Errorf("error %v", err)
	}
}

func TestWatchWithoutIPVS(t *testing.T) {
	if c, err := ipvs.Dial(); err == nil {
		_ = c.Close()
		t.Skip("this kernel has IPVS")
	}
	_, errs, status := lvsctl("watch", "-f", "/nonexistent", "--run-dir", t.TempDir())
	if status != 1 || !strings.Contains(errs, "hint: ") || strings.Contains(errs, "nonexistent") {
		t.Errorf("exit status %d, stderr %q", status, errs)
	}
}

func TestWatchStatusWithoutWatch(t *testing.T) {
	out, errs, status := lvsctl("watch", "status", "--run-dir", t.TempDir())
	if status != 1 || out != "" || !strings.HasPrefix(errs, "lvsctl: lvsctl watch does not run with ") {
		t.Errorf("exit status %d, stdout %q, stderr %q", status, out, errs)
	}
}

func TestLastCheckShowsWhatFails(t *testing.T) {
	of := func(s check.Status, reason string) watch.CheckStatus {
		return watch.CheckStatus{Kind: "tcp", Target: netip.MustParseAddrPort("10.0.0.1:80"), Last: &check.Result{Status: s, Phase: check.PhaseConnect, Reason: reason}}
	}
	good, bad := of(check.Up, "connected"), of(check.Down, "connection refused")
	for want, checks := range map[string][]watch.CheckStatus{
		"-":                                nil,
		"tcp 10.0.0.1:80 connected in 0ms": {{Kind: "tcp"}, good},
		"tcp 10.0.0.1:80 connect: connection refused after 0ms": {good, bad, good},
	} {
		if got := lastCheck(checks); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
