package cmd

import (
	"errors"
	"fmt"
	"io"
	"strings"

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
	c.RunE = func(c *cobra.Command, _ []string) error {
		f, err := v.filterOf(c)
		if err != nil {
			return err
		}
		l := listing{filter: f, output: output.value}
		switch {
		case *stats && *rate:
			return usage(c, errors.New("--stats and --rate do not go together"))
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
		return printTable(w, t, wideColumns())
	}
	switch l.format {
	case ipvsadm.StatsFormat:
		return printTable(w, t, statsColumns())
	case ipvsadm.RateFormat:
		return printTable(w, t, rateColumns())
	}
	return printTable(w, t, plainColumns())
}
