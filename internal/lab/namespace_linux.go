// Package lab builds small networks for tests, the demo and the bench: hosts in
// network namespaces of their own on one switch, servers on them, and a client
// that asks and takes note of who answered when.
//
// Namespaces have no names. They are gone when the process is, however it ends.
package lab

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Namespace is a network namespace.
type Namespace struct {
	ns     netns.NsHandle
	handle *netlink.Handle

	mu   sync.Mutex
	idle []chan<- task // threads in the namespace that wait for work
}

// task is something to do in a namespace.
type task struct {
	do   func() error
	done chan<- error
}

// NewNamespace makes a namespace with lo up. It needs root.
func NewNamespace() (*Namespace, error) {
	n := &Namespace{ns: -1}
	maker, err := startThread(func() (err error) {
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make a network namespace: %w", err)
		}
		n.ns, err = netns.Get()
		return err
	})
	if err != nil {
		return nil, err
	}
	n.idle = append(n.idle, maker)
	if n.handle, err = netlink.NewHandleAt(n.ns, unix.NETLINK_ROUTE); err != nil {
		return nil, errors.Join(fmt.Errorf("open netlink in a namespace: %w", err), n.ns.Close())
	}
	lo, err := n.handle.LinkByName("lo")
	if err == nil {
		err = n.handle.LinkSetUp(lo)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("set lo up: %w", err), n.Close())
	}
	return n, nil
}

// Close lets go of the namespace. It lives on while processes are in it.
func (n *Namespace) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, tasks := range n.idle {
		close(tasks)
	}
	n.idle = nil
	n.handle.Close()
	return n.ns.Close()
}

// Do runs f in the namespace. Sockets that f opens stay in it.
func (n *Namespace) Do(f func() error) error {
	tasks, err := n.thread()
	if err != nil {
		return err
	}
	done := make(chan error)
	tasks <- task{f, done}
	err = <-done
	n.mu.Lock()
	defer n.mu.Unlock()
	n.idle = append(n.idle, tasks)
	return err
}

// thread gives a thread that is in the namespace and has nothing to do.
func (n *Namespace) thread() (chan<- task, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last := len(n.idle) - 1; last >= 0 {
		tasks := n.idle[last]
		n.idle = n.idle[:last]
		return tasks, nil
	}
	return startThread(func() error {
		if err := netns.Set(n.ns); err != nil {
			return fmt.Errorf("enter a network namespace: %w", err)
		}
		return nil
	})
}

// startThread starts a thread that carries out tasks until their channel is
// closed, once enter has put it where it belongs. No other code ever runs on it,
// and it ends with its goroutine, because it is never unlocked.
func startThread(enter func() error) (chan<- task, error) {
	tasks, entered := make(chan task), make(chan error)
	go func() {
		runtime.LockOSThread()
		err := enter()
		entered <- err
		if err != nil {
			return
		}
		for t := range tasks {
			t.done <- t.do()
		}
	}()
	return tasks, <-entered
}
