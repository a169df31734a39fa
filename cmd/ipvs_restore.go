package cmd

import (
	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
)

func (v *verbs) restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Make the table what a file says, all of it or nothing",
		Long: `Make the table what a file says; - is standard input. The file holds rules of
ipvsadm, YAML or JSON and is checked whole before anything is changed. Only what
differs is touched: the table is never empty, and servers that stay keep their
connections. Services that the file does not name are removed.

If the kernel refuses a part, the rest is undone.

Exit status: 0 the table is as the file says, 1 nothing was changed, 2 wrong usage.`,
		Example: `  lvsctl ipvs restore /etc/lvsctl/ipvs.rules
  ssh other lvsctl ipvs save -o yaml | lvsctl ipvs restore -`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			want, err := v.readWhole(args[0])
			if err != nil {
				return err
			}
			return v.with(func(k *ipvs.Client) error {
				have, want, err := change.Read(k, want)
				if err != nil {
					return err
				}
				return change.Apply(k, have, change.New(have, want, change.Options{Prune: true}).Now)
			})
		},
	}
}

// readWhole reads a file that tells all services that there shall be.
func (v *verbs) readWhole(name string) (change.State, error) {
	want, err := v.readFile(name)
	if err == nil && want.Table == nil {
		return want, emptyFileError{file: name}
	}
	return want, err
}
