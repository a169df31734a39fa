package boot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// IsInside tells whether this process was started by Run to prepare a lab, and
// carry the command out in it: then main must call Inside and nothing else.
func IsInside() bool { return os.Getpid() == 1 && os.Getenv(specVariable) != "" }

// Inside prepares the fresh kernel or namespaces and runs the command. The
// process is the first one in there; when it ends, the lab ends.
func Inside() error {
	dir := os.Getenv(specVariable)
	own := os.Getenv("TERM") == "linux" // the kernel's greeting to its init
	err := inside(dir, own)
	if own {
		unix.Sync()
		err = errors.Join(err, unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF))
	}
	return err
}

func inside(dir string, ownKernel bool) error {
	if err := prepare(ownKernel); err != nil {
		return err
	}
	s, err := readSpec(dir)
	if err == nil {
		err = adopt(s)
	}
	if err != nil {
		return err
	}
	out, errs := io.Writer(os.Stdout), io.Writer(os.Stderr)
	if ownKernel {
		lines, err := openLines("/dev/ttyS0", "/dev/ttyS1")
		if err != nil {
			return err
		}
		defer func() { _ = drainLines(lines) }()
		out, errs = lines[0], lines[1]
		loadModules()
	}
	status, err := runCommand(s, out, errs)
	if err != nil {
		_, _ = fmt.Fprintf(errs, "lab: %v\n", err)
		return err
	}
	return writeResult(dir, status)
}

// adopt takes over the directory and the environment of the caller, with the
// places of system programs in the path.
func adopt(s Spec) error {
	if err := os.Chdir(s.Dir); err != nil {
		return err
	}
	os.Clearenv()
	for _, kv := range s.Env {
		k, v, _ := strings.Cut(kv, "=")
		if err := os.Setenv(k, v); err != nil {
			return fmt.Errorf("set %s: %w", k, err)
		}
	}
	return os.Setenv("PATH", os.Getenv("PATH")+":/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin")
}

// runCommand gives the command's exit status. Its output goes through pipes:
// it must not take a serial line for a terminal.
func runCommand(s Spec, stdout, stderr io.Writer) (int, error) {
	path, err := exec.LookPath(s.Command[0])
	if err != nil {
		return 0, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	out, err := newLine(stdout)
	if err != nil {
		return 0, err
	}
	errs, err := newLine(stderr)
	if err != nil {
		return 0, errors.Join(err, out.end())
	}
	p, err := os.StartProcess(path, s.Command, &os.ProcAttr{Files: []*os.File{null, out.w, errs.w}})
	if err != nil {
		return 0, errors.Join(err, out.end(), errs.end())
	}
	status, err := reapUntil(p.Pid)
	_ = unix.Kill(-1, unix.SIGKILL) // what it left running would hold the lines open
	return status, errors.Join(err, out.end(), errs.end())
}

// reapUntil waits until a process has ended, and gives its status as a shell
// does. Meanwhile it buries the orphans of others, as the first process must:
// a daemon that looks for its killed predecessor shall not find a zombie.
func reapUntil(pid int) (int, error) {
	for {
		var ws unix.WaitStatus
		ended, err := unix.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, fmt.Errorf("wait for the command: %w", err)
		case ended == pid && ws.Signaled():
			return 128 + int(ws.Signal()), nil
		case ended == pid:
			return ws.ExitStatus(), nil
		}
	}
}

// mounts are the file systems that every lab has of its own.
func mounts(ownKernel bool) []struct{ kind, at string } {
	m := []struct{ kind, at string }{{"proc", "/proc"}, {"sysfs", "/sys"}, {"tmpfs", "/run"}}
	if ownKernel {
		m = append(m, []struct{ kind, at string }{{"devtmpfs", "/dev"}, {"tmpfs", "/lib/modules"}}...)
	}
	return m
}

func prepare(ownKernel bool) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil && !ownKernel {
		return fmt.Errorf("make mounts private: %w", err)
	}
	for _, m := range mounts(ownKernel) {
		if err := os.MkdirAll(m.at, 0o755); err != nil {
			return fmt.Errorf("prepare %s: %w", m.at, err)
		}
		if err := unix.Mount(m.kind, m.at, m.kind, 0, ""); err != nil && !errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	if err := unix.Sethostname([]byte("lab")); err != nil {
		return fmt.Errorf("name the lab: %w", err)
	}
	lo, err := netlink.LinkByName("lo")
	if err == nil {
		err = netlink.LinkSetUp(lo)
	}
	if err != nil {
		return fmt.Errorf("set lo up: %w", err)
	}
	return linkModules(ownKernel)
}

// linkModules puts the modules of user-mode-linux where modprobe looks.
func linkModules(ownKernel bool) error {
	if !ownKernel {
		return nil
	}
	dirs, err := filepath.Glob("/usr/lib/uml/modules/*")
	for _, d := range dirs {
		err = errors.Join(err, os.Symlink(d, filepath.Join("/lib/modules", filepath.Base(d))))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("find the modules: %w", err)
	}
	return nil
}

// loadModules loads what tests use. What is missing shows where it is needed.
func loadModules() {
	for _, m := range []string{"ip_vs", "ipv6", "veth", "dummy", "macvlan", "bridge", "ipip"} {
		_ = exec.Command("modprobe", m).Run()
	}
}

// openLines opens serial lines that carry bytes as they are.
func openLines(paths ...string) (lines []*os.File, err error) {
	for _, p := range paths {
		fd, err := unix.Open(p, unix.O_WRONLY|unix.O_NOCTTY, 0)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", p, err)
		}
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err == nil {
			t.Oflag &^= unix.OPOST
			err = unix.IoctlSetTermios(fd, unix.TCSETS, t)
		}
		if err != nil {
			return nil, fmt.Errorf("set %s to raw: %w", p, err)
		}
		lines = append(lines, os.NewFile(uintptr(fd), p))
	}
	return lines, nil
}

// drainLines waits until the other side has everything.
func drainLines(lines []*os.File) (err error) {
	for _, l := range lines {
		err = errors.Join(err, unix.IoctlSetInt(int(l.Fd()), unix.TCSBRK, 1), l.Close())
	}
	return err
}
