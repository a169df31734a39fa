package cmd

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/load"
)

// service is a virtual server with two real servers, with words at each place.
func service(global, server, real, check string) string {
	return global + "\nvirtual_server 10.0.0.1 80 {\n    protocol TCP\n    lb_algo rr\n    lb_kind TUN\n    " + server +
		"\n    real_server 10.0.0.2 80 {\n        " + real + "\n        TCP_CHECK {\n        " + check +
		"\n        }\n    }\n    real_server 10.0.0.3 80 {\n        TCP_CHECK {\n        }\n    }\n}\n"
}

// handed gives the real servers that watch is handed, service by service, and what is told.
func handed(t *testing.T, name, text string, o load.Options) (servers []string, said config.Diagnostics) {
	t.Helper()
	c, of, err := load.Load(configFileOf(t, name, text), o)
	if err != nil || of.Err() != nil {
		t.Fatalf("%v, %v", err, of.Err())
	}
	out, left := virtualServers(c)
	if diff := cmp.Diff(left, serversLeftOut(c)); diff != "" {
		t.Errorf("check says other things than the daemon:\n%s", diff)
	}
	for _, v := range out {
		line := v.Address.String()
		for _, r := range v.RealServers {
			line += " " + r.Address.String()
		}
		servers = append(servers, line)
	}
	return servers, append(of, left...)
}

// TestServicesLeftOut checks that what watch cannot do leaves out one virtual
// server, with the place of the setting, and what it can do none.
func TestServicesLeftOut(t *testing.T) {
	const other = "virtual_server 10.0.0.9 90 {\n    protocol TCP\n    lb_algo rr\n    lb_kind NAT\n    real_server 10.0.0.8 90 {\n        TCP_CHECK {\n        }\n    }\n}\n"
	const whole, rest = "10.0.0.1:80 10.0.0.2:80 10.0.0.3:80", "10.0.0.9:90 10.0.0.8:90"
	for _, c := range []struct {
		name, text, servers, says string
		line                      int32
	}{
		{"all of it", service("", "", "", "") + other, whole + "\n" + rest, "", 0},
		{"persistence for each client", service("", "persistence_granularity 255.255.255.255", "", "") + other, whole + "\n" + rest, "", 0},
		{"persistence for a net", service("", "persistence_granularity 24", "", "") + other, rest, "persistence by network", 6},
		{"a plain tunnel", service("", "lvs_method TUN type ipip", "", "") + other, whole + "\n" + rest, "", 0},
		{"another tunnel", service("", "lvs_method TUN type gre", "", "") + other, rest, "IPIP tunnels only", 2},
		{"another tunnel of a server", service("", "", "lvs_method TUN type gue port 6080", "") + other, rest, "IPIP tunnels only", 7},
		{"another method of a server", service("", "", "lvs_method NAT", "") + other, rest, "another lvs_method", 7},
		{"another check", service("", "", "PING_CHECK {\n}", "") + other, rest, "does not do ping checks", 8},
		{"a mark", strings.Replace(service("", "", "", ""), "10.0.0.1 80", "fwmark 7", 1) + other, rest, "firewall marks", 2},
		{"a group", "virtual_server_group G {\n    10.0.0.1 80\n}\n" + strings.Replace(service("", "", "", ""), "10.0.0.1 80", "group G", 1) + other, rest, "does not do groups", 5},
		{"the namespace of the table", service("net_namespace_ipvs X", "", "", ""), "", "in another network namespace", 1},
		{"a namespace", service("net_namespace X", "", "", ""), "", "does not enter a network namespace", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			servers, said := handed(t, "k.conf", c.text, load.Options{})
			if diff := cmp.Diff(c.servers, strings.Join(servers, "\n")); diff != "" {
				t.Errorf("handed to watch (-want +got):\n%s", diff)
			}
			told := false
			for _, d := range said {
				if strings.Contains(d.Message, "is left out") {
					told = c.says != "" && strings.Contains(d.Message, c.says) && d.Where.Line == c.line && d.Where.Column > 0
				}
			}
			if told != (c.says != "") {
				t.Errorf("%v", said)
			}
		})
	}
}

// TestNeverUp checks that a real server whose check is not understood is down, that
// the others of its service serve, and that check and real server are told once.
func TestNeverUp(t *testing.T) {
	misspelled := service("", "", "SMTP_CHEKC {\n}", "")
	servers, said := handed(t, "k.conf", misspelled, load.Options{})
	if len(servers) != 1 || servers[0] != "10.0.0.1:80 10.0.0.3:80" {
		t.Errorf("handed to watch: %q", servers)
	}
	if len(said) != 1 || !strings.Contains(said[0].Message, `"SMTP_CHEKC"`) || !strings.Contains(said[0].Message, "counts as down") || said[0].Where.Line != 8 {
		t.Errorf("%v", said)
	}
	servers, said = handed(t, "k.conf", misspelled, load.Options{KeepalivedCompat: true})
	if len(servers) != 1 || servers[0] != "10.0.0.1:80 10.0.0.2:80 10.0.0.3:80" || len(said) != 1 {
		t.Errorf("in keepalived's way: %q, %v", servers, said)
	}
	const inYAML = `virtual_servers:
  - address: 10.0.0.1:80
    protocol: TCP
    method: DR
    scheduler: rr
    real_servers:
      - {address: 10.0.0.2:80, checks: [{kind: unknown, unknown: SMTP_CHEKC}]}
      - {address: 10.0.0.3:80, checks: [{kind: tcp}]}
`
	servers, said = handed(t, "l.yaml", inYAML, load.Options{})
	if len(servers) != 1 || servers[0] != "10.0.0.1:80 10.0.0.3:80" || len(said) != 1 || !strings.Contains(said[0].Message, `"SMTP_CHEKC" never passes`) || said[0].Where.Line != 7 {
		t.Errorf("in YAML: %q, %v", servers, said)
	}
}

// TestRoutersLeftOut checks that a router with a fault does not run, and that each
// fault is told once.
func TestRoutersLeftOut(t *testing.T) {
	router := func(words string) string {
		return "vrrp_instance A {\n    interface lo\n    virtual_router_id 1\n    " + words + "\n    virtual_ipaddress {\n        10.0.0.1\n    }\n}\n"
	}
	for _, c := range []struct {
		name, text, says string
		runs             int
	}{
		{"good", router(""), "", 1},
		{"a missing script", router("track_script {\n        none\n    }"), "it cannot become master", 0},
		{"no peers", router("unicast_fault_no_peer\n    unicast_peer {\n    }"), "it cannot become master", 0},
		{"strict", router("strict_mode on\n    accept"), "less strict than asked for", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, said, err := load.Load(configFileOf(t, "k.conf", c.text), load.Options{})
			if err != nil || said.Err() != nil {
				t.Fatalf("%v, %v", err, said)
			}
			out, left := virtualRouters(m)
			told := 0
			for _, d := range append(said, left...) {
				if strings.Contains(d.Message, "master") && (strings.Contains(d.Message, "cannot become") || strings.Contains(d.Message, "less strict")) {
					told++
					if c.says == "" || !strings.Contains(d.Message, c.says) {
						t.Errorf("%v", d)
					}
				}
			}
			if len(out.Routers) != c.runs || told != 1 && c.says != "" {
				t.Errorf("%d routers, told %d times: %v %v", len(out.Routers), told, said, left)
			}
		})
	}
}

// TestKeywordUse checks what explain says of keywords of each kind, and that every
// kind of check is either done or told.
func TestKeywordUse(t *testing.T) {
	const leftOut = "read; what has it is left out, until lvsctl can do it"
	for at, want := range map[string]string{
		"root net_namespace":                     leftOut,
		"root net_namespace_ipvs":                leftOut,
		"root virtual_server_group":              leftOut,
		"virtual_server_group fwmark":            leftOut,
		"virtual_server ip_family":               leftOut,
		"virtual_server persistence_granularity": leftOut + ": networks larger than one address",
		"lb_kind type":                           leftOut + ": gue and gre",
		"lb_kind port":                           leftOut,
		"lb_kind csum":                           leftOut,
		"virtual_server quorum":                  "read, not acted on yet: the service stays as long as it has one real server",
		"real_server TCP_CHECK":                  "acted on",
		"TCP_CHECK connect_port":                 "acted on",
		"TCP_CHECK warmup":                       "read, not acted on yet: the first check is not delayed",
		"HTTP_GET connect_port":                  leftOut,
		"url digest":                             leftOut,
		"host connect_ip":                        leftOut,
		"vrrp_instance preempt":                  "acted on",
		"address label":                          "acted on",
		"address scope":                          "read, not acted on yet",
		"file include":                           "acted on",
		"global_defs umask":                      "known by name, not used",
	} {
		block, keyword, _ := strings.Cut(at, " ")
		if got := keywordUse(block, keyword); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
	field, _ := reflect.TypeFor[config.Check]().FieldByName("Kind")
	for kind := range strings.SplitSeq(field.Tag.Get("enum"), "|") {
		k := config.CheckKind(kind)
		if done := k == config.CheckTCP || k == config.CheckUnknown; isGapCheck(k.Name()) == done {
			t.Errorf("explain says that watch does %s checks: %t", kind, !done)
		}
	}
}
