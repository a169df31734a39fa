//go:build linux

// Command demo lets the tutorial's cluster live and fail over on lvsctl, and
// tells on the terminal what happens. Run it in the lab: make demo.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lvsctl/lvsctl/internal/lab/cluster"
)

func main() {
	lvsctl := flag.String("lvsctl", "bin/lvsctl", "the binary to show")
	colour := flag.Bool("color", false, "write for a terminal")
	timeout := flag.Duration("timeout", 3*time.Minute, "give up after")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	if err := demo(ctx, *lvsctl, newNarrator(os.Stdout, *colour)); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func demo(ctx context.Context, lvsctl string, n *narrator) (err error) {
	lvsctl, err = filepath.Abs(lvsctl)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lvsctl-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	n.scene("Building the tutorial's cluster: 2 directors, 9 real servers and a client, each in a namespace of its own")
	c, err := cluster.New(lvsctl, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for _, act := range []func(context.Context, *cluster.Cluster, *narrator) error{
		start, table, spread, loseRealServer, loseMaster,
	} {
		if err := act(ctx, c, n); err != nil {
			return fmt.Errorf("%w\nd1 said:\n%s\nd2 said:\n%s", err, &c.Master.Log, &c.Backup.Log)
		}
	}
	n.scene("Done: daemons stopped, namespaces gone, nothing left behind")
	return nil
}

func start(ctx context.Context, c *cluster.Cluster, n *narrator) error {
	n.scene("Starting lvsctl vrrp run and lvsctl watch on both directors, with the tutorial's keepalived.conf unchanged")
	begin := time.Now()
	if err := c.Start(ctx); err != nil {
		return err
	}
	n.fact("d1 is master and has the 3 virtual addresses, after %s", seconds(time.Since(begin)))
	return nil
}

func table(_ context.Context, c *cluster.Cluster, n *narrator) error {
	n.scene("The master's table: lvsctl ipvs -Ln")
	t, err := c.Master.Table()
	n.quote(t)
	return err
}

func spread(ctx context.Context, c *cluster.Cluster, n *narrator) error {
	n.scene("The client asks every 10 ms for 3 s, from %d addresses, each of the 3 services in turn", len(c.ClientAddrs))
	client := c.Probe().Start()
	if err := wait(ctx, 3*time.Second); err != nil {
		return err
	}
	samples := client.Stop()
	by := samples.ByServer()
	for _, p := range c.Pools {
		var text string
		for _, r := range p.Servers {
			text += fmt.Sprintf("  %s %d", r.Name, by[r.Name])
		}
		n.fact("%-20s answered by%s", p.VIP, text)
	}
	n.fact("%d requests, %d lost", len(samples), samples.Lost())
	return nil
}

func loseRealServer(ctx context.Context, c *cluster.Cluster, n *narrator) error {
	pool := c.Pools[0]
	r := pool.Servers[0]
	n.scene("The service on %s dies", r.Name)
	client := c.Probe().Start()
	begin := time.Now()
	if err := errors.Join(r.StopServing(), c.Master.UntilListed(ctx, r, false)); err != nil {
		return err
	}
	out := time.Since(begin)
	if err := wait(ctx, 500*time.Millisecond); err != nil {
		return err
	}
	samples := client.Stop().Of(pool.VIP)
	n.fact("out of the table after %s; its service lost %d of %d requests meanwhile", seconds(out), samples.Lost(), len(samples))
	n.scene("The service on %s comes back", r.Name)
	begin = time.Now()
	if err := errors.Join(r.Serve(), c.Master.UntilListed(ctx, r, true)); err != nil {
		return err
	}
	n.fact("in the table again after %s", seconds(time.Since(begin)))
	return nil
}

func loseMaster(ctx context.Context, c *cluster.Cluster, n *narrator) error {
	for _, e := range cluster.Events() {
		n.scene("The master is struck: %s", e.Name)
		o, err := c.Measure(ctx, e)
		if err != nil {
			return err
		}
		n.fact("d2 has the addresses after %s; outage %s, %d of %d requests lost",
			seconds(o.Takeover), seconds(o.Lost.Outage()), o.Lost.Lost(), len(o.Lost))
		n.fact("mended, d1 has them again after %s; outage %s, %d of %d requests lost",
			seconds(o.Failback), seconds(o.Back.Outage()), o.Back.Lost(), len(o.Back))
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
