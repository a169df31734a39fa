package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
)

func (v *verbs) clearCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "clear --yes",
		Short: "Delete every virtual service",
		Long: `Delete every virtual service with its real servers. Without --yes nothing is
deleted, but told what would be. Connections and sync daemons are left alone.

Exit status: 0 deleted, 1 refused, 2 wrong usage, which is also to leave out --yes.`,
		Example: "  lvsctl ipvs save > before.rules; lvsctl ipvs clear --yes",
		Args:    usageArgs(cobra.NoArgs),
	}
	yes := c.Flags().Bool("yes", false, "really")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *yes {
			return v.apply(ipvs.Op{Kind: ipvs.Flush})
		}
		lost, err := v.wouldBeLost()
		if err != nil {
			return err
		}
		return usageError{err: fmt.Errorf("nothing deleted: %s would be lost", lost), hint: c.CommandPath() + " --yes"}
	}
	return c
}

// wouldBeLost tells what stands in the table.
func (v *verbs) wouldBeLost() (lost string, err error) {
	err = v.with(func(c *ipvs.Client) error {
		t, err := c.Read(ipvs.Plain)
		servers, connections := 0, uint64(0)
		for _, s := range t {
			servers += len(s.Destinations)
			for _, d := range s.Destinations {
				connections += uint64(d.ActiveConns) + uint64(d.InactiveConns)
			}
		}
		lost = fmt.Sprintf("%s with %s and %s", count(len(t), "service"), count(servers, "server"), count(connections, "connection"))
		return err
	})
	return lost, err
}

// count is a number with its noun.
func count[N int | uint64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
