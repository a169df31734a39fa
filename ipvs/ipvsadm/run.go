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
	out, err := listing(c, cmd.Listing, names)
	if err != nil {
		return refused(err, exitListing)
	}
	return write(w, out)
}

// listing makes any listing but that of the connections.
func listing(c *ipvs.Client, l Listing, names Resolver) ([]byte, error) {
	switch {
	case l.Subject == TheTimeouts:
		t, err := c.Timeouts()
		return RenderTimeouts(t), err
	case l.Subject == TheDaemons:
		ds, err := c.Daemons()
		return RenderDaemons(ds), err
	case l.Service != nil:
		s, err := c.Service(*l.Service)
		return Render(l, ipvs.Info{}, ipvs.Table{s}, names), err
	}
	info, err := c.Info()
	if err != nil {
		return nil, err
	}
	read := c.Table
	if l.Format == Plain {
		read = c.Overview
	}
	table, err := read()
	return Render(l, info, table, names), err
}

func runSave(c *ipvs.Client, l Listing, names Resolver, w io.Writer) error {
	table, err := c.Table()
	if err != nil {
		return refused(err, exitListing)
	}
	return write(w, RenderSave(table, l.Numeric, names))
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
