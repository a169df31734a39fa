package ipvs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
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
	kernel features
	out    attributeWriter // the datagram that is being made, used again and again
}

// batchSize is how many operations go to the kernel in one datagram. Each may
// be answered by an error; the answers of a batch must fit into the socket's
// default receive buffer, which holds 277.
const batchSize = 128

// receiveSize holds what the kernel puts into one datagram of a dump: 32 KiB if
// the reader offers as much.
const receiveSize = 64 << 10

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
	c.kernel = kernelFeatures()
	return c, nil
}

// New makes a client on conn and asks it for the number of the family IPVS. The
// client owns conn unless New fails.
func New(conn Conn) (*Client, error) {
	c := &Client{conn: conn}
	r := request{family: controllerFamily, command: ctrlGetFamily, version: controllerVersion}
	c.make(r, func(w *attributeWriter) { w.text(ctrlAttrName, familyName) })
	err := c.ask(func(a answer) (err error) {
		c.family, err = decodeFamilyID(a)
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
	c.make(c.request(cmdGetInfo, 0), nil)
	err = c.ask(func(a answer) (err error) {
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
	c.make(c.request(cmdGetConfig, 0), nil)
	err = c.ask(func(a answer) (err error) {
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
	c.make(c.request(cmdGetDaemon, flagDump), nil)
	err = c.dump(func() { ds = nil }, func(a answer) error {
		d, err := decodeDaemon(a)
		ds = append(ds, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list sync daemons: %w", err)
	}
	return ds, nil
}

// Service reads one service with its destinations. The error is ErrNoService if
// there is none.
func (c *Client) Service(k ServiceKey) (s ServiceEntry, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k.FWMark == 0 && !k.Address.Addr().IsValid() {
		return s, fmt.Errorf("read service %s: %w", k, errNoKey)
	}
	c.make(c.request(cmdGetService, 0), func(w *attributeWriter) { w.nestedKey(&k) })
	err = c.ask(func(a answer) (err error) {
		s, err = decodeService(a)
		return err
	})
	if err != nil {
		return ServiceEntry{}, fmt.Errorf("read service %s: %w", k, err)
	}
	s.Destinations, err = c.destinations(&s.ServiceKey, nil)
	return s, err
}

// destinations appends the destinations of a service to ds, newest first.
func (c *Client) destinations(k *ServiceKey, ds []DestinationEntry) ([]DestinationEntry, error) {
	start := len(ds)
	c.make(c.request(cmdGetDest, flagDump), func(w *attributeWriter) { w.nestedKey(k) })
	err := c.dump(func() { ds = ds[:start] }, func(a answer) error {
		d, err := decodeDestination(a, k.Family)
		ds = append(ds, d)
		return err
	})
	if err != nil {
		return ds[:start], fmt.Errorf("list real servers of %s: %w", k, err)
	}
	return ds, nil
}

// Apply carries out operations in order. The kernel goes on after one that fails;
// the error joins an *OpError for each that did. Any other error means that it is
// unknown what was carried out.
func (c *Client) Apply(ops ...Op) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range ops {
		err := ops[i].valid()
		if err == nil {
			err = c.kernel.check(&ops[i])
		}
		if err != nil {
			return &OpError{Index: i, Op: ops[i], Err: err}
		}
	}
	var failed []error
	for start := 0; start < len(ops); start += batchSize {
		batch := ops[start:min(start+batchSize, len(ops))]
		errnos, err := c.batch(batch)
		if err != nil {
			return errors.Join(append(failed, fmt.Errorf("change the table: %w", err))...)
		}
		for i, errno := range errnos[:len(batch)] {
			if errno != 0 {
				failed = append(failed, &OpError{Index: start + i, Op: batch[i], Err: c.reason(batch[i].Kind, errno)})
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

func (c *Client) request(command uint8, flags uint16) request {
	return request{family: c.family, command: command, version: familyVersion, flags: flags}
}

// make puts a request into the datagram to be sent.
func (c *Client) make(r request, attributes func(*attributeWriter)) {
	c.out.b = c.out.b[:0]
	c.add(r, attributes)
}

// add puts a further request into it.
func (c *Client) add(r request, attributes func(*attributeWriter)) {
	c.seq++
	mark := c.out.begin(r, c.seq)
	if attributes != nil {
		attributes(&c.out)
	}
	c.out.end(mark)
}

// batch sends operations in one datagram and gives the kernel's verdict on each.
// Failures are always answered, so only the end of the batch asks for an answer.
// The end is a message of nothing, because of one thing the kernel says nothing at
// all, not even to who asks: that it stopped a sync daemon which had just been
// started (kthread_stop gives EINTR, and netlink_rcv_skb passes over that).
func (c *Client) batch(ops []Op) (errnos [batchSize]syscall.Errno, err error) {
	first := c.seq + 1
	c.out.b = c.out.b[:0]
	for i := range ops {
		c.add(c.request(opCommands[ops[i].Kind], 0), func(w *attributeWriter) { w.op(&ops[i]) })
	}
	c.add(request{family: noop, flags: flagAcknowledge}, nil)
	if err := c.conn.Send(c.out.b); err != nil {
		return errnos, err
	}
	return errnos, c.receive(first, func(a answer) (done bool, err error) {
		switch {
		case a.kind != messageError:
			return false, nil
		case a.seq == c.seq:
			return true, a.refusal()
		}
		errnos[a.seq-first], err = a.errno()
		return false, err
	})
}

// ask sends the request that was made, which has a single answer, and hands that
// to use.
func (c *Client) ask(use func(answer) error) error {
	if err := c.conn.Send(c.out.b); err != nil {
		return err
	}
	return c.receive(c.seq, func(a answer) (bool, error) {
		if a.kind == messageError {
			return true, a.refusal()
		}
		return true, use(a)
	})
}

// dump sends the request that was made, which has many answers, and hands each to
// use. If the kernel says that they do not fit together, it forgets them and
// begins anew.
func (c *Client) dump(forget func(), use func(answer) error) error {
	var err error
	for range dumpAttempts {
		forget()
		if err = c.dumpOnce(use); !errors.Is(err, errInterrupted) {
			return err
		}
	}
	return err
}

// dumpOnce reads to the end of the dump even if use fails: the kernel refuses a
// socket another dump before that.
func (c *Client) dumpOnce(use func(answer) error) error {
	if err := c.conn.Send(c.out.b); err != nil {
		return err
	}
	var failed, interrupted error
	err := c.receive(c.seq, func(a answer) (bool, error) {
		if a.flags&flagDumpInterrupted != 0 {
			interrupted = errInterrupted
		}
		if a.kind == messageDone || a.kind == messageError {
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
