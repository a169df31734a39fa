package system

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// listenAsSupervisor gives the environment of a daemon, and what it tells.
func listenAsSupervisor(t *testing.T, more map[string]string) (getenv func(string) string, heard func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	getenv = func(name string) string {
		if name == "NOTIFY_SOCKET" {
			return path
		}
		return more[name]
	}
	return getenv, func() string {
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		buf := make([]byte, 1000)
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
}

func TestSupervisorHears(t *testing.T) {
	getenv, heard := listenAsSupervisor(t, nil)
	s := SupervisorOf(getenv, 1)
	var got []string
	for _, tell := range []func() error{
		func() error { return s.Ready("2 virtual routers") },
		func() error { return s.Status("1 virtual router") },
		s.Stopping,
	} {
		if err := tell(); err != nil {
			t.Fatal(err)
		}
		got = append(got, heard())
	}
	want := []string{"READY=1\nSTATUS=2 virtual routers", "STATUS=1 virtual router", "STOPPING=1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoSupervisor(t *testing.T) {
	s := SupervisorOf(func(string) string { return "" }, 1)
	if err := s.Ready("x"); err != nil {
		t.Error(err)
	}
	s.Guard(t.Context(), func(context.Context) error { t.Error("asked without a watchdog"); return nil })
}

// A daemon that does not answer must look dead.
func TestWatchdog(t *testing.T) {
	getenv, heard := listenAsSupervisor(t, map[string]string{"WATCHDOG_USEC": "20000", "WATCHDOG_PID": "7"})
	if s := SupervisorOf(getenv, 8); s.watchdog != 0 {
		t.Error("the watchdog of another process was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	asked := 0
	go func() {
		defer close(done)
		SupervisorOf(getenv, 7).Guard(ctx, func(context.Context) error {
			asked++
			if asked == 3 {
				cancel()
			}
			if asked > 1 {
				return errors.New("stuck")
			}
			return nil
		})
	}()
	<-done
	s := SupervisorOf(getenv, 7)
	if err := s.Stopping(); err != nil {
		t.Fatal(err)
	}
	if got := []string{heard(), heard()}; got[0] != "WATCHDOG=1" || got[1] != "STOPPING=1" {
		t.Errorf("heard %q: one sign of life, then the end", got)
	}
}
