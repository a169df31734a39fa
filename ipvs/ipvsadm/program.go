package ipvsadm

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lvsctl/lvsctl/ipvs"
)

// versionLine is what -v says: that of the ipvsadm whose language this is, because
// scripts take it apart.
const versionLine = "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n"

// Program is ipvsadm, ipvsadm-save or ipvsadm-restore: a process less its
// surroundings.
type Program struct {
	Name  string // as which it was called, for messages: "ipvsadm", "lvsctl ipvs"
	Help  string // what -h says
	Names Resolver
	Dial  func() (*ipvs.Client, error)

	In       io.Reader
	Out, Err io.Writer
}

// Ipvsadm carries out the arguments of ipvsadm and gives the exit status. Help and
// version need neither the kernel nor privilege, and a wrong command line is told
// of before the kernel is asked; there ipvsadm would first complain of the kernel.
func (p *Program) Ipvsadm(args []string) int {
	cmd, err := Parse(args, p.Names)
	if err != nil {
		return p.failed(err)
	}
	switch cmd.Kind {
	case Help:
		return p.failed(write(p.Out, []byte(p.Help)))
	case Version:
		return p.failed(write(p.Out, []byte(versionLine)))
	case Restore:
		return p.restore(cmd.Atomic)
	default:
		return p.failed(p.withClient(func(c *ipvs.Client) error { return Run(c, cmd, p.Names, p.Out) }))
	}
}

// Save is ipvsadm-save.
func (p *Program) Save(args []string) int {
	cmd := Command{Kind: Save}
	for _, arg := range args {
		switch {
		case arg == "-n":
			cmd.Listing.Numeric = true
		case strings.HasPrefix(arg, "-"):
			_, _ = io.WriteString(p.Err, "ipvsadm-save: Script to save the IPVS table to stdout.\n"+
				"   With the only option -n, addresses and ports are numbers.\n")
			return exitListing
		}
	}
	return p.failed(p.withClient(func(c *ipvs.Client) error { return Run(c, cmd, p.Names, p.Out) }))
}

// withClient lends a connection to the kernel.
func (p *Program) withClient(use func(*ipvs.Client) error) error {
	c, err := p.Dial()
	if err != nil {
		r := refused(err, exitFailed)
		if errors.Is(err, ipvs.ErrPermission) || errors.Is(err, ipvs.ErrNoModule) {
			return r
		}
		return &Refusal{"Can't initialize ipvs: " + err.Error(), exitFailed, err}
	}
	err = use(c)
	if closed := c.Close(); err == nil && closed != nil {
		return fmt.Errorf("close the connection to IPVS: %w", closed)
	}
	return err
}

// failed tells of an error, if there is one, and gives the exit status. An error
// without text has been told of.
func (p *Program) failed(err error) int {
	if err != nil && err.Error() != "" {
		p.say(err)
		p.hint(err)
	}
	return exitStatus(err)
}

// say writes what is wrong. No word of lvsctl's stands before it: scripts know how
// the lines of ipvsadm begin.
func (p *Program) say(err error) {
	var mistake *Error
	if errors.As(err, &mistake) && mistake.Class == NoCommand {
		_, _ = fmt.Fprintf(p.Err, "Try `%s -h' or '%[1]s --help' for more information.\n", p.Name)
	}
	_, _ = fmt.Fprintln(p.Err, err)
}

func (p *Program) hint(err error) {
	if text := p.hintFor(err); text != "" {
		_, _ = fmt.Fprintf(p.Err, "hint: %s\n", text)
	}
}

// hintFor is the advice that comes with an error, "" if there is none.
func (p *Program) hintFor(err error) string {
	var mistake *Error
	var h interface{ Hint() string }
	switch {
	case errors.As(err, &mistake):
		return p.Name + " --help"
	case errors.As(err, &h):
		return h.Hint()
	default:
		return ""
	}
}

// exitStatus is what an error asks for, that of a failed listing if it does not.
func exitStatus(err error) int {
	var s interface{ ExitStatus() int }
	switch {
	case err == nil:
		return 0
	case errors.As(err, &s):
		return s.ExitStatus()
	default:
		return exitListing
	}
}
