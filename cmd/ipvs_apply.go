package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/change"
	"github.com/lvsctl/lvsctl/ipvs/document"
)

// exitChanged is the status of --detailed-exitcode when something is different.
const exitChanged = 2

const applyLong = `Make the services that a file names what it says; - is standard input. FILE holds
rules of ipvsadm, YAML or JSON. It is checked whole before anything is changed.

Only what differs is touched: servers that stay keep their connections, and the
table is never empty. Servers of the named services that the file does not name are
removed. Services that it does not name are left alone, unless --prune is given.
If the kernel refuses a part, the rest is undone: apply does all or nothing.

With --drain a server that leaves gets the weight 0 first and is removed as soon as
it has no connections, at the latest when the time is over. An interrupt leaves it
with weight 0. Clients with persistence keep coming to a server with weight 0 unless
the sysctl net.ipv4.vs.expire_quiescent_template is 1.

With --confirm-within the change is undone by itself unless lvsctl ipvs confirm
comes in time, and at once on an interrupt. A lost connection to the terminal is no
interrupt. Servers are drained after the confirmation.

Exit status: 0 done, 1 failed, undone or interrupted, 2 wrong usage. With
--detailed-exitcode: 0 nothing had to be changed, 2 changed, 1 failed or wrong usage.`

// application is a change of the table to what a file says.
type application struct {
	*verbs
	output *choiceFlag
	runDir string

	options  change.Options
	check    bool
	diff     bool
	within   time.Duration // to confirm; 0 for ever
	detailed bool
}

func (v *verbs) applyCommand() *cobra.Command {
	a := &application{verbs: v}
	c := &cobra.Command{
		Use:   "apply FILE",
		Short: "Make services what a file says, with the smallest change",
		Long:  applyLong,
		Example: `  lvsctl ipvs apply web.yaml
  lvsctl ipvs apply --check --diff web.yaml
  lvsctl ipvs apply --drain 5m --confirm-within 10m web.yaml
  lvsctl ipvs list -o json > table.json; lvsctl ipvs apply --prune table.json`,
		Args: usageArgs(cobra.ExactArgs(1)),
	}
	a.output = v.formats(c, "text", "json")
	a.addPlanFlags(c)
	c.Flags().DurationVar(&a.options.Drain, "drain", 0, "let connections of servers that leave end, for so long at most")
	c.Flags().BoolVar(&a.check, "check", false, "change nothing, tell what would be changed")
	c.Flags().BoolVar(&a.diff, "diff", false, "show the difference; with -o json on standard error")
	c.Flags().DurationVar(&a.within, "confirm-within", 0, "undo the change unless lvsctl ipvs confirm comes in this time")
	addRunDir(c, &a.runDir)
	c.Flags().Lookup("run-dir").Usage = "where lvsctl ipvs confirm finds this"
	c.RunE = func(c *cobra.Command, args []string) error {
		if a.options.Drain < 0 || a.within < 0 {
			return usage(c, errors.New("a time must not be negative"))
		}
		return a.plan(args[0], func(k *ipvs.Client, have change.State, p change.Plan) error {
			return a.run(c.Context(), k, have, p)
		})
	}
	return c
}

// addPlanFlags adds what diff and apply have in common.
func (a *application) addPlanFlags(c *cobra.Command) {
	c.Flags().BoolVar(&a.options.Prune, "prune", false, "also remove the services that the file does not name")
	c.Flags().BoolVar(&a.detailed, detailedFlag, false, "exit status 2 if there is a difference, 1 for every failure")
}

// plan reads the file and the table, and hands on what is to be done.
func (a *application) plan(file string, use func(*ipvs.Client, change.State, change.Plan) error) error {
	read := a.readFile
	if a.options.Prune {
		read = a.readWhole
	}
	want, err := read(file)
	if err != nil {
		return err
	}
	return a.with(func(k *ipvs.Client) error {
		have, want, err := change.Read(k, want)
		if err != nil {
			return err
		}
		return use(k, have, change.New(have, want, a.options))
	})
}

// run carries out a plan and tells what was done.
func (a *application) run(ctx context.Context, k change.Kernel, have change.State, p change.Plan) error {
	if a.diff {
		to := a.Out
		if a.output.value == "json" {
			to = a.Err
		}
		if _, err := io.WriteString(to, a.difference(have, p)); err != nil {
			return fmt.Errorf("show the difference: %w", err)
		}
	}
	if !a.check && !p.Empty() {
		// From here on an interrupt must find an end that is whole.
		ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM)
		defer stop()
		if err := a.carryOut(ctx, k, have, p); err != nil {
			return err
		}
	}
	return a.result(have, p)
}

func (a *application) carryOut(ctx context.Context, k change.Kernel, have change.State, p change.Plan) error {
	if a.within > 0 {
		if err := a.onTrial(ctx, k, have, p.Now); err != nil {
			return err
		}
	} else if err := change.Apply(k, have, p.Now); err != nil {
		return err
	}
	if len(p.Leave) > 0 {
		a.say("waiting for connections of servers that leave, %s at most", p.Drain)
	}
	return change.Drain(ctx, k, p, a.poll)
}

// difference shows what a plan comes to in the end; that servers get the weight 0
// before they go is left out.
func (a *application) difference(have change.State, p change.Plan) string {
	leaving := map[ipvs.ServiceKey]map[string]bool{}
	for _, op := range p.Leave {
		if leaving[op.Service.ServiceKey] == nil {
			leaving[op.Service.ServiceKey] = map[string]bool{}
		}
		leaving[op.Service.ServiceKey][op.Destination.Address.String()] = true
	}
	ops := slices.DeleteFunc(p.Ops(), func(op ipvs.Op) bool {
		of := leaving[op.Service.ServiceKey]
		return op.Kind == ipvs.EditDestination && (of[op.Destination.Address.String()] || of["invalid AddrPort"])
	})
	return change.Difference(have, ops, "the kernel", "the file")
}

// outcome is what programs are told.
type outcome struct {
	Changed bool          `json:"changed"`
	Ops     []document.Op `json:"ops"`
}

// result tells what was done, or would be.
func (a *application) result(have change.State, p change.Plan) error {
	err := a.write(func(w io.Writer) error {
		if a.output.value == "json" {
			return document.Write(w, document.JSON, outcome{Changed: !p.Empty(), Ops: document.Ops(p.Ops(), have.Table)})
		}
		_, err := io.WriteString(w, summary(p, a.check))
		return err
	})
	if err != nil {
		return err
	}
	return a.verdict(p)
}

// verdict is the exit status of --detailed-exitcode.
func (a *application) verdict(p change.Plan) error {
	if a.detailed && !p.Empty() {
		return answer(exitChanged)
	}
	return nil
}

// summary counts what a plan does.
func summary(p change.Plan, check bool) string {
	if p.Empty() {
		return "no change\n"
	}
	done := []struct {
		what  string
		kinds []ipvs.OpKind
		n     int
	}{
		{what: "service%s added", kinds: []ipvs.OpKind{ipvs.AddService}},
		{what: "service%s edited", kinds: []ipvs.OpKind{ipvs.EditService}},
		{what: "service%s removed", kinds: []ipvs.OpKind{ipvs.DeleteService}},
		{what: "server%s added", kinds: []ipvs.OpKind{ipvs.AddDestination}},
		{what: "server%s edited", kinds: []ipvs.OpKind{ipvs.EditDestination}},
		{what: "server%s removed", kinds: []ipvs.OpKind{ipvs.DeleteDestination}},
		{what: "timeouts set", kinds: []ipvs.OpKind{ipvs.SetTimeouts}},
		{what: "sync daemon%s stopped", kinds: []ipvs.OpKind{ipvs.StopDaemon}},
		{what: "sync daemon%s started", kinds: []ipvs.OpKind{ipvs.StartDaemon}},
	}
	var words []string
	for _, d := range done {
		for _, op := range p.Ops() {
			if slices.Contains(d.kinds, op.Kind) {
				d.n++
			}
		}
		switch {
		case d.n == 0:
		case !strings.Contains(d.what, "%s"):
			words = append(words, d.what)
		default:
			plural := "s"
			if d.n == 1 {
				plural = ""
			}
			words = append(words, fmt.Sprintf("%d "+d.what, d.n, plural))
		}
	}
	verb := "changed"
	if check {
		verb = "would change"
	}
	return verb + ": " + strings.Join(words, ", ") + "\n"
}

const detailedFlag = "detailed-exitcode"

// detailedStatus is the exit status of a command line that may ask for the detailed
// one, in which 2 is no wrong usage.
func detailedStatus(args []string, err error, status int) int {
	var wrong usageError
	if status == exitUsage && errors.As(err, &wrong) && slices.Contains(args, "--"+detailedFlag) {
		return exitFailed
	}
	return status
}
