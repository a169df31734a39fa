package system

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

const schedRR = 2 // SCHED_RR, linux/sched.h

// Apply sets the scheduling of every thread of the process; threads and children
// that come later inherit it. What the kernel refuses is told, the rest is set.
func (s Scheduling) Apply() error {
	var errs []error
	if s.LockMemory {
		err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT)
		errs = append(errs, wrapped("lock memory", err))
	}
	if s.RTLimit > 0 && s.Realtime > 0 {
		limit := unix.Rlimit{Cur: s.RTLimit, Max: s.RTLimit}
		errs = append(errs, wrapped("limit real-time runs", unix.Setrlimit(unix.RLIMIT_RTTIME, &limit)))
	}
	if s.Nice != 0 || s.Realtime != 0 || s.CPUs != nil {
		errs = append(errs, s.applyToThreads())
	}
	return errors.Join(errs...)
}

// applyToThreads goes over the threads until it finds no new one: one that is not
// done yet may start another.
func (s Scheduling) applyToThreads() error {
	done := map[int]bool{}
	for {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("list threads: %w", err)
		}
		fresh := 0
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err != nil || done[id] {
				continue
			}
			if err := s.applyTo(id); err != nil {
				return err
			}
			done[id] = true
			fresh++
		}
		if fresh == 0 {
			return nil
		}
	}
}

func (s Scheduling) applyTo(thread int) error {
	if s.Nice != 0 {
		if err := unix.Setpriority(unix.PRIO_PROCESS, thread, s.Nice); err != nil && !errors.Is(err, unix.ESRCH) {
			return wrapped("set nice value "+strconv.Itoa(s.Nice), err)
		}
	}
	if s.Realtime != 0 {
		if err := setScheduler(thread, schedRR, s.Realtime); err != nil && !errors.Is(err, unix.ESRCH) {
			return wrapped("set real-time priority "+strconv.Itoa(s.Realtime), err)
		}
	}
	if s.CPUs != nil {
		var set unix.CPUSet
		for _, c := range s.CPUs {
			set.Set(c)
		}
		if err := unix.SchedSetaffinity(thread, &set); err != nil && !errors.Is(err, unix.ESRCH) {
			return wrapped("choose processors", err)
		}
	}
	return nil
}

// setScheduler is sched_setscheduler(2), whose parameter is one int.
func setScheduler(thread, policy, priority int) error {
	param := int32(priority)
	_, _, errno := unix.RawSyscall(unix.SYS_SCHED_SETSCHEDULER, uintptr(thread), uintptr(policy), uintptr(unsafe.Pointer(&param)))
	if errno != 0 {
		return errno
	}
	return nil
}

// OnOrdinaryThread runs f on a thread that the process's scheduling does not hold
// for, and that ends with it: what f starts must not have real-time priority.
func OnOrdinaryThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		const self, schedOther = 0, 0
		_ = setScheduler(self, schedOther, 0) // lowering is always allowed
		_ = unix.Setpriority(unix.PRIO_PROCESS, self, 0)
		done <- f()
	}()
	return <-done
}

func wrapped(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
