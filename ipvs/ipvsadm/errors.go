package ipvsadm

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Class tells what kind of mistake an Error is. The exit status of every mistake
// in a command line is 2 here; ipvsadm has 255 for some, which are told apart by
// the class.
type Class uint8

// Classes of mistakes.
const (
	NoCommand   Class = iota + 1 // the first option is not a command; ipvsadm exits with 255
	Syntax                       // an option that does not exist, or lacks its value; 255 too
	Misuse                       // a bad value or combination; 2
	Unsupported                  // ipvsadm can do it, lvsctl not yet
)

// Error is a command line that cannot be carried out.
type Error struct {
	Class Class
	text  string
}

func (e *Error) Error() string { return e.text }

// Hint tells where the language is explained.
func (e *Error) Hint() string { return "lvsctl ipvs --help" }

// ExitStatus is that of wrong usage.
func (e *Error) ExitStatus() int { return 2 }

func misuse(format string, args ...any) error {
	return &Error{Class: Misuse, text: fmt.Sprintf(format, args...)}
}

func unsupported(word string) error {
	return &Error{Class: Unsupported, text: word + " is not supported yet"}
}

// Refusal is what the kernel refused, in the words that administrators and their
// scripts know from ipvsadm, followed by what was tried.
type Refusal struct {
	words string
	err   error
}

func (r *Refusal) Error() string {
	tried := r.err.Error()
	var failed *ipvs.OpError
	if errors.As(r.err, &failed) {
		tried = failed.Op.String()
	}
	return r.words + " (" + tried + ")"
}

// Unwrap gives the error of package ipvs.
func (r *Refusal) Unwrap() error { return r.err }

// Refused puts the errors of an ipvs.Client into the words of ipvsadm. Errors that
// ipvsadm does not know stay as they are.
func Refused(err error) error {
	if err == nil {
		return nil
	}
	if words := wordsFor(err); words != "" {
		return &Refusal{words: words, err: err}
	}
	return err
}

func wordsFor(err error) string {
	var failed *ipvs.OpError
	onServer := errors.As(err, &failed) && failed.Op.Kind >= ipvs.AddDestination && failed.Op.Kind <= ipvs.DeleteDestination
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
	case errors.Is(err, syscall.ENOMEM):
		return "Memory allocation problem"
	default:
		return ""
	}
}
