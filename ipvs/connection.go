package ipvs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Connection is one entry of the kernel's connection table, as
// /proc/net/ip_vs_conn shows it. Templates of persistent services are entries
// too: their client has port 0.
type Connection struct {
	Protocol    string         // TCP, UDP, SCTP, ESP, AH; IP for a template of a firewall mark
	Client      netip.AddrPort // masked for a template
	Virtual     netip.AddrPort // what the client asked for; a firewall mark as an address
	Destination netip.AddrPort // the real server
	State       string         // ESTABLISHED, FIN_WAIT, …, as the kernel calls it
	Expires     time.Duration  // whole seconds until the entry is forgotten
	PE, PEData  string         // persistence engine and what it goes by, mostly empty
}

// Connections reads the connection table in the kernel's order, one entry after
// the other, so that any number of them takes the same memory. Entries that come
// or go meanwhile may be missed or told twice.
//
// An error ends the sequence. It is os.ErrNotExist where the kernel shows no
// connections, io.ErrUnexpectedEOF where what it shows has not even a title.
func (c *Client) Connections() iter.Seq2[Connection, error] {
	return func(yield func(Connection, error) bool) {
		text, err := c.conn.Proc("ip_vs_conn")
		if err == nil {
			err = readConnections(text, func(c Connection) bool { return yield(c, nil) })
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(Connection{}, fmt.Errorf("read the connections: %w", err))
		}
	}
}

// errStopped is the answer to a reader that wants no more.
var errStopped = errors.New("stopped")

// readConnections hands each line behind the title to use. Blank lines are passed
// over.
func readConnections(text io.Reader, use func(Connection) bool) error {
	lines := bufio.NewScanner(text)
	if !lines.Scan() {
		if lines.Err() != nil {
			return lines.Err()
		}
		return io.ErrUnexpectedEOF
	}
	known := words{}
	for n := 2; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		c, err := known.connection(lines.Bytes())
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if !use(c) {
			return errStopped
		}
	}
	return lines.Err()
}

// words are those that come again in nearly every line.
type words map[string]string

func (w words) keep(b []byte) string {
	s, known := w[string(b)]
	if !known {
		s = string(b)
		if len(w) < 64 {
			w[s] = s
		}
	}
	return s
}

// connection reads "TCP 0A090002 4E85 0A090064 0050 0A080002 1F90 TIME_WAIT 102",
// behind which the persistence engine and its data may stand. What is missing at
// the end is empty, as for ipvsadm.
func (w words) connection(line []byte) (c Connection, err error) {
	var f [11][]byte
	for i := range f {
		f[i], line = cutField(line)
	}
	c.Protocol, c.State, c.PE, c.PEData = w.keep(f[0]), w.keep(f[7]), w.keep(f[9]), string(f[10])
	for i, end := range []*netip.AddrPort{&c.Client, &c.Virtual, &c.Destination} {
		if *end, err = parseConnectionEnd(f[1+2*i], f[2+2*i]); err != nil {
			return Connection{}, err
		}
	}
	c.Expires, err = parseExpiry(f[8])
	return c, err
}

// cutField gives the first word of a line, and what follows it.
func cutField(line []byte) (word, rest []byte) {
	line = bytes.TrimLeft(line, " \t")
	if i := bytes.IndexAny(line, " \t"); i >= 0 {
		return line[:i], line[i:]
	}
	return line, nil
}

func parseConnectionEnd(address, port []byte) (netip.AddrPort, error) {
	addr, ok := parseConnectionIP(string(address))
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("%q is not an address", address)
	}
	if len(port) == 0 {
		return netip.AddrPortFrom(addr, 0), nil
	}
	n, err := strconv.ParseUint(string(port), 16, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is not a port", port)
	}
	return netip.AddrPortFrom(addr, uint16(n)), nil
}

// parseConnectionIP reads IPv4 as eight digits, in old kernels with dots, and IPv6
// with colons. Nothing is 0.0.0.0.
func parseConnectionIP(s string) (netip.Addr, bool) {
	switch {
	case s == "":
		return netip.IPv4Unspecified(), true
	case strings.ContainsAny(s, ".:"):
		a, err := netip.ParseAddr(s)
		return a, err == nil && a.Zone() == ""
	default:
		return parseProcIP(s)
	}
}

// parseExpiry reads seconds, 0 for none. A negative number is what a kernel makes
// of a timer that has just run out: like ipvsadm it is taken for an unsigned one.
func parseExpiry(b []byte) (time.Duration, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number of seconds", b)
	}
	return time.Duration(uint32(n)) * time.Second, nil
}
