package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Process is a program that runs in a namespace.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // how it ended, to be read when ended is closed
}

// Start starts a program in the namespace, in a process group of its own. log
// gets what it writes. It is killed when this process dies.
func (n *Namespace) Start(log io.Writer, name string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(name, args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		// The death signal comes when the thread dies that started the program,
		// so that thread stays until the program has ended.
		defer close(p.ended)
		p.err = n.Do(func() error {
			err := p.cmd.Start()
			started <- err
			if err == nil {
				err = p.cmd.Wait()
			}
			return err
		})
		if p.cmd.Process == nil {
			started <- p.err
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// Signal sends a signal to the program and all its children.
func (p *Process) Signal(s syscall.Signal) error {
	if err := unix.Kill(-p.cmd.Process.Pid, s); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("signal %s: %w", p.cmd.Path, err)
	}
	return nil
}

// Wait waits until the program has ended and tells how.
func (p *Process) Wait() error {
	<-p.ended
	return p.err
}

// Stop ends the program with a signal and waits for its end.
func (p *Process) Stop(s syscall.Signal) error {
	if err := p.Signal(s); err != nil {
		return err
	}
	err := p.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && (!exit.Exited() || s == syscall.SIGKILL) {
		return nil // as we wanted it
	}
	return err
}

// Output runs a program in the namespace and gives what it wrote on stdout.
func (n *Namespace) Output(name string, args ...string) (string, error) {
	var out, errs bytes.Buffer
	err := n.Do(func() error {
		c := exec.Command(name, args...)
		c.Stdout, c.Stderr = &out, &errs
		return c.Run()
	})
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(errs.Bytes()))
	}
	return out.String(), err
}
