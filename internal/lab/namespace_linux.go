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

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Namespace is a network namespace.
type Namespace struct {
	ns     netns.NsHandle
	handle *netlink.Handle
}

// NewNamespace makes a namespace with lo up. It needs root.
func NewNamespace() (*Namespace, error) {
	n := &Namespace{ns: -1}
	err := onThread(func() (err error) {
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make a network namespace: %w", err)
		}
		n.ns, err = netns.Get()
		return err
	})
	if err != nil {
		return nil, err
	}
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
	n.handle.Close()
	return n.ns.Close()
}

// Do runs f in the namespace. Sockets that f opens stay in it.
func (n *Namespace) Do(f func() error) error {
	return onThread(func() error {
		if err := netns.Set(n.ns); err != nil {
			return fmt.Errorf("enter a network namespace: %w", err)
		}
		return f()
	})
}

// onThread runs f on a thread of its own that ends afterwards: whatever f did
// to the thread's namespace is never seen by other code.
func onThread(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		done <- f()
	}()
	return <-done
}
