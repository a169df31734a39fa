package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived"
	"github.com/lvsctl/lvsctl/config/load"
	"github.com/lvsctl/lvsctl/config/yamlfile"
	"github.com/lvsctl/lvsctl/system"
)

func newConfigFmt(s Streams) *cobra.Command {
	f := &formatting{Streams: s}
	c := &cobra.Command{
		Use:   "fmt [FILE...]",
		Short: "Lay out configurations evenly",
		Long: `Lay out a keepalived.conf or YAML evenly: one statement a line, blocks indented, at
most one empty line in a row. Comments, variables and conditions stay as they are, and
so does what the file means. The result goes to standard output; without FILE, or
with -, standard input is read as a keepalived.conf.

A file that is not well formed is left as it is, with an error; the others are laid out.

Exit status: 0 done, 1 failed, or with --check: a file is not laid out so, 2 wrong usage.`,
		Example: `  lvsctl config fmt -w /etc/keepalived/keepalived.conf
  lvsctl config fmt --check *.conf`,
		Args: usageArgs(cobra.ArbitraryArgs),
		RunE: func(c *cobra.Command, args []string) error {
			if f.inPlace && f.check {
				return usageError{errors.New("--write and --check exclude each other"), c.CommandPath() + " --help"}
			}
			return f.run(args)
		},
	}
	c.Flags().BoolVarP(&f.inPlace, "write", "w", false, "write the result back to the file")
	c.Flags().BoolVar(&f.check, "check", false, "only name the files that would change")
	return c
}

// formatting is one run of config fmt.
type formatting struct {
	Streams
	inPlace, check bool
}

// run formats all files. One that cannot be formatted is left as it is, and does
// not keep the others from it.
func (f *formatting) run(files []string) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	differ := false
	var failed []error
	for _, file := range files {
		changed, err := f.file(file)
		failed = append(failed, err)
		differ = differ || changed
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if f.check && differ {
		return answer(exitFailed)
	}
	return nil
}

// file formats one file and tells whether that changes it.
func (f *formatting) file(name string) (changed bool, err error) {
	text, err := f.text(name)
	if err != nil {
		return false, err
	}
	result, err := formatText(name, text)
	if err != nil {
		return false, err
	}
	changed = !bytes.Equal(text, result)
	switch {
	case f.check && changed:
		_, err = fmt.Fprintln(f.Out, name)
	case f.check:
	case f.inPlace && name != "-":
		if changed {
			err = system.RewriteFile(name, result)
		}
	default:
		_, err = f.Out.Write(result)
	}
	return changed, err
}

func (f *formatting) text(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(f.In)
	}
	return config.ReadFile(name, config.MaxSize)
}

// formatText lays out the text of a file in the language that its name tells.
func formatText(name string, text []byte) ([]byte, error) {
	if load.IsYAML(name) {
		return yamlfile.Format(name, text)
	}
	return keepalived.Format(name, text)
}
