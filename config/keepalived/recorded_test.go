package keepalived

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config"
)

// TestRecordedRouters compares our reading of vrrp_*.conf with what keepalived
// 2.2.7 made of them. Files with constructs that lvsctl does not know yet must be refused.
func TestRecordedRouters(t *testing.T) {
	compared, refused := 0, 0
	for _, path := range recordings(t, "vrrp_") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, ds, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := ds.Err(); err != nil {
				if !strings.Contains(err.Error(), "not supported yet") {
					t.Errorf("refused: %v", err)
				}
				refused++
				return
			}
			compared++
			want := routersOf(readFileString(t, strings.TrimSuffix(path, ".conf")+".dump"))
			if diff := gocmp.Diff(want, ourRouters(c)); diff != "" {
				t.Errorf("keepalived -, lvsctl +:\n%s\n%s", diff, dumpDiagnostics(ds))
			}
		})
	}
	if compared < 12 || refused < 8 {
		t.Errorf("%d compared, %d refused", compared, refused)
	}
}

// TestRecordedServices does the same with virtual servers and their checks.
func TestRecordedServices(t *testing.T) {
	paths := append(recordings(t, "check_"), "testdata/seed/keepalived-master.conf", "testdata/seed/keepalived-backup.conf")
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, ds, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := ds.Err(); err != nil {
				t.Fatal(err)
			}
			recorded := strings.Replace(path, "seed/keepalived-", "recorded/check_seed-", 1)
			want := readFileString(t, strings.TrimSuffix(recorded, ".conf")+".dump")
			if diff := gocmp.Diff(servicesOf(want), ourServices(c)); diff != "" {
				t.Errorf("keepalived -, lvsctl +:\n%s\n%s", diff, dumpDiagnostics(ds))
			}
		})
	}
}

func recordings(t *testing.T, prefix string) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/recorded/" + prefix + "*.conf")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recordings %s*: %v", prefix, err)
	}
	return paths
}

func readFileString(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// router is what the dump tells of an instance, one "key=value" each.
type router []string

// routersOf reads the instances of a dump; times before the lines are allowed.
func routersOf(dump string) []router {
	var all []router
	add := func(key, value string) { all[len(all)-1] = append(all[len(all)-1], key+"="+value) }
	device, inAddresses := "", false
	for line := range lines(dump) {
		key, value, found := strings.Cut(strings.TrimSpace(line), " = ")
		if key == "VRRP Instance" {
			all = append(all, router{"name=" + value})
			inAddresses = false
			continue
		}
		if len(all) == 0 {
			continue
		}
		switch {
		case strings.HasPrefix(key, "Virtual IP"):
			inAddresses = strings.HasPrefix(key, "Virtual IP (")
		case inAddresses && strings.HasPrefix(line, "     ") && strings.Contains(key, ".") && !found:
			add("address", normalAddress(key, device))
		case key == "Interface":
			device = value
			add("interface", value)
		case key == "Wantstate", key == "Virtual Router ID", key == "Priority", key == "Advert interval", key == "Preempt", key == "Password":
			add(key, value)
			inAddresses = false
		case found || strings.HasPrefix(line, "---"):
			inAddresses = false
			if strings.HasPrefix(line, "---") {
				return all
			}
		}
	}
	return all
}

// normalAddress cuts what lvsctl does not use from "10.0.0.1/24 dev eth0 scope global label eth0:1".
func normalAddress(line, device string) string {
	words := strings.Fields(line)
	a := words[0]
	if !strings.Contains(a, "/") {
		a += "/32"
	}
	label := ""
	for i := 1; i+1 < len(words); i++ {
		switch words[i] {
		case "dev":
			device = words[i+1]
		case "label":
			label = words[i+1]
		}
	}
	return fmt.Sprintf("%s dev %s label %s", a, device, label)
}

// ourRouters writes the model in the terms of the dump.
func ourRouters(c config.Config) []router {
	var all []router
	for _, v := range c.VirtualRouters {
		r := router{
			"name=" + v.Name,
			"Wantstate=" + map[bool]string{true: "MASTER", false: "BACKUP"}[v.InitialMaster],
			"interface=" + v.Interface,
			fmt.Sprintf("Virtual Router ID=%d", v.ID),
			fmt.Sprintf("Priority=%d", v.Priority),
			fmt.Sprintf("Advert interval=%d sec", int(v.AdvertInterval.Seconds())),
			"Preempt=" + map[bool]string{true: "disabled", false: "enabled"}[v.NoPreempt],
		}
		if v.Authentication.Type == config.AuthPass {
			r = append(r, "Password="+string(v.Authentication.Password))
		}
		for _, a := range v.Addresses {
			r = append(r, fmt.Sprintf("address=%s dev %s label %s", a.Prefix, cmp.Or(a.Device, v.Interface), a.Label))
		}
		all = append(all, r)
	}
	return all
}

// servicesOf writes the virtual servers, real servers and checks of a dump, one line each.
func servicesOf(dump string) []string {
	var all []string
	var service, real, retries string
	checks := false
	extend := func(s string) { all[len(all)-1] += s }
	for line := range lines(dump) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch {
		case strings.Contains(line, "Health checkers"):
			checks = true
		case key == "VS VIP":
			service = strings.Replace(value, ", VPORT = ", " ", 1)
			all = append(all, "service "+service)
		case key == "lvs_sched", key == "persistence timeout", key == "protocol", key == "default forwarding method":
			extend(" " + strings.TrimSuffix(value, ", type = IPIP"))
		case key == "RIP":
			real, _, _ = strings.Cut(value, " EFF")
			all = append(all, "real "+strings.NewReplacer(", RPORT = ", " ", ", WEIGHT = ", " weight ").Replace(real))
		case !checks:
		case strings.HasPrefix(line, " ["):
			all = append(all, "check")
		case key == "Retries":
			retries = value
			extend(" retries " + value)
		case key == "Delay before retry" && retries != "0":
			extend(" delay " + strings.TrimSuffix(value, " us"))
		case key == "Delay loop":
			extend(" interval " + strings.TrimSuffix(value, " us"))
		case key == "Dest":
			extend(" target " + value)
		case key == "Timeout":
			extend(" timeout " + value)
		}
	}
	return all
}

// ourServices writes the model in the same way.
func ourServices(c config.Config) []string {
	var services, checks []string
	for _, s := range c.VirtualServers {
		line := fmt.Sprintf("service %s %d %s", s.Address.Addr(), s.Address.Port(), s.Scheduler)
		if s.Persistence > 0 {
			line += fmt.Sprintf(" %d", int(s.Persistence.Seconds()))
		}
		services = append(services, fmt.Sprintf("%s %s %s", line, s.Protocol, s.Method))
		for _, r := range s.RealServers {
			services = append(services, fmt.Sprintf("real %s %d weight %d", r.Address.Addr(), r.Address.Port(), r.Weight))
			for _, k := range r.Checks {
				delay := ""
				if k.Retries > 0 {
					delay = fmt.Sprintf(" delay %d", k.RetryDelay.Microseconds())
				}
				checks = append(checks, fmt.Sprintf("check interval %d retries %d%s target [%s]:%d timeout %.6f",
					k.Interval.Microseconds(), k.Retries, delay, k.Target.Addr(), k.Target.Port(), k.Timeout.Seconds()))
			}
		}
	}
	return append(services, checks...)
}

// lines gives the lines of a dump without the time before them.
func lines(dump string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for s := bufio.NewScanner(strings.NewReader(dump)); s.Scan(); {
			line := s.Text()
			if len(line) > 26 && line[3] == ' ' && line[24:26] == ": " {
				line = line[26:]
			}
			if !yield(line) {
				return
			}
		}
	}
}
