package cmd

import (
	"github.com/spf13/cobra"
)

func (v *verbs) zeroCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "zero [SERVICE]",
		Short: "Set the counters of one service or of all to zero",
		Long: `Set the counters of packets and bytes of one service with its real servers, or of
all services, to zero. Connections are left alone.

Exit status: 0 done, 1 refused, 2 wrong usage.`,
		Example: "  lvsctl ipvs zero -t 192.0.2.10:80",
		Args:    usageArgs(cobra.NoArgs),
	}
	addServiceFlags(c)
	v.completeServices(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		op, err := v.parse(c, given(c), "-Z")
		if err != nil {
			return err
		}
		return v.apply(op)
	}
	return c
}
