package ipvs

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// What the kernel can refuse. Errors of a Client wrap one of these where the
// kernel's answer is understood, else a syscall.Errno. The errors about something
// that is missing are also fs.ErrNotExist, those about something that is there
// already fs.ErrExist. ErrNoModule is neither, so that a kernel without IPVS is
// never taken for a table without the service.
var (
	ErrNoModule error = &refusal{
		text: "the kernel has no IPVS (module ip_vs)", is: errors.ErrUnsupported,
		advise: process.moduleHint,
	}
	ErrPermission error = &refusal{
		text: "not permitted to use IPVS", is: fs.ErrPermission,
		advise: process.permissionHint,
	}
	ErrServiceExists     error = &refusal{text: "service already exists", is: fs.ErrExist}
	ErrNoService         error = &refusal{text: "no such service", is: fs.ErrNotExist}
	ErrDestinationExists error = &refusal{text: "destination already exists", is: fs.ErrExist}
	ErrNoDestination     error = &refusal{text: "no such destination", is: fs.ErrNotExist}
	ErrScheduler         error = &refusal{
		text: "scheduler or persistence engine not found", is: fs.ErrNotExist,
		hint: "each scheduler is a kernel module, such as ip_vs_wlc or ip_vs_pe_sip: is it there, and is the name right?",
	}
	ErrInvalid error = &refusal{
		text: "not valid for the kernel", is: fs.ErrInvalid,
		hint: "a real server must be a unicast address; one of another family than its service needs tunnelling and no sync daemon",
	}
	ErrThreshold error = &refusal{
		text: "value out of range", is: fs.ErrInvalid,
		hint: "the lower threshold must not be above the upper threshold",
	}
	ErrDaemonRuns  error = &refusal{text: "sync daemon already runs", is: fs.ErrExist}
	ErrNoDaemon    error = &refusal{text: "sync daemon does not run", is: fs.ErrNotExist}
	ErrNoInterface error = &refusal{text: "no such interface", is: fs.ErrNotExist}
	ErrFamily      error = &refusal{
		text: "address family not supported by the kernel", is: errors.ErrUnsupported,
		hint: "was the kernel built with CONFIG_IP_VS_IPV6?",
	}
	ErrNoNamespace error = &refusal{
		text: "no such network namespace", is: fs.ErrNotExist,
		hint: "a namespace is a name that `ip netns` lists, or a path such as /proc/123/ns/net",
	}
)

// refusal is a reason that has a name, and perhaps advice for the operator: always
// the same, or what fits the process that asks for it.
type refusal struct {
	text, hint string
	advise     func(process) string
	is         error
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.is }

// Hint is the advice. Only here it is looked up how the process stands: an error
// that nobody prints costs nothing.
func (r *refusal) Hint() string {
	if r.advise != nil {
		return r.advise(thisProcess())
	}
	return r.hint
}

// OpError tells which operation of Client.Apply failed, and why.
type OpError struct {
	Index int // of the operation among the arguments of Apply
	Op    Op
	Err   error
}

func (e *OpError) Error() string { return fmt.Sprintf("%s: %v", e.Op, e.Err) }

// Unwrap gives the reason: one of this package's errors or a syscall.Errno.
func (e *OpError) Unwrap() error { return e.Err }

// String tells what the operation does to what, for messages and logs.
func (o Op) String() string {
	switch o.Kind {
	case AddService:
		return "add service " + o.Service.String()
	case EditService:
		return "edit service " + o.Service.String()
	case DeleteService:
		return "delete service " + o.Service.String()
	case AddDestination:
		return fmt.Sprintf("add server %s to service %s", o.Destination.Address, o.Service.ServiceKey)
	case EditDestination:
		return fmt.Sprintf("edit server %s of service %s", o.Destination.Address, o.Service.ServiceKey)
	case DeleteDestination:
		return fmt.Sprintf("delete server %s from service %s", o.Destination.Address, o.Service.ServiceKey)
	case Flush:
		return "clear the table"
	case ZeroService:
		return "zero the counters of service " + o.Service.String()
	case ZeroAll:
		return "zero all counters"
	case SetTimeouts:
		return "set the timeouts"
	case StartDaemon:
		return "start the " + o.Daemon.name()
	case StopDaemon:
		return "stop the " + o.Daemon.name()
	default:
		return fmt.Sprintf("operation %d", o.Kind)
	}
}

// name is the daemon as messages call it.
func (d *Daemon) name() string {
	if d == nil {
		return "sync daemon"
	}
	return d.Role.String() + " sync daemon"
}

// reason names what the kernel meant with errno in answer to an operation of this
// kind (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_genl_set_cmd).
func reason(kind OpKind, errno syscall.Errno) error {
	onDestination := kind == AddDestination || kind == EditDestination || kind == DeleteDestination
	switch errno {
	case syscall.EPERM, syscall.EACCES:
		return ErrPermission
	case syscall.EEXIST:
		if kind == StartDaemon {
			return ErrDaemonRuns
		}
		if onDestination {
			return ErrDestinationExists
		}
		return ErrServiceExists
	case syscall.ESRCH:
		if kind == StopDaemon {
			return ErrNoDaemon
		}
		return ErrNoService
	case syscall.ENODEV:
		return ErrNoInterface
	case syscall.ENOENT:
		if onDestination {
			return ErrNoDestination
		}
		return ErrScheduler
	case syscall.EINVAL:
		return ErrInvalid
	case syscall.ERANGE:
		return ErrThreshold
	case syscall.EAFNOSUPPORT:
		return ErrFamily
	default:
		return errno
	}
}

// readReason is reason for requests that only read: there ENOENT means that the
// family itself is gone, because the module was unloaded.
func readReason(errno syscall.Errno) error {
	switch errno {
	case syscall.ENOENT:
		return ErrNoModule
	case syscall.EPERM, syscall.EACCES:
		return ErrPermission
	case syscall.ESRCH:
		return ErrNoService
	default:
		return errno
	}
}
