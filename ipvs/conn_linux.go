package ipvs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernelPatience is how long the kernel may take for one datagram. It answers at
// once or never; to wait for ever would hang a daemon that is told to stop.
const kernelPatience = 10 * time.Second

// socket is a blocking netlink socket. The kernel has answered before sendto
// returns, so nothing is gained by Go's poller, which would double the system calls.
type socket struct {
	fd       int
	patience time.Duration
	options  int                 // an IPv4 socket for getsockopt, -1 if there is none
	proc     [len(procFiles)]int // of the same network namespace, -1 where there is none
	buffer   []byte
}

// procFiles are what IPVS shows as text in /proc/net.
var procFiles = [...]string{"ip_vs", "ip_vs_conn"}

func dial() (Conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_GENERIC)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	// Errors then come without a copy of the request. Old kernels do not know the
	// option; the answers are longer there, and as good.
	_ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1)
	if err := unix.Connect(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, errors.Join(os.NewSyscallError("connect", err), unix.Close(fd))
	}
	s, err := newSocket(fd, kernelPatience)
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	// Opened now, because the calling thread is in the namespace now.
	if s.options, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
		s.options = -1
	}
	for i, name := range procFiles {
		if s.proc[i], err = unix.Open("/proc/thread-self/net/"+name, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			s.proc[i] = -1
		}
	}
	return s, nil
}

// newSocket owns fd unless it fails.
func newSocket(fd int, patience time.Duration) (*socket, error) {
	limit := unix.NsecToTimeval(patience.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		return nil, os.NewSyscallError("setsockopt", err)
	}
	s := &socket{fd: fd, patience: patience, options: -1, buffer: make([]byte, receiveSize)}
	for i := range s.proc {
		s.proc[i] = -1
	}
	return s, nil
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
			return nil, fmt.Errorf("the kernel did not answer within %v", s.patience)
		case err != nil:
			return nil, os.NewSyscallError("recvmsg", err)
		case flags&unix.MSG_TRUNC != 0:
			return nil, fmt.Errorf("answer of the kernel is longer than %d bytes", len(s.buffer))
		default:
			return s.buffer[:n], nil
		}
	}
}

// Proc reads one of procFiles.
func (s *socket) Proc(name string) (io.Reader, error) {
	i := slices.Index(procFiles[:], name)
	if i < 0 || s.proc[i] < 0 {
		return nil, os.ErrNotExist
	}
	return &procReader{fd: s.proc[i]}, nil
}

// procReader reads a file that several may read at once.
type procReader struct {
	fd     int
	offset int64
}

func (r *procReader) Read(b []byte) (int, error) {
	for {
		n, err := unix.Pread(r.fd, b, r.offset)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, os.NewSyscallError("pread", err)
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		default:
			r.offset += int64(n)
			return n, nil
		}
	}
}

// Option is getsockopt(2) at the level of IP.
func (s *socket) Option(name int, value []byte) error {
	if s.options < 0 {
		return os.ErrNotExist
	}
	size := uint32(len(value))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(s.options), unix.SOL_IP, uintptr(name),
		uintptr(unsafe.Pointer(unsafe.SliceData(value))), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return os.NewSyscallError("getsockopt", errno)
	}
	return nil
}

func (s *socket) Close() error {
	err := unix.Close(s.fd)
	for _, fd := range append(s.proc[:], s.options) {
		if fd >= 0 {
			err = errors.Join(err, unix.Close(fd))
		}
	}
	return os.NewSyscallError("close", err)
}
