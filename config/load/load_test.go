package load

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config"
)

// The same router in each language; what is read of it must be the same.
const (
	asKeepalived = "vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    priority 90\n    virtual_ipaddress {\n        10.0.0.1\n    }\n}\n"
	asYAML       = "virtual_routers:\n  - name: VI_1\n    interface: eth0\n    virtual_router_id: 51\n    priority: 90\n    addresses: [10.0.0.1]\n"
	asJSON       = `{"virtual_routers": [{"name": "VI_1", "interface": "eth0", "virtual_router_id": 51, "priority": 90, "addresses": ["10.0.0.1"]}]}`
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLanguage checks that the name of a file tells its language, and that the
// languages mean the same.
func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		name, text string
		yaml       bool
	}{
		{"lvsctl.yaml", asYAML, true},
		{"lvsctl.yml", asYAML, true},
		{"lvsctl.json", asJSON, true},
		{"lvsctl.yaml", asJSON, true}, // JSON is YAML
		{"keepalived.conf", asKeepalived, false},
		{"yaml", asKeepalived, false},
		{"keepalived.conf.rpmnew", asKeepalived, false},
		{"k.YAML.bak", asKeepalived, false},
	} {
		path := write(t, c.name, c.text)
		if IsYAML(path) != c.yaml {
			t.Errorf("%s: YAML is %t", c.name, IsYAML(path))
		}
		for way, read := range map[string]func() (*config.Config, config.Diagnostics, error){
			"Load": func() (*config.Config, config.Diagnostics, error) { return Load(path, Options{}) },
			"Parse": func() (*config.Config, config.Diagnostics, error) {
				m, said := Parse(path, []byte(c.text), Options{})
				return m, said, nil
			},
		} {
			m, said, err := read()
			if err != nil || len(said) > 0 || len(m.VirtualRouters) != 1 {
				t.Errorf("%s of %s: %v %v", way, c.name, err, said)
				continue
			}
			r := m.VirtualRouters[0]
			if r.Name.V != "VI_1" || r.ID.V != 51 || r.Priority.V != 90 || r.Priority.Where.File != path || r.AdvertInterval.State != config.Default {
				t.Errorf("%s of %s: %+v", way, c.name, r)
			}
		}
	}
}

// TestWrongLanguage checks that a text in another language than its name says is
// refused with its places, and not guessed at.
func TestWrongLanguage(t *testing.T) {
	for name, text := range map[string]string{"l.yaml": asKeepalived, "l.json": asKeepalived} {
		path := write(t, name, text)
		_, said, err := Load(path, Options{})
		if err != nil || said.Err() == nil || said[0].Where.File != path {
			t.Errorf("%s: %v, %v", name, said, err)
		}
	}
	m, said, err := Load(write(t, "l.conf", asYAML), Options{})
	if err != nil || len(m.VirtualRouters) != 0 || len(said) == 0 {
		t.Errorf("YAML in l.conf: %v, %v", said, err)
	}
}

func TestErrors(t *testing.T) {
	for _, name := range []string{"missing.yaml", "missing.json", "missing.conf", "."} {
		path := filepath.Join(t.TempDir(), name)
		m, said, err := Load(path, Options{})
		failed, ok := errors.AsType[*config.LoadError](err)
		if !ok || m != nil || said != nil || failed.Path != path || failed.Hint() == "" || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%s: %v, %v", name, said, err)
		}
		if _, err := Comments(path, Options{}); err == nil {
			t.Errorf("%s has comments", name)
		}
	}
}

// TestStrict checks that YAML must be right, while a keepalived.conf is put right;
// and that YAML with errors is not filled in.
func TestStrict(t *testing.T) {
	short := strings.Replace(asYAML, "51", "0", 1)
	m, said, err := Load(write(t, "l.yaml", short), Options{})
	if err != nil || said.Err() == nil || m.VirtualRouters[0].AdvertInterval.IsKnown() {
		t.Errorf("%v, %v", said, err)
	}
	if said[0].Line != "    virtual_router_id: 0" {
		t.Errorf("the line is %q", said[0].Line)
	}
	clashing := "    preempt: false\n    state: MASTER\n"
	if _, said, _ := Load(write(t, "l.yaml", asYAML+clashing), Options{}); said.Err() == nil || said[0].Line == "" {
		t.Errorf("preempt with state MASTER in YAML: %v", said)
	}
	conf := strings.Replace(asKeepalived, "    priority 90\n", "    nopreempt\n    state MASTER\n", 1)
	if _, said, _ := Load(write(t, "l.conf", conf), Options{}); said.Err() != nil || len(said) == 0 {
		t.Errorf("nopreempt with state MASTER in keepalived.conf: %v", said)
	}
}

// TestOptions checks that what is asked for reaches the reader of each language.
func TestOptions(t *testing.T) {
	tracking := strings.Replace(asKeepalived, "    priority", "    track_script {\n        none\n    }\n    priority", 1)
	for compat, faults := range map[bool]int{false: 1, true: 0} {
		m, _, err := Load(write(t, "l.conf", tracking), Options{KeepalivedCompat: compat})
		if err != nil || len(m.VirtualRouters[0].Faults) != faults {
			t.Errorf("compat %t: %v, %v", compat, m.VirtualRouters[0].Faults, err)
		}
	}
	unlike := strings.Replace(asKeepalived, "    priority", "    @lvs1 priority", 1)
	for id, want := range map[string]uint8{"lvs1": 90, "lvs2": 100} {
		m, _, err := Load(write(t, "l.conf", unlike), Options{ConfigID: id})
		if err != nil || m.VirtualRouters[0].Priority.V != want {
			t.Errorf("%s: priority %d, %v", id, m.VirtualRouters[0].Priority.V, err)
		}
	}
}

// TestIdle checks that Load tells what is not acted on, in every language.
func TestIdle(t *testing.T) {
	for name, text := range map[string]string{
		"l.yaml": "global: {router_id: x}\n",
		"l.conf": "global_defs {\n    router_id x\n}\n",
	} {
		_, said, err := Load(write(t, name, text), Options{})
		if err != nil || len(said) != 1 || !strings.Contains(said[0].Message, "accepted and not used") {
			t.Errorf("%s: %v, %v", name, said, err)
		}
	}
}

func TestComments(t *testing.T) {
	for name, text := range map[string]string{
		"l.yaml": "# the first\nglobal: a ! b  # behind\n",
		"l.conf": "# the first\nglobal_defs {  # behind\n}\n",
	} {
		var got []string
		comments, err := Comments(write(t, name, text), Options{})
		for _, c := range comments {
			got = append(got, c.Text)
		}
		if diff := cmp.Diff([]string{"the first", "behind"}, got); diff != "" || err != nil {
			t.Errorf("%s (-want +got): %v\n%s", name, err, diff)
		}
	}
}

// TestDefaultPath checks the order of the usual places: lvsctl's own wins, and
// also if it cannot be looked at, because then nobody else's may take its place.
func TestDefaultPath(t *testing.T) {
	there := func(string) (fs.FileInfo, error) { return nil, nil }
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "/etc/lvsctl/lvsctl.yaml"},
		{&fs.PathError{Op: "stat", Err: fs.ErrNotExist}, "/etc/keepalived/keepalived.conf"},
		{&fs.PathError{Op: "stat", Err: fs.ErrPermission}, "/etc/lvsctl/lvsctl.yaml"},
	} {
		stat := there
		if c.err != nil {
			stat = func(path string) (fs.FileInfo, error) {
				if path != DefaultYAML {
					t.Errorf("asked for %s", path)
				}
				return nil, c.err
			}
		}
		if got := defaultPath(stat); got != c.want {
			t.Errorf("%v: %s", c.err, got)
		}
	}
}

func TestWithLines(t *testing.T) {
	path := write(t, "f", "first\r\nauth_pass x\n"+strings.Repeat("x", maxShown+1)+"\n")
	at := func(line int32) config.Diagnostic {
		return config.Diagnostic{Where: config.Position{File: path, Line: line, Column: 1}}
	}
	kept := at(1)
	kept.Line = "as it is"
	for _, c := range []struct {
		d    config.Diagnostic
		want string
	}{{at(1), "first"}, {at(2), ""}, {at(3), ""}, {at(9), ""}, {at(0), ""}, {kept, "as it is"}, {config.Diagnostic{Where: config.Position{File: "none", Line: 1}}, ""}} {
		if got := WithLines(config.Diagnostics{c.d})[0].Line; got != c.want {
			t.Errorf("%v: %q", c.d.Where, got)
		}
	}
}
