package cmd

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/document"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

// listing is what a list shows.
type listing struct {
	filter
	output string
	format ipvsadm.Format // Plain, StatsFormat or RateFormat
}

func (v *verbs) listCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "List the virtual services and their real servers",
		Long: `List the virtual services and their real servers, sorted by family, protocol,
address and port.

The table fits into 80 columns; wide adds thresholds, tunnels, persistent
connections, counters and rates. JSON and YAML tell everything, under names that
stay (docs/ipvs.md), and can be given to apply. -o ipvsadm is ipvsadm -Ln.

Who may not ask the kernel for its table gets what /proc/net/ip_vs tells everybody,
with a note of what is missing there.

Exit status: 0 listed, 1 failed, or a service that was named with its port is not
there, 2 wrong usage.`,
		Example: `  lvsctl ipvs list
  lvsctl ipvs list -t 192.0.2.10
  lvsctl ipvs list -r 10.0.0.2 --stats
  lvsctl ipvs list -o json | jq '.services[].servers[] | select(.weight == 0)'`,
		Args: usageArgs(cobra.NoArgs),
	}
	output := v.formats(c, "table", "wide", "json", "yaml", "ipvsadm")
	v.addFilterFlags(c)
	stats := c.Flags().Bool("stats", false, "connections, packets and bytes so far")
	rate := c.Flags().Bool("rate", false, "connections, packets and bytes in a second")
	c.MarkFlagsMutuallyExclusive("stats", "rate")
	c.RunE = func(c *cobra.Command, _ []string) error {
		f, err := v.filterOf(c)
		if err != nil {
			return err
		}
		l := listing{filter: f, output: output.value}
		switch {
		case *stats:
			l.format = ipvsadm.StatsFormat
		case *rate:
			l.format = ipvsadm.RateFormat
		}
		return v.list(l)
	}
	return c
}

func (v *verbs) list(l listing) error {
	t, info, missing, err := v.read(l)
	if err != nil {
		return err
	}
	t = l.table(t)
	if l.service != nil && len(t) == 0 && !l.server.IsValid() {
		return fmt.Errorf("list %s: %w", l.service, ipvs.ErrNoService)
	}
	if len(missing) > 0 {
		v.say("without privilege not all of the table can be seen; missing: %s", strings.Join(missing, "; "))
	}
	return v.write(func(w io.Writer) error { return v.show(w, l, t, info, missing) })
}

// read reads no more than is shown.
func (v *verbs) read(l listing) (t ipvs.Table, info ipvs.Info, missing []string, err error) {
	err = v.with(func(c *ipvs.Client) (err error) {
		switch {
		case l.service != nil:
			var s ipvs.ServiceEntry
			s, err = c.Service(*l.service)
			t = ipvs.Table{s}
		case l.format == ipvsadm.Plain && (l.output == "table" || l.output == "ipvsadm"):
			t, err = c.Read(ipvs.Plain)
		default:
			t, err = c.Read(ipvs.Complete)
		}
		if err == nil && l.output == "ipvsadm" {
			info, err = c.Info()
		}
		return err
	})
	if errors.Is(err, ipvs.ErrPermission) {
		return v.proc(v.netns)
	}
	return t, info, nil, err
}

func (v *verbs) show(w io.Writer, l listing, t ipvs.Table, info ipvs.Info, missing []string) error {
	switch l.output {
	case "json", "yaml":
		doc := document.Of(t, true)
		if len(missing) > 0 {
			doc.Lack(missing)
		}
		return document.Write(w, documentFormat(l.output), doc)
	case "ipvsadm":
		_, err := w.Write(ipvsadm.Render(ipvsadm.Listing{Numeric: true, Format: l.format, Service: l.service}, info, t, v.names))
		return err
	case "wide":
		return printTable(w, t, wideColumns)
	}
	switch l.format {
	case ipvsadm.StatsFormat:
		return printTable(w, t, statsColumns)
	case ipvsadm.RateFormat:
		return printTable(w, t, rateColumns)
	}
	return printTable(w, t, plainColumns)
}

// column is one of a table. What is nil is empty in that kind of line.
type column struct {
	title   string
	service func(*ipvs.ServiceEntry) any
	server  func(*ipvs.DestinationEntry) any
}

// counter is a column of what services and servers both count.
func counter(title string, of func(ipvs.Stats) uint64) column {
	return column{
		title:   title,
		service: func(s *ipvs.ServiceEntry) any { return of(s.Stats) },
		server:  func(d *ipvs.DestinationEntry) any { return of(d.Stats) },
	}
}

func forwardColumn() column {
	return column{title: "FORWARD", server: func(d *ipvs.DestinationEntry) any { return document.ServerOf(d.Destination).Forward }}
}

func plainColumns() []column {
	return []column{
		forwardColumn(),
		{title: "WEIGHT", server: func(d *ipvs.DestinationEntry) any { return d.Weight }},
		{title: "ACTIVE", server: func(d *ipvs.DestinationEntry) any { return d.ActiveConns }},
		{title: "INACTIVE", server: func(d *ipvs.DestinationEntry) any { return d.InactiveConns }},
	}
}

func statsColumns() []column {
	return []column{
		counter("CONNS", func(s ipvs.Stats) uint64 { return s.Connections }),
		counter("PKTS IN", func(s ipvs.Stats) uint64 { return s.PacketsIn }),
		counter("PKTS OUT", func(s ipvs.Stats) uint64 { return s.PacketsOut }),
		counter("BYTES IN", func(s ipvs.Stats) uint64 { return s.BytesIn }),
		counter("BYTES OUT", func(s ipvs.Stats) uint64 { return s.BytesOut }),
	}
}

func rateColumns() []column {
	return []column{
		counter("CONNS/S", func(s ipvs.Stats) uint64 { return s.CPS }),
		counter("PKTS/S IN", func(s ipvs.Stats) uint64 { return s.PPSIn }),
		counter("PKTS/S OUT", func(s ipvs.Stats) uint64 { return s.PPSOut }),
		counter("BYTES/S IN", func(s ipvs.Stats) uint64 { return s.BPSIn }),
		counter("BYTES/S OUT", func(s ipvs.Stats) uint64 { return s.BPSOut }),
	}
}

func wideColumns() []column {
	columns := append(plainColumns(),
		column{title: "PERSISTENT", server: func(d *ipvs.DestinationEntry) any { return d.PersistentConns }},
		column{title: "UPPER", server: func(d *ipvs.DestinationEntry) any { return d.UpperThreshold }},
		column{title: "LOWER", server: func(d *ipvs.DestinationEntry) any { return d.LowerThreshold }},
		column{title: "TUNNEL", server: func(d *ipvs.DestinationEntry) any { return tunnelWord(d.Destination) }},
	)
	return append(append(columns, statsColumns()...), rateColumns()...)
}

// tunnelWord is the encapsulation in a word: "gue:6080:csum".
func tunnelWord(d ipvs.Destination) string {
	t := document.ServerOf(d).Tunnel
	if t == nil {
		return "-"
	}
	words := []string{t.Type}
	if t.Port != 0 {
		words = append(words, fmt.Sprint(t.Port))
	}
	if t.Checksum != "" {
		words = append(words, t.Checksum)
	}
	return strings.Join(words, ":")
}

// printTable writes a line for each service, at whose end is how it is set up, and
// below it one for each of its servers.
func printTable(w io.Writer, t ipvs.Table, columns func() []column) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	cs := columns()
	_, _ = fmt.Fprint(tw, "SERVICE / SERVER")
	for _, c := range cs {
		_, _ = fmt.Fprint(tw, "\t", c.title)
	}
	_, _ = fmt.Fprintln(tw)
	for _, s := range document.Sorted(t) {
		_, _ = fmt.Fprint(tw, serviceWord(s.ServiceKey))
		for _, c := range cs {
			if c.service != nil {
				_, _ = fmt.Fprint(tw, "\t", c.service(s))
			} else if hasService(cs) {
				_, _ = fmt.Fprint(tw, "\t")
			}
		}
		_, _ = fmt.Fprintln(tw, "\t"+settingWords(s.Service))
		for i := range s.Destinations {
			d := &s.Destinations[i]
			_, _ = fmt.Fprint(tw, "  ", d.Address)
			for _, c := range cs {
				_, _ = fmt.Fprint(tw, "\t", c.server(d))
			}
			_, _ = fmt.Fprintln(tw)
		}
	}
	return tw.Flush()
}

// hasService tells whether lines of services have cells of their own.
func hasService(cs []column) bool {
	for _, c := range cs {
		if c.service != nil {
			return true
		}
	}
	return false
}

// serviceWord names a service: "tcp 192.0.2.1:80".
func serviceWord(k ipvs.ServiceKey) string {
	protocol, name, _ := strings.Cut(k.String(), " ")
	return strings.ToLower(protocol) + " " + name
}

// settingWords is how a service is set up: "wlc persistent 300s".
func settingWords(s ipvs.Service) string {
	of := document.SettingOf(s)
	words := []string{of.Scheduler}
	words = append(words, of.SchedulerFlags...)
	if of.Persistence != nil {
		words = append(words, fmt.Sprintf("persistent %ds", *of.Persistence))
	}
	if of.Netmask != "" {
		words = append(words, "mask "+of.Netmask)
	}
	if of.PE != "" {
		words = append(words, "pe "+of.PE)
	}
	if of.OnePacket {
		words = append(words, "ops")
	}
	return strings.Join(words, " ")
}
