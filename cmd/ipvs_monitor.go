package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
	"github.com/lvsctl/lvsctl/ipvs/document"
)

func (v *verbs) monitorCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "monitor",
		Short: "Print what changes in the table",
		Long: `Print what changes in the table: services and servers that come, go or are set up
otherwise, and the connections and rates of servers. The table is read every
interval; what came and went in between is not seen. An interrupt ends it.

With -o json every change is a JSON object in a line of its own (docs/ipvs.md).

Exit status: 0 ended by an interrupt, 1 failed, 2 wrong usage.`,
		Example: `  lvsctl ipvs monitor -t 192.0.2.10
  lvsctl ipvs monitor --no-traffic -o json`,
		Args: usageArgs(cobra.NoArgs),
	}
	m := &monitor{verbs: v}
	m.output = v.formats(c, "text", "json")
	v.addFilterFlags(c)
	c.Flags().DurationVar(&m.interval, "interval", time.Second, "how often to look")
	c.Flags().BoolVar(&m.noTraffic, "no-traffic", false, "leave connections and rates out")
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		if m.filter, err = v.filterOf(c); err != nil {
			return err
		}
		if m.interval <= 0 {
			return usage(c, errors.New("--interval must be above 0"))
		}
		ctx, stop := signal.NotifyContext(c.Context(), unix.SIGINT, unix.SIGTERM)
		defer stop()
		return v.with(func(k *ipvs.Client) error { return m.run(ctx, k) })
	}
	return c
}

// monitor prints the differences between looks at the table.
type monitor struct {
	*verbs
	filter    filter
	output    *choiceFlag
	interval  time.Duration
	noTraffic bool
}

func (m *monitor) run(ctx context.Context, k change.Kernel) error {
	tick := time.NewTicker(m.interval)
	defer tick.Stop()
	detail := ipvs.Complete
	if m.noTraffic {
		detail = ipvs.Configured
	}
	before, err := k.Read(detail)
	if err != nil {
		return err
	}
	before = m.filter.table(before)
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			after, err := k.Read(detail)
			if err != nil {
				return err
			}
			after = m.filter.table(after)
			if err := m.tell(now, before, after); err != nil {
				return fmt.Errorf("write to standard output: %w", err)
			}
			before = after
		}
	}
}

func (m *monitor) tell(now time.Time, before, after ipvs.Table) error {
	var traffic []change.Traffic
	if !m.noTraffic {
		traffic = change.TrafficBetween(before, after)
	}
	ops := ipvs.Diff(before, after)
	if m.output.value == "json" {
		return m.tellJSON(now, before, ops, traffic)
	}
	clock := now.Format(time.DateTime)
	old := change.NewBefore(before, ops)
	for _, op := range ops {
		if _, err := fmt.Fprintf(m.Out, "%s %s\n", clock, happened(op, old)); err != nil {
			return err
		}
	}
	for _, t := range traffic {
		if _, err := fmt.Fprintf(m.Out, "%s %s\n", clock, trafficWords(t)); err != nil {
			return err
		}
	}
	return nil
}

// happened tells what somebody did, and how what was edited was and is.
func happened(op ipvs.Op, old change.Before) string {
	key := op.Service.ServiceKey
	before, _ := old.Service(key)
	server, _ := old.Server(key, op.Destination)
	service, real := serviceWord(key), op.Destination.Address
	switch op.Kind {
	case ipvs.AddService:
		return fmt.Sprintf("service %s added: %s", service, settingWords(op.Service))
	case ipvs.EditService:
		return fmt.Sprintf("service %s edited: %s, was %s", service, settingWords(op.Service), settingWords(before.Service))
	case ipvs.DeleteService:
		return fmt.Sprintf("service %s removed", service)
	case ipvs.AddDestination:
		return fmt.Sprintf("server %s of %s added: %s", real, service, serverWords(op.Destination))
	case ipvs.EditDestination:
		return fmt.Sprintf("server %s of %s edited: %s, was %s", real, service, serverWords(op.Destination), serverWords(server))
	default:
		return fmt.Sprintf("server %s of %s removed", real, service)
	}
}

// serverWords is how a server is set up: "route weight 1".
func serverWords(d ipvs.Destination) string {
	words := []string{document.ServerOf(d).Forward}
	if d.Method == ipvs.Tunnel {
		words = append(words, tunnelWord(d))
	}
	words = append(words, fmt.Sprintf("weight %d", d.Weight))
	if d.UpperThreshold != 0 {
		words = append(words, fmt.Sprintf("thresholds %d %d", d.UpperThreshold, d.LowerThreshold))
	}
	return strings.Join(words, " ")
}

func trafficWords(t change.Traffic) string {
	a, b, s := t.After, t.Before, t.After.Stats
	return fmt.Sprintf("server %s of %s: active %d (%+d) inactive %d (%+d) persistent %d (%+d), per second %d connections, %d bytes in, %d bytes out",
		t.Server, serviceWord(t.Service), a.ActiveConns, int64(a.ActiveConns)-int64(b.ActiveConns),
		a.InactiveConns, int64(a.InactiveConns)-int64(b.InactiveConns),
		a.PersistentConns, int64(a.PersistentConns)-int64(b.PersistentConns), s.CPS, s.BPSIn, s.BPSOut)
}

// changeEvent is something that was done to the table.
type changeEvent struct {
	Time  time.Time `json:"time"`
	Event string    `json:"event"` // change
	document.Op
}

// trafficEvent is what passes through a server.
type trafficEvent struct {
	Time       time.Time         `json:"time"`
	Event      string            `json:"event"` // traffic
	Service    document.Key      `json:"service"`
	Server     document.Endpoint `json:"server"`
	Active     uint32            `json:"active_connections"`
	Inactive   uint32            `json:"inactive_connections"`
	Persistent uint32            `json:"persistent_connections"`
	Rates      document.Rates    `json:"rates"`
}

func (m *monitor) tellJSON(now time.Time, before ipvs.Table, ops []ipvs.Op, traffic []change.Traffic) error {
	enc := json.NewEncoder(m.Out)
	for _, op := range document.Ops(ops, before) {
		if err := enc.Encode(changeEvent{now, "change", op}); err != nil {
			return err
		}
	}
	for _, t := range traffic {
		s := t.After.Stats
		event := trafficEvent{
			Time: now, Event: "traffic", Service: document.KeyOf(t.Service),
			Server: document.Endpoint{Address: t.Server.Addr().String(), Port: t.Server.Port()},
			Active: t.After.ActiveConns, Inactive: t.After.InactiveConns, Persistent: t.After.PersistentConns,
			Rates: document.Rates{Connections: s.CPS, PacketsIn: s.PPSIn, PacketsOut: s.PPSOut, BytesIn: s.BPSIn, BytesOut: s.BPSOut},
		}
		if err := enc.Encode(event); err != nil {
			return err
		}
	}
	return nil
}
