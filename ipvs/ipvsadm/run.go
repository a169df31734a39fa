package ipvsadm

import (
	"fmt"
	"io"

	"github.com/lvsctl/lvsctl/ipvs"
)

// Run carries out a List, Save or Change with a client and writes what is to be
// printed. Errors of the kernel are in ipvsadm's words and have its exit status.
func Run(c *ipvs.Client, cmd Command, names Resolver, w io.Writer) error {
	switch {
	case cmd.Kind == Change:
		return refused(c.Apply(cmd.Ops...), exitUnaccepted)
	case cmd.Kind == Save:
		return runSave(c, cmd.Listing, names, w)
	case cmd.Listing.Subject == TheConnections:
		return runConnections(c, cmd.Listing, names, w)
	}
	return refused(runList(c, cmd.Listing, names, w), exitListing)
}

// runList writes any listing but that of the connections.
func runList(c *ipvs.Client, l Listing, names Resolver, w io.Writer) error {
	var out []byte
	var err error
	switch {
	case l.Subject == TheTimeouts:
		var t ipvs.Timeouts
		t, err = c.Timeouts()
		out = RenderTimeouts(t)
	case l.Subject == TheDaemons:
		var ds []ipvs.Daemon
		ds, err = c.Daemons()
		out = RenderDaemons(ds)
	case l.Service != nil:
		var s ipvs.ServiceEntry
		s, err = c.Service(*l.Service)
		out = Render(l, ipvs.Info{}, ipvs.Table{s}, names)
	default:
		return listTable(c, l, names, w)
	}
	if err != nil {
		return err
	}
	return write(w, out)
}

// listTable asks the kernel only for what the format shows.
func listTable(c *ipvs.Client, l Listing, names Resolver, w io.Writer) error {
	info, err := c.Info()
	if err != nil {
		return err
	}
	services, err := c.Services()
	if err != nil {
		return err
	}
	detail := ipvs.Configured
	switch l.Format {
	case Plain:
		detail = ipvs.Plain
	case TunnelFormat:
		detail = ipvs.Tunnels
	}
	return newStream(l, names, w).table(info, services, c.Pools(services, detail))
}

func runSave(c *ipvs.Client, l Listing, names Resolver, w io.Writer) error {
	services, err := c.Services()
	if err == nil {
		err = newStream(l, names, w).rules(services, c.Pools(services, ipvs.Tunnels), false)
	}
	return refused(err, exitListing)
}

// runConnections asks for the version first: what is in /proc is shown to others
// than those who may use IPVS.
func runConnections(c *ipvs.Client, l Listing, names Resolver, w io.Writer) error {
	if _, err := c.Info(); err != nil {
		return refused(err, exitListing)
	}
	if err := RenderConnections(l, c.Connections(), names, w); err != nil {
		return &Refusal{err.Error(), exitListing, err}
	}
	return nil
}

func write(w io.Writer, b []byte) error {
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}
