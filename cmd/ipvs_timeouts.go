package cmd

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/document"
)

func (v *verbs) timeoutsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "timeouts [TCP TCPFIN UDP]",
		Short: "Show or set how long idle connections are kept",
		Long: `Show how long idle connections are kept, or set it: with three times in the order
of ipvsadm --set, or with a flag for each. A time is a number of seconds or like
15m; 0 leaves the value as it is.

Exit status: 0 shown or set, 1 refused, 2 wrong usage.`,
		Example: `  lvsctl ipvs timeouts
  lvsctl ipvs timeouts 900 120 300
  lvsctl ipvs timeouts --tcp 15m`,
		Args: usageArgs(timesOrNone),
	}
	output := v.formats(c, "table", "json", "yaml")
	flags := [3]*secondsFlag{{}, {}, {}}
	c.Flags().Var(flags[0], "tcp", "of an established TCP connection")
	c.Flags().Var(flags[1], "tcp-fin", "of a TCP connection after a FIN")
	c.Flags().Var(flags[2], "udp", "of a UDP connection")
	c.RunE = func(c *cobra.Command, args []string) error {
		for i, arg := range args {
			if flags[i].given {
				return usage(c, errors.New("the times are given twice"))
			}
			if err := flags[i].Set(arg); err != nil {
				return usage(c, fmt.Errorf("%q: %w", arg, err))
			}
		}
		if !flags[0].given && !flags[1].given && !flags[2].given {
			return v.showTimeouts(output.value)
		}
		t := ipvs.Timeouts{TCP: flags[0].time, TCPFin: flags[1].time, UDP: flags[2].time}
		return v.apply(ipvs.Op{Kind: ipvs.SetTimeouts, Timeouts: &t})
	}
	return c
}

func timesOrNone(_ *cobra.Command, args []string) error {
	if len(args) != 0 && len(args) != 3 {
		return fmt.Errorf("three times are needed, TCP TCPFIN UDP, not %d", len(args))
	}
	return nil
}

func (v *verbs) showTimeouts(output string) error {
	var t ipvs.Timeouts
	if err := v.with(func(k *ipvs.Client) (err error) { t, err = k.Timeouts(); return err }); err != nil {
		return err
	}
	return v.write(func(w io.Writer) error {
		if output != "table" {
			return document.Write(w, documentFormat(output), struct {
				Schema   string             `json:"schema" yaml:"schema"`
				Timeouts *document.Timeouts `json:"timeouts" yaml:"timeouts"`
			}{document.Schema, document.TimeoutsOf(t)})
		}
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintf(tw, "TIMEOUT\tTIME\ntcp\t%s\ntcp-fin\t%s\nudp\t%s\n", t.TCP, t.TCPFin, t.UDP)
		return tw.Flush()
	})
}

// secondsFlag is a time in whole seconds: 900 or 15m.
type secondsFlag struct {
	time  time.Duration
	given bool
}

func (f *secondsFlag) String() string { return "" }
func (f *secondsFlag) Type() string   { return "time" }
func (f *secondsFlag) Set(text string) error {
	t, err := time.ParseDuration(text)
	if n, failed := strconv.ParseUint(text, 10, 31); failed == nil {
		t, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || t < 0 || t%time.Second != 0 || t > math.MaxInt32*time.Second {
		return errors.New("a time is a number of whole seconds, or like 15m")
	}
	f.time, f.given = t, true
	return nil
}
