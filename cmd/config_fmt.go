package cmd

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

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

Exit status: 0 done, 1 failed, or with --check: a file is not laid out so, 2 wrong usage.`,
		Example: `  lvsctl config fmt -w /etc/keepalived/keepalived.conf
  lvsctl config fmt --check *.conf`,
		Args: usageArgs(cobra.ArbitraryArgs),
		RunE: func(_ *cobra.Command, args []string) error { return f.run(args) },
	}
	c.Flags().BoolVarP(&f.inPlace, "write", "w", false, "write the result back to the file")
	c.Flags().BoolVar(&f.check, "check", false, "only name the files that would change")
	c.MarkFlagsMutuallyExclusive("write", "check")
	return c
}

// formatting is one run of config fmt.
type formatting struct {
	Streams
	inPlace, check bool
}

func (f *formatting) run(files []string) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	differ := false
	for _, file := range files {
		changed, err := f.file(file)
		if err != nil {
			return err
		}
		differ = differ || changed
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
	return os.ReadFile(name)
}

// formatText lays out the text of a file in the language that its name tells.
func formatText(name string, text []byte) ([]byte, error) {
	if load.IsYAML(name) {
		return yamlfile.Format(name, text)
	}
	return keepalived.Format(name, text)
}
