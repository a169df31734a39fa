// Package ipvstest is the kernel's side of package ipvs, for tests without one: a
// Kernel holds a table in memory and answers netlink messages as Linux does, a
// Replay answers with what a real kernel once said.
package ipvstest

import (
	"maps"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Kernel is a virtual server table that is reached through netlink messages. It
// refuses what Linux refuses, with the same errno. Several clients may share it.
type Kernel struct {
	mu         sync.Mutex
	table      ipvs.Table
	timeouts   ipvs.Timeouts
	daemons    []ipvs.Daemon
	interfaces []Interface
	proc       map[string]string
	ops        []ipvs.Op
	faults     map[int]syscall.Errno // by the number of the operation
	interrupts int                   // dumps still to be marked as inconsistent
	unloaded   bool
	denied     bool
}

// New gives a kernel with an empty table and Linux's timeouts.
func New() *Kernel {
	return &Kernel{
		timeouts:   ipvs.Timeouts{TCP: 15 * time.Minute, TCPFin: 2 * time.Minute, UDP: 5 * time.Minute},
		interfaces: []Interface{{Name: "eth0", MTU: 1500}, {Name: "lo", MTU: 65536}},
		faults:     map[int]syscall.Errno{},
		proc:       map[string]string{},
	}
}

// Client dials the kernel. It gives nil after Unload.
func (k *Kernel) Client() *ipvs.Client {
	c, err := ipvs.New(k.Conn())
	if err != nil {
		return nil
	}
	return c
}

// Conn is a connection to the kernel, for ipvs.New.
func (k *Kernel) Conn() ipvs.Conn {
	k.mu.Lock()
	defer k.mu.Unlock()
	return &conn{answer: k.answer, proc: maps.Clone(k.proc)}
}

// Proc gives /proc/net a file (ip_vs, ip_vs_conn) for connections made from now
// on. Without it there is none.
func (k *Kernel) Proc(name, text string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.proc[name] = text
}

// Table is a copy of the table as it stands.
func (k *Kernel) Table() ipvs.Table {
	k.mu.Lock()
	defer k.mu.Unlock()
	return clone(k.table)
}

// Load replaces the whole table, counters too, as if by other hands: it is no
// operation.
func (k *Kernel) Load(t ipvs.Table) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.table = clone(t)
	for i := range k.table {
		s := &k.table[i]
		s.Service = s.Stored()
		for j := range s.Destinations {
			s.Destinations[j].Destination = s.Destinations[j].Stored()
		}
	}
}

// Ops are the operations that the kernel was asked for so far, those that it
// refused too. Destinations to be deleted have only an address.
func (k *Kernel) Ops() []ipvs.Op {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.ops)
}

// Fail makes the nth operation from now on, counted from 1, fail with errno.
func (k *Kernel) Fail(n int, errno syscall.Errno) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults[len(k.ops)+n] = errno
}

// Interrupt marks the next n dumps as inconsistent, as if the table changed
// while it was read.
func (k *Kernel) Interrupt(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.interrupts = n
}

// Unload takes the module ip_vs away.
func (k *Kernel) Unload() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unloaded, k.table = true, nil
}

// Deny makes the kernel answer as it does to a process without privilege.
func (k *Kernel) Deny() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.denied = true
}

func clone(t ipvs.Table) ipvs.Table {
	c := slices.Clone(t)
	for i := range c {
		c[i].Destinations = slices.Clone(c[i].Destinations)
	}
	return c
}
