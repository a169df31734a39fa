package cmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/load"
	"github.com/lvsctl/lvsctl/system"
)

// Exit statuses of config check.
const (
	checkClean      = 0
	checkWarnings   = 1
	checkRefused    = 2
	checkUnreadable = 3
)

func newConfigCheck(s Streams) *cobra.Command {
	k := &configCheck{Streams: s, host: thisHost}
	c := &cobra.Command{
		Use:   "check [FILE...]",
		Short: "Tell what is wrong with a configuration",
		Long: `Read configurations and tell everything that is wrong with them at once, with file,
line and column: what keepalived would complain of, what it would read in another way
than it is meant, what lvsctl does not do yet, what is suspicious, and what does not fit this host (interfaces, scripts, users; not with
--offline). Nothing is changed.

Exit status: 0 clean, 1 it runs, with warnings, 2 it would not start, 3 it cannot be
read. Of several files the worst counts. 3 also for a wrong command line.`,
		Example: `  lvsctl config check /etc/keepalived/keepalived.conf
  lvsctl config check --offline -o github keepalived.conf`,
		Args: k.usage(cobra.ArbitraryArgs),
		RunE: func(_ *cobra.Command, args []string) error { return k.run(args) },
	}
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return checkUsageError{err, c.CommandPath() + " --help"} })
	k.output = addFormats(c, "text", "json", "github", "gitlab")
	c.Flags().BoolVar(&k.offline, "offline", false, "do not compare with this host")
	addFile(c, &k.file)
	addReading(c, &k.read)
	return c
}

// checkUsageError is a wrong command line of config check, which has its own status for it.
type checkUsageError struct {
	err  error
	hint string
}

func (e checkUsageError) Error() string   { return e.err.Error() }
func (e checkUsageError) Unwrap() error   { return e.err }
func (e checkUsageError) Hint() string    { return e.hint }
func (e checkUsageError) ExitStatus() int { return checkUnreadable }

// configCheck is one run of config check.
type configCheck struct {
	Streams
	output  *choiceFlag
	offline bool
	file    string
	read    load.Options
	host    func() (config.Host, error)
}

func (k *configCheck) usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return checkUsageError{err, c.CommandPath() + " --help"}
		}
		return nil
	}
}

// checkedFile is what there is to say about one file.
type checkedFile struct {
	File        string             `json:"file"`
	Verdict     string             `json:"verdict"` // clean, warnings, refused or unreadable
	Error       string             `json:"error,omitempty"`
	Diagnostics config.Diagnostics `json:"diagnostics"`

	hint   string
	status int
}

func (k *configCheck) run(files []string) error {
	if len(files) == 0 {
		files = []string{configFile(nil, k.file)}
	}
	var checked []checkedFile
	worst := checkClean
	for _, f := range files {
		r := k.check(f)
		checked = append(checked, r)
		worst = max(worst, r.status)
	}
	if err := k.print(checked); err != nil {
		return err
	}
	if worst == checkClean {
		return nil
	}
	return answer(worst)
}

// check gives the verdict on one file.
func (k *configCheck) check(file string) checkedFile {
	c, said, err := load.Load(file, k.read)
	if err != nil {
		return checkedFile{
			File: file, Verdict: "unreadable", Error: err.Error(), hint: hint(err),
			status: checkUnreadable, Diagnostics: config.Diagnostics{},
		}
	}
	if said.Err() == nil || !load.IsYAML(file) { // YAML with errors is not resolved
		said = append(said, k.further(c)...)
	}
	r := checkedFile{File: file, Verdict: "clean", Diagnostics: load.WithLines(said.InOrder())}
	switch {
	case said.Err() != nil:
		r.Verdict, r.status = "refused", checkRefused
	case len(said) > 0:
		r.Verdict, r.status = "warnings", checkWarnings
	default:
		r.Diagnostics = config.Diagnostics{}
	}
	return r
}

// further is what no single line is wrong about: what is suspicious, what does not
// fit the host, what lvsctl leaves out.
func (k *configCheck) further(c *config.Config) config.Diagnostics {
	said := config.Lint(c)
	if !k.offline {
		said = append(said, k.compareWithHost(c)...)
	}
	_, routersOut := virtualRouters(c)
	return append(append(said, routersOut...), serversLeftOut(c)...)
}

func (k *configCheck) compareWithHost(c *config.Config) config.Diagnostics {
	host, err := k.host()
	if err != nil {
		return config.Diagnostics{{Severity: config.Warning, Message: fmt.Sprintf("not compared with this host: %v", err)}}
	}
	return config.CheckHost(c, host, config.Options{KeepalivedCompat: k.read.KeepalivedCompat})
}

// thisHost is the host that lvsctl runs on.
func thisHost() (config.Host, error) { return system.OpenHost() }

func (k *configCheck) print(checked []checkedFile) error {
	switch k.output.value {
	case "json":
		return printJSON(k.Out, struct {
			Schema string        `json:"schema"`
			Files  []checkedFile `json:"files"`
		}{"lvsctl.config-check/v1", checked})
	case "github":
		return k.printGitHub(checked)
	case "gitlab":
		return k.printGitLab(checked)
	default:
		return k.printText(checked)
	}
}

func (k *configCheck) printText(checked []checkedFile) error {
	for _, r := range checked {
		for _, d := range r.Diagnostics.Folded() {
			if _, err := io.WriteString(k.Out, d.String()); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(k.Out, r.summary()); err != nil {
			return err
		}
	}
	return nil
}

// summary is the last line about a file.
func (r *checkedFile) summary() string {
	if r.status == checkUnreadable {
		text := "error: " + r.Error + "\n"
		if r.hint != "" {
			text += "hint: " + r.hint + "\n"
		}
		return text
	}
	warnings := len(r.Diagnostics.Warnings())
	errors := len(r.Diagnostics) - warnings
	switch {
	case errors > 0:
		return fmt.Sprintf("%s: would not start: %s, %s\n", r.File, count(errors, "error"), count(warnings, "warning"))
	case warnings > 0:
		return fmt.Sprintf("%s: runs, with %s\n", r.File, count(warnings, "warning"))
	default:
		return r.File + ": clean\n"
	}
}

func (k *configCheck) printGitHub(checked []checkedFile) error {
	for _, r := range checked {
		if _, err := io.WriteString(k.Out, r.annotations().GitHub()); err != nil {
			return err
		}
	}
	return nil
}

func (k *configCheck) printGitLab(checked []checkedFile) error {
	var all config.Diagnostics
	for _, r := range checked {
		all = append(all, r.annotations()...)
	}
	text, err := all.GitLab()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(k.Out, "%s\n", text)
	return err
}

// annotations are the diagnostics, or that the file cannot be read.
func (r *checkedFile) annotations() config.Diagnostics {
	if r.status == checkUnreadable {
		return config.Diagnostics{{Severity: config.Error, Where: config.Position{File: r.File, Line: 1, Column: 1}, Message: r.Error, Hint: r.hint}}
	}
	return r.Diagnostics
}
