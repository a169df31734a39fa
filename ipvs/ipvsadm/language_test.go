package ipvsadm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

// The files in testdata/language hold command lines, each with what it is
// understood to be. A bar stands for an empty word.
func TestLanguage(t *testing.T) {
	names := readBook(t, "testdata/hosts", "testdata/services")
	datadriven.Walk(t, "testdata/language", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(_ *testing.T, d *datadriven.TestData) string {
			var said strings.Builder
			for line := range strings.Lines(d.Input + "\n") {
				words := strings.Fields(line)
				for i := range words {
					words[i] = strings.ReplaceAll(words[i], "|", "")
				}
				command, err := ipvsadm.Parse(words, names)
				fmt.Fprintf(&said, "%s\n", understood(command, err))
			}
			return said.String()
		})
	})
}

func understood(c ipvsadm.Command, err error) string {
	var mistake *ipvsadm.Error
	switch {
	case errors.As(err, &mistake):
		return fmt.Sprintf("%d %v", mistake.ExitStatus(), err)
	case c.Kind == ipvsadm.List && c.Listing.Service != nil:
		return fmt.Sprintf("list %s: %+v", c.Listing.Service, flat(c.Listing))
	case c.Kind == ipvsadm.List:
		return fmt.Sprintf("list: %+v", flat(c.Listing))
	case c.Kind == ipvsadm.Change:
		return described(c.Ops[0])
	default:
		return fmt.Sprintf("%s, numeric %v, atomic %v", map[ipvsadm.Kind]string{
			ipvsadm.Help: "help", ipvsadm.Version: "version", ipvsadm.Save: "save", ipvsadm.Restore: "restore",
		}[c.Kind], c.Listing.Numeric, c.Atomic)
	}
}

// flat leaves out the service, whose pointer would be printed.
func flat(l ipvsadm.Listing) ipvsadm.Listing {
	l.Service = nil
	return l
}

// described tells all of an operation that counts.
func described(op ipvs.Op) string {
	switch op.Kind {
	case ipvs.SetTimeouts:
		return fmt.Sprintf("%s: %+v", op, *op.Timeouts)
	case ipvs.StartDaemon:
		return fmt.Sprintf("%s: %+v", op, *op.Daemon)
	case ipvs.StopDaemon:
		return fmt.Sprintf("%s: syncid %d", op, op.Daemon.SyncID)
	case ipvs.AddService, ipvs.EditService:
		s := op.Service
		return fmt.Sprintf("%s: %s flags %#x persistence %s mask %#x pe %q", op, s.Scheduler, s.Flags, s.Persistence, s.Netmask, s.PE)
	case ipvs.AddDestination, ipvs.EditDestination:
		d := op.Destination
		return fmt.Sprintf("%s: %s weight %d x %d y %d tunnel %+v", op, d.Method, d.Weight, d.UpperThreshold, d.LowerThreshold, d.Tunnel)
	default:
		return op.String()
	}
}
