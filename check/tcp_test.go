package check_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/check"
)

// dialFunc plays the network.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (f dialFunc) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}

var target = check.Target{Address: netip.MustParseAddrPort("192.0.2.1:80"), Timeout: 3 * time.Second}

func TestTCPSaysWhyNot(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want check.Result
		text string
	}{
		{"refused", syscall.ECONNREFUSED,
			check.Result{Status: check.Down, Phase: check.PhaseConnect, Reason: "connection refused", Took: time.Second},
			"connect: connection refused after 1s"},
		{"no route", syscall.EHOSTUNREACH,
			check.Result{Status: check.Down, Phase: check.PhaseConnect, Reason: "no route to host", Took: time.Second},
			"connect: no route to host after 1s"},
		{"no network", syscall.ENETUNREACH,
			check.Result{Status: check.Down, Phase: check.PhaseConnect, Reason: "network is unreachable", Took: time.Second},
			"connect: network is unreachable after 1s"},
		{"the kernel's own timeout", syscall.ETIMEDOUT,
			check.Result{Status: check.Down, Phase: check.PhaseConnect, Reason: "timed out", Took: time.Second},
			"connect: timed out after 1s"},
		{"no files left here", syscall.EMFILE,
			check.Result{Status: check.Unknown, Phase: check.PhaseConnect, Reason: "too many open files", Took: time.Second},
			"connect: too many open files after 1s"},
		{"something else", errors.New("odd"),
			check.Result{Status: check.Down, Phase: check.PhaseConnect, Reason: "dial tcp: connect: odd", Took: time.Second},
			"connect: dial tcp: connect: odd after 1s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fail := dialFunc(func(_ context.Context, network, address string) (net.Conn, error) {
					if network != "tcp" || address != "192.0.2.1:80" {
						t.Errorf("dialled %s %s", network, address)
					}
					time.Sleep(time.Second) // the bubble's clock
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", tt.err)}
				})
				got := check.TCP{Dialer: fail}.Check(t.Context(), target)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("-want +got\n%s", diff)
				}
				if got.String() != tt.text {
					t.Errorf("text %q, want %q", got, tt.text)
				}
			})
		})
	}
}

// silent is a host that never answers.
func silent(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestTCPIsBoundedByTimeout(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{
		3 * time.Second:        3 * time.Second,
		500 * time.Millisecond: 500 * time.Millisecond,
		0:                      check.DefaultTimeout,
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			got := check.TCP{Dialer: dialFunc(silent)}.Check(t.Context(), check.Target{Address: target.Address, Timeout: timeout})
			if d := time.Since(began); d != want {
				t.Errorf("timeout %v: returned after %v", timeout, d)
			}
			wanted := check.Result{Status: check.Down, Phase: check.PhaseConnect, Reason: "timed out", Took: want}
			if diff := cmp.Diff(wanted, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestTCPCancelledSaysNothingAboutTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		got := check.TCP{Dialer: dialFunc(silent)}.Check(ctx, target)
		want := check.Result{Phase: check.PhaseConnect, Reason: "cancelled", Took: time.Second}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}

// The server greets, as SSH and SMTP do, and writes once more after the client
// said goodbye. Its log must stay clean: end of file, no reset.
func TestTCPClosesGracefully(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	seen := make(chan error, 1)
	go func() { seen <- greet(l) }()
	got := check.TCP{Dialer: check.NewDialer()}.Check(t.Context(), check.Target{Address: netip.MustParseAddrPort(l.Addr().String())})
	if got.Status != check.Up || got.Reason != "connected" || got.Took <= 0 {
		t.Fatalf("result %+v", got)
	}
	if err := <-seen; err != nil {
		t.Errorf("the server saw: %v", err)
	}
}

func greet(l net.Listener) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "220 hello\r\n"); err != nil {
		return err
	}
	if _, err := io.ReadAll(conn); err != nil {
		return fmt.Errorf("read until end of file: %w", err)
	}
	_, err = io.WriteString(conn, "221 bye\r\n")
	return err
}

// fakeConn is a connection to a server that neither speaks nor hangs up.
type fakeConn struct {
	net.Conn
	deadline    time.Time
	halved, end bool
}

func (c *fakeConn) CloseWrite() error                 { c.halved = true; return nil }
func (c *fakeConn) SetReadDeadline(t time.Time) error { c.deadline = t; return nil }
func (c *fakeConn) Close() error                      { c.end = true; return nil }
func (c *fakeConn) Read([]byte) (int, error) {
	time.Sleep(time.Until(c.deadline))
	return 0, os.ErrDeadlineExceeded
}

func TestTCPWaitsLittleForTheServerToHangUp(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{
		3 * time.Second:        200 * time.Millisecond,
		150 * time.Millisecond: 150 * time.Millisecond, // the timeout holds for the parting too
	} {
		synctest.Test(t, func(t *testing.T) {
			conn := &fakeConn{}
			dial := dialFunc(func(context.Context, string, string) (net.Conn, error) { return conn, nil })
			began := time.Now()
			got := check.TCP{Dialer: dial}.Check(t.Context(), check.Target{Address: target.Address, Timeout: timeout})
			if got.Status != check.Up || got.Took != 0 {
				t.Errorf("timeout %v: result %+v: the parting must not count", timeout, got)
			}
			if d := time.Since(began); d != want {
				t.Errorf("timeout %v: returned after %v, want %v", timeout, d, want)
			}
			if !conn.halved || !conn.end {
				t.Errorf("timeout %v: half closed %v, closed %v", timeout, conn.halved, conn.end)
			}
		})
	}
}

func TestTCPRefusedByARealKernel(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := netip.MustParseAddrPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	got := check.TCP{Dialer: check.NewDialer()}.Check(t.Context(), check.Target{Address: closed})
	if got.Status != check.Down || got.Reason != "connection refused" {
		t.Errorf("result %+v", got)
	}
}
