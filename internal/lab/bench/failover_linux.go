package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/lvsctl/lvsctl/internal/lab/cluster"
)

// failover measures the outage that a client of the tutorial's cluster sees
// when the master is lost and when it comes back, with the same files.
func failover(ctx context.Context, lvsctl string, runs int) ([]figure, error) {
	ours, err := outages(ctx, cluster.Lvsctl, lvsctl, runs)
	if err != nil {
		return nil, fmt.Errorf("on lvsctl: %w", err)
	}
	them, err := outages(ctx, cluster.Keepalived, lvsctl, runs)
	if err != nil {
		return nil, fmt.Errorf("on keepalived: %w", err)
	}
	var out []figure
	for _, e := range cluster.Events() {
		for _, when := range []string{"", ", mended"} {
			name := e.Name + when
			// One request every 10 ms: a difference of two requests is none.
			out = append(out, figure{work: "outage: master's " + name, peer: "keepalived",
				ours: median(ours[name]), them: median(them[name]), reach: 1, slack: 20 * time.Millisecond})
		}
	}
	return out, nil
}

// outages gives the outages of each event, and of its mending, by name.
func outages(ctx context.Context, software cluster.Software, lvsctl string, runs int) (_ map[string][]time.Duration, err error) {
	dir, err := os.MkdirTemp("", "lvsctl-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c, err := cluster.New(lvsctl, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	c.Master.Software, c.Backup.Software = software, software
	ctx, cancel := context.WithTimeout(ctx, time.Duration(runs)*5*time.Minute)
	defer cancel()
	if err := c.Start(ctx); err != nil {
		return nil, err
	}
	out := map[string][]time.Duration{}
	for i := range runs {
		for _, e := range cluster.Events() {
			o, err := c.Measure(ctx, e)
			if err != nil {
				return nil, fmt.Errorf("%w\nd1 said:\n%s", err, &c.Master.Log)
			}
			fmt.Fprintf(os.Stderr, "%s run %d: %s: outage %s, lost %d; mended: outage %s, lost %d\n", software, i+1,
				e.Name, shown(o.Lost.Outage()), o.Lost.Lost(), shown(o.Back.Outage()), o.Back.Lost())
			out[e.Name] = append(out[e.Name], o.Lost.Outage())
			out[e.Name+", mended"] = append(out[e.Name+", mended"], o.Back.Outage())
		}
	}
	return out, nil
}
