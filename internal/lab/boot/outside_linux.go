package boot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/lvsctl/lvsctl/ipvs"
)

// runningHasIPVS tells whether the running kernel can be used. To ask for the
// netlink family makes the kernel load the module.
func runningHasIPVS() bool {
	if os.Geteuid() != 0 {
		return false
	}
	c, err := ipvs.Dial()
	if err != nil {
		return false
	}
	return c.Close() == nil
}

// runNamespaced starts this program once more in fresh namespaces of the running
// kernel; there it finds the spec and goes on in Inside.
func runNamespaced(ctx context.Context, dir string, stdout, stderr io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the lab's own program: %w", err)
	}
	c := exec.CommandContext(ctx, self)
	c.Env = []string{specVariable + "=" + dir}
	c.Stdout, c.Stderr = stdout, stderr
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
	}
	return c.Run()
}

// runUML boots user-mode-linux with this program as its init. Two serial lines
// carry the command's output, so that it can be read while it is written.
func runUML(ctx context.Context, s Spec, dir string, stdout, stderr io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the lab's own program: %w", err)
	}
	var console bytes.Buffer
	out, err := newLine(stdout)
	if err != nil {
		return err
	}
	errs, err := newLine(stderr)
	if err != nil {
		return errors.Join(err, out.end())
	}
	c := exec.CommandContext(ctx, "linux.uml", "mem="+s.Memory,
		"root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw", "init="+self, "panic=1",
		"con=null", "con0=null", "ssl=null", "ssl0=null,fd:3", "ssl1=null,fd:4", "quiet", specVariable+"="+dir)
	c.Stdout, c.Stderr = &console, &console
	c.ExtraFiles = []*os.File{out.w, errs.w}
	// The kernel is a group of processes: a time-out must end them all.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	err = c.Run()
	if err != nil {
		err = fmt.Errorf("linux.uml: %w: %s", err, lastBytes(console.Bytes(), 500))
	}
	return errors.Join(err, out.end(), errs.end())
}

// line carries what is written to w on to a writer.
type line struct {
	w    *os.File
	copy errgroup.Group
}

func newLine(to io.Writer) (*line, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a line into the lab: %w", err)
	}
	l := &line{w: w}
	l.copy.Go(func() error {
		_, err := io.Copy(to, r)
		return errors.Join(err, r.Close())
	})
	return l, nil
}

// end waits until everything written has been carried on.
func (l *line) end() error { return errors.Join(l.w.Close(), l.copy.Wait()) }

func lastBytes(b []byte, n int) []byte { return bytes.TrimSpace(b[max(0, len(b)-n):]) }
