package document_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/ipvs/document"
)

// A file that names no services does not say that there shall be none.
func TestNoServices(t *testing.T) {
	const schema = "schema: lvsctl.ipvs/v1\n"
	for text, none := range map[string]bool{
		"": false, "# nothing\n": false, schema: false, `{"schema": "lvsctl.ipvs/v1"}`: false,
		schema + "services: []": true, `{"schema": "lvsctl.ipvs/v1", "services": []}`: true,
	} {
		got, err := document.Read("f", text, noNames{})
		if err != nil || (got.Table != nil) != none {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestRecognize(t *testing.T) {
	for text, want := range map[string]document.Format{
		"":                                document.Rules,
		"# nothing\n\n":                   document.Rules,
		"-A -t 192.0.2.1:80\n":            document.Rules,
		"# rules\n  -A -t 192.0.2.1:80\n": document.Rules,
		"--add-service -t 192.0.2.1:80\n": document.Rules,
		"ipvsadm -A -t 192.0.2.1:80\n":    document.Rules,
		"---\nschema: x\n":                document.YAML,
		"# yaml\nschema: x\n":             document.YAML,
		"- protocol: tcp\n":               document.YAML,
		"\n {\"schema\": \"x\"}":          document.JSON,
		"[]":                              document.JSON,
	} {
		if got := document.Recognize(text); got != want {
			t.Errorf("%q: form %d, want %d", text, got, want)
		}
	}
}

// What the defaults are, and that the short forms of a hand-written file do.
func TestReadDefaults(t *testing.T) {
	const text = `# web
schema: lvsctl.ipvs/v1
services:
  - protocol: tcp
    address: 192.0.2.1
    port: 80
    servers:
      - address: 10.0.0.1
      - {address: 10.0.0.2, port: 8080, forward: masq, weight: 0}
  - {protocol: fwm, fwmark: 7, family: ipv6, scheduler: sh, scheduler_flags: [sh-port, flag-1], netmask: 64}
`
	got, err := document.Read("web.yaml", text, noNames{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, s := range got.Table {
		lines = append(lines, fmt.Sprintf("%s %s %x %x %v", s.ServiceKey, s.Scheduler, s.Flags, s.Netmask, s.Persistence))
		for _, d := range s.Destinations {
			lines = append(lines, fmt.Sprintf("%s %s %d", d.Address, d.Method, d.Weight))
		}
	}
	want := []string{
		"TCP 192.0.2.1:80 wlc 0 ffffffff 0s", "10.0.0.1:80 Route 1", "10.0.0.2:8080 Masq 0",
		"FWM 7 IPv6 sh 18 40 0s",
	}
	if d := gocmp.Diff(want, lines); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got.Timeouts != nil || got.Daemons != nil {
		t.Errorf("tells what it does not: %+v", got)
	}
}

// Each text is a document less its first line, the schema.
var wrong = []struct{ name, text, want string }{
	{"unknown field", "servces: []", `2:1: the document has no field "servces"; did you mean services?`},
	{"unknown field of a service", "services:\n- {protocol: tcp, address: 192.0.2.1, port: 80, wieght: 1}", `3:49: a service has no field "wieght"`},
	{"unknown field of a server", "services:\n- {protocol: tcp, address: 192.0.2.1, port: 80, servers: [{address: 10.0.0.1, wieght: 1}]}", `3:79: a server has no field "wieght"; did you mean weight?`},
	{"twice", "services: []\nservices: []", "3:1: services is told twice"},
	{"twice in a service", "services:\n- {protocol: tcp, protocol: udp, address: 192.0.2.1, port: 80}", "3:19: protocol is told twice"},
	{"no list", "services: 5", "2:11: services must be a list, not a number"},
	{"no mapping", "services: [5]", "2:12: a service must be a mapping, not a number"},
	{"no text", "services: [{protocol: 5}]", "2:23: protocol must be a text, not a number"},
	{"nothing", "services: [{protocol: }]", "2:23: protocol must be a text, not nothing"},
	{"no number", "services: [{protocol: fwm, fwmark: 'x'}]", "2:36: fwmark must be a number, not a text"},
	{"too much", "services: [{protocol: fwm, fwmark: 4294967296}]", "2:36: fwmark must be a whole number from 1 to 4294967295, not 4294967296"},
	{"too little", "services: [{protocol: fwm, fwmark: 0}]", "2:36: fwmark must be a whole number from 1 to 4294967295, not 0"},
	{"no whole number", "services: [{protocol: fwm, fwmark: 1.5}]", "2:36: fwmark must be a whole number from 1 to 4294967295, not 1.5"},
	{"octal", "services: [{protocol: fwm, fwmark: 0x7}]", "2:36: fwmark must be a whole number from 1 to 4294967295, not 0x7"},
	{"no protocol", "services: [{address: 192.0.2.1, port: 80}]", "2:12: a service must have the field protocol"},
	{"unknown protocol", "services: [{protocol: TCP, address: 192.0.2.1, port: 80}]", `2:23: "TCP" is no protocol; it is one of tcp, udp, sctp, fwm`},
	{"no port", "services: [{protocol: tcp, address: 192.0.2.1}]", "2:12: a service must have the field port"},
	{"no address", "services: [{protocol: tcp, port: 80}]", "2:12: a service must have the field address"},
	{"no mark", "services: [{protocol: fwm}]", "2:12: a service must have the field fwmark"},
	{"mark and address", "services: [{protocol: fwm, fwmark: 1, address: 192.0.2.1}]", "2:48: address is only for tcp, udp or sctp"},
	{"mark and protocol", "services: [{protocol: tcp, fwmark: 1, address: 192.0.2.1, port: 80}]", "2:36: fwmark is only for protocol fwm"},
	{"address with port", "services: [{protocol: tcp, address: '192.0.2.1:80', port: 80}]", `2:37: "192.0.2.1:80" is no address; the port is a field of its own`},
	{"address with zone", "services: [{protocol: tcp, address: 'fe80::1%eth0', port: 80}]", `2:37: "fe80::1%eth0" is no address; an address without port and zone: 192.0.2.1 or 2001:db8::1`},
	{"family", "services: [{protocol: tcp, family: ipv6, address: 192.0.2.1, port: 80}]", "2:36: the address is ipv4; family can be left out"},
	{"every port", "services: [{protocol: tcp, address: 192.0.2.1, port: 0}]", "2:12: a service on every port must be persistent; add persistence_seconds, or name the port"},
	{"one packet", "services: [{protocol: tcp, address: 192.0.2.1, port: 80, one_packet: true}]", "2:12: one_packet is only for udp and fwm"},
	{"not true", "services: [{protocol: fwm, fwmark: 1, one_packet: yes}]", "2:51: one_packet must be true or false, not a text"},
	{"netmask", "services: [{protocol: fwm, fwmark: 1, netmask: 24}]", `2:48: "24" is no netmask for ipv4; for IPv4 like 255.255.255.0, for IPv6 a length from 1 to 128`},
	{"prefix", "services: [{protocol: fwm, fwmark: 1, family: ipv6, netmask: 129}]", `2:62: "129" is no netmask for ipv6; for IPv4 like 255.255.255.0, for IPv6 a length from 1 to 128`},
	{"flag of another", "services: [{protocol: fwm, fwmark: 1, scheduler: rr, scheduler_flags: [sh-port]}]", `2:72: scheduler rr has no flag "sh-port"`},
	{"long name", "services: [{protocol: fwm, fwmark: 1, scheduler: abcdefghijklmnop}]", "2:50: scheduler must be 1 to 15 characters long"},
	{"service twice", "services:\n- {protocol: fwm, fwmark: 1}\n- {protocol: fwm, fwmark: 1}", "4:3: service FWM 1 stands in line 3 already"},
	{"server twice", "services:\n- {protocol: fwm, fwmark: 1, servers: [{address: 10.0.0.1}, {address: 10.0.0.1, port: 0}]}", "3:61: server 10.0.0.1:0 stands in this service already"},
	{"server of another family", "services: [{protocol: fwm, fwmark: 1, servers: [{address: '::1'}]}]", "2:49: a server of another address family than its service can only be reached through a tunnel; forward: tunnel"},
	{"thresholds", "services: [{protocol: fwm, fwmark: 1, servers: [{address: 10.0.0.1, upper_threshold: 1, lower_threshold: 2}]}]", "2:49: lower_threshold is above upper_threshold"},
	{"weight", "services: [{protocol: fwm, fwmark: 1, servers: [{address: 10.0.0.1, weight: -1}]}]", "2:77: weight must be a whole number from 0 to 2147483647, not -1"},
	{"no tunnel", "services: [{protocol: fwm, fwmark: 1, servers: [{address: 10.0.0.1, tunnel: {type: ipip}}]}]", "2:77: tunnel is only for forward: tunnel"},
	{"gue without port", "services: [{protocol: fwm, fwmark: 1, servers: [{address: 10.0.0.1, forward: tunnel, tunnel: {type: gue}}]}]", "2:94: a gue tunnel must have the field port"},
	{"gre with port", "services: [{protocol: fwm, fwmark: 1, servers: [{address: 10.0.0.1, forward: tunnel, tunnel: {type: gre, port: 1}}]}]", "2:112: port is only for gue"},
	{"gre with remcsum", "services: [{protocol: fwm, fwmark: 1, servers: [{address: 10.0.0.1, forward: tunnel, tunnel: {type: gre, checksum: remcsum}}]}]", "2:94: remcsum is only for gue"},
	{"ipip with csum", "services: [{protocol: fwm, fwmark: 1, servers: [{address: 10.0.0.1, forward: tunnel, tunnel: {type: ipip, checksum: csum}}]}]", "2:117: checksum is only for gue and gre"},
	{"timeouts", "timeouts: {tcp: 15m}", `2:12: timeouts has no field "tcp"`},
	{"daemon without interface", "sync_daemons: [{role: master}]", "2:16: a sync daemon must have the field interface"},
	{"daemon twice", "sync_daemons:\n- {role: master, interface: a}\n- {role: master, interface: b}", "4:3: the master sync daemon stands in line 3 already"},
	{"group", "sync_daemons: [{role: master, interface: a, group: 192.0.2.1}]", "2:52: 192.0.2.1 is no multicast group; 224.0.0.0/4 or ff00::/8"},
	{"without privilege", "missing: [counters]", "2:10: this was listed without privilege and does not tell everything: it cannot be applied; list the table as root and use that"},
	{"alias", "x: &a 1\nservices: [*a]", `2:1: the document has no field "x" | 3:12: aliases are not understood here; write it out`},
	{"syntax", "services: [}", "2:1: this is no YAML: did not find expected node content"},
	{"two documents", "---\nservices: []", "2:1: only one document can stand in a file"},
	{"all at once", "timeouts: {tcp_seconds: x}\nservices:\n- {protocol: tcp, address: 1, port: 80}\n- {protocol: tcp, address: 192.0.2.1, port: 80, servers: [{address: x, wight: 1}]}",
		`2:25: tcp_seconds must be a number, not a text | 4:28: address must be a text, not a number | 5:69: "x" is no address; an address without port and zone: 192.0.2.1 or 2001:db8::1 | 5:72: a server has no field "wight"; did you mean weight?`},
}

// said is what is wrong, in a line.
func said(err error) string {
	var e *document.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	var all []string
	for _, p := range e.Problems {
		s := fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message)
		if p.Hint != "" {
			s += "; " + p.Hint
		}
		all = append(all, s)
	}
	return strings.Join(all, " | ")
}

func TestWrongYAML(t *testing.T) {
	for _, tc := range wrong {
		got, err := document.Read("f", "schema: lvsctl.ipvs/v1\n"+tc.text, noNames{})
		if said(err) != tc.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tc.name, said(err), tc.want)
		}
		if got.Table != nil {
			t.Errorf("%s: gives %+v all the same", tc.name, got)
		}
	}
	for text, want := range map[string]string{
		"services: []":                        "1:1: the document does not tell its schema; begin it with: schema: lvsctl.ipvs/v1",
		"schema: lvsctl.ipvs/v2":              `1:9: schema "lvsctl.ipvs/v2" is not known; this lvsctl reads lvsctl.ipvs/v1`,
		"- protocol: tcp":                     "1:1: the document must be a mapping; begin it with: schema: lvsctl.ipvs/v1",
		"---\n":                               "1:1: the document must be a mapping; begin it with: schema: lvsctl.ipvs/v1",
		"schema: [" + strings.Repeat("[", 50): "1:1: this is no YAML: did not find expected node content",
	} {
		if _, err := document.Read("f", text, noNames{}); said(err) != want {
			t.Errorf("%q: got\n%s\nwant\n%s", text, said(err), want)
		}
	}
}

func TestWrongJSON(t *testing.T) {
	const schema = `{"schema": "lvsctl.ipvs/v1",` + "\n"
	for text, want := range map[string]string{
		schema + `"services": [}`:                                                      "2:14: this is no JSON: invalid character '}' looking for beginning of value",
		schema + `"services": [`:                                                       "2:14: this is no JSON: it ends in the middle",
		schema + `"services": []} x`:                                                   "2:17: this is no JSON: invalid character 'x' looking for beginning of value",
		schema + `"services": []} {}`:                                                  "2:17: this is no JSON: something stands behind its end",
		schema + `"services": [], "services": []}`:                                     "2:17: services is told twice",
		schema + `"services": {}}`:                                                     "2:13: services must be a list, not a mapping",
		schema + ` "Services": []}`:                                                    `2:2: the document has no field "Services"; did you mean services?`,
		schema + `"services": [{"protocol": "fwm", "fwmark": 1e2}]}`:                   "2:44: fwmark must be a whole number from 1 to 4294967295, not 1e2",
		schema + `"services": [{"protocol": "fwm", "fwmark": null}]}`:                  "2:44: fwmark must be a number, not nothing",
		schema + "\"services\": [{\"protocol\": \"fwm\",\n \"fwmärk\": 1, \"x\": 1}]}": `2:14: a service must have the field fwmark | 3:2: a service has no field "fwmärk"; did you mean fwmark? | 3:15: a service has no field "x"`,
		`[]`: "1:1: this is no JSON: it must begin with {",
		`{}`: "1:1: the document does not tell its schema; begin it with: schema: lvsctl.ipvs/v1",
		schema + `"services": ` + strings.Repeat("[", 100): "2:31: this is no JSON: it is nested too deeply",
	} {
		if _, err := document.Read("f", text, noNames{}); said(err) != want {
			t.Errorf("%s: got\n%s\nwant\n%s", text, said(err), want)
		}
	}
}

func TestWrongRules(t *testing.T) {
	const text = "-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 10.0.0.1 -w x\n\n-a -t 192.0.2.2:80 -r 10.0.0.1\n"
	_, err := document.Read("web.rules", text, noNames{})
	var e *document.Error
	if !errors.As(err, &e) || len(e.Problems) != 2 || e.Problems[0].Line != 2 || e.Problems[1].Line != 4 {
		t.Fatalf("got %v", err)
	}
	if got := e.Problems[0].Column; got != 35 {
		t.Errorf("column %d", got)
	}
}

// What the operator sees.
func TestErrorText(t *testing.T) {
	_, err := document.Read("web.yaml", "schema: lvsctl.ipvs/v1\nservices:\n  - protocol: tcp # 协\n    port: 80\n    adddress: 192.0.2.1\n", noNames{})
	const want = `web.yaml is wrong in 2 places, nothing was changed
web.yaml:3:5: a service must have the field address
      - protocol: tcp # 协
        ^
web.yaml:5:5: a service has no field "adddress"
        adddress: 192.0.2.1
        ^
    hint: did you mean address?`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestManyMistakes(t *testing.T) {
	_, err := document.Read("f", strings.Repeat("-Q\n", 250), noNames{})
	if err == nil || !strings.HasPrefix(err.Error(), "f is wrong in 250 places") || !strings.HasSuffix(err.Error(), "\n… and 150 more") {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, tc := range wrong {
		f.Add([]byte("schema: lvsctl.ipvs/v1\n" + tc.text))
	}
	f.Add([]byte(`{"schema": "lvsctl.ipvs/v1", "services": [{"protocol": "tcp", "address": "192.0.2.1", "port": 80, "servers": []}]}`))
	f.Add([]byte("-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 10.0.0.1 -w 5\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		state, err := document.Read("f", string(b), noNames{})
		if err != nil {
			var e *document.Error
			if !errors.As(err, &e) {
				t.Fatalf("no list of mistakes: %v", err)
			}
			lines := strings.Count(string(b), "\n") + 1
			for _, p := range e.Problems {
				if p.Line < 1 || p.Column < 1 || p.Line > lines {
					t.Errorf("%d:%d in %d lines: %s", p.Line, p.Column, lines, p.Message)
				}
			}
			_ = err.Error()
			return
		}
		// What was read can be written, and is the same then.
		var again strings.Builder
		doc := document.Of(state.Table, false)
		if err := document.Write(&again, document.JSON, doc); err != nil {
			t.Fatal(err)
		}
		back, err := document.Read("again", again.String(), noNames{})
		if err != nil {
			t.Fatalf("%v\n%s", err, again.String())
		}
		if d := gocmp.Diff(document.Of(state.Table, false), document.Of(back.Table, false), gocmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

// The example of the manual is a document.
func TestExampleOfTheManual(t *testing.T) {
	manual, err := os.ReadFile("../../docs/ipvs.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(manual), "```yaml\nschema:")
	example, _, _ = strings.Cut("schema:"+example, "```")
	got, err := document.Read("docs/ipvs.md", example, noNames{})
	if !found || err != nil || len(got.Table) != 2 || len(got.Table[0].Destinations) != 3 || len(got.Daemons) != 1 || got.Timeouts == nil {
		t.Errorf("found: %v, %v, %+v", found, err, got)
	}
}
