package ipvs

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// receiveSize holds what the kernel puts into one datagram of a dump: 32 KiB if
// the reader offers as much.
const receiveSize = 64 << 10

// patience is how long the kernel may take for one datagram. It answers at once
// or never; to wait for ever would hang a daemon that is told to stop.
const patience = 10 // seconds

// socket is a blocking netlink socket. The kernel has answered before sendto
// returns, so nothing is gained by Go's poller, which would double the system calls.
type socket struct {
	fd     int
	proc   int // /proc/net/ip_vs of the same network namespace, -1 if it is not there
	buffer []byte
}

func dial() (Conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_GENERIC)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	// Errors then come without a copy of the request. Old kernels do not know the
	// option; the answers are longer there, and as good.
	_ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1)
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: patience}); err != nil {
		return nil, errors.Join(os.NewSyscallError("setsockopt", err), unix.Close(fd))
	}
	if err := unix.Connect(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, errors.Join(os.NewSyscallError("connect", err), unix.Close(fd))
	}
	// Opened now, because the calling thread is in the namespace now.
	proc, err := unix.Open("/proc/thread-self/net/ip_vs", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		proc = -1
	}
	return &socket{fd: fd, proc: proc, buffer: make([]byte, receiveSize)}, nil
}

func (s *socket) Send(datagram []byte) error {
	for {
		_, err := unix.Write(s.fd, datagram)
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("write", err)
		}
	}
}

func (s *socket) Receive() ([]byte, error) {
	for {
		n, _, flags, _, err := unix.Recvmsg(s.fd, s.buffer, nil, 0)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return nil, fmt.Errorf("the kernel did not answer within %d s", patience)
		case err != nil:
			return nil, os.NewSyscallError("recvmsg", err)
		case flags&unix.MSG_TRUNC != 0:
			return nil, fmt.Errorf("answer of the kernel is longer than %d bytes", len(s.buffer))
		default:
			return s.buffer[:n], nil
		}
	}
}

// Text reads /proc/net/ip_vs from the beginning. The kernel gives a page at a time.
func (s *socket) Text() ([]byte, error) {
	if s.proc < 0 {
		return nil, os.ErrNotExist
	}
	text := make([]byte, 0, receiveSize)
	for {
		if cap(text)-len(text) < os.Getpagesize() {
			text = append(make([]byte, 0, 2*cap(text)), text...)
		}
		n, err := unix.Pread(s.proc, text[len(text):cap(text)], int64(len(text)))
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, os.NewSyscallError("pread", err)
		case n == 0:
			return text, nil
		default:
			text = text[:len(text)+n]
		}
	}
}

func (s *socket) Close() error {
	err := unix.Close(s.fd)
	if s.proc >= 0 {
		err = errors.Join(err, unix.Close(s.proc))
	}
	return os.NewSyscallError("close", err)
}
