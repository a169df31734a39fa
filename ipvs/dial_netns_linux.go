package ipvs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// namespaceDirs are where ip-netns(8) keeps the namespaces that have a name.
var namespaceDirs = [...]string{"/run/netns", "/var/run/netns"}

// Why a namespace that exists was not entered.
var (
	errNotANamespace error = &refusal{
		text: "not a network namespace", is: fs.ErrInvalid,
		hint: "a name that is left over from before a reboot is an empty file: ip netns delete NAME removes it",
	}
	errNamespacePermission error = &refusal{
		text: "not permitted to enter it", is: ErrPermission,
		hint: "to enter another network namespace takes root (CAP_SYS_ADMIN)",
	}
)

// DialIn is Dial in another network namespace: that of a name that ip-netns(8)
// knows, or of a path such as /proc/123/ns/net. An empty name is the caller's own.
// The error is ErrNoNamespace if there is no such namespace, and it wraps
// ErrPermission if the caller may not enter it. The caller stays where it is.
func DialIn(netns string) (*Client, error) {
	var c *Client
	err := inNamespace(netns, func() (err error) { c, err = Dial(); return err })
	if err != nil {
		return nil, err
	}
	return c, nil
}

// inNamespace runs do on a thread that is in a network namespace. What do opens
// stays in it. Only the name and the way in are told in the error, not what do says.
func inNamespace(netns string, do func() error) error {
	if netns == "" {
		return do()
	}
	fd, err := openNamespace(netns)
	if err != nil {
		return fmt.Errorf("open network namespace %s: %w", netns, err)
	}
	defer func() { _ = unix.Close(fd) }()
	done := make(chan error)
	go func() {
		entering, failed := onThread(func() error { return unix.Setns(fd, unix.CLONE_NEWNET) }, do)
		if entering != nil {
			failed = fmt.Errorf("enter network namespace %s: %w", netns, namespaceReason(entering))
		}
		done <- failed
	}()
	return <-done
}

// onThread changes the network namespace of the goroutine's thread with enter, runs
// do and goes back. A thread that does not find the way back stays locked, so that
// it ends with its goroutine and nobody else is ever put on it. The goroutine must
// end after that.
func onThread(enter, do func() error) (entering, failed error) {
	runtime.LockOSThread()
	home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		runtime.UnlockOSThread()
		return os.NewSyscallError("open", err), nil
	}
	defer func() { _ = unix.Close(home) }()
	if err := enter(); err != nil {
		runtime.UnlockOSThread()
		return err, nil
	}
	failed = do()
	if unix.Setns(home, unix.CLONE_NEWNET) == nil {
		runtime.UnlockOSThread()
	}
	return nil, failed
}

// openNamespace opens the file that stands for a namespace.
func openNamespace(netns string) (fd int, err error) {
	for _, path := range namespacePaths(netns) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return -1, namespaceReason(err)
	}
	return fd, nil
}

// namespacePaths are the files that a name may mean.
func namespacePaths(netns string) (paths []string) {
	if strings.Contains(netns, "/") {
		return []string{netns}
	}
	for _, dir := range namespaceDirs {
		paths = append(paths, filepath.Join(dir, netns))
	}
	return paths
}

// namespaceReason names what open and setns mean with an errno. EINVAL of setns
// is a file that is no network namespace, such as a name left over from before a
// reboot; ENOTDIR and ESRCH come from paths under /proc of processes that are gone.
func namespaceReason(err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ESRCH):
		return ErrNoNamespace
	case errors.Is(err, unix.EINVAL):
		return errNotANamespace
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return errNamespacePermission
	default:
		return err
	}
}
