package config

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// at gives values that were written at a line of k.conf.
func at[T any](v T, line int32) Value[T] { return Write(v, Position{"k.conf", line, 5}) }

// model is a small configuration; every test gets its own.
func model() *Config {
	ip := netip.MustParsePrefix
	ap := netip.MustParseAddrPort
	return &Config{
		Global:  Global{RouterID: at("lvs1", 2), Mail: Mail{Server: at("localhost", 3)}},
		Scripts: []Script{{Name: at("chk", 5), Run: at(CommandLine{"/bin/chk", "-v"}, 6), Where: Position{"k.conf", 5, 1}}},
		VirtualRouters: []VirtualRouter{
			{
				Name: at("VI_1", 10), Interface: at("eth0", 11), ID: at(uint8(51), 12), Priority: at(uint8(100), 13),
				Addresses: []VirtualAddress{{Prefix: at(ip("10.0.0.1/24"), 15), Where: Position{"k.conf", 15, 5}}},
				Track:     Tracking{Scripts: []Tracked{{Name: at("chk", 17), Where: Position{"k.conf", 17, 5}}}},
				Where:     Position{"k.conf", 10, 1},
			},
			{Name: at("VI_2", 20), Interface: at("eth1", 21), ID: at(uint8(52), 22), Priority: at(uint8(100), 23), Where: Position{"k.conf", 20, 1}},
		},
		VirtualServers: []VirtualServer{{
			Address: at(ap("10.0.0.1:80"), 30), Protocol: at(TCP, 31), Quorum: Value[uint32]{V: 1, State: Default},
			RealServers: []RealServer{
				{Address: at(ap("10.1.0.1:80"), 33), Weight: at(uint32(1), 34), Where: Position{"k.conf", 33, 5}},
				{Address: at(ap("10.1.0.2:80"), 36), Weight: at(uint32(2), 37), Where: Position{"k.conf", 36, 5}},
			},
			Where: Position{"k.conf", 30, 1},
		}},
	}
}

// messages are the diagnostics, one a line.
func messages(ds Diagnostics) string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(d.Where.String() + " " + string(d.Severity) + " " + d.Message + "\n")
	}
	return b.String()
}

func TestLint(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"nothing", func(*Config) {}, ""},
		{"an address in two routers", func(c *Config) {
			c.VirtualRouters[1].ExcludedAddresses = c.VirtualRouters[0].Addresses
		}, "k.conf:15:5 warning address 10.0.0.1 is also in VI_1, line 15: when the two have different masters, two hosts answer for it\n"},
		{"an address twice", func(c *Config) {
			v := &c.VirtualRouters[0]
			v.Addresses = append(v.Addresses, v.Addresses[0])
		}, "k.conf:15:5 warning address 10.0.0.1 stands twice in VI_1, also in line 15\n"},
		{"a weight on the owner", func(c *Config) {
			v := &c.VirtualRouters[0]
			v.Priority.V, v.Track.Scripts[0].Weight = 255, at(int32(-20), 17)
		}, "k.conf:17:5 warning the weight of chk has no effect on the owner of the addresses, whose priority stays 255\n"},
		{"nobody carries it", func(c *Config) { c.VirtualRouters[0].Addresses = nil },
			"k.conf:30:1 warning no virtual router here has the address 10.0.0.1 of this virtual server\n"},
		{"no routers, no carriers", func(c *Config) { c.VirtualRouters = nil }, ""},
		{"quorum", func(c *Config) { c.VirtualServers[0].Quorum = at(uint32(4), 32) },
			"k.conf:32:5 warning virtual_server 10.0.0.1:80: quorum 4 is never reached, all real servers together have weight 3\n"},
		{"weights of 0", func(c *Config) {
			for i := range c.VirtualServers[0].RealServers {
				c.VirtualServers[0].RealServers[i].Weight.V = 0
			}
		}, "k.conf:30:1 warning virtual_server 10.0.0.1:80: every real server has weight 0, so no client is ever served\n"},
		{"a circle", func(c *Config) { c.VirtualServers[0].RealServers[0].Address.V = c.VirtualServers[0].Address.V },
			"k.conf:33:5 warning the real server is the virtual server itself: packets would go round in a circle\n"},
		{"sorry", func(c *Config) {
			c.VirtualServers[0].Sorry = &SorryServer{Address: c.VirtualServers[0].RealServers[0].Address, Where: Position{"k.conf", 40, 1}}
		}, "k.conf:40:1 warning the sorry server 10.1.0.1:80 is also a real server: it is gone when the pool is\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := model()
			c.change(m)
			if diff := cmp.Diff(c.want, messages(Lint(m))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// fakeHost has what it lists.
type fakeHost struct {
	interfaces, users string
	scripts           map[string]error
}

func (h fakeHost) HasInterface(name string) (bool, error) {
	return strings.Contains(h.interfaces, name), nil
}
func (h fakeHost) HasUser(name string) bool { return strings.Contains(h.users, name) }
func (h fakeHost) Script(program, user string, secure bool) error {
	if user == "weak" && secure {
		return errors.New("insecure")
	}
	return h.scripts[program]
}

func TestCheckHost(t *testing.T) {
	m := model()
	m.Global.Scripts.Security = at(true, 4)
	m.Scripts[0].User = at("web", 7)
	host := fakeHost{interfaces: "eth0", scripts: map[string]error{"/bin/chk": errors.New("no such file")}}
	want := `k.conf:21:5 warning interface eth1 of vrrp_instance VI_2 is not there: it does not run until it comes
k.conf:6:5 warning vrrp_script chk cannot run: no such file; it counts as failed
k.conf:17:5 warning vrrp_instance "VI_1" tracks script "chk", which cannot run: it cannot become master, while keepalived ignores this and goes on
k.conf:7:5 warning there is no user web on this host: what should run as it does not run
`
	if diff := cmp.Diff(want, messages(CheckHost(m, host, Options{}))); diff != "" {
		t.Error(diff)
	}
	if f := m.VirtualRouters[0].Faults; len(f) != 1 || f[0].Reason != "the tracked script chk cannot run: no such file" {
		t.Errorf("faults %v", f)
	}
	compat := model()
	CheckHost(compat, host, Options{KeepalivedCompat: true})
	if f := compat.VirtualRouters[0].Faults; len(f) > 0 {
		t.Errorf("in keepalived's way there are faults: %v", f)
	}
	weighted := model()
	weighted.VirtualRouters[0].Track.Scripts[0].Weight = at(int32(-20), 17)
	if CheckHost(weighted, host, Options{}); len(weighted.VirtualRouters[0].Faults) > 0 {
		t.Error("a script with weight holds the router")
	}
}

func TestIdle(t *testing.T) {
	want := `k.conf:2:5 warning "router_id" is accepted and not used
k.conf:3:5 warning "smtp_server" is accepted and not used: no mail is sent
k.conf:5:1 warning "vrrp_script" is accepted and not used: the script does not run, so its failure does not move the addresses
k.conf:17:5 warning "track_script" is accepted and not used: the scripts do not run, so a failure does not move the addresses
`
	said := Idle(model())
	if diff := cmp.Diff(want, messages(said)); diff != "" {
		t.Error(diff)
	}
	if p := said[3].Part; p != VirtualRouters {
		t.Errorf("part %q", p)
	}
	resolved := model()
	Resolve(resolved, Options{})
	if n := len(Idle(resolved)); n != len(said) {
		t.Errorf("defaults are told too: %d", n)
	}
}

func TestDiff(t *testing.T) {
	if d := Diff(model(), model()); len(d) > 0 {
		t.Errorf("a model differs from itself: %v", d)
	}
	to := model()
	to.Global.RouterID = at("lvs2", 2)
	to.VirtualRouters[0].Priority = at(uint8(150), 13)
	to.VirtualRouters = to.VirtualRouters[:1]
	to.VirtualServers[0].Persistence = at(50*time.Second, 32)
	to.VirtualServers[0].RealServers[1].Weight = at(uint32(5), 37)
	to.VirtualServers[0].RealServers[0].Address = at(netip.MustParseAddrPort("10.1.0.9:80"), 33)
	to.VirtualServers[0].Quorum = at(uint32(1), 31) // the default, written
	to.VirtualServers[0].QuorumUp = &Command{Run: at(CommandLine{"/up"}, 38), Where: Position{"k.conf", 38, 1}}
	var got strings.Builder
	for _, c := range Diff(model(), to) {
		got.WriteString(string(c.Kind) + " " + c.Path + ": " + c.From + " -> " + c.To + "\n")
	}
	want := `changed global router_id: lvs1 -> lvs2
changed virtual_routers VI_1 priority: 100 -> 150
removed virtual_routers VI_2:  -> 
changed virtual_servers TCP 10.0.0.1:80 persistence:  -> 50s
added virtual_servers TCP 10.0.0.1:80 quorum_up:  -> 
added virtual_servers TCP 10.0.0.1:80 real_servers 10.1.0.9:80:  -> 
changed virtual_servers TCP 10.0.0.1:80 real_servers 10.1.0.2:80 weight: 2 -> 5
removed virtual_servers TCP 10.0.0.1:80 real_servers 10.1.0.1:80:  -> 
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

// A changed secret is a change, and is not shown.
// Of members that nothing tells apart, those that stayed must not show.
func TestDiffAlike(t *testing.T) {
	entries := func(ports ...uint16) *Config {
		var g ServerGroup
		g.Name = at("g", 1)
		for _, p := range ports {
			var e ServerGroupEntry
			e.Range, e.Port = at("10.0.0.1", 2), at(p, 2)
			g.Entries = append(g.Entries, e)
		}
		return &Config{ServerGroups: []ServerGroup{g}}
	}
	for _, c := range []struct {
		from, to *Config
		want     string
	}{
		{entries(80, 443), entries(80, 443), ""},
		{entries(80, 443), entries(443, 80), ""},
		{entries(80, 443), entries(80, 8443), "server_groups g entries 10.0.0.1 port: 443 -> 8443\n"},
		{entries(80, 443), entries(443), "server_groups g entries 10.0.0.1:  -> \n"},
	} {
		got := ""
		for _, d := range Diff(c.from, c.to) {
			got += d.Path + ": " + d.From + " -> " + d.To + "\n"
		}
		if got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestDiffSecret(t *testing.T) {
	from, to := model(), model()
	from.VirtualRouters[0].Authentication = &Authentication{Password: at(Secret("1111"), 9)}
	to.VirtualRouters[0].Authentication = &Authentication{Password: at(Secret("2222"), 9)}
	d := Diff(from, to)
	if len(d) != 1 || d[0].From != Hidden || d[0].To != Hidden {
		t.Errorf("%+v", d)
	}
}

func TestCommentIndex(t *testing.T) {
	comment := func(line int32, text string, alone bool) Comment {
		return Comment{Where: Position{"k.conf", line, 1}, Text: text, Alone: alone}
	}
	x := NewCommentIndex(model(), []Comment{
		comment(1, "top", true), comment(9, "router", true), comment(10, "one", false),
		comment(16, "tracks", true), comment(99, "end", true),
	})
	for _, c := range []struct {
		line          int32
		above, behind string
	}{{2, "top", ""}, {10, "router", "one"}, {10, "", ""}, {11, "", ""}} {
		above, behind := x.At(Position{"k.conf", c.line, 7})
		if strings.Join(above, "|") != c.above || behind != c.behind {
			t.Errorf("line %d: %q, %q", c.line, above, behind)
		}
	}
	if rest := strings.Join(x.Rest(), "|"); rest != "tracks|end" {
		t.Errorf("rest %q", rest)
	}
}

func TestAnnotations(t *testing.T) {
	ds := Diagnostics{
		{Severity: Warning, Where: Position{"a,b.conf", 3, 4}, Message: "50% of\nit", Hint: "none"},
		{Severity: Error, Where: Position{"c.conf", 0, 0}, Message: "bad"},
		{Severity: Error, Where: Position{"c.conf", 9, 1}, Message: "bad"},
	}
	want := "::warning file=a%2Cb.conf,line=3,col=4,title=lvsctl::50%25 of%0Ait%0Ahint: none\n" +
		"::error file=c.conf,line=1,col=1,title=lvsctl::bad\n" +
		"::error file=c.conf,line=9,col=1,title=lvsctl::bad\n"
	if diff := cmp.Diff(want, ds.GitHub()); diff != "" {
		t.Error(diff)
	}
	text, err := ds.GitLab()
	if err != nil {
		t.Fatal(err)
	}
	var got []issue
	if err := json.Unmarshal(text, &got); err != nil || len(got) != 3 {
		t.Fatalf("%v: %s", err, text)
	}
	if got[0].Severity != "minor" || got[1].Severity != "blocker" || got[1].Location.Lines.Begin != 1 || got[1].Fingerprint == got[2].Fingerprint {
		t.Errorf("%s", text)
	}
}

func TestInOrder(t *testing.T) {
	ds := Diagnostics{
		{Where: Position{"b", 5, 1}}, {Where: Position{"a", 9, 1}}, {Where: Position{"b", 1, 2}}, {Where: Position{"b", 1, 1}},
	}
	if diff := cmp.Diff("b:1:1   \nb:1:2   \nb:5:1   \na:9:1   \n", strings.ReplaceAll(messages(ds.InOrder()), "  \n", "   \n")); diff != "" {
		t.Error(diff)
	}
}

func TestCommandLine(t *testing.T) {
	for _, words := range []CommandLine{
		{"/bin/a"}, {"/bin/a b", "it's", `say "no"`, `back\slash`, "", "tab\there"}, {"'", `"`, `'"`, `\`},
	} {
		text, err := words.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back CommandLine
		if err := back.UnmarshalText(text); err != nil || !cmp.Equal(words, back) {
			t.Errorf("%q became %q: %v", text, back, err)
		}
	}
	for _, bad := range []string{"", "  ", `"open`, "'open"} {
		if err := new(CommandLine).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is a command", bad)
		}
	}
}

func TestStatusSet(t *testing.T) {
	var s StatusSet
	if err := s.UnmarshalText([]byte("200-204, 301 404")); err != nil || s.String() != "200-204,301,404" {
		t.Errorf("%v, %v", s, err)
	}
	for code, want := range map[int]bool{199: false, 200: true, 204: true, 205: false, 301: true, 404: true} {
		if s.Has(code) != want {
			t.Errorf("%d: %t", code, !want)
		}
	}
	for _, bad := range []string{"", "99", "600", "300-200", "2xx", "-5"} {
		if err := s.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is a set", bad)
		}
	}
}

func TestFolded(t *testing.T) {
	d := func(file string, line int32, message string) Diagnostic {
		return Diagnostic{Severity: Warning, Where: Position{file, line, 1}, Message: message}
	}
	ds := Diagnostics{d("a", 1, "x"), d("a", 2, "y"), d("b", 3, "x"), d("a", 4, "x")}
	for line := int32(10); line < 22; line++ {
		ds = append(ds, d("a", line, "y"))
	}
	var got strings.Builder
	for _, f := range ds.Folded() {
		got.WriteString(f.String())
	}
	want := "a:1:1: warning: x\n    the same in line 4\n" +
		"a:2:1: warning: y\n    the same in lines 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 and 2 more\n" +
		"b:3:1: warning: x\n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}
