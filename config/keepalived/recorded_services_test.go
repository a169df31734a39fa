package keepalived

import (
	"cmp"
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
	checks := false
	extend := func(s string) { all[len(all)-1] += " " + s }
	for line := range lines(dump) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		value = strings.TrimSuffix(value, " us")
		switch {
		case strings.Contains(line, "Health checkers"):
			checks = true
		case key == "VS VIP":
			all = append(all, "service "+strings.Replace(value, ", VPORT = ", " ", 1))
		case key == "VS GROUP", key == "VS FWMARK":
			all = append(all, "service "+strings.TrimSuffix(value, ":0"))
		case key == "RIP":
			real, _, _ := strings.Cut(value, " EFF")
			all = append(all, "real "+strings.NewReplacer(", RPORT = ", " ", ", WEIGHT = ", " weight ").Replace(real))
		case key == "quorum":
			value, _, _ = strings.Cut(value, ",")
			extend("quorum " + value)
		case key == "lvs_sched", key == "persistence timeout", key == "protocol", key == "default forwarding method", key == "forwarding method":
			extend(value)
		case key == "Alpha is ON" && !checks:
			extend("alpha")
		case checks && strings.HasPrefix(line, " ") && line[1] != ' ':
			all = append(all, "check")
		case checks && checkKeys[key] != "":
			extend(checkKeys[key] + value)
		}
	}
	return all
}

// checkKeys are the lines of a check that are compared, and what stands for them.
var checkKeys = map[string]string{
	"Alpha": "alpha ", "Delay loop": "interval ", "Warmup": "warmup ", "Retries": "retries ", "Delay before retry": "delay ",
	"Dest": "target ", "Bind to": "from ", "Timeout": "timeout ", "Keepalive method": "is ",
}

// ourServices writes the model in the same way.
func ourServices(c config.Config) []string {
	var services, checks []string
	for i := range c.VirtualServers {
		s := &c.VirtualServers[i]
		line := fmt.Sprintf("service %s %s", recordedName(s), s.Scheduler.V)
		if s.Persistence.V > 0 {
			line += fmt.Sprintf(" %d", int(s.Persistence.V.Seconds()))
		}
		services = append(services, fmt.Sprintf("%s %s quorum %d %s", line, cmp.Or(s.Protocol.V, "none"), s.Quorum.V, recordedMethod(&s.Forwarding)))
		for _, r := range s.RealServers {
			alpha := map[bool]string{true: " alpha"}[r.Alpha.V]
			services = append(services, fmt.Sprintf("real %s %d weight %d %s%s", r.Address.V.Addr(), r.Address.V.Port(), r.Weight.V, recordedMethod(&r.Forwarding), alpha))
			for k := range r.Checks {
				checks = append(checks, recordedCheck(&r.Checks[k]))
			}
		}
	}
	return append(services, checks...)
}

func recordedName(s *config.VirtualServer) string {
	switch {
	case s.Group.IsSet():
		return "[" + s.Group.V + "]"
	case s.FWMark.IsSet():
		return fmt.Sprint(s.FWMark.V)
	default:
		return fmt.Sprintf("%s %d", s.Address.V.Addr(), s.Address.V.Port())
	}
}

func recordedMethod(f *config.Forwarding) string {
	m := string(f.Method.V)
	if f.Method.V != config.TUN {
		return m
	}
	m += ", type = " + strings.ToUpper(f.TunnelType.V)
	if f.TunnelPort.V != 0 {
		m += fmt.Sprintf(", port = %d", f.TunnelPort.V)
	}
	return m + map[string]string{"nocsum": ", no checksum", "csum": ", checksum", "remcsum": ", remote checksum"}[f.TunnelChecksum.V]
}

func recordedCheck(k *config.Check) string {
	var b strings.Builder
	fmt.Fprintf(&b, "check alpha %s interval %d warmup %d retries %d", map[bool]string{true: "yes", false: "no"}[k.Alpha.V],
		k.Times.Interval.V.Microseconds(), k.Times.Warmup.V.Microseconds(), k.Times.Retries.V)
	if k.Times.Retries.V > 0 {
		fmt.Fprintf(&b, " delay %d", k.Times.RetryDelay.V.Microseconds())
	}
	if k.Kind.V != config.CheckExec {
		fmt.Fprintf(&b, " target [%s]:%d", k.Address.V, k.Port.V)
		if k.Source != nil && k.Source.Address.IsSet() {
			fmt.Fprintf(&b, " from [%s]:%d", k.Source.Address.V, k.Source.Port.V)
		}
		fmt.Fprintf(&b, " timeout %.6f", k.Times.Timeout.V.Seconds())
	}
	fmt.Fprintf(&b, " is %s", k.Kind.V.Name())
	if k.HTTP != nil {
		fmt.Fprintf(&b, ", http protocol %s", k.HTTP.Version.V)
	}
	return b.String()
}
