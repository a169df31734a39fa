package cmd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config"
)

// A daemon is ready when its body is at work, not before, and says when it ends.
func TestDaemonTellsSupervisor(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "10000")

	v, _ := testVRRP(t, vrrpConf)
	d := &daemon[int]{
		name: "test", part: config.VirtualRouters, file: v.file, runDir: v.runDir, log: slog.New(slog.DiscardHandler),
		host: v.host, idle: func(int) bool { return false },
		pick: func(*config.Config) (int, config.Diagnostics) { return 7, nil },
	}
	working := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	var heard []string
	err = d.run(ctx, func(_ context.Context, _ int, _ <-chan int, ready func(answers)) error {
		ready(answers{alive: func(ctx context.Context) error {
			select {
			case <-working:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}})
		_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, err := conn.Read(make([]byte, 100)); err == nil {
			t.Errorf("%d bytes before the body was at work", n)
		}
		close(working)
		heard = append(heard, read(t, conn), read(t, conn))
		stop()
		for {
			if m := read(t, conn); m != "WATCHDOG=1" {
				heard = append(heard, m)
				return errors.New("it is over")
			}
		}
	})
	if err == nil || err.Error() != "it is over" {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"READY=1\nSTATUS=runs", "WATCHDOG=1", "STOPPING=1"}, heard); diff != "" {
		t.Error(diff)
	}
}

func read(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 100)
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}
