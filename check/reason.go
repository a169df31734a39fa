package check

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// failure is the result of a check that ended with err. What is our own trouble
// is Unknown: a director that has run out of files must not take its pool for dead.
func failure(p Phase, err error, took time.Duration) Result {
	r := Result{Status: Down, Phase: p, Reason: reason(err), Took: took}
	if errors.Is(err, context.Canceled) || ownTrouble(err) {
		r.Status = Unknown
	}
	return r
}

func ownTrouble(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// reason says in the operator's words why err happened, without the addresses
// that the caller shows anyway.
func reason(err error) string {
	var errno syscall.Errno
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timed out"
	case errors.As(err, &dns):
		return dnsReason(dns)
	case errors.As(err, &errno):
		return errno.Error()
	default:
		return err.Error()
	}
}

func dnsReason(err *net.DNSError) string {
	if err.IsNotFound {
		return "no such host"
	}
	return err.Err
}
