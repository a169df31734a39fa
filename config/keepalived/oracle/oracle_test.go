package oracle

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "record what keepalived prints, and what is made of it, anew")

// TestParse reads recorded dumps. The .entries files are what must come out.
func TestParse(t *testing.T) {
	for _, name := range []string{"vrrp", "checks"} {
		got := listed(Parse(read(t, "testdata/"+name+".dump")))
		if *rewrite {
			write(t, "testdata/"+name+".entries", got)
		}
		if diff := cmp.Diff(read(t, "testdata/"+name+".entries"), got); diff != "" {
			t.Errorf("%s: want -, got +:\n%s", name, diff)
		}
	}
}

// TestParseLog reads a dump with the times of the console and lines of the log between.
func TestParseLog(t *testing.T) {
	const dump = `Mon Nov 23 13:35:38 2026: Starting VRRP child process, pid=13
Mon Nov 23 13:35:38 2026:               '/run/kv'
Mon Nov 23 13:35:38 2026: ------< Global definitions >------
Mon Nov 23 13:35:38 2026:  Router ID = vm
Mon Nov 23 13:35:38 2026: Script user 'keepalived_script' does not exist
Mon Nov 23 13:35:38 2026: ------< VRRP Topology >------
Mon Nov  3 13:35:38 2026:  VRRP Instance = VI_1
Mon Nov 23 13:35:38 2026:    Virtual IP (1):
Mon Nov 23 13:35:38 2026:      10.99.0.100/24 dev eth0 scope global
Mon Nov 23 13:35:38 2026: ------< Interfaces >------
Mon Nov 23 13:35:38 2026:  Name = lo
`
	const want = `[global]
Router ID = vm

[instance VI_1]
Virtual IP = 10.99.0.100/24 dev eth0 scope global
`
	if diff := cmp.Diff(want, listed(Parse(dump))); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// TestDump runs keepalived with the files that the recordings are of.
func TestDump(t *testing.T) {
	if why := Missing(); why != "" {
		t.Skip(why)
	}
	files := []string{"testdata/vrrp.conf", "testdata/checks.conf"}
	results, err := Dump(t.Context(), t.TempDir(), files)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		r, recorded := results[file], strings.TrimSuffix(file, ".conf")+".dump"
		if !r.Running {
			t.Errorf("%s: keepalived ended with %d:\n%s", file, r.Exit, strings.Join(r.Log, "\n"))
		}
		dump := r.Dump[VRRP] + r.Dump[Checker] + r.Dump[BFD]
		if *rewrite {
			write(t, recorded, dump)
		}
		if diff := cmp.Diff(lasting(Parse(read(t, recorded))), lasting(Parse(dump))); diff != "" {
			t.Errorf("%s: recorded -, now +:\n%s", file, diff)
		}
	}
}

// lasting is without what depends on the host and the moment.
func lasting(blocks []Block) (out []Block) {
	for _, b := range blocks {
		b.Entries = slices.DeleteFunc(slices.Clone(b.Entries), func(e Entry) bool {
			return slices.Contains([]string{"Router ID", "Smtp HELO name", "libnftnl version"}, e.Key)
		})
		out = append(out, b)
	}
	return out
}

// TestVerdicts tells how keepalived ends that does not go on.
func TestVerdicts(t *testing.T) {
	if why := Missing(); why != "" {
		t.Skip(why)
	}
	const (
		router  = "vrrp_instance V {\n interface eth0\n %s\n virtual_ipaddress {\n  192.0.2.1\n }\n}\n"
		service = "virtual_server 192.0.2.9 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n real_server 192.0.2.10 80 {\n }\n}\n"
	)
	cases := map[string]struct {
		text    string
		running bool
		exit    int
		dumps   []Process
	}{
		"clean":             {fmt.Sprintf(router, "virtual_router_id 5"), true, -1, []Process{VRRP}},
		"no identifier":     {fmt.Sprintf(router, ""), false, 2, nil},
		"keyword alone":     {fmt.Sprintf(router, "virtual_router_id"), false, 2, nil},
		"nothing":           {"", true, -1, nil},
		"variable device":   {"$IF=eth7\n" + fmt.Sprintf(router, "virtual_router_id 5\n interface $IF"), true, -1, []Process{VRRP}},
		"services":          {service, true, -1, []Process{Checker}},
		"half of it":        {service + fmt.Sprintf(router, ""), false, 2, []Process{Checker}},
		"IPVS for VRRP too": {"global_defs {\n lvs_sync_daemon eth0 V\n}\n" + fmt.Sprintf(router, "virtual_router_id 5"), true, -1, []Process{VRRP}},
	}
	dir := t.TempDir()
	var files []string
	for name, c := range cases {
		files = append(files, filepath.Join(dir, name+".conf"))
		write(t, files[len(files)-1], c.text)
	}
	results, err := Dump(t.Context(), t.TempDir(), files)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range cases {
		r := results[filepath.Join(dir, name+".conf")]
		var dumps []Process
		for _, p := range []Process{VRRP, Checker, BFD} {
			if r.Dump[p] != "" {
				dumps = append(dumps, p)
			}
		}
		if r.Running != c.running || r.Exit != c.exit || !slices.Equal(dumps, c.dumps) {
			t.Errorf("%s: running %v, exit %d, dumps %v; log:\n%s", name, r.Running, r.Exit, dumps, strings.Join(r.Log, "\n"))
		}
	}
}

// TestHarmless shows that no command, pipe, user or mail server of a file is left,
// that all else stays, and that lines stay where they are.
func TestHarmless(t *testing.T) {
	cases := map[string]string{
		"notify_master \"/etc/k/m.sh  a 'b c'\" root":           "notify_master \"/usr/bin/true  a 'b c'\" root",
		"  script /etc/k/check.sh # why\n":                      "  script /usr/bin/true # why\n",
		"script \" killall -0 nginx\"":                          "script \" /usr/bin/true -0 nginx\"",
		"script \"pidof\" \"x\"":                                "script \"/usr/bin/true\" \"x\"",
		"vrrp_script script { script /bin/rm }":                 "vrrp_script script { script /usr/bin/true }",
		"@a notify /x":                                          "@a notify /usr/bin/true",
		"misc_path $CMD":                                        "misc_path /usr/bin/true",
		"lvs_notify_fifo /var/lib/x.fifo admin":                 "lvs_notify_fifo /run/x.fifo admin",
		"smtp_server mail.example.com 25":                       "smtp_server 192.0.2.25 25",
		"smtp_server ::1":                                       "smtp_server ::1",
		"script_user admin staff":                               "script_user root root",
		"user nobody":                                           "user nobody",
		"net_namespace x\r\n":                                   "\r\n",
		"@low net_namespace low\n":                              "\n",
		"# notify /x":                                           "# notify /x",
		"priority 100 ! script /x\n":                            "priority 100 ! script /x\n",
		"user admin \\\n":                                       "user root \\\n",
		"track_file f {\n file \"/etc/x/f\"\n}":                 "track_file f {\n file /tmp/f\n}",
		"script weight 3":                                       "script weight 3",
		"track_script {\n script\n}\n":                          "track_script {\n script\n}\n",
		"auth_pass a\"b\n":                                      "auth_pass a\"b\n",
		"notify \"/a\nnotify_stop /b\n":                         "notify \"/usr/bin/true\nnotify_stop /usr/bin/true\n",
		"quorum_up \"/x up\" | quorum_down /y ; script_user me": "quorum_up \"/usr/bin/true up\" | quorum_down /usr/bin/true ; script_user root",
	}
	for text, want := range cases {
		if got := Harmless(text); got != want {
			t.Errorf("%q:\ngot  %q\nwant %q", text, got, want)
		}
	}
}

func TestDevices(t *testing.T) {
	const text = `default_interface eth9
vrrp_instance V {
 interface eth0 # interface eth8
 use_vmac vm0
 track_interface {
   eth1 weight 3
   "eth2"
 }
 virtual_ipaddress { 192.0.2.1 dev eth3 label eth3:1
   192.0.2.2 dev vm0
   192.0.2.2 dev vrrp.51
   192.0.2.3 dev $IF
   192.0.2.4 dev averyveryverylongname
 }
 track_interface { eth4 }
 lo
}
`
	if diff := cmp.Diff([]string{"eth0", "eth1", "eth2", "eth3", "eth4", "eth9"}, Devices(text)); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// TestMissing finds the interfaces that keepalived wants, in the ways it says so.
func TestMissing(t *testing.T) {
	log := []string{
		"(a.conf: Line 3) WARNING - interface eth7 for vrrp_instance V doesn't exist",
		"Configuration specifies interface eth8 which doesn't currently exist - will use if created",
		"Configuration specifies interface vm0 which doesn't currently exist - will use if created",
		"Non-existent interface specified in configuration",
	}
	if diff := cmp.Diff([]string{"eth7", "eth8"}, missing(log, "use_vmac vm0\n")); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// TestCopy takes what a file includes along, and nothing from elsewhere.
func TestCopy(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"k.conf":     "include sub/*.inc\ninclude ../outside.conf\ninclude /etc/hostname\ninclude none.conf\n",
		"sub/a.inc":  "include b.conf\nscript /bin/a\n",
		"sub/b.conf": "include a.inc\ninterface eth5\n",
		"sub/c.conf": "not included",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(from, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(from, name), text)
	}
	path, text, err := copyHarmless(to, filepath.Join(from, "k.conf"))
	if err != nil || path != filepath.Join(to, "k.conf") || !slices.Equal(Devices(text), []string{"eth5"}) {
		t.Errorf("path %s, text %q, error %v", path, text, err)
	}
	if got := read(t, filepath.Join(to, "sub/a.inc")); got != "include b.conf\nscript /usr/bin/true\n" {
		t.Errorf("a.inc: %q", got)
	}
	all, err := filepath.Glob(to + "/*/*")
	if want := []string{to + "/sub/a.inc", to + "/sub/b.conf"}; err != nil || !slices.Equal(all, want) {
		t.Errorf("%v, want %v, error %v", all, want, err)
	}
}

// listed writes blocks as text.
func listed(blocks []Block) string {
	var b strings.Builder
	for i, block := range blocks {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "[%s]\n", block)
		for _, e := range block.Entries {
			fmt.Fprintln(&b, e)
		}
	}
	return b.String()
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
