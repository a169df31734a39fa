package cmd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
	"github.com/lvsctl/lvsctl/ipvs/document"
	"github.com/lvsctl/lvsctl/ipvs/ipvsadm"
)

// verbs is what the verbs of "lvsctl ipvs" work with.
type verbs struct {
	Streams
	dial  func(netns string) (*ipvs.Client, error)
	proc  func(netns string) (ipvs.Table, ipvs.Info, []string, error) // the table for the unprivileged
	names ipvsadm.Resolver
	links func() []string // network interfaces
	poll  time.Duration   // how often servers that are drained are looked at

	netns string // --netns
}

func newVerbs(s Streams) *verbs {
	return &verbs{
		Streams: s, dial: ipvs.DialIn, proc: ipvs.ReadProcFile,
		names: &systemNames{}, links: systemLinks, poll: time.Second,
	}
}

func systemLinks() (names []string) {
	links, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, l := range links {
		names = append(names, l.Name)
	}
	return names
}

// addTo puts the verbs below the command ipvs.
func (v *verbs) addTo(c *cobra.Command) {
	c.PersistentFlags().StringVar(&v.netns, "netns", "", "network namespace: a name of ip-netns(8) or a path")
	v.complete(c, "netns", v.namespaces)
	c.AddCommand(
		v.listCommand(), v.addCommand(), v.editCommand(), v.deleteCommand(), v.clearCommand(), v.zeroCommand(),
		v.saveCommand(), v.restoreCommand(), v.diffCommand(), v.applyCommand(), v.confirmCommand(),
		v.timeoutsCommand(), v.syncCommand(), v.connectionsCommand(), v.monitorCommand(),
	)
}

// leadingNetns takes --netns off the front of a command line.
func leadingNetns(args []string) (netns string, rest []string) {
	if len(args) == 0 {
		return "", args
	}
	if value, ok := strings.CutPrefix(args[0], "--netns="); ok {
		return value, args[1:]
	}
	if args[0] == "--netns" && len(args) > 1 {
		return args[1], args[2:]
	}
	return "", args
}

// bareOptions gives a -p without value the one that it has in ipvsadm: the flags of
// the verbs cannot do without.
func bareOptions(args []string) []string {
	if len(args) == 0 || args[0] != "ipvs" {
		return args
	}
	out := make([]string, len(args))
	for i, arg := range args {
		if (arg == "-p" || arg == "--persistent") && (i+1 == len(args) || strings.HasPrefix(args[i+1], "-")) {
			arg += "=360"
		}
		out[i] = arg
	}
	return out
}

// with lends a connection to the kernel.
func (v *verbs) with(use func(*ipvs.Client) error) error {
	c, err := v.dial(v.netns)
	if err != nil {
		return err
	}
	err = use(c)
	if closed := c.Close(); err == nil && closed != nil {
		return fmt.Errorf("close the connection to IPVS: %w", closed)
	}
	return err
}

// apply carries out operations that do not depend on what is there.
func (v *verbs) apply(ops ...ipvs.Op) error {
	return v.with(func(c *ipvs.Client) error { return c.Apply(ops...) })
}

// write hands a buffer to use and writes it to standard output.
func (v *verbs) write(use func(io.Writer) error) error {
	w := bufio.NewWriter(v.Out)
	if err := errors.Join(use(w), w.Flush()); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}

// print writes an answer that is short.
func (v *verbs) print(text string) error {
	return v.write(func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

// say tells the operator something that is no answer, on standard error.
func (v *verbs) say(format string, args ...any) {
	_, _ = fmt.Fprintf(v.Err, "lvsctl: "+format+"\n", args...)
}

// readFile reads a file of rules, YAML or JSON; - is standard input.
func (v *verbs) readFile(name string) (change.State, error) {
	text, shown, err := v.text(name)
	if err != nil {
		return change.State{}, fmt.Errorf("read rules: %w", err)
	}
	return document.Read(shown, text, v.names)
}

func (v *verbs) text(name string) (text, shown string, err error) {
	if name == "-" {
		text, err = ipvsadm.ReadAll(v.In)
		return text, "standard input", err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", name, err
	}
	defer func() { _ = f.Close() }() // only read from
	text, err = ipvsadm.ReadAll(f)
	return text, name, err
}

// emptyFileError is a file that would empty the table without saying so.
type emptyFileError struct{ file string }

func (e emptyFileError) Error() string {
	return e.file + " names no services; that does not mean that all shall go"
}

func (emptyFileError) Hint() string {
	return "to remove every service: lvsctl ipvs clear --yes"
}

// usage is a command line that makes no sense, with the command that tells how it
// is used.
func usage(c *cobra.Command, err error) error {
	return usageError{err: err, hint: c.CommandPath() + " --help"}
}

// choiceFlag is a flag with one of a few values, the first by default.
type choiceFlag struct {
	value string
	among []string
}

func (f *choiceFlag) String() string { return f.value }
func (f *choiceFlag) Type() string   { return "string" }
func (f *choiceFlag) Set(s string) error {
	for _, known := range f.among {
		if s == known {
			f.value = s
			return nil
		}
	}
	return fmt.Errorf("it is one of %s", strings.Join(f.among, ", "))
}

// formats adds -o with these values, the first by default.
func (v *verbs) formats(c *cobra.Command, among ...string) *choiceFlag {
	return addFormats(c, among...)
}

// documentFormat is the form of a document that -o asks for.
func documentFormat(output string) document.Format {
	if output == "yaml" {
		return document.YAML
	}
	return document.JSON
}
