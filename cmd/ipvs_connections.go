package cmd

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/document"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

func (v *verbs) connectionsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "connections",
		Short: "List the connections that pass through the director",
		Long: `List the connections, in the order of the kernel, or with --count how many there
are for each service, real server and state. Templates, by which clients with
persistence find their server, are listed too; their client has port 0.

There may be millions: they are written while they are read.

Exit status: 0 listed, 1 failed, 2 wrong usage.`,
		Example: `  lvsctl ipvs connections -r 10.0.0.2
  lvsctl ipvs connections --count -t 192.0.2.10:80`,
		Args: usageArgs(cobra.NoArgs),
	}
	output := v.formats(c, "table", "json", "ipvsadm")
	v.addFilterFlags(c)
	counted := c.Flags().Bool("count", false, "count them by service, server and state")
	c.RunE = func(c *cobra.Command, _ []string) error {
		f, err := v.filterOf(c)
		if err != nil {
			return err
		}
		if f.service != nil && f.service.FWMark != 0 {
			return usage(c, fmt.Errorf("a connection does not tell by which firewall mark it came"))
		}
		return v.with(func(k *ipvs.Client) error {
			conns := f.connections(k.Connections())
			return v.write(func(w io.Writer) error {
				if *counted {
					return printCounts(w, output.value, conns)
				}
				return v.printConnections(w, output.value, conns)
			})
		})
	}
	return c
}

// connections is what the filter leaves of them.
func (f filter) connections(all iter.Seq2[ipvs.Connection, error]) iter.Seq2[ipvs.Connection, error] {
	return func(yield func(ipvs.Connection, error) bool) {
		for c, err := range all {
			if (err != nil || f.takesConnection(c)) && !yield(c, err) {
				return
			}
		}
	}
}

func (f filter) takesConnection(c ipvs.Connection) bool {
	protocol := connectionProtocol(c)
	switch {
	case f.service != nil && (c.Virtual != f.service.Address || protocol != protocolWord(*f.service)),
		f.virtual.IsValid() && c.Virtual.Addr() != f.virtual,
		f.protocol != "" && protocol != f.protocol:
		return false
	}
	return f.takesServer(c.Destination)
}

// connectionProtocol calls IP, the protocol of templates of firewall marks, fwm.
func connectionProtocol(c ipvs.Connection) string {
	if c.Protocol == "IP" {
		return "fwm"
	}
	return strings.ToLower(c.Protocol)
}

// virtualWord is what a client asked for: of a template of a firewall mark the mark.
func virtualWord(c ipvs.Connection) string {
	if a := c.Virtual.Addr(); c.Protocol == "IP" && a.IsValid() {
		b := a.AsSlice()
		b = b[len(b)-4:]
		return fmt.Sprint(uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]))
	}
	return c.Virtual.String()
}

func (v *verbs) printConnections(w io.Writer, output string, conns iter.Seq2[ipvs.Connection, error]) error {
	switch output {
	case "ipvsadm":
		return ipvsadm.RenderConnections(ipvsadm.Listing{Subject: ipvsadm.TheConnections, Numeric: true}, conns, v.names, w)
	case "json":
		return connectionsJSON(w, conns)
	}
	const row = "%-5s %-8s %-11s %-21s %-21s %s\n"
	_, err := fmt.Fprintf(w, row, "PROTO", "EXPIRES", "STATE", "CLIENT", "VIRTUAL", "SERVER")
	for c, failed := range conns {
		if failed != nil || err != nil {
			return cmp.Or(failed, err)
		}
		_, err = fmt.Fprintf(w, row, connectionProtocol(c), c.Expires, c.State, c.Client, virtualWord(c), c.Destination)
	}
	return err
}

// connectionDocument is a connection as JSON.
type connectionDocument struct {
	Protocol string `json:"protocol"`
	Client   string `json:"client"`
	Virtual  string `json:"virtual"`
	Server   string `json:"server"`
	State    string `json:"state"`
	Expires  uint32 `json:"expires_seconds"`
	Template bool   `json:"template"`
	PE       string `json:"persistence_engine,omitempty"`
	PEData   string `json:"persistence_data,omitempty"`
}

// connectionsJSON writes one connection a line inside a document.
func connectionsJSON(w io.Writer, conns iter.Seq2[ipvs.Connection, error]) error {
	_, err := fmt.Fprintf(w, "{\n  \"schema\": %q,\n  \"connections\": [", document.Schema)
	before := "\n    "
	for c, failed := range conns {
		if failed != nil || err != nil {
			return cmp.Or(failed, err)
		}
		line, failed := json.Marshal(connectionDocument{
			Protocol: connectionProtocol(c), Client: c.Client.String(), Virtual: virtualWord(c), Server: c.Destination.String(),
			State: c.State, Expires: uint32(c.Expires / time.Second), Template: c.Client.Port() == 0, PE: c.PE, PEData: c.PEData,
		})
		if failed != nil {
			return failed
		}
		_, err = fmt.Fprintf(w, "%s%s", before, line)
		before = ",\n    "
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n  ]\n}\n")
	return err
}

// tally is how many connections are alike.
type tally struct {
	Protocol    string `json:"protocol"`
	Virtual     string `json:"virtual"`
	Server      string `json:"server"`
	State       string `json:"state"`
	Connections uint64 `json:"connections"`
}

func printCounts(w io.Writer, output string, conns iter.Seq2[ipvs.Connection, error]) error {
	tallies, err := countConnections(conns)
	switch {
	case err != nil:
		return err
	case output == "json":
		return document.Write(w, document.JSON, struct {
			Schema string  `json:"schema"`
			Counts []tally `json:"counts"`
		}{document.Schema, tallies})
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tw, "PROTO\tVIRTUAL\tSERVER\tSTATE\tCONNECTIONS")
	for _, t := range tallies {
		_, _ = fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%d\n", t.Protocol, t.Virtual, t.Server, t.State, t.Connections)
	}
	return tw.Flush()
}

// countConnections counts them by what they have in common, sorted by it.
func countConnections(conns iter.Seq2[ipvs.Connection, error]) ([]tally, error) {
	type common struct {
		protocol, state string
		virtual, server netip.AddrPort
	}
	counts := map[common]uint64{}
	for c, err := range conns {
		if err != nil {
			return nil, err
		}
		counts[common{c.Protocol, c.State, c.Virtual, c.Destination}]++
	}
	keys := make([]common, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b common) int {
		return cmp.Or(cmp.Compare(a.protocol, b.protocol), a.virtual.Compare(b.virtual), a.server.Compare(b.server), cmp.Compare(a.state, b.state))
	})
	out := make([]tally, 0, len(keys))
	for _, k := range keys {
		c := ipvs.Connection{Protocol: k.protocol, Virtual: k.virtual}
		out = append(out, tally{connectionProtocol(c), virtualWord(c), k.server.String(), k.state, counts[k]})
	}
	return out, nil
}
