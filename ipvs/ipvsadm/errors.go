package ipvsadm

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Exit statuses of ipvsadm.
const (
	exitListing    = 1   // something could not be listed
	exitFailed     = 2   // a command line that makes no sense, or no IPVS
	exitUnaccepted = 255 // the kernel refused, or the words are not even options
)

// Class tells what kind of mistake an Error is.
type Class uint8

// Classes of mistakes.
const (
	NoCommand Class = iota + 1 // the first option is not a command
	Syntax                     // an option that does not exist, or lacks its value
	Misuse                     // a bad value or combination
)

// Error is a command line that cannot be carried out.
type Error struct {
	Class Class
	text  string
	word  int // number of the argument to blame; 0: no single one
}

func (e *Error) Error() string { return e.text }

// Hint tells where the language is explained.
func (e *Error) Hint() string { return "lvsctl ipvs --help" }

// ExitStatus is that of ipvsadm: 2 for Misuse, else 255.
func (e *Error) ExitStatus() int {
	if e.Class == Misuse {
		return exitFailed
	}
	return exitUnaccepted
}

func misuse(format string, args ...any) error {
	return &Error{Class: Misuse, text: fmt.Sprintf(format, args...)}
}

// bad is a value that cannot be used; first come the words that ipvsadm has for it.
func bad(words, value, why string) error {
	return misuse("%s (`%s': %s)", words, value, why)
}

// blame says which argument an Error is about, unless it knows already.
func blame(err error, word int) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) && e.word == 0 {
		e.word = word
	}
	return err
}

// Refusal is what the kernel refused, in the words that administrators and their
// scripts know from ipvsadm, followed by what was tried.
type Refusal struct {
	text   string
	status int
	err    error
}

func (r *Refusal) Error() string { return r.text }

// Unwrap gives the error of package ipvs.
func (r *Refusal) Unwrap() error { return r.err }

// ExitStatus is that of ipvsadm: 2 where there is no IPVS or no permission to use
// it, 1 for a listing, 255 for a change.
func (r *Refusal) ExitStatus() int { return r.status }

// refused puts an error of an ipvs.Client into the words of ipvsadm; status is that
// of what was tried.
func refused(err error, status int) error {
	switch words := wordsFor(err); {
	case err == nil:
		return nil
	case errors.Is(err, ipvs.ErrPermission):
		return &Refusal{"Can't initialize ipvs: Permission denied (you must be root)", exitFailed, err}
	case errors.Is(err, ipvs.ErrNoModule):
		return &Refusal{"Can't initialize ipvs: Protocol not available (" + err.Error() + ")", exitFailed, err}
	case words != "":
		return &Refusal{words + " (" + tried(err) + ")", status, err}
	default:
		return &Refusal{err.Error(), status, err}
	}
}

// tried is what was to be done when err happened.
func tried(err error) string {
	var failed *ipvs.OpError
	if errors.As(err, &failed) {
		return failed.Op.String()
	}
	return err.Error()
}

// wordsFor an error, as libipvs has them; "" for errors that do not come from the
// kernel.
func wordsFor(err error) string {
	var failed *ipvs.OpError
	onServer := errors.As(err, &failed) && failed.Op.Kind >= ipvs.AddDestination && failed.Op.Kind <= ipvs.DeleteDestination
	var errno syscall.Errno
	switch {
	case errors.Is(err, ipvs.ErrServiceExists):
		return "Service already exists"
	case errors.Is(err, ipvs.ErrNoService) && onServer:
		return "Service not defined"
	case errors.Is(err, ipvs.ErrNoService):
		return "No such service"
	case errors.Is(err, ipvs.ErrDestinationExists):
		return "Destination already exists"
	case errors.Is(err, ipvs.ErrNoDestination):
		return "No such destination"
	case errors.Is(err, ipvs.ErrScheduler):
		return "Scheduler or persistence engine not found"
	case errors.Is(err, ipvs.ErrInvalid):
		return "Invalid operation.  Possibly wrong module version, address not unicast, ..."
	case errors.Is(err, ipvs.ErrThreshold):
		return "Numerical result out of range"
	case errors.Is(err, ipvs.ErrDaemonRuns):
		return "Daemon has already run"
	case errors.Is(err, ipvs.ErrNoDaemon):
		return "No daemon is running"
	case errors.Is(err, ipvs.ErrNoInterface):
		return "No such device"
	case errors.Is(err, ipvs.ErrFamily):
		return "Operation not supported with specified address family"
	case errors.As(err, &errno):
		return wordsForErrno(errno)
	default:
		return ""
	}
}

// wordsForErrno is what libipvs or else strerror(3) says, whose sentences begin
// with a capital letter where Go's do not.
func wordsForErrno(errno syscall.Errno) string {
	switch errno {
	case syscall.ENOMEM:
		return "Memory allocation problem"
	case syscall.EOPNOTSUPP:
		return "Operation not supported with IPv6"
	case syscall.EMSGSIZE:
		return "Module is wrong version"
	}
	text := errno.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}
