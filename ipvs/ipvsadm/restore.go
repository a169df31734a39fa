package ipvsadm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lvsctl/lvsctl/ipvs"
)

// restore is ipvsadm -R. All rules are read and understood before the first is
// carried out, as far as ipvsadm would read them.
func (p *Program) restore(atomic bool) int {
	return p.failed(p.withRules(noComments, atomic, func(r *restoring) error {
		if atomic {
			return r.allOrNothing()
		}
		return r.run()
	}))
}

// Restore is ipvsadm-restore: the rules on standard input, without lines that begin
// with #, become the table. Arguments count for nothing, as in the original.
//
// It differs from the original on purpose. That clears the table and then looks at
// the rules, so that a mistake in the first line leaves an empty table. Here a
// mistake anywhere leaves the table as it is. And rules that do no more than
// describe a table are compared with the one that is there: what is in both is not
// touched, so that there is no moment without services, and what stays keeps its
// connections and counters. Lastly, asking for help clears nothing.
func (p *Program) Restore(args []string) int {
	if slices.Contains(args, "-h") || slices.Contains(args, "--help") {
		return p.failed(write(p.Out, []byte("ipvsadm-restore < RULES: make the table what the rules say, as ipvsadm-save wrote them.\n")))
	}
	return p.failed(p.withRules(commentLines, true, func(r *restoring) error {
		if wrong := r.script.mistakes(); len(wrong) > 0 {
			return r.refuseAll(wrong)
		}
		return r.replace()
	}))
}

// withRules reads standard input and lends a connection to the kernel, which is
// asked first whether it has IPVS and answers to us at all.
func (p *Program) withRules(uncomment func(string) string, all bool, use func(*restoring) error) error {
	return p.withClient(func(c *ipvs.Client) error {
		if _, err := c.Info(); err != nil {
			return refused(err, exitFailed)
		}
		var text strings.Builder
		if _, err := io.Copy(&text, p.In); err != nil {
			return &Refusal{"cannot read the rules: " + err.Error(), exitFailed, err}
		}
		r := &restoring{Program: *p, client: c, script: readScript(text.String(), uncomment, all, p.Names)}
		messages := bufio.NewWriter(p.Err) // tens of thousands of lines may be refused
		r.Err = messages
		defer func() { _ = messages.Flush() }() // if this fails, there is no place to say so
		return use(r)
	})
}

// restoring carries out rules.
type restoring struct {
	Program
	client *ipvs.Client
	script *script

	last   outcome // of the last line that was tried
	tried  int     // lines
	failed []int   // numbers of the lines that were tried and not carried out
	hints  []string
}

// outcome is an exit status about which all has been said.
type outcome int

func (outcome) Error() string     { return "" }
func (o outcome) ExitStatus() int { return int(o) }

// chunk is how many operations are handed to the client at once; it makes batches
// of them.
const chunk = 1024

// unknown is a line of which it is not known whether it was carried out.
const unknown = -1

// run carries the rules out with ipvsadm's semantics: what the kernel refuses is
// told of and passed over, and so is a line with an unknown option; other mistakes
// end it. The exit status is that of the last line.
func (r *restoring) run() error {
	r.summary(r.steps())
	r.giveHints()
	return r.last
}

// steps gives the number of the line that ended it, 0 if none did.
func (r *restoring) steps() (endedAt int) {
	from := 0
	for _, s := range r.script.stops {
		if line := r.apply(from, s.at); line != 0 {
			return line
		}
		from = s.at
		if !r.stop(s) {
			return s.place.line
		}
	}
	return r.apply(from, len(r.script.ops))
}

// stop carries out a line that is no operation, and tells whether to go on.
func (r *restoring) stop(s stop) bool {
	r.tried++
	err := s.err
	if err == nil {
		err = r.script.at(s.place, r.print(s.cmd))
	}
	r.last = outcome(exitStatus(err))
	if err != nil {
		r.say(err)
		r.failed = append(r.failed, s.place.line)
	}
	return !s.ends() && (err == nil || s.err != nil)
}

// print carries out a command that only prints.
func (r *restoring) print(cmd Command) error {
	switch cmd.Kind {
	case Help:
		return write(r.Out, []byte(r.Help))
	case Version:
		return write(r.Out, []byte(versionLine))
	default:
		return Run(r.client, cmd, r.Names, r.Out)
	}
}

// apply carries out the operations from one up to another. It gives the number of
// the last line that was tried if that ended it, unknown if that is not known, else 0.
func (r *restoring) apply(from, to int) (endedAt int) {
	for ; from < to; from += chunk {
		end := min(from+chunk, to)
		failed, other := opErrors(r.client.Apply(r.script.ops[from:end]...))
		r.tried += end - from
		r.last = 0
		if gone := r.tell(from, end, failed); gone {
			return r.script.places[end-1].line
		}
		if other != nil {
			at := r.script.places[from]
			r.last = r.sayRefused(at, fmt.Errorf("from here on it is unknown what was carried out: %w", other))
			return unknown
		}
	}
	return 0
}

// tell says which of the operations from one up to another were refused, and gives
// true if that was for want of IPVS or of permission: then the next will be too.
func (r *restoring) tell(from, end int, failed []*ipvs.OpError) (gone bool) {
	for _, f := range failed {
		at := r.script.places[from+f.Index]
		r.failed = append(r.failed, at.line)
		if gone {
			continue // it has been said
		}
		status := r.sayRefused(at, f)
		if gone = status != exitUnaccepted; gone || from+f.Index == end-1 {
			r.last = status
		}
	}
	return gone
}

// opErrors takes the error of Client.Apply apart: operations that were refused, and
// anything else, after which it is unknown what was carried out.
func opErrors(err error) (failed []*ipvs.OpError, other error) {
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, err := range all {
		var f *ipvs.OpError
		switch {
		case err == nil:
		case errors.As(err, &f):
			failed = append(failed, f)
		default:
			other = err
		}
	}
	return failed, other
}

// sayRefused tells what the kernel refused, with the line, and gives the status.
func (r *restoring) sayRefused(at place, err error) outcome {
	err = r.script.at(at, refused(err, exitUnaccepted))
	r.say(err)
	return outcome(exitStatus(err))
}

// say tells of an error now, and of its hint at the end.
func (r *restoring) say(err error) {
	r.Program.say(err)
	if hint := r.hintFor(err); hint != "" && !slices.Contains(r.hints, hint) {
		r.hints = append(r.hints, hint)
	}
}

func (r *restoring) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(r.Err, format+"\n", args...)
}

// giveHints says every hint once.
func (r *restoring) giveHints() {
	for _, hint := range r.hints {
		r.sayf("hint: %s", hint)
	}
}

// summary tells what was carried out and what was not, if there is something that
// was not.
func (r *restoring) summary(endedAt int) {
	if len(r.failed) == 0 || endedAt == unknown || endedAt == 0 && r.tried == 1 {
		return
	}
	done := fmt.Sprintf("%d of %s carried out, not %s", r.tried-len(r.failed), counted(r.tried), lineNumbers(r.failed))
	if endedAt > 0 {
		done += fmt.Sprintf(", and nothing behind line %d", endedAt)
	}
	r.sayf("%s", done)
}

// counted says how many lines there are.
func counted(lines int) string {
	if lines == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", lines)
}

// maxRanges is how many runs of lines are named.
const maxRanges = 10

// lineNumbers names lines: "lines 2-5, 9".
func lineNumbers(lines []int) string {
	var runs []string
	for i := 0; i < len(lines); {
		first := lines[i]
		for i++; i < len(lines) && lines[i] == lines[i-1]+1; i++ {
		}
		if last := lines[i-1]; last > first {
			runs = append(runs, fmt.Sprintf("%d-%d", first, last))
		} else {
			runs = append(runs, fmt.Sprint(first))
		}
	}
	word := "line "
	if len(lines) > 1 {
		word = "lines "
	}
	if more := len(runs) - maxRanges; more > 0 {
		runs = append(runs[:maxRanges], fmt.Sprintf("and %d more", more))
	}
	return word + strings.Join(runs, ", ")
}
