package config

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// goodService is a virtual server that nothing has to be put right of.
func goodService() VirtualServer {
	return VirtualServer{
		Address:    Write(netip.MustParseAddrPort("10.0.0.1:80"), onLine(1)),
		Protocol:   Write(TCP, onLine(2)),
		Scheduler:  Write("rr", onLine(3)),
		Forwarding: Forwarding{Method: Write(DR, onLine(4))},
		RealServers: []RealServer{{
			Address: Write(netip.MustParseAddrPort("10.0.0.2:80"), onLine(5)), Where: onLine(5),
			Checks: []Check{{Kind: Write(CheckTCP, onLine(6)), Where: onLine(6)}},
		}},
		Where: onLine(1),
	}
}

func onLine(n int32) Position { return Position{File: "k.conf", Line: n, Column: 1} }

// TestServiceFixes breaks a good virtual server in each way there is. keepalived
// puts it right with a word; strictly it is an error.
func TestServiceFixes(t *testing.T) {
	for _, c := range []struct {
		name string
		with func(*VirtualServer)
		want string
	}{
		{"protocol", func(s *VirtualServer) { s.Protocol.Clear() }, "has no protocol"},
		{"scheduler", func(s *VirtualServer) { s.Scheduler.Clear() }, "has no lb_algo"},
		{"method", func(s *VirtualServer) { s.Forwarding.Method.Clear() }, "has no lb_kind"},
		{"real servers", func(s *VirtualServer) { s.RealServers = nil }, "has no real server"},
		{"family", func(s *VirtualServer) {
			s.RealServers[0].Address = Write(netip.MustParseAddrPort("[fd00::2]:80"), onLine(5))
		}, "another address family"},
		{"port", func(s *VirtualServer) {
			s.RealServers[0].Address = Write(netip.MustParseAddrPort("10.0.0.2:81"), onLine(5))
		}, "port 81 is not that of the virtual server"},
		{"every port", func(s *VirtualServer) { s.Address = Write(netip.MustParseAddrPort("10.0.0.1:0"), onLine(1)) }, "must be persistent"},
		{"quorum", func(s *VirtualServer) { s.Quorum = Write[uint32](3, onLine(7)) }, "quorum 3 is more than"},
		{"hysteresis", func(s *VirtualServer) { s.Hysteresis = Write[uint32](3, onLine(7)) }, "hysteresis 3 is not below"},
		{"one packet", func(s *VirtualServer) { s.OnePacket = Write(true, onLine(7)) }, "only UDP packets"},
		{"flag", func(s *VirtualServer) { s.SchedulerFlags = Write([]string{"sh-port"}, onLine(7)) }, "flag of the scheduler sh"},
		{"duplicate", func(s *VirtualServer) { s.RealServers = append(s.RealServers, s.RealServers[0]) }, "second real_server"},
		{"sorry server", func(s *VirtualServer) {
			s.Sorry = &SorryServer{Address: Write(netip.MustParseAddrPort("[fd00::2]:80"), onLine(7)), Where: onLine(7)}
		}, "another address family"},
		{"group", func(s *VirtualServer) { s.Group = Write("nobody", onLine(7)) }, "no virtual_server_group"},
		{"family of the address", func(s *VirtualServer) { s.Family = Write("inet6", onLine(7)) }, "is not that of the address"},
		{"source", func(s *VirtualServer) {
			s.RealServers[0].Checks[0].Source = &CheckSource{Address: Write(netip.MustParseAddr("fd00::1"), onLine(7))}
		}, "source address fd00::1"},
	} {
		for _, strict := range []bool{false, true} {
			s := goodService()
			c.with(&s)
			said := Resolve(&Config{VirtualServers: []VirtualServer{s}}, Options{Strict: strict})
			d := find(said, c.want)
			switch {
			case d == nil:
				t.Errorf("%s, strict %t: nothing with %q in %v", c.name, strict, c.want, said)
			case strict && d.Severity != Error || !strict && (d.Severity != Warning || !strings.HasSuffix(d.Message, ", as keepalived does")):
				t.Errorf("%s, strict %t: %s %q", c.name, strict, d.Severity, d.Message)
			case d.Part != VirtualServers || d.Where.Line == 0:
				t.Errorf("%s: %+v", c.name, *d)
			}
		}
	}
}

func find(said Diagnostics, text string) *Diagnostic {
	for i := range said {
		if strings.Contains(said[i].Message, text) {
			return &said[i]
		}
	}
	return nil
}

// TestGoodService says nothing, and fills in what keepalived fills in.
func TestGoodService(t *testing.T) {
	for _, strict := range []bool{false, true} {
		c := Config{VirtualServers: []VirtualServer{goodService()}}
		if said := Resolve(&c, Options{Strict: strict}); len(said) > 0 {
			t.Errorf("said %v", said)
		}
		s := &c.VirtualServers[0]
		m := &s.RealServers[0]
		k := &m.Checks[0]
		if m.Weight.V != 1 || m.Forwarding.Method.V != DR || m.Forwarding.Method.State != Inherited || s.Quorum.V != 1 {
			t.Errorf("real server %+v", *m)
		}
		if k.Address.V != m.Address.V.Addr() || k.Port.V != 80 || k.Times.Timeout.V != 5*time.Second ||
			k.Times.Interval.V != time.Minute || k.Times.Retries.V != 1 || k.Times.RetryDelay.V != time.Second || k.Times.Warmup.V != time.Minute {
			t.Errorf("check %+v", *k)
		}
	}
}

// TestDrainedService has no weight at all, which nobody has to be told in YAML: the
// default quorum is no wish of the operator.
func TestDrainedService(t *testing.T) {
	s := goodService()
	s.RealServers[0].Weight = Write[uint32](0, onLine(5))
	c := Config{VirtualServers: []VirtualServer{s}}
	if said := Resolve(&c, Options{Strict: true}); len(said) > 0 {
		t.Errorf("said %v", said)
	}
	if q := c.VirtualServers[0].Quorum; q.V != 0 || q.IsSet() {
		t.Errorf("quorum %+v", q)
	}
}

// TestIncompleteChecks never pass, unless they are to be left out as keepalived does.
func TestIncompleteChecks(t *testing.T) {
	for kind, lack := range map[CheckKind]string{
		CheckHTTP: "has no url", CheckHTTPS: "has no url", CheckExec: "has no misc_path", CheckBFD: "has no name", CheckFile: "has no track_file",
	} {
		for _, o := range []Options{{}, {KeepalivedCompat: true}, {Strict: true}} {
			s := goodService()
			s.RealServers[0].Checks[0].Kind = Write(kind, onLine(6))
			c := Config{VirtualServers: []VirtualServer{s}}
			d := find(Resolve(&c, o), lack)
			checks := c.VirtualServers[0].RealServers[0].Checks
			switch {
			case d == nil || (d.Severity == Error) != o.Strict:
				t.Errorf("%s %+v: %+v", kind, o, d)
			case o.KeepalivedCompat && len(checks) != 0:
				t.Errorf("%s stays: %+v", kind, checks)
			case !o.KeepalivedCompat && (len(checks) != 1 || checks[0].Kind.V != CheckUnknown || checks[0].Unknown.V != kind.Name()):
				t.Errorf("%s could pass: %+v", kind, checks)
			}
		}
	}
}

// TestJoinedServices puts two thousand blocks of one service together, in no time.
func TestJoinedServices(t *testing.T) {
	var c Config
	for i := range 2000 {
		s := goodService()
		s.RealServers[0].Address.V = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 80)
		c.VirtualServers = append(c.VirtualServers, s)
	}
	start := time.Now()
	said := Resolve(&c, Options{})
	if len(c.VirtualServers) != 1 || len(c.VirtualServers[0].RealServers) != 2000 || len(said) != 1999 {
		t.Errorf("%d services, said %d", len(c.VirtualServers), len(said))
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
}
