package cmd

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
)

func (v *verbs) addCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "add SERVICE [-r SERVER]",
		Short: "Add a virtual service, or with -r a real server to one",
		Long: `Add a virtual service, or with -r a real server to one that is there. The options
and what they are without being told are those of ipvsadm -A and -a.

With --if-missing a service or server that is there already is no error; it is left
as it is.

Exit status: 0 added, or there already with --if-missing, 1 refused, 2 wrong usage.`,
		Example: `  lvsctl ipvs add -t 192.0.2.10:80 -s wlc -p 300
  lvsctl ipvs add -t 192.0.2.10:80 -r 10.0.0.2 -w 100
  lvsctl ipvs add -t 192.0.2.10:80 -r 10.0.0.3:8080 -m --if-missing
  lvsctl ipvs add -f 7 -6 -s sh`,
		Args: usageArgs(cobra.NoArgs),
	}
	addServiceFlags(c)
	addSettingFlags(c)
	ifMissing := c.Flags().Bool("if-missing", false, "leave what is there already as it is")
	v.completeSettings(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		op, err := v.addition(c)
		if err != nil {
			return err
		}
		err = v.apply(op)
		if *ifMissing && (errors.Is(err, ipvs.ErrServiceExists) || errors.Is(err, ipvs.ErrDestinationExists)) {
			return nil
		}
		return err
	}
	return c
}

func (v *verbs) addition(c *cobra.Command) (ipvs.Op, error) {
	options := given(c)
	if hasAny(options, "real-server") {
		return v.parseServer(c, options, "-a")
	}
	return v.parse(c, options, "-A")
}
