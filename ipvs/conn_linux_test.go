package ipvs

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// silentPair is a socket with a peer that does what the test tells it.
func silentPair(t *testing.T, patience time.Duration) (s *socket, peer int) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(pair[1]) })
	if s, err = newSocket(pair[0], patience); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, pair[1]
}

// A kernel that never answers ends in an error, not in a wait without end.
func TestKernelThatDoesNotAnswer(t *testing.T) {
	const patience = 30 * time.Millisecond
	s, _ := silentPair(t, patience)
	start := time.Now()
	client, err := New(s)
	if client != nil || err == nil || !strings.Contains(err.Error(), "did not answer within 30ms") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took < patience {
		t.Errorf("gave up after %v", took)
	}
}

// The socket that Dial opens has the same limit, set in the kernel.
func TestDialledSocketsHavePatience(t *testing.T) {
	c, err := dial()
	if err != nil {
		t.Skipf("no generic netlink here: %v", err)
	}
	s := c.(*socket)
	defer func() { _ = s.Close() }()
	limit, err := unix.GetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO)
	if err != nil || limit.Nano() != int64(kernelPatience) || s.patience != kernelPatience {
		t.Errorf("limit %v, %v, %v", limit, s.patience, err)
	}
}

func TestAnswerLongerThanTheBuffer(t *testing.T) {
	s, peer := silentPair(t, time.Second)
	s.buffer = make([]byte, 8)
	if err := unix.Send(peer, make([]byte, 9), 0); err != nil {
		t.Fatal(err)
	}
	if b, err := s.Receive(); err == nil || b != nil {
		t.Errorf("got %d bytes, %v", len(b), err)
	}
	if err := unix.Send(peer, make([]byte, 8), 0); err != nil {
		t.Fatal(err)
	}
	if b, err := s.Receive(); err != nil || len(b) != 8 {
		t.Errorf("got %d bytes, %v", len(b), err)
	}
}

func TestProcIsReadFromItsBeginningEachTime(t *testing.T) {
	s, _ := silentPair(t, time.Second)
	if _, err := s.Proc("ip_vs"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := s.Proc("../meminfo"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("another file: %v", err)
	}
	text := strings.Repeat("0123456789", 1000)
	path := filepath.Join(t.TempDir(), "ip_vs_conn")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.proc[1], err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, err := s.Proc("ip_vs_conn")
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); err != nil || string(b) != text {
			t.Errorf("%d bytes, %v", len(b), err)
		}
	}
}
