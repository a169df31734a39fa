package cmd

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
)

func (v *verbs) deleteCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "delete SERVICE [-r SERVER]",
		Short: "Delete a virtual service with its real servers, or one real server",
		Long: `Delete a virtual service with all its real servers, or with -r one real server.
Connections are not waited for: lvsctl ipvs apply --drain does that.

With --if-exists a service or server that is not there is no error.

Exit status: 0 deleted, or not there with --if-exists, 1 refused, 2 wrong usage.`,
		Example: `  lvsctl ipvs delete -t 192.0.2.10:80 -r 10.0.0.2
  lvsctl ipvs delete -f 7 --if-exists`,
		Args: usageArgs(cobra.NoArgs),
	}
	addServiceFlags(c)
	addServerFlag(c)
	ifExists := c.Flags().Bool("if-exists", false, "do nothing if it is not there")
	v.completeServices(c)
	v.complete(c, "real-server", v.servers)
	c.RunE = func(c *cobra.Command, _ []string) error {
		op, err := v.named(c, given(c))
		if err != nil {
			return err
		}
		err = v.apply(op)
		if *ifExists && (errors.Is(err, ipvs.ErrNoService) || errors.Is(err, ipvs.ErrNoDestination)) {
			return nil
		}
		return err
	}
	return c
}
