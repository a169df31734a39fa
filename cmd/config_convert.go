package cmd

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/load"
	"github.com/lvsctl/lvsctl/config/yamlfile"
	"github.com/lvsctl/lvsctl/system"
)

func newConfigConvert(s Streams) *cobra.Command {
	k := &conversion{Streams: s}
	c := &cobra.Command{
		Use:   "convert [FILE]",
		Short: "Write a keepalived.conf as YAML, or YAML as keepalived.conf",
		Long: `Write a configuration in another language: a keepalived.conf as YAML, YAML as a
keepalived.conf. Only what was written is written again, and of the defaults those
that YAML wants to be said; comments stay with what they stood above or behind;
included files, variables and sequences become what they stand for. Passwords are in
the result: with -w it is readable by its owner only.

The result is read back and compared before it is given out: if it would not say the
same, the difference is told and the exit status is 1. What lvsctl does not take over
(SNMP, D-Bus and the like) is told too.

Exit status: 0 done, 1 the file has errors, cannot be read or the result differs,
2 wrong usage.`,
		Example: `  lvsctl config convert /etc/keepalived/keepalived.conf -w /etc/lvsctl/lvsctl.yaml
  lvsctl config convert --to keepalived lvsctl.yaml`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error { return k.run(configFile(args, k.file)) },
	}
	k.to = &choiceFlag{among: []string{"yaml", "json", "keepalived"}}
	c.Flags().Var(k.to, "to", "yaml, json or keepalived (default the other one)")
	completeFlag(c, "to", func(*cobra.Command) []string { return k.to.among })
	c.Flags().StringVarP(&k.into, "write", "w", "", "write to this file instead of standard output; it must not exist")
	addFile(c, &k.file)
	addReading(c, &k.read)
	return c
}

// conversion is one run of config convert.
type conversion struct {
	Streams
	to   *choiceFlag
	into string
	file string
	read load.Options
}

func (k *conversion) run(file string) error {
	language := k.to.value
	switch {
	case language != "":
	case load.IsYAML(file):
		language = "keepalived"
	default:
		language = "yaml"
	}
	c, said, err := load.Load(file, k.read)
	if err != nil {
		return err
	}
	if err := said.Err(); err != nil {
		return err
	}
	comments, err := load.Comments(file, k.read)
	if err != nil {
		return err
	}
	if language != "keepalived" {
		config.Explicit(c)
	}
	text, err := convert(c, language, comments)
	if err != nil {
		return err
	}
	if err := k.tell(said); err != nil {
		return err
	}
	if err := proveSame(c, language, text, k.read); err != nil {
		return err
	}
	return k.write(text)
}

// convert writes the model with its comments. Comments that belong to nothing come last.
func convert(c *config.Config, language string, comments []config.Comment) ([]byte, error) {
	index := config.NewCommentIndex(c, comments)
	text, err := encode(c, language, yamlfile.Options{Secrets: true, Comment: index.At})
	if err != nil || language == "json" {
		return text, err
	}
	for _, left := range index.Rest() {
		text = fmt.Appendf(text, "# %s\n", left)
	}
	return text, nil
}

// tell says what is not taken over, and all else that a reader of the result should know.
func (k *conversion) tell(said config.Diagnostics) error {
	for _, d := range said.Folded() {
		if _, err := io.WriteString(k.Err, d.String()); err != nil {
			return err
		}
	}
	return nil
}

// differsError is a conversion that would not say the same.
type differsError struct{ changes []config.Change }

func (e differsError) Error() string {
	var b bytes.Buffer
	b.WriteString("the result would not say the same as the file:")
	for _, c := range e.changes {
		b.WriteString("\n  " + changeLine(c)[:len(changeLine(c))-1])
	}
	return b.String()
}

func (differsError) Hint() string {
	return "this is a mistake of lvsctl; please report it with the file"
}

// notStrictError is a conversion to a language that is read strictly, of a file that is not.
type notStrictError struct{ error }

func (e notStrictError) Error() string {
	return "the result is read strictly, and would not start: " + e.error.Error()
}
func (e notStrictError) Unwrap() error { return e.error }
func (notStrictError) Hint() string {
	return "put right in the file what it has warnings about, then convert it"
}

// proveSame reads a result back and compares it with the model it was made of.
func proveSame(c *config.Config, language string, text []byte, o load.Options) error {
	name := "converted.conf"
	if language != "keepalived" {
		name = "converted." + language
	}
	back, said := load.Parse(name, text, o)
	if err := said.Err(); err != nil {
		return notStrictError{err}
	}
	if changes := config.Diff(c, back); len(changes) > 0 {
		return differsError{changes}
	}
	return nil
}

// write gives the result out.
func (k *conversion) write(text []byte) error {
	if k.into != "" {
		return system.CreateFile(k.into, text)
	}
	_, err := k.Out.Write(text)
	return err
}
