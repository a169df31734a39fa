package ipvsadm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/lvsctl/lvsctl/ipvs"
)

// restore is ipvsadm -R. All rules are read and understood before the first is
// carried out.
func (p *Program) restore(atomic bool) int {
	return p.failed(p.withRules(noComments, func(r *restoring) error {
		if atomic {
			return r.allOrNothing()
		}
		return r.run(r.script.mistakes(nothing))
	}))
}

// nothing is a check that refuses nothing.
func nothing(rule) error { return nil }

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
	return p.failed(p.withRules(commentLines, func(r *restoring) error {
		if wrong := r.script.mistakes(nothing); len(wrong) > 0 {
			return r.refuseAll(wrong)
		}
		return r.replace()
	}))
}

// withRules reads standard input and lends a connection to the kernel, which is
// asked first whether it has IPVS and answers to us at all.
func (p *Program) withRules(uncomment func(string) string, use func(*restoring) error) error {
	return p.withClient(func(c *ipvs.Client) error {
		if _, err := c.Info(); err != nil {
			return refused(err, exitFailed)
		}
		text, err := ReadAll(p.In)
		if err != nil {
			return &Refusal{"cannot read the rules: " + err.Error(), exitFailed, err}
		}
		r := &restoring{Program: *p, client: c, script: script{text: text, uncomment: uncomment, names: p.Names}}
		messages := bufio.NewWriter(p.Err) // tens of thousands of lines may be refused
		r.Err = messages
		defer func() { _ = messages.Flush() }() // if this fails, there is no place to say so
		return use(r)
	})
}

// ReadAll reads to the end. Of a file it knows the size, and needs no more memory.
func ReadAll(in io.Reader) (string, error) {
	var text strings.Builder
	if f, ok := in.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			text.Grow(int(min(info.Size(), maxRoom)))
		}
	}
	_, err := io.Copy(&text, in)
	return text.String(), err
}

// maxRoom is how many bytes are asked for before there is something to put there.
const maxRoom = 1 << 30

// restoring carries out rules.
type restoring struct {
	Program
	client *ipvs.Client
	script script

	// What waits to be carried out.
	ops    []ipvs.Op
	places []place

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
// end it. The exit status is that of the last line. Of the mistakes that are known
// to be in the rules, those behind the end are only counted up.
func (r *restoring) run(wrong []*LineError) error {
	endedAt := r.steps()
	r.summary(endedAt)
	var behind []int
	for _, err := range wrong {
		if endedAt > 0 && err.Line > endedAt {
			behind = append(behind, err.Line)
		}
	}
	if len(behind) > 0 && r.last != 0 {
		r.sayf("there are mistakes in %s too", lineNumbers(behind))
	}
	r.giveHints()
	return r.last
}

// steps gives the number of the line that ended it, 0 if none did.
func (r *restoring) steps() (endedAt int) {
	for at, rule := range r.script.rules() {
		if rule.kind == Change && rule.err == nil {
			if endedAt = r.add(at, rule.op); endedAt != 0 {
				return endedAt
			}
			continue
		}
		if endedAt = r.apply(); endedAt != 0 {
			return endedAt
		}
		if !r.stop(at, rule) {
			return at.line
		}
	}
	return r.apply()
}

// stop carries out a line that is no operation, and tells whether to go on.
func (r *restoring) stop(at place, line rule) bool {
	r.tried++
	err := line.err
	if err == nil {
		err = r.script.at(at, r.print(line.cmd))
	}
	r.last = outcome(exitStatus(err))
	if err != nil {
		r.say(err)
		r.failed = append(r.failed, at.line)
	}
	return !line.ends() && (err == nil || line.err != nil)
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

// add lets an operation wait until there are enough of them. Like apply it gives
// the line that ended it.
func (r *restoring) add(at place, op *ipvs.Op) (endedAt int) {
	r.ops, r.places = append(r.ops, *op), append(r.places, at)
	if len(r.ops) < chunk {
		return 0
	}
	return r.apply()
}

// apply carries out what waits. It gives the last line that was tried if that ended
// it, unknown if that is not known, else 0.
func (r *restoring) apply() (endedAt int) {
	if len(r.ops) == 0 {
		return 0
	}
	defer func() { r.ops, r.places = r.ops[:0], r.places[:0] }()
	failed, other := opErrors(r.client.Apply(r.ops...))
	r.tried += len(r.ops)
	r.last = 0
	if gone := r.tell(failed); gone {
		return r.places[len(r.places)-1].line
	}
	if other != nil {
		r.last = r.sayRefused(r.places[0], fmt.Errorf("from here on it is unknown what was carried out: %w", other))
		return unknown
	}
	return 0
}

// tell says which of the operations were refused, and gives true if that was for
// want of IPVS or of permission: then the next will be too.
func (r *restoring) tell(failed []*ipvs.OpError) (gone bool) {
	for _, f := range failed {
		at := r.places[f.Index]
		r.failed = append(r.failed, at.line)
		if gone {
			continue // it has been said
		}
		status := r.sayRefused(at, f)
		if gone = status != exitUnaccepted; gone || f.Index == len(r.ops)-1 {
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
