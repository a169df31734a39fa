package ipvs

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Detail says what is read of every destination. Less is much faster: the kernel
// shows the plain facts of thousands in one text, and all of them only service by
// service.
type Detail uint8

// Details, each with what the one before has.
const (
	Plain      Detail = iota // address, method, weight, active and inactive connections
	Tunnels                  // tunnel options
	Configured               // thresholds and persistent connections; of the counters of IPv4 the low 32 bits
	Complete                 // counters of 64 bits
)

// Services reads every service without its destinations, in the kernel's order.
func (c *Client) Services() (Table, error) { return c.servicesOf(0) }

// servicesOf makes room for so many services before they are read.
func (c *Client) servicesOf(room int) (Table, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	table := slices.Grow(Table(nil), room)
	c.make(c.request(cmdGetService, flagDump), nil)
	err := c.dump(func() { table = table[:0] }, func(a answer) error {
		s, err := decodeService(a)
		table = append(table, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	return table, nil
}

// Read reads every service with its destinations, in the kernel's order. Whoever
// decides about changes relies on that, so it makes sure that no service is
// missing or doubled because others came and went meanwhile.
func (c *Client) Read(d Detail) (Table, error) {
	table, err := c.settledServices(0)
	if err != nil {
		return nil, err
	}
	pools := c.Pools(table, d)
	for i := range table {
		ds, err := pools.Read(i)
		if err != nil {
			return nil, err
		}
		table[i].Destinations = slices.Clone(ds)
	}
	return table, nil
}

// oneDatagram is how many services surely fit into one datagram of a dump.
const oneDatagram = 64

// settledServices reads the services until a second look shows the same: the kernel
// goes on with a list that takes several datagrams where it stopped, by number,
// and does not say if what it counted has changed. There is room for so many.
func (c *Client) settledServices(room int) (Table, error) {
	for range dumpAttempts {
		table, err := c.servicesOf(room)
		if err != nil || len(table) <= oneDatagram {
			return table, err
		}
		switch same, err := c.stillThere(table); {
		case err != nil:
			return nil, err
		case same:
			return table, nil
		}
	}
	return nil, fmt.Errorf("list services: %w", errInterrupted)
}

// stillThere lists the services again and tells whether they are those of the
// table, in its order.
func (c *Client) stillThere(table Table) (same bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var next int
	c.make(c.request(cmdGetService, flagDump), nil)
	err = c.dump(func() { next, same = 0, true }, func(a answer) error {
		s, err := decodeService(a)
		same = same && next < len(table) && s.ServiceKey == table[next].ServiceKey
		next++
		return err
	})
	if err != nil {
		return false, fmt.Errorf("list services: %w", err)
	}
	return same && next == len(table), nil
}

// Table reads everything.
func (c *Client) Table() (Table, error) { return c.Read(Complete) }

// Pools reads the destinations of services one after the other, in any order, so
// that never more than those of one are held in memory. A change of the table
// meanwhile shows in some of them, as it does for everybody who reads a table
// service by service.
type Pools struct {
	client   *Client
	services Table
	detail   Detail
	text     procPools    // nil if it is not to be had, or would not do
	options  *optionPools // nil the same
	pool     []DestinationEntry
}

// Pools prepares to read the destinations of services, which Services gave.
func (c *Client) Pools(services Table, d Detail) *Pools {
	p := &Pools{client: c, services: services, detail: d}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(services) == 0 || d == Complete:
	case d == Configured:
		p.options = c.optionPools(len(services))
	default:
		p.text = c.procPools(services)
	}
	return p
}

// procPools reads /proc/net/ip_vs.
func (c *Client) procPools(services Table) procPools {
	const usual = 1 << 10 // bytes for a service and its destinations
	file, err := c.conn.Proc("ip_vs")
	if err != nil {
		return nil
	}
	var text strings.Builder
	text.Grow(usual * len(services))
	if _, err := io.CopyBuffer(&text, file, make([]byte, receiveSize)); err != nil {
		return nil
	}
	pools, ok := splitProc(services, text.String())
	if !ok {
		return nil
	}
	return pools
}

// Read gives the destinations of the ith service, newest first. They are valid
// until the next call.
func (p *Pools) Read(i int) (ds []DestinationEntry, err error) {
	p.client.mu.Lock()
	defer p.client.mu.Unlock()
	key, ok := &p.services[i].ServiceKey, false
	switch {
	case p.text != nil:
		p.pool, ok = p.text.read(i, p.pool[:0])
		ok = ok && (p.detail == Plain || !slices.ContainsFunc(p.pool, tunnels))
	case p.options != nil:
		p.pool, ok = p.options.read(*key, p.pool[:0])
		ok = ok && !slices.ContainsFunc(p.pool, tunnels)
	}
	if !ok {
		p.pool, err = p.client.destinations(key, p.pool[:0])
	}
	return p.pool, err
}

// tunnels tells whether a destination may have tunnel options, which only netlink tells.
func tunnels(d DestinationEntry) bool { return d.Method == Tunnel }

// Unlike reads the table and leaves out the services that want has just so. It
// gives the others, and of want those that are not in the table just so: what
// leads from the one to the other leads from the table to want. Of thousands of
// services only those that differ are held in memory.
func (c *Client) Unlike(want Table) (have, rest Table, err error) {
	services, err := c.settledServices(len(want))
	if err != nil {
		return nil, nil, err
	}
	places := make(map[ServiceKey]int, len(want))
	for i := range want {
		places[want[i].ServiceKey] = i
	}
	var d difference
	alike := make([]bool, len(want))
	pools := c.Pools(services, Configured)
	for i := range services {
		ds, err := pools.Read(i)
		if err != nil {
			return nil, nil, err
		}
		at, wanted := places[services[i].ServiceKey]
		if wanted && d.alike(&services[i], ds, &want[at]) {
			alike[at] = true
			continue
		}
		services[i].Destinations = slices.Clone(ds)
		have = append(have, services[i])
	}
	rest = make(Table, 0, len(have))
	for i := range want {
		if !alike[i] {
			rest = append(rest, want[i])
		}
	}
	return have, rest, nil
}
