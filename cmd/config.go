package cmd

import (
	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/config/load"
)

func newConfig(s Streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Check, show, convert and compare configurations",
		Long: `Work with configurations of directors: keepalived.conf, or lvsctl's own YAML. A file
whose name ends in .yaml, .yml or .json is lvsctl's, any other is keepalived's.

Without FILE it is ` + load.DefaultYAML + `, or if there is none
` + load.DefaultKeepalived + `.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	addSettings(c)
	c.AddCommand(newConfigCheck(s), newConfigShow(s), newConfigConvert(s), newConfigDiff(s), newConfigFmt(s), newConfigExplain(s))
	return c
}

// configFile is the file that a command line names, or the default.
func configFile(args []string, flag string) string {
	switch {
	case len(args) > 0:
		return args[0]
	case flag != "":
		return flag
	default:
		return load.DefaultPath()
	}
}

// addReading adds the flags that tell how a configuration is read.
func addReading(c *cobra.Command, o *load.Options) {
	addCompat(c, o)
	c.Flags().StringVar(&o.ConfigID, "config-id", "", "what lines that begin with @ are compared with (default the host name)")
}
