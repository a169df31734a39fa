package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// trackers resolves scripts, track files, processes and BFD sessions.
func (r *resolver) trackers() {
	r.part = VirtualRouters
	c := r.config
	c.Scripts = unique(r, c.Scripts, "vrrp_script", "script", func(s *Script) (Text, Position) { return s.Name, s.Where })
	c.TrackFiles = unique(r, c.TrackFiles, "track_file", "track file", func(f *TrackFile) (Text, Position) { return f.Name, f.Where })
	c.TrackProcesses = unique(r, c.TrackProcesses, "vrrp_track_process", "track process", func(p *TrackProcess) (Text, Position) { return p.Name, p.Where })
	c.BFD = unique(r, c.BFD, "bfd_instance", "BFD session", func(b *BFD) (Text, Position) { return b.Name, b.Where })
	r.tracked = map[trackerKind]map[string]tracker{scripts: {}, files: {}, processes: {}, sessions: {}}
	r.neighbors = map[[2]netip.Addr]string{}
	for i := range c.Scripts {
		r.trackScript(&c.Scripts[i])
	}
	for i := range c.TrackFiles {
		r.trackFile(&c.TrackFiles[i])
	}
	for i := range c.TrackProcesses {
		r.trackProcess(&c.TrackProcesses[i])
	}
	for i := range c.BFD {
		r.bfdSession(&c.BFD[i])
	}
}

// trackerKind is a kind of what routers track, as messages name it.
type trackerKind string

const (
	scripts   trackerKind = "script"
	files     trackerKind = "file"
	processes trackerKind = "process"
	sessions  trackerKind = "BFD session"
)

// tracker is something that routers can track.
type tracker struct {
	where   Position
	weight  Value[int32]
	reverse Flag
	broken  string // why its result is never known, "" if it is
	down    bool   // keepalived takes it for one that is down, instead of leaving it out
}

// define notes a tracker, and says what is wrong with it.
func (r *resolver) define(kind trackerKind, name Text, t tracker) {
	r.tracked[kind][name.V] = t
	if t.broken == "" {
		return
	}
	what := fmt.Sprintf("%s %s %s", kind, strconv.Quote(name.V), t.broken)
	if r.Strict {
		r.fail(t.where, "", "%s", what)
		return
	}
	effect := "keepalived leaves it out"
	if t.down {
		effect = "it never comes up"
	}
	r.warn(t.where, "", "%s: %s", what, effect)
}

func (r *resolver) trackScript(s *Script) {
	s.User.Inherit(r.config.Global.Scripts.User)
	if !s.User.IsSet() {
		s.Group.Inherit(r.config.Global.Scripts.Group)
	}
	s.Interval.Default(time.Second)
	s.Timeout.Inherit(s.Interval)
	s.Weight.Default(0)
	s.Reverse.Default(false)
	s.Rise.Default(1)
	s.Fall.Default(1)
	s.InitFail.Default(false)
	broken := ""
	if !s.Run.IsSet() {
		broken = "has no command"
	}
	r.define(scripts, s.Name, tracker{s.Where, s.Weight, s.Reverse, broken, false})
}

func (r *resolver) trackFile(f *TrackFile) {
	f.Weight.Default(1)
	f.Reverse.Default(false)
	broken := ""
	if !f.File.IsSet() {
		broken = "has no path"
	}
	r.define(files, f.Name, tracker{f.Where, f.Weight, f.Reverse, broken, false})
}

func (r *resolver) trackProcess(p *TrackProcess) {
	p.Weight.Default(0)
	p.Reverse.Default(false)
	if p.ParamMatch.IsSet() || len(p.Process.V) > 1 {
		p.FullCommand.Default(true)
	}
	p.FullCommand.Default(false)
	p.ParamMatch.Default("exact")
	r.processQuorum(p)
	p.ForkDelay.Default(0)
	p.TerminateDelay.Default(0)
	broken := ""
	if !p.Process.IsSet() {
		broken = "has no command"
	}
	r.define(processes, p.Name, tracker{p.Where, p.Weight, p.Reverse, broken, false})
}

// quorum settles how many processes there must be. A maximum of 0 asks for none.
func (r *resolver) processQuorum(p *TrackProcess) {
	most := p.QuorumMax
	switch {
	case !most.IsSet():
	case most.V == 0 && p.Quorum.V <= 1:
		p.Quorum.Default(0)
	case most.V < p.Quorum.V:
		r.fix(most.Where, "", fmt.Sprintf("quorum_max %d is less than quorum %d", most.V, p.Quorum.V), "ignored")
		p.QuorumMax.Clear()
	}
	p.Quorum.Default(1)
}

func (r *resolver) bfdSession(b *BFD) {
	b.MinRx.Default(10 * time.Millisecond)
	b.MinTx.Default(10 * time.Millisecond)
	b.IdleTx.Default(time.Second)
	b.Multiplier.Default(5)
	b.Passive.Default(false)
	b.Multihop.Default(false)
	b.Weight.Default(0)
	b.Reverse.Default(false)
	r.hops(b)
	broken := ""
	switch {
	case !b.Neighbor.IsSet():
		broken = "has no neighbour"
	case b.Source.IsSet() && b.Source.V.Is6() != b.Neighbor.V.Is6():
		broken = "has addresses of two families"
	case r.neighbors[[2]netip.Addr{b.Neighbor.V, b.Source.V}] != "":
		broken = "has the addresses of session " + strconv.Quote(r.neighbors[[2]netip.Addr{b.Neighbor.V, b.Source.V}])
	case b.Checker.V && !b.VRRP.V:
		r.tracked[sessions][b.Name.V] = tracker{where: b.Where, broken: "is only for real servers"}
		return
	}
	if broken == "" {
		r.neighbors[[2]netip.Addr{b.Neighbor.V, b.Source.V}] = b.Name.V
	}
	r.define(sessions, b.Name, tracker{b.Where, b.Weight, b.Reverse, broken, broken != ""})
}

// hops settles how far away the neighbour may be.
func (r *resolver) hops(b *BFD) {
	if b.Neighbor.V.Is6() {
		b.TTL.Default(64)
	}
	b.TTL.Default(255)
	b.MaxHops.Default(0)
	if b.MaxHops.V > int16(b.TTL.V) {
		r.fix(b.MaxHops.Where, "", fmt.Sprintf("max_hops %d is more than the ttl %d", b.MaxHops.V, b.TTL.V), "taken as the ttl")
		b.MaxHops.Adjust(int16(b.TTL.V))
	}
}
