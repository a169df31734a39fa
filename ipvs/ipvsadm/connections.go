package ipvsadm

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"time"

	"github.com/lvsctl/lvsctl/ipvs"
)

// connectionsFile is where the kernel shows its connections.
const connectionsFile = "/proc/net/ip_vs_conn"

// RenderConnections writes what -L -c shows, in the kernel's order, while conns
// runs, so that any number of connections takes the same memory. With
// PersistentFormat it shows the persistence engine and what it goes by.
//
// An error of conns before the first connection is put into the words of ipvsadm,
// which then prints nothing and exits with 1. Where ipvsadm crashes or prints
// garbage, on long lines, and where it stops in silence, at a blank line, this
// goes on.
func RenderConnections(l Listing, conns iter.Seq2[ipvs.Connection, error], names Resolver, w io.Writer) error {
	r := newStream(l, names, w)
	begun := false
	for c, err := range conns {
		if err != nil && !begun {
			return connectionsError(err)
		}
		if err != nil {
			return errors.Join(r.flush(0), err)
		}
		if !begun {
			r.connectionTitles()
			begun = true
		}
		r.connection(c)
		if err := r.flush(flushSize); err != nil {
			return err
		}
	}
	if !begun {
		r.connectionTitles()
	}
	return r.flush(0)
}

// connectionsError is that of a file that cannot be read, or has not even a title.
func connectionsError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("unexpected input from %s: %w", connectionsFile, err)
	}
	return fmt.Errorf("cannot open file %s: %w", connectionsFile, err)
}

func (r *renderer) connectionTitles() {
	r.line("IPVS connection entries")
	r.text("pro expire state       source             virtual            destination")
	if r.listing.Format == PersistentFormat {
		r.text("        pe name          pe_data")
	}
	r.line("")
}

func (r *renderer) connection(c ipvs.Connection) {
	protocol := protocolNamed(c.Protocol)
	start := len(r.out)
	r.text(c.Protocol)
	r.pad(start, 3)
	r.expiry(c.Expires)
	r.left(c.State, 11)
	r.column(c.Client, protocol, 18)
	r.column(c.Virtual, protocol, 18)
	if r.listing.Format == PersistentFormat && c.PE != "" && c.PEData != "" {
		// Narrower than under its title, so that the rest of the line is not under theirs.
		r.column(c.Destination, protocol, 16)
		r.left(c.PE, 18)
		r.left(c.PEData, 0)
	} else {
		r.column(c.Destination, protocol, 0)
	}
	r.line("")
}

// column writes a blank and an address with its port, filled up at the end.
func (r *renderer) column(e netip.AddrPort, p ipvs.Protocol, width int) {
	r.text(" ")
	start := len(r.out)
	r.endpoint(e, p)
	r.pad(start, width)
}

// expiry writes minutes and seconds.
func (r *renderer) expiry(d time.Duration) {
	r.text(" ")
	start := len(r.out)
	seconds := uint64(d / time.Second)
	r.twoDigits(seconds / 60)
	r.text(":")
	r.twoDigits(seconds % 60)
	r.pad(start, 6)
}

func (r *renderer) twoDigits(n uint64) {
	if n < 10 {
		r.text("0")
	}
	r.number(n)
}

// protocolNamed is 0 for the protocols whose ports have no names.
func protocolNamed(name string) ipvs.Protocol {
	switch name {
	case "TCP":
		return ipvs.TCP
	case "UDP":
		return ipvs.UDP
	case "SCTP":
		return ipvs.SCTP
	default:
		return 0
	}
}
