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

// TestRecordedRouters compares our reading of vrrp_*.conf with what keepalived
// 2.2.7 made of them.
func TestRecordedRouters(t *testing.T) {
	for _, path := range recordings(t, "vrrp_") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, ds, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := ds.Err(); err != nil {
				t.Errorf("refused: %v", err)
			}
			want := routersOf(readFileString(t, strings.TrimSuffix(path, ".conf")+".dump"))
			if diff := gocmp.Diff(want, ourRouters(c)); diff != "" {
				t.Errorf("keepalived -, lvsctl +:\n%s\n%s", diff, dumpDiagnostics(ds))
			}
		})
	}
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
		case inAddresses && strings.HasPrefix(line, "     ") && !found && isAddress(key):
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

func isAddress(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	_, err := parseAddress(word)
	return err == nil
}

// normalAddress cuts what lvsctl does not use from "10.0.0.1/24 dev eth0 scope global label eth0:1".
func normalAddress(line, device string) string {
	words := strings.Fields(line)
	a := words[0]
	switch {
	case strings.Contains(a, "/"):
	case strings.Contains(a, ":"):
		a += "/128"
	default:
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
			"name=" + v.Name.V,
			"Wantstate=" + string(v.State.V),
			"interface=" + v.Interface.V,
			fmt.Sprintf("Virtual Router ID=%d", v.ID.V),
			fmt.Sprintf("Priority=%d", v.Priority.V),
			"Advert interval=" + advertText(&v),
			"Preempt=" + map[bool]string{true: "enabled", false: "disabled"}[v.Preempt.V],
		}
		if a := v.Authentication; a != nil && a.Type.V == config.AuthPass {
			r = append(r, "Password="+string(a.Password.V))
		}
		for _, a := range v.Addresses {
			r = append(r, fmt.Sprintf("address=%s dev %s label %s", a.Prefix.V, cmp.Or(a.Device.V, v.Interface.V), a.Label.V))
		}
		all = append(all, r)
	}
	return all
}
