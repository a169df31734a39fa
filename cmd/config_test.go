package cmd

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// goodYAML is a configuration that needs no comment.
const goodYAML = `virtual_routers:
  # the web's address
  - name: VI_1
    interface: lo  # no traffic
    virtual_router_id: 51
    priority: 100
    addresses: [10.0.0.1/24]
virtual_servers:
  - address: 10.0.0.1:80
    protocol: TCP
    scheduler: rr
    method: DR
    real_servers:
      # the pool
      - address: 10.0.0.2:80
        checks:
          - kind: tcp
            timeout: 3s
      - address: 10.0.0.3:80
        weight: 2
`

// run runs a command line and gives its exit status and outputs.
func runConfig(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = Main(append([]string{"lvsctl", "config"}, args...), "test", Streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return status, o.String(), e.String()
}

func configFileOf(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigCheckStatuses(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		status           int
		want             string
	}{
		{"clean", "good.yaml", goodYAML, 0, "good.yaml: clean\n"},
		{"a warning", "w.yaml", goodYAML + "global:\n  router_id: x\n", 1, `w.yaml:22:14: warning: "router_id" is accepted and not used`},
		{"an error", "bad.yaml", strings.Replace(goodYAML, "priority: 100", "priority: 1000", 1), 2, "would not start: 1 error"},
		{"a clean keepalived.conf", "k.conf", "vrrp_instance A {\n interface lo\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n", 0, "clean"},
		{"no virtual_router_id", "k.conf", "vrrp_instance A {\n interface lo\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n", 2, "virtual_router_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, out, errs := runConfig(t, "check", configFileOf(t, c.file, c.text))
			if status != c.status || !strings.Contains(out, c.want) || errs != "" {
				t.Errorf("status %d, want %d\n%s%s", status, c.status, out, errs)
			}
		})
	}
	for _, args := range [][]string{{"check", "/nowhere/k.conf"}, {"check", "/"}, {"check", "--nonsense"}, {"check", "-o", "xml", "/dev/null"}} {
		if status, out, errs := runConfig(t, args...); status != checkUnreadable {
			t.Errorf("%v: status %d\n%s%s", args, status, out, errs)
		}
	}
}

// The worst of several files counts, and all are told.
func TestConfigCheckJSON(t *testing.T) {
	good, bad := configFileOf(t, "good.yaml", goodYAML), configFileOf(t, "bad.yaml", "virtual_routers: 3\n")
	status, out, _ := runConfig(t, "check", "-o", "json", good, bad, "/nowhere")
	var got struct {
		Schema string
		Files  []struct {
			Verdict, Error string
			Diagnostics    []struct {
				Severity, Message, Text string
				Where                   struct{ Line, Column int }
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if status != 3 || len(got.Files) != 3 || got.Files[0].Verdict != "clean" || got.Files[2].Verdict != "unreadable" || got.Files[2].Error == "" {
		t.Fatalf("status %d\n%s", status, out)
	}
	d := got.Files[1].Diagnostics
	if len(d) != 1 || d[0].Severity != "error" || d[0].Where.Line != 1 || d[0].Where.Column != 18 || d[0].Text == "" {
		t.Errorf("%s", out)
	}
	if _, out, _ := runConfig(t, "check", "-o", "github", bad); !strings.HasPrefix(out, "::error file=") {
		t.Errorf("github: %s", out)
	}
	if _, out, _ := runConfig(t, "check", "-o", "gitlab", bad); !json.Valid([]byte(out)) {
		t.Errorf("gitlab: %s", out)
	}
}

func TestConfigShow(t *testing.T) {
	file := configFileOf(t, "good.yaml", goodYAML)
	_, out, _ := runConfig(t, "show", file)
	for _, want := range []string{
		"priority: 100  # " + file + ":6:15\n", "advert_interval: 1s  # default\n", "preempt: true  # default\n",
		"weight: 1  # default", "timeout: 3s  # " + file + ":18:22\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	_, plain, _ := runConfig(t, "show", "--no-origins", "--written", file)
	if strings.Contains(plain, "#") || strings.Contains(plain, "preempt") || !strings.Contains(plain, "priority: 100\n") {
		t.Errorf("written only:\n%s", plain)
	}
	if status, _, errs := runConfig(t, "show", configFileOf(t, "bad.yaml", "x: 1\n")); status != 1 || !strings.Contains(errs, "bad.yaml:1:1") {
		t.Errorf("a bad file: %d %s", status, errs)
	}
	secret := configFileOf(t, "s.conf", "vrrp_instance A {\n interface lo\n virtual_router_id 1\n authentication {\n auth_type PASS\n auth_pass geheim\n }\n}\n")
	if _, out, errs := runConfig(t, "show", secret); strings.Contains(out+errs, "geheim") || !strings.Contains(out, "****") {
		t.Errorf("the secret is shown:\n%s%s", out, errs)
	}
}

func TestConfigConvert(t *testing.T) {
	file := configFileOf(t, "good.yaml", goodYAML)
	status, conf, errs := runConfig(t, "convert", file)
	if status != 0 || errs != "" {
		t.Fatalf("status %d: %s", status, errs)
	}
	for _, want := range []string{"# the web's address\nvrrp_instance VI_1 {\n", "interface lo  # no traffic\n", "virtual_server 10.0.0.1 80 {\n", "    # the pool\n"} {
		if !strings.Contains(conf, want) {
			t.Errorf("%q is not in\n%s", want, conf)
		}
	}
	back := filepath.Join(t.TempDir(), "back.yaml")
	if status, _, errs := runConfig(t, "convert", configFileOf(t, "k.conf", conf), "-w", back); status != 0 {
		t.Fatalf("back: %d %s", status, errs)
	}
	text, err := os.ReadFile(back)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(goodYAML, string(text)); diff != "" {
		t.Errorf("there and back (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(back); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if status, _, _ := runConfig(t, "convert", file, "-w", back); status != 1 {
		t.Error("an existing file was written over")
	}
	if status, out, _ := runConfig(t, "diff", "--detailed-exitcode", file, back); status != 0 || out != "" {
		t.Errorf("diff: %d %s", status, out)
	}
}

// A password must be in the result, or the routers would not hear each other.
func TestConfigConvertSecret(t *testing.T) {
	conf := "vrrp_instance A {\n    interface lo\n    virtual_router_id 1\n    authentication {\n        auth_type PASS\n        auth_pass \"ge#heim\"\n    }\n    virtual_ipaddress {\n        10.0.0.1\n    }\n}\n"
	_, out, errs := runConfig(t, "convert", configFileOf(t, "k.conf", conf))
	if !strings.Contains(out, "ge#heim") || strings.Contains(errs, "heim") {
		t.Errorf("%s%s", out, errs)
	}
}

func TestConfigDiff(t *testing.T) {
	a := configFileOf(t, "a.yaml", goodYAML)
	b := configFileOf(t, "b.yaml", strings.NewReplacer("priority: 100", "priority: 150", "10.0.0.3:80", "10.0.0.4:80").Replace(goodYAML))
	status, out, _ := runConfig(t, "diff", a, b)
	want := "~ virtual_routers VI_1 priority: 100 -> 150  (" + b + ":6:15)\n" +
		"+ virtual_servers TCP 10.0.0.1:80 real_servers 10.0.0.4:80  (" + b + ":19:9)\n" +
		"- virtual_servers TCP 10.0.0.1:80 real_servers 10.0.0.3:80  (" + a + ":19:9)\n"
	if diff := cmp.Diff(want, out); diff != "" || status != 0 {
		t.Errorf("status %d\n%s", status, diff)
	}
	if status, _, _ := runConfig(t, "diff", "--detailed-exitcode", a, b); status != 2 {
		t.Errorf("detailed status %d", status)
	}
	if _, out, _ := runConfig(t, "diff", "-o", "json", a, b); !json.Valid([]byte(out)) || !strings.Contains(out, `"kind": "added"`) {
		t.Errorf("%s", out)
	}
}

// Each setting can come from the environment; the command line has the last word.
func TestSettings(t *testing.T) {
	good, bad := configFileOf(t, "good.yaml", goodYAML), configFileOf(t, "bad.yaml", "x: 1\n")
	t.Setenv("LVSCTL_FILE", bad)
	if status, _, _ := runConfig(t, "check"); status != checkRefused {
		t.Errorf("LVSCTL_FILE is not read: %d", status)
	}
	if status, out, _ := runConfig(t, "check", "-f", good); status != 0 {
		t.Errorf("-f: %d %s", status, out)
	}
	t.Setenv("LVSCTL_KEEPALIVED_COMPAT", "perhaps")
	if status, _, errs := runConfig(t, "check", good); status == 0 || !strings.Contains(errs, "LVSCTL_KEEPALIVED_COMPAT") {
		t.Errorf("a wrong setting: %d %s", status, errs)
	}
}

func TestSettingsFile(t *testing.T) {
	v, err := readSettings(configFileOf(t, "settings.yaml", "run-dir: /run/other\n"))
	if err != nil || v.GetString("run-dir") != "/run/other" {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"run_dir: x\n", "virtual_servers: []\n", "a: [\n"} {
		if _, err := readSettings(configFileOf(t, "settings.yaml", bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if _, err := readSettings("/nowhere/settings.yaml"); err != nil {
		t.Errorf("no settings: %v", err)
	}
}
