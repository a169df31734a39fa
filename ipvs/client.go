package ipvs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"syscall"

	"github.com/mdlayher/netlink"
)

// Conn carries datagrams of whole netlink messages to the kernel and back. The
// kernel answers in order, while Send is still running; Receive never waits for
// anything but an answer to what was sent.
type Conn interface {
	// Send sends one datagram of one or more messages.
	Send(datagram []byte) error
	// Receive gives the next datagram, valid until the next call of Receive.
	Receive() ([]byte, error)
	// Proc reads a file of /proc/net, ip_vs or ip_vs_conn, from its beginning.
	// The error is os.ErrNotExist where there is none.
	Proc(name string) (io.Reader, error)
	Close() error
}

// Client reads and changes the virtual server table of one network namespace.
// It may be used by several goroutines.
type Client struct {
	mu     sync.Mutex // one request at a time: answers of two would mix
	conn   Conn
	family uint16
	seq    uint32
}

// batchSize is how many operations go to the kernel in one datagram. Each may
// be answered by an error; the answers of a batch must fit into the socket's
// default receive buffer, which holds 277.
const batchSize = 128

// dumpAttempts is how often a listing is begun anew because the table changed
// while the kernel walked it.
const dumpAttempts = 10

// errInterrupted is a dump that the kernel calls inconsistent (NLM_F_DUMP_INTR).
var errInterrupted = errors.New("the table changed while it was read")

// Dial opens a connection to IPVS in the network namespace of the calling thread.
// Asking for IPVS makes the kernel load the module if it can; if there is none,
// the error is ErrNoModule.
func Dial() (*Client, error) {
	conn, err := dial()
	if err != nil {
		return nil, fmt.Errorf("open netlink socket: %w", err)
	}
	c, err := New(conn)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

// New makes a client on conn and asks it for the number of the family IPVS. The
// client owns conn unless New fails.
func New(conn Conn) (*Client, error) {
	c := &Client{conn: conn, family: controllerFamily}
	ae := netlink.NewAttributeEncoder()
	ae.String(ctrlAttrName, familyName)
	attrs, err := ae.Encode()
	if err != nil {
		return nil, err
	}
	m := message{family: controllerFamily, command: ctrlGetFamily, version: controllerVersion, attrs: attrs}
	err = c.ask(m, func(a answer) error {
		id, err := decodeFamilyID(a)
		c.family = id
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find IPVS in the kernel: %w", err)
	}
	return c, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Info asks for the version of IPVS and the size of its connection table.
func (c *Client) Info() (Info, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.info()
}

func (c *Client) info() (info Info, err error) {
	err = c.ask(c.request(cmdGetInfo, 0, nil), func(a answer) error {
		info, err = decodeInfo(a)
		return err
	})
	if err != nil {
		return Info{}, fmt.Errorf("ask for the version of IPVS: %w", err)
	}
	return info, nil
}

// Timeouts asks how long the kernel keeps idle connections.
func (c *Client) Timeouts() (t Timeouts, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err = c.ask(c.request(cmdGetConfig, 0, nil), func(a answer) error {
		t, err = decodeTimeouts(a)
		return err
	})
	if err != nil {
		return Timeouts{}, fmt.Errorf("ask for the timeouts: %w", err)
	}
	return t, nil
}

// Daemons lists the synchronisation daemons that run, the master first.
func (c *Client) Daemons() (ds []Daemon, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err = c.dump(c.request(cmdGetDaemon, netlink.Dump, nil), func() { ds = nil }, func(a answer) error {
		d, err := decodeDaemon(a)
		ds = append(ds, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list sync daemons: %w", err)
	}
	return ds, nil
}

// Table reads every service with its destinations, in the kernel's order.
func (c *Client) Table() (Table, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	table, err := c.services()
	if err != nil {
		return nil, err
	}
	for i := range table {
		if err := c.readDestinations(&table[i]); err != nil {
			return nil, err
		}
	}
	return table, nil
}

// Service reads one service with its destinations. The error is ErrNoService if
// there is none.
func (c *Client) Service(k ServiceKey) (s ServiceEntry, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	attrs, err := encodeKey(k)
	if err == nil {
		err = c.ask(c.request(cmdGetService, 0, attrs), func(a answer) error {
			s, err = decodeService(a)
			return err
		})
	}
	if err != nil {
		return ServiceEntry{}, fmt.Errorf("read service %s: %w", k, err)
	}
	if err := c.readDestinations(&s); err != nil {
		return ServiceEntry{}, err
	}
	return s, nil
}

// readDestinations adds the destinations of a service to it.
func (c *Client) readDestinations(s *ServiceEntry) error {
	attrs, err := encodeKey(s.ServiceKey)
	if err == nil {
		err = c.dump(c.request(cmdGetDest, netlink.Dump, attrs),
			func() { s.Destinations = nil },
			func(a answer) error {
				d, err := decodeDestination(a, s.Family)
				s.Destinations = append(s.Destinations, d)
				return err
			})
	}
	if err != nil {
		return fmt.Errorf("list real servers of %s: %w", s.ServiceKey, err)
	}
	return nil
}

// Apply carries out operations in order. The kernel goes on after one that fails;
// the error joins an *OpError for each that did. Any other error means that it is
// unknown what was carried out.
func (c *Client) Apply(ops ...Op) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	messages := make([]message, len(ops))
	for i, op := range ops {
		m, err := encodeOp(op)
		if err != nil {
			return &OpError{Index: i, Op: op, Err: err}
		}
		m.family, m.version = c.family, familyVersion
		messages[i] = m
	}
	var failed []error
	for start := 0; start < len(ops); start += batchSize {
		end := min(start+batchSize, len(ops))
		errnos, err := c.batch(messages[start:end])
		if err != nil {
			return errors.Join(append(failed, fmt.Errorf("change the table: %w", err))...)
		}
		for i, errno := range errnos {
			if errno != 0 {
				op := ops[start+i]
				failed = append(failed, &OpError{Index: start + i, Op: op, Err: c.reason(op.Kind, errno)})
			}
		}
	}
	return errors.Join(failed...)
}

// reason names an errno. ENOENT has two meanings: what the operation is about, or
// IPVS as a whole, was not found.
func (c *Client) reason(kind OpKind, errno syscall.Errno) error {
	if errno == syscall.ENOENT {
		if _, err := c.info(); errors.Is(err, ErrNoModule) {
			return ErrNoModule
		}
	}
	return reason(kind, errno)
}

func (c *Client) request(command uint8, flags netlink.HeaderFlags, attrs []byte) message {
	return message{family: c.family, command: command, version: familyVersion, flags: flags, attrs: attrs}
}

// batch sends messages in one datagram and gives the kernel's verdict on each.
// Failures are always answered, so only the end of the batch asks for an answer.
// The end is a message of nothing, because of one thing the kernel says nothing at
// all, not even to who asks: that it stopped a sync daemon which had just been
// started (kthread_stop gives EINTR, and netlink_rcv_skb passes over that).
func (c *Client) batch(messages []message) ([]syscall.Errno, error) {
	first := c.seq + 1
	var datagram []byte
	end := []message{{family: noop, flags: netlink.Acknowledge}}
	for _, m := range slices.Concat(messages, end) {
		c.seq++
		b, err := m.marshal(c.seq)
		if err != nil {
			return nil, err
		}
		datagram = append(datagram, b...)
	}
	if err := c.conn.Send(datagram); err != nil {
		return nil, err
	}
	errnos := make([]syscall.Errno, len(messages))
	return errnos, c.receive(first, func(a answer) (done bool, err error) {
		switch {
		case a.kind != netlink.Error:
			return false, nil
		case a.seq == c.seq:
			return true, a.refusal()
		}
		errnos[a.seq-first], err = a.errno()
		return false, err
	})
}

// ask sends a request that has a single answer and hands that to use.
func (c *Client) ask(m message, use func(answer) error) error {
	if err := c.send(m); err != nil {
		return err
	}
	return c.receive(c.seq, func(a answer) (bool, error) {
		if a.kind == netlink.Error {
			return true, a.refusal()
		}
		return true, use(a)
	})
}

// dump sends a request with many answers and hands each to use. If the kernel
// says that they do not fit together, it forgets them and begins anew.
func (c *Client) dump(m message, forget func(), use func(answer) error) error {
	var err error
	for range dumpAttempts {
		forget()
		if err = c.dumpOnce(m, use); !errors.Is(err, errInterrupted) {
			return err
		}
	}
	return err
}

// dumpOnce reads to the end of the dump even if use fails: the kernel refuses a
// socket another dump before that.
func (c *Client) dumpOnce(m message, use func(answer) error) error {
	if err := c.send(m); err != nil {
		return err
	}
	var failed, interrupted error
	err := c.receive(c.seq, func(a answer) (bool, error) {
		if a.flags&netlink.DumpInterrupted != 0 {
			interrupted = errInterrupted
		}
		if a.kind == netlink.Done || a.kind == netlink.Error {
			return true, a.refusal()
		}
		if failed == nil {
			failed = use(a)
		}
		return false, nil
	})
	return cmp.Or(err, interrupted, failed)
}

// refusal is the error in an error or done message, nil if it tells of success.
func (a answer) refusal() error {
	errno, err := a.errno()
	if err != nil || errno == 0 {
		return err
	}
	return readReason(errno)
}

func (c *Client) send(m message) error {
	c.seq++
	b, err := m.marshal(c.seq)
	if err != nil {
		return err
	}
	return c.conn.Send(b)
}

// receive hands the answers to the requests numbered first to c.seq to use, until
// use says that it is done. Leftovers of earlier requests are passed over.
func (c *Client) receive(first uint32, use func(answer) (done bool, err error)) error {
	for {
		datagram, err := c.conn.Receive()
		if err != nil {
			return err
		}
		for len(datagram) > 0 {
			var a answer
			if a, datagram, err = nextAnswer(datagram); err != nil {
				return err
			}
			if a.seq-first > c.seq-first {
				continue
			}
			if done, err := use(a); done || err != nil {
				return err
			}
		}
	}
}
