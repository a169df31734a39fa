package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/lvsctl/lvsctl/internal/lab"
)

// Event is something that happens to the master, and how it is mended.
type Event struct {
	Name     string
	Strike   func(*Director) error
	Mend     func(*Director) error
	KeepsVIP bool // the master has the addresses on after it, and does not know better
}

// Events are the ways to lose a master.
func Events() []Event {
	run := (*Director).Run
	return []Event{
		{Name: "SIGTERM", Strike: (*Director).Stop, Mend: run},
		{Name: "SIGKILL", Strike: (*Director).Kill, Mend: run, KeepsVIP: true},
		{Name: "link loss", Strike: func(d *Director) error { return d.Unplug() },
			Mend: func(d *Director) error { return d.Plug() }},
	}
}

// Outcome is what a client saw of an event.
type Outcome struct {
	Takeover time.Duration // from the blow until the backup had the addresses
	Lost     lab.Samples   // all requests while the backup took over
	Failback time.Duration // from the mending until the master had them again
	Back     lab.Samples   // all requests while the master came back
}

// settle is how long the client goes on asking after the addresses have moved.
const settle = time.Second

// Measure lets an event happen to the master while the client asks, and then
// mends it. The cluster must be whole before, and is whole afterwards.
func (c *Cluster) Measure(ctx context.Context, e Event) (o Outcome, err error) {
	o.Takeover, o.Lost, err = c.watchClient(ctx, c.Backup, true, func() error { return e.Strike(c.Master) })
	if err != nil {
		return o, fmt.Errorf("after %s of the master: %w", e.Name, err)
	}
	if !e.KeepsVIP {
		if err := c.Master.UntilMaster(ctx, false); err != nil {
			return o, err
		}
	}
	o.Failback, o.Back, err = c.watchClient(ctx, c.Backup, false, func() error { return e.Mend(c.Master) })
	if err == nil {
		err = c.UntilWhole(ctx)
	}
	if err != nil {
		err = fmt.Errorf("after the end of %s: %w", e.Name, err)
	}
	return o, err
}

// watchClient records the client from before the cause until a while after d
// has got the addresses, or lost them.
func (c *Cluster) watchClient(ctx context.Context, d *Director, has bool, cause func() error) (
	took time.Duration, samples lab.Samples, err error) {
	client := c.Probe().Start()
	defer func() { samples = client.Stop() }()
	if err := c.UntilAdvertisement(ctx); err != nil {
		return 0, nil, err
	}
	start := time.Now()
	if err := cause(); err != nil {
		return 0, nil, err
	}
	if err := d.UntilMaster(ctx, has); err != nil {
		return 0, nil, err
	}
	took = time.Since(start)
	time.Sleep(settle)
	return took, nil, nil
}

// UntilWhole waits until the master has the addresses, the backup has not, and
// both send to every real server.
func (c *Cluster) UntilWhole(ctx context.Context) error {
	if err := c.Master.UntilMaster(ctx, true); err != nil {
		return err
	}
	if err := c.Backup.UntilMaster(ctx, false); err != nil {
		return err
	}
	for _, d := range []*Director{c.Master, c.Backup} {
		for _, p := range c.Pools {
			for _, r := range p.Servers {
				if err := d.UntilListed(ctx, r, true); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Start runs both directors and waits until the cluster is whole.
func (c *Cluster) Start(ctx context.Context) error {
	for _, d := range []*Director{c.Master, c.Backup} {
		if err := d.Run(); err != nil {
			return err
		}
	}
	return c.UntilWhole(ctx)
}
