package keepalived

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// trackerRows are the blocks of what routers track.
func trackerRows() []row[config.Config] {
	return []row[config.Config]{
		blockRow("vrrp_script", scriptTable,
			func(r *reader, s *statement, c *config.Config) *config.Script {
				return named(r, s, &c.Scripts, func(u *config.Script, name config.Text, where config.Position) { u.Name, u.Where = name, where })
			},
			func(c *config.Config, write func(*config.Script, config.Position, ...string)) {
				for i := range c.Scripts {
					write(&c.Scripts[i], c.Scripts[i].Where, quoteText(c.Scripts[i].Name.V))
				}
			}),
		blockRow("track_file vrrp_track_file", trackFileTable,
			func(r *reader, s *statement, c *config.Config) *config.TrackFile {
				return named(r, s, &c.TrackFiles, func(u *config.TrackFile, name config.Text, where config.Position) { u.Name, u.Where = name, where })
			},
			func(c *config.Config, write func(*config.TrackFile, config.Position, ...string)) {
				for i := range c.TrackFiles {
					write(&c.TrackFiles[i], c.TrackFiles[i].Where, quoteText(c.TrackFiles[i].Name.V))
				}
			}),
		blockRow("vrrp_track_process", trackProcessTable,
			func(r *reader, s *statement, c *config.Config) *config.TrackProcess {
				return named(r, s, &c.TrackProcesses, func(u *config.TrackProcess, name config.Text, where config.Position) { u.Name, u.Where = name, where })
			},
			func(c *config.Config, write func(*config.TrackProcess, config.Position, ...string)) {
				for i := range c.TrackProcesses {
					write(&c.TrackProcesses[i], c.TrackProcesses[i].Where, quoteText(c.TrackProcesses[i].Name.V))
				}
			}),
		bfdRow(),
	}
}

// scriptTable is vrrp_script.
var scriptTable = sync.OnceValue(func() table[config.Script] {
	return newTable("vrrp_script", []row[config.Script]{
		{names: "script", args: 1, lax: true, more: true, read: readScript, write: writeScript},
		userRow("user", func(c *config.Script) *config.Text { return &c.User }, func(c *config.Script) *config.Text { return &c.Group }),
		scriptTimeRow("interval", func(c *config.Script) *config.Span { return &c.Interval }),
		scriptTimeRow("timeout", func(c *config.Script) *config.Span { return &c.Timeout }),
		scriptWeightRow(),
		onceOrMoreRow("rise", func(c *config.Script) *config.Value[uint32] { return &c.Rise }),
		onceOrMoreRow("fall", func(c *config.Script) *config.Value[uint32] { return &c.Fall }),
		flagRow("init_fail", true, func(c *config.Script) *config.Flag { return &c.InitFail }),
	})
})

// readScript reads the command of a vrrp_script; the last line counts.
func readScript(r *reader, s *statement, c *config.Script) {
	line, rest, ok := r.commandWords(s)
	if !ok {
		return
	}
	c.Run = line
	if len(rest) > 0 {
		r.extraWords(s, rest)
	}
}

func writeScript(c *config.Script) []Line {
	return valueLine("script", c.Run, quoteCommand)
}

// scriptTimeRow is a time of a script. Since 2.3.2 keepalived knows milliseconds.
func scriptTimeRow(name string, field func(*config.Script) *config.Span) row[config.Script] {
	w := spanRow(name, 0, maxTimer, asKeepalived, field)
	read := w.read
	w.read = func(r *reader, s *statement, c *config.Script) {
		read(r, s, c)
		if v := field(c); v.IsSet() && v.V == 0 {
			r.warn(s.words[1].at, "", "%s must be greater than 0: taken as 1, as keepalived does", quote(name))
			v.Adjust(time.Second)
		}
	}
	return w
}

// maxPriorityChange changes every priority to the highest or the lowest.
const maxPriorityChange = 253

// scriptWeightRow is weight. keepalived takes any number, though it says otherwise.
func scriptWeightRow() row[config.Script] {
	w := weightRow(maxPriorityChange, false, func(c *config.Script) *config.Value[int32] { return &c.Weight }, func(c *config.Script) *config.Flag { return &c.Reverse })
	read := w.read
	w.read = func(r *reader, s *statement, c *config.Script) {
		n, err := strconv.Atoi(s.words[1].text)
		if err != nil || -maxPriorityChange <= n && n <= maxPriorityChange {
			read(r, s, c)
			return
		}
		r.warn(s.words[1].at, "", "weight %d is more than %d: taken as that, which comes to the same as in keepalived", n, maxPriorityChange)
		near := *s
		near.words = append([]word(nil), s.words...)
		near.words[1].text = strconv.Itoa(max(-maxPriorityChange, min(maxPriorityChange, n)))
		read(r, &near, c)
		c.Weight.Adjust(c.Weight.V)
	}
	return w
}

// onceOrMoreRow is rise or fall: another number counts as 1.
func onceOrMoreRow(name string, field func(*config.Script) *config.Value[uint32]) row[config.Script] {
	w := numberRow(name, 1, math.MaxInt32, tolerant, "", field)
	w.read = func(r *reader, s *statement, c *config.Script) {
		n, ok := r.number(s.words[1], 1, math.MaxInt32, tolerant, "taken as 1, as keepalived does")
		*field(c) = written(uint32(n), s)
		if !ok {
			field(c).Adjust(1)
		}
	}
	return w
}

// trackFileTable is track_file at the top level.
var trackFileTable = sync.OnceValue(func() table[config.TrackFile] {
	rows := lax(onceRow("file", func(f *config.TrackFile) *config.Text { return &f.File }))
	return newTable("track_file", append(rows,
		weightRow(254, true, func(f *config.TrackFile) *config.Value[int32] { return &f.Weight }, func(f *config.TrackFile) *config.Flag { return &f.Reverse }),
		row[config.TrackFile]{names: "init_file", more: true, read: readInitFile, write: writeInitFile},
	))
})

// readInitFile reads init_file [NUMBER] [overwrite].
func readInitFile(r *reader, s *statement, f *config.TrackFile) {
	f.Initial = written(int32(0), s)
	for _, w := range s.words[1:] {
		if w.text == "overwrite" {
			f.Overwrite = config.Write(true, w.at)
			continue
		}
		if n, ok := r.integer(w, math.MinInt32, math.MaxInt32, exact, asKeepalived); ok {
			f.Initial = config.Write(int32(n), w.at)
		}
	}
}

func writeInitFile(f *config.TrackFile) []Line {
	if !f.Initial.IsSet() {
		return nil
	}
	words := []string{"init_file", signed32(f.Initial.V)}
	if f.Overwrite.V {
		words = append(words, "overwrite")
	}
	return []Line{{Words: words, Where: f.Initial.Where}}
}

// trackProcessTable is vrrp_track_process.
var trackProcessTable = sync.OnceValue(func() table[config.TrackProcess] {
	fork := func(p *config.TrackProcess) *config.Span { return &p.ForkDelay }
	terminate := func(p *config.TrackProcess) *config.Span { return &p.TerminateDelay }
	return newTable("vrrp_track_process", []row[config.TrackProcess]{
		{names: "process", args: 1, more: true, read: readProcess, write: writeProcess},
		{names: "param_match", more: true, read: readParamMatch, write: writeParamMatch},
		weightRow(254, true, func(p *config.TrackProcess) *config.Value[int32] { return &p.Weight }, func(p *config.TrackProcess) *config.Flag { return &p.Reverse }),
		numberRow("quorum", 1, math.MaxUint16, tolerant, asKeepalived, func(p *config.TrackProcess) *config.Value[uint32] { return &p.Quorum }),
		numberRow("quorum_max", 0, math.MaxUint16, tolerant, asKeepalived, func(p *config.TrackProcess) *config.Value[uint32] { return &p.QuorumMax }),
		spanRow("fork_delay", time.Microsecond, time.Hour, asKeepalived, fork),
		spanRow("terminate_delay", time.Microsecond, time.Hour, asKeepalived, terminate),
		delayRow(fork, terminate),
		flagRow("full_command", true, func(p *config.TrackProcess) *config.Flag { return &p.FullCommand }),
	})
})

// delayRow is delay, which sets both.
func delayRow(fork, terminate func(*config.TrackProcess) *config.Span) row[config.TrackProcess] {
	w := only(spanRow("delay", time.Microsecond, time.Hour, asKeepalived, fork))
	read := w.read
	w.read = func(r *reader, s *statement, p *config.TrackProcess) {
		before := *fork(p)
		*fork(p) = config.Span{}
		read(r, s, p)
		if !fork(p).IsSet() {
			*fork(p) = before
			return
		}
		*terminate(p) = *fork(p)
	}
	return w
}

// readProcess reads the command of a process; the first line counts.
func readProcess(r *reader, s *statement, p *config.TrackProcess) {
	if p.Process.IsSet() {
		r.warn(s.at(), "", "%s is there a second time: %s; the first is in line %d", quote(s.keyword()), asKeepalived, p.Process.Where.Line)
		return
	}
	var argv config.CommandLine
	for _, w := range s.words[1:] {
		argv = append(argv, w.text)
	}
	p.Process = written(argv, s)
}

func writeProcess(p *config.TrackProcess) []Line {
	return valueLine("process", p.Process, func(argv config.CommandLine) string {
		words := make([]string, len(argv))
		for i, w := range argv {
			words[i] = quoteText(w)
		}
		return strings.Join(words, " ")
	})
}

func readParamMatch(r *reader, s *statement, p *config.TrackProcess) {
	switch {
	case len(s.words) == 1:
		p.ParamMatch = config.Write("exact", s.at())
	case s.words[1].text == "initial" || s.words[1].text == "partial":
		p.ParamMatch = written(s.words[1].text, s)
	default:
		r.warn(s.words[1].at, "the words are initial and partial", "unknown word %s behind %s: %s", quote(s.words[1].text), quote(s.keyword()), asKeepalived)
	}
}

func writeParamMatch(p *config.TrackProcess) []Line {
	if p.ParamMatch.IsSet() && p.ParamMatch.V == "exact" {
		return []Line{{Words: []string{"param_match"}, Where: p.ParamMatch.Where}}
	}
	return valueLine("param_match", p.ParamMatch, quoteText)
}
