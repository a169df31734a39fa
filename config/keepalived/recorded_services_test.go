package keepalived

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config"
)

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
		line := fmt.Sprintf("service %s %d %s", s.Address.V.Addr(), s.Address.V.Port(), s.Scheduler.V)
		if s.Persistence.V > 0 {
			line += fmt.Sprintf(" %d", int(s.Persistence.V.Seconds()))
		}
		services = append(services, fmt.Sprintf("%s %s %s", line, s.Protocol.V, s.Forwarding.Method.V))
		for _, r := range s.RealServers {
			services = append(services, fmt.Sprintf("real %s %d weight %d", r.Address.V.Addr(), r.Address.V.Port(), r.Weight.V))
			for _, k := range r.Checks {
				delay := ""
				if k.Times.Retries.V > 0 {
					delay = fmt.Sprintf(" delay %d", k.Times.RetryDelay.V.Microseconds())
				}
				checks = append(checks, fmt.Sprintf("check interval %d retries %d%s target [%s]:%d timeout %.6f",
					k.Times.Interval.V.Microseconds(), k.Times.Retries.V, delay, k.Address.V, k.Port.V, k.Times.Timeout.V.Seconds()))
			}
		}
	}
	return append(services, checks...)
}
