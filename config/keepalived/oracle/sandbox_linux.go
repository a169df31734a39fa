package oracle

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// enterSandbox takes the calling thread, and what it starts, to a place without
// network and with nothing to write to, where IPVS seems to be there. It gives the
// log that keepalived will write.
func enterSandbox(logSocket, dir string, devices []string) (*net.UnixConn, error) {
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC); err != nil {
		return nil, fmt.Errorf("make namespaces: %w", err)
	}
	log, err := openLog(logSocket)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(mountReadOnly(logSocket, dir), addDevices(devices), pretendIPVS()); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return log, nil
}

// openLog makes the socket that stands for /dev/log. The namespace lets it hold
// many lines: syslog drops what it is interrupted in.
func openLog(at string) (*net.UnixConn, error) {
	if err := os.WriteFile("/proc/sys/net/unix/max_dgram_qlen", []byte("100000"), 0); err != nil {
		return nil, fmt.Errorf("make room for the log: %w", err)
	}
	_ = os.Remove(at) // of the run before
	log, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("listen for the log: %w", err)
	}
	return log, nil
}

// addScriptUser puts a file with one user more over /etc/passwd.
func addScriptUser() error {
	const users = "/etc/passwd"
	text, err := os.ReadFile(users)
	if err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	text = append(text, "keepalived_script:x:"+ScriptIDs+"::/:/usr/sbin/nologin\n"...)
	if err := os.WriteFile("/run/users", text, 0o644); err != nil {
		return fmt.Errorf("write users: %w", err)
	}
	if err := unix.Mount("/run/users", users, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount users: %w", err)
	}
	return nil
}

// mountReadOnly leaves nothing to write to but an empty /run, /tmp and /dev, the
// latter with a log. The folder dir stays where it is.
func mountReadOnly(logSocket, dir string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := makeReadOnly(); err != nil {
		return fmt.Errorf("make mounts read only: %w", err)
	}
	if err := mountEmpty([]string{"/run", "/tmp", "/dev"}, dir, filepath.Dir(logSocket)); err != nil {
		return err
	}
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "random": 8, "urandom": 9} {
		if err := unix.Mknod("/dev/"+name, unix.S_IFCHR|0o666, int(unix.Mkdev(1, minor))); err != nil {
			return fmt.Errorf("make /dev/%s: %w", name, err)
		}
	}
	if err := unix.Symlink(logSocket, "/dev/log"); err != nil {
		return fmt.Errorf("make /dev/log: %w", err)
	}
	return addScriptUser()
}

// makeReadOnly waits for what was written just now, for a second at most.
func makeReadOnly() (err error) {
	readOnly := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	for range 100 {
		err = unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, &readOnly)
		if !errors.Is(err, unix.EBUSY) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}

// mountEmpty mounts an empty place over each path, but for the folders to keep.
func mountEmpty(paths []string, keep ...string) error {
	var trees []int
	for _, folder := range keep {
		tree, err := unix.OpenTree(unix.AT_FDCWD, folder, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
		if err != nil {
			return fmt.Errorf("keep %s: %w", folder, err)
		}
		defer func() { _ = unix.Close(tree) }()
		trees = append(trees, tree)
	}
	for _, at := range paths {
		if err := unix.Mount("tmpfs", at, "tmpfs", 0, "mode=1777"); err != nil {
			return fmt.Errorf("mount %s: %w", at, err)
		}
	}
	for i, folder := range keep {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("keep %s: %w", folder, err)
		}
		if err := unix.MoveMount(trees[i], "", unix.AT_FDCWD, folder, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
			return fmt.Errorf("keep %s: %w", folder, err)
		}
	}
	return nil
}

// addDevices makes a bridge for each interface, with an address. A bridge speaks
// ARP and is up with nothing behind it.
func addDevices(devices []string) error {
	h, err := netlink.NewHandle()
	if err != nil {
		return fmt.Errorf("open netlink: %w", err)
	}
	defer h.Close()
	lo, err := h.LinkByName("lo")
	if err == nil {
		err = h.LinkSetUp(lo)
	}
	if err != nil {
		return fmt.Errorf("set lo up: %w", err)
	}
	for i, name := range devices {
		if err := addDevice(h, name, i); err != nil {
			return fmt.Errorf("make interface %s: %w", name, err)
		}
	}
	return nil
}

func addDevice(h *netlink.Handle, name string, i int) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	link := &netlink.Bridge{LinkAttrs: attrs}
	if err := h.LinkAdd(link); err != nil {
		return err
	}
	address := &net.IPNet{IP: net.IPv4(198, 18+byte(i>>8), byte(i), 1), Mask: net.CIDRMask(24, 32)}
	return errors.Join(h.AddrAdd(link, &netlink.Addr{IPNet: address}), h.LinkSetUp(link))
}

// pretendIPVS makes the calls of the old interface to IPVS succeed, which
// keepalived takes when the kernel does not have the new one: getsockopt and
// setsockopt at level IPPROTO_IP with the options from IP_VS_BASE_CTL on
// (linux/ip_vs.h). They do nothing. With IPVS in the kernel this is not reached:
// its tables are of the namespace.
func pretendIPVS() error {
	const (
		vsBase     = 64 + 1024 + 64 // IP_VS_BASE_CTL
		load       = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		ifEqual    = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		ifAtLeast  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		result     = unix.BPF_RET | unix.BPF_K
		number     = 0      // seccomp_data.nr
		level, opt = 24, 32 // seccomp_data.args[1] and [2], the lower half
	)
	filter := []unix.SockFilter{
		{Code: load, K: number},
		{Code: ifEqual, K: unix.SYS_GETSOCKOPT, Jt: 1},
		{Code: ifEqual, K: unix.SYS_SETSOCKOPT, Jf: 5},
		{Code: load, K: level},
		{Code: ifEqual, K: unix.IPPROTO_IP, Jf: 3},
		{Code: load, K: opt},
		{Code: ifAtLeast, K: vsBase, Jf: 1},
		{Code: result, K: unix.SECCOMP_RET_ERRNO}, // errno 0: success
		{Code: result, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("pretend IPVS: %w", errno)
	}
	return nil
}
