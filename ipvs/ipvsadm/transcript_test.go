package ipvsadm_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/ipvstest"
)

// testdata/golden tells what ipvsadm 1.31 did, one story per file, each in a table of
// its own. The real programs wrote the answers, in the lab (make goldens):
//
//	run           each line is a command line
//	status        the same, but what is printed is left out of the answer
//	differs       the same, and lvsctl does otherwise; the comment says why. With
//	              arguments it is one command line that reads the input.
//	ipvsadm …     one command line that reads the input; \r \t \0 stand for what they
//	              mean, \c ends the input. So with ipvsadm-save and ipvsadm-restore.
//	fresh         a table with these rules
//	connections   the text of /proc/net/ip_vs_conn from now on
//
// The answer repeats the command line behind a $, then comes what it printed ($ at the
// end of a line that ends with blanks), its errors, its exit status unless that is 0,
// and which lines of ipvsadm -Sn came and went.
const goldenDir = "testdata/golden"

// machine is where the programs run: on an empty table, with the names of testdata
// and these interfaces.
type machine interface {
	fresh(t *testing.T)
	connections(t *testing.T, text string)
	run(t *testing.T, argv []string, in string) result
	table(t *testing.T) ipvs.Table
	save(t *testing.T) string // what ipvsadm -Sn prints, the real one if there is one
}

var interfaces = []ipvstest.Interface{
	{Name: "lo", MTU: 65536},
	{Name: "eth0", MTU: 1500, Network: netip.MustParsePrefix("10.8.0.0/24")},
	{Name: "down0", MTU: 1500, Down: true},
}

// replayGoldens runs all stories that are wanted on a machine. judge says what to take for the answer.
func replayGoldens(t *testing.T, m machine, wanted func(name string) bool, judge func(t *testing.T, d *datadriven.TestData, got []step) string) {
	datadriven.Walk(t, goldenDir, func(t *testing.T, path string) {
		if !wanted(filepath.Base(path)) {
			return
		}
		s := session{machine: m}
		s.begin(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return judge(t, d, s.carryOut(t, d))
		})
	})
}

// session is a story that is being told.
type session struct {
	machine
	last  ipvs.Table
	saved []string // lines of -Sn
}

func (s *session) begin(t *testing.T) {
	s.fresh(t)
	s.last, s.saved = nil, nil
}

func (s *session) carryOut(t *testing.T, d *datadriven.TestData) (steps []step) {
	switch d.Cmd {
	case "fresh":
		s.begin(t)
		if d.Input != "" {
			s.fill(t, d.Input)
		}
	case "connections":
		s.connections(t, d.Input+"\n")
	case "ipvsadm", "ipvsadm-save", "ipvsadm-restore":
		steps = []step{s.step(t, d.Cmd+arguments(d), input(d.Input))}
	case "run", "status", "differs":
		if len(d.CmdArgs) > 0 {
			return []step{s.step(t, strings.TrimSpace(arguments(d)), input(d.Input))}
		}
		for line := range strings.SplitSeq(d.Input, "\n") {
			steps = append(steps, s.step(t, line, ""))
		}
	default:
		d.Fatalf(t, "no such command: %s", d.Cmd)
	}
	if d.Cmd == "status" {
		for i := range steps {
			steps[i].out = ""
		}
	}
	return steps
}

func (s *session) fill(t *testing.T, rules string) {
	if done := s.step(t, "ipvsadm -R", rules+"\n"); done.status != 0 || done.out+done.errors != "" {
		t.Fatalf("fill the table: %+v", done)
	}
}

func arguments(d *datadriven.TestData) (line string) {
	for _, a := range d.CmdArgs {
		line += " " + a.String()
	}
	return line
}

func input(text string) string {
	text, _, ended := strings.Cut(text, `\c`)
	if !ended {
		text += "\n"
	}
	return strings.NewReplacer(`\r`, "\r", `\t`, "\t", `\0`, "\x00").Replace(text)
}

// step is a command line and what came of it.
type step struct {
	line string
	result
	table []string // what came and went
}

func (s *session) step(t *testing.T, line, in string) step {
	argv := unquoteAll(line)
	done := step{line: line, result: s.run(t, argv, in)}
	now := s.table(t)
	if reflect.DeepEqual(now, s.last) {
		return done
	}
	before := s.saved
	s.last, s.saved = now, strings.Split(strings.TrimSuffix(s.save(t), "\n"), "\n")
	done.table = append(without("- ", before, s.saved), without("+ ", s.saved, before)...)
	return done
}

// without gives the lines that are in one list but not in another.
func without(sign string, lines, other []string) (left []string) {
	in := map[string]bool{"": true}
	for _, line := range other {
		in[line] = true
	}
	for _, line := range lines {
		if !in[line] {
			left = append(left, sign+line)
		}
	}
	return left
}

const (
	errorMark  = "err: "
	statusMark = "status: "
	tableMark  = "table: "
)

func (s step) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "$ %s\n%s", s.line, visible(s.out))
	for line := range strings.Lines(s.errors) {
		b.WriteString(visible(errorMark + line))
	}
	if s.status != 0 {
		fmt.Fprintf(&b, "%s%d\n", statusMark, s.status)
	}
	for _, line := range s.table {
		fmt.Fprintf(&b, "%s%s\n", tableMark, line)
	}
	return b.String()
}

func text(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(s.String())
	}
	return b.String()
}

// inTheirWords puts the errors of an answer in place of ours where ours begin with
// them: lvsctl may say more.
func inTheirWords(steps []step, answer string) string {
	theirs := errorsOf(answer)
	for i := range min(len(steps), len(theirs)) {
		if beginLike(steps[i].errors, theirs[i]) {
			steps[i].errors = theirs[i]
		}
	}
	return text(steps)
}

// errorsOf gives what was written to standard error in each step of an answer.
func errorsOf(answer string) (all []string) {
	for line := range strings.Lines(answer) {
		message, isError := strings.CutPrefix(strings.Replace(line, " $\n", " \n", 1), errorMark)
		switch {
		case strings.HasPrefix(line, "$ "):
			all = append(all, "")
		case isError && len(all) > 0:
			all[len(all)-1] += message
		}
	}
	return all
}

// beginLike tells whether our lines begin as theirs do. Theirs that are indented only
// explain, and the question at the end is our hint.
func beginLike(ours, theirs string) bool {
	if (ours == "") != (theirs == "") {
		return false
	}
	left := strings.Split(ours, "\n")
	for line := range strings.Lines(theirs) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == ' ' || strings.HasPrefix(line, "Are you sure that") {
			continue
		}
		for len(left) > 0 && !strings.HasPrefix(left[0], line) {
			left = left[1:]
		}
		if len(left) == 0 {
			return false
		}
		left = left[1:]
	}
	return true
}

// likeTheReal is the judge of lvsctl: all must be as it is written, except where it
// is known to differ; there it must.
func likeTheReal(t *testing.T, d *datadriven.TestData, got []step) string {
	if d.Rewrite {
		d.Fatalf(t, "only the real ipvsadm writes these answers: make goldens")
	}
	answer := inTheirWords(got, d.Expected)
	if d.Cmd != "differs" {
		return answer
	}
	if answer == d.Expected {
		d.Fatalf(t, "lvsctl is said to differ, but does not")
	}
	return d.Expected
}

// The stories, told by lvsctl to a kernel in memory.
func TestGoldens(t *testing.T) {
	replayGoldens(t, &inMemory{names: readBook(t, "testdata/hosts", "testdata/services")}, always, likeTheReal)
}

func always(string) bool { return true }

type inMemory struct {
	kernel *ipvstest.Kernel
	names  book
}

func (m *inMemory) fresh(*testing.T) {
	m.kernel = ipvstest.New()
	m.kernel.Interfaces(interfaces...)
	m.kernel.Proc("ip_vs_conn", noConnections)
}

func (m *inMemory) connections(_ *testing.T, text string) { m.kernel.Proc("ip_vs_conn", text) }

func (m *inMemory) table(*testing.T) ipvs.Table { return m.kernel.Table() }

func (m *inMemory) save(t *testing.T) string {
	return m.run(t, []string{"ipvsadm", "-Sn"}, "").out
}

func (m *inMemory) run(_ *testing.T, argv []string, in string) result {
	return call(m.kernel, argv, in, m.names)
}

// Errors that say something else, or nothing, are no errors that say more.
func TestBeginLike(t *testing.T) {
	for _, tc := range []struct {
		ours, theirs string
		want         bool
	}{
		{"", "", true},
		{"No such service (FWM 1)\n", "No such service\n", true},
		{"No such service (FWM 1)\nhint: x\n", "No such service\nAre you sure that\n  not\n\n", true},
		{"Service\n", "No such service\n", false},
		{"", "No such service\n", false},
		{"No such service\n", "", false},
		{"b\na\n", "a\nb\n", false},
		{"a\n", "a\na\n", false},
	} {
		if got := beginLike(tc.ours, tc.theirs); got != tc.want {
			t.Errorf("%q beside %q: %v", tc.ours, tc.theirs, got)
		}
	}
	steps := []step{{line: "x", result: result{errors: "ab\n"}}, {line: "y", result: result{status: 2, errors: "c\n"}}}
	const answer = "$ x\nerr: a\n$ y\nerr: d\nstatus: 2\n"
	if d := cmp.Diff("$ x\nerr: a\n$ y\nerr: c\nstatus: 2\n", inTheirWords(steps, answer)); d != "" {
		t.Error(d)
	}
}
