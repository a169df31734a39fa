package cmd

import (
	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
)

func (v *verbs) diffCommand() *cobra.Command {
	a := &application{verbs: v}
	c := &cobra.Command{
		Use:   "diff FILE",
		Short: "Show what apply would change",
		Long: `Show what lvsctl ipvs apply would change, in the way of diff -u; nothing if the
table is as the file says. FILE holds rules of ipvsadm, YAML or JSON; - is standard
input.

Exit status: 0 shown, 1 failed, 2 wrong usage. With --detailed-exitcode: 0 there is
no difference, 2 there is one, 1 failed or wrong usage.`,
		Example: `  lvsctl ipvs diff /etc/lvsctl/ipvs.rules
  lvsctl ipvs diff --prune --detailed-exitcode web.yaml`,
		Args: usageArgs(cobra.ExactArgs(1)),
	}
	a.output = v.formats(c, "text", "json")
	a.addPlanFlags(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		return a.plan(args[0], func(_ *ipvs.Client, have change.State, p change.Plan) error {
			if a.output.value == "json" {
				return a.result(have, p)
			}
			if err := v.print(a.difference(have, p)); err != nil {
				return err
			}
			return a.verdict(p)
		})
	}
	return c
}
