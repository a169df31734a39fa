package ipvs

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mdlayher/netlink"
)

// Overview reads every service whole, and of each destination what a plain list
// shows: address, method, weight, active and inactive connections. It takes the
// destinations from /proc/net/ip_vs, which gives thousands of them for the price
// of asking for those of a few services. Where that text is not to be had, or
// the table changed meanwhile, it is Table.
func (c *Client) Overview() (Table, error) {
	c.mu.Lock()
	table, err := c.services()
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if len(table) == 0 {
		return table, nil
	}
	if text, err := c.conn.Proc("ip_vs"); err == nil {
		if b, err := io.ReadAll(text); err == nil && addDestinations(table, b) {
			return table, nil
		}
	}
	return c.Table()
}

// services reads the services without their destinations.
func (c *Client) services() (table Table, err error) {
	err = c.dump(c.request(cmdGetService, netlink.Dump, nil),
		func() { table = nil },
		func(a answer) error {
			s, err := decodeService(a)
			table = append(table, s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	return table, nil
}

// procTitles is how many lines /proc/net/ip_vs begins with.
const procTitles = 3

// addDestinations gives the services the destinations that the text of
// /proc/net/ip_vs has under them. It tells whether that worked: the text must
// hold the same services in the same order, and nothing that is not understood.
func addDestinations(table Table, text []byte) bool {
	next := 0
	for n := 0; len(text) > 0; n++ {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte{'\n'})
		if n < procTitles {
			continue
		}
		if rest, ok := bytes.CutPrefix(line, []byte("  -> ")); ok {
			d, ok := parseProcDestination(string(rest))
			if !ok || next == 0 {
				return false
			}
			table[next-1].Destinations = append(table[next-1].Destinations, d)
			continue
		}
		if next == len(table) || !isProcService(string(line), table[next].ServiceKey) {
			return false
		}
		table[next].Destinations = nil
		next++
	}
	return next == len(table)
}

// isProcService tells whether a line is that of a service: "TCP  C000020A:0050 wlc"
// or "FWM  00000007 wlc". The family of a firewall mark is not told there.
func isProcService(line string, k ServiceKey) bool {
	word, rest := cutWord(line)
	name, _ := cutWord(rest)
	if k.FWMark != 0 {
		mark, err := strconv.ParseUint(name, 16, 32)
		return word == "FWM" && err == nil && uint32(mark) == k.FWMark
	}
	address, ok := parseProcAddress(name)
	return ok && word == k.Protocol.String() && address == k.Address
}

// parseProcDestination reads "0A080002:0050      Tunnel  9      0          0".
func parseProcDestination(s string) (d DestinationEntry, ok bool) {
	name, s := cutWord(s)
	method, s := cutWord(s)
	weight, s := cutWord(s)
	active, s := cutWord(s)
	inactive, s := cutWord(s)
	var okMethod bool
	d.Address, ok = parseProcAddress(name)
	d.Method, okMethod = methodNamed(method)
	for _, n := range []struct {
		text string
		to   *uint32
	}{{weight, &d.Weight}, {active, &d.ActiveConns}, {inactive, &d.InactiveConns}} {
		v, err := strconv.ParseUint(n.text, 10, 32)
		ok = ok && err == nil
		*n.to = uint32(v)
	}
	return d, ok && okMethod && strings.TrimLeft(s, " ") == ""
}

func methodNamed(name string) (ForwardingMethod, bool) {
	for m := Masquerade; m <= Bypass; m++ {
		if m.String() == name {
			return m, true
		}
	}
	return 0, false
}

// parseProcAddress reads "C000020A:0050" and "[2001:0db8:…]:0050".
func parseProcAddress(s string) (netip.AddrPort, bool) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return netip.AddrPort{}, false
	}
	port, err := strconv.ParseUint(s[colon+1:], 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	addr, ok := parseProcIP(s[:colon])
	return netip.AddrPortFrom(addr, uint16(port)), ok
}

func parseProcIP(s string) (netip.Addr, bool) {
	if v6, ok := strings.CutPrefix(s, "["); ok {
		addr, err := netip.ParseAddr(strings.TrimSuffix(v6, "]"))
		return addr, err == nil && addr.Is6()
	}
	var v4 [4]byte
	n, err := hex.Decode(v4[:], []byte(s)[:min(len(s), 8)])
	return netip.AddrFrom4(v4), err == nil && n == 4 && len(s) == 8
}

// cutWord gives the first word of a line, and what follows it.
func cutWord(s string) (word, rest string) {
	s = strings.TrimLeft(s, " ")
	if i := strings.IndexByte(s, ' '); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}
