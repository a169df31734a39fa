package keepalived

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived/oracle"
)

// TestRecordedDetails compares everything that the model has of routers, sync
// groups and scripts with what keepalived 2.2.7 printed.
func TestRecordedDetails(t *testing.T) {
	for _, path := range recordings(t, "router_") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, ds := load(t, path)
			if err := ds.Err(); err != nil {
				t.Fatalf("refused: %v", err)
			}
			want := theirDetails(readFileString(t, strings.TrimSuffix(path, ".conf")+".dump"))
			if diff := gocmp.Diff(want, ourDetails(&c)); diff != "" {
				t.Errorf("keepalived -, lvsctl +:\n%s\n%s", diff, dumpDiagnostics(ds))
			}
		})
	}
}

// load reads a file as with --keepalived-compat.
func load(t *testing.T, path string) (config.Config, config.Diagnostics) {
	t.Helper()
	c, ds, err := LoadWith(path, Options{Compat: true})
	if err != nil {
		t.Fatal(err)
	}
	return c, ds
}

// details are the settings of a block, by its name.
type details map[string][]string

// compared are the keys of a dump that ourDetails gives too.
func compared() map[oracle.Kind][]string {
	return map[oracle.Kind][]string{
		oracle.Instance: {
			"VRRP Version", "Wantstate", "Interface", "VRRP interface tracking", "Multicast address",
			"Gratuitous ARP delay", "Gratuitous ARP repeat", "Gratuitous ARP refresh", "Gratuitous ARP refresh repeat",
			"Gratuitous ARP lower priority delay", "Gratuitous ARP lower priority repeat", "Down timer adverts",
			"Send advert after receive lower priority advert", "Send advert after receive higher priority advert",
			"Skip checking advert IP addresses", "Virtual Router ID", "Priority", "Advert interval", "Accept", "Preempt", "Preempt delay",
			"Password", "Virtual IP", "Virtual IP Excluded", "Unicast Peer", "Unicast TTL", "Tracked interfaces", "Tracked scripts", "Tracked files",
			"Using smtp notification", "Notify priority changes", "Sync group", "Virtual Routes", "Virtual Rules", "Use VMAC",
		},
		oracle.SyncGroup: {"VRRP member instances", "Tracked scripts", "Using smtp notification"},
		oracle.Script:    {"Interval", "Weight", "Rise", "Fall"},
		oracle.TrackFile: {"File", "Weight"},
	}
}

func theirDetails(dump string) details {
	all := details{}
	for _, b := range oracle.Parse(dump) {
		keys := compared()[b.Kind]
		list := []string{}
		for _, e := range b.Entries {
			if slices.Contains(keys, e.Key) {
				list = append(list, theirDetail(e))
			}
		}
		slices.Sort(list)
		name, _, _ := strings.Cut(b.Name, ",")
		all[string(b.Kind)+" "+name] = list
	}
	return all
}

// vmacOn is the VMAC on an interface, which holds its addresses.
var vmacOn = regexp.MustCompile(`dev \S+@`)

// theirDetail writes an entry of a dump so that ours can be the same.
func theirDetail(e oracle.Entry) string {
	switch e.Key {
	case "Virtual IP", "Virtual IP Excluded":
		e.Value = vmacOn.ReplaceAllString(normalAddress(e.Value, ""), "dev ")
	case "Interface":
		name, rest, _ := strings.Cut(e.Value, ", vmac on ")
		if rest != "" {
			name, _, _ = strings.Cut(rest, ",")
		}
		e.Value = name
	case "Virtual Routes":
		_, e.Value, _ = strings.Cut(e.Value, " ") // the action
		e.Value, _, _ = strings.Cut(strings.TrimPrefix(e.Value, "blackhole "), " ")
	case "Virtual Rules":
		words := strings.Fields(e.Value)
		e.Value = words[slices.Index(words, "priority")+1]
	case "Use VMAC":
		_, e.Value, _ = strings.Cut(e.Value, ", ")
	case "Multicast address":
		e.Value, _, _ = strings.Cut(e.Value, ",")
	case "Tracked files":
		e.Value = strings.Replace(e.Value, ",", "", 1)
	}
	return e.Key + " = " + e.Value
}

func ourDetails(c *config.Config) details {
	all := details{}
	groups := map[string]string{}
	for _, g := range c.SyncGroups {
		list := []string{"Using smtp notification = " + yes(g.Alert.V)}
		for _, m := range g.Members {
			groups[m.V] = g.Name.V
			list = append(list, "VRRP member instances = "+m.V)
		}
		list = append(list, trackedDetails("Tracked scripts", g.Track.Scripts)...)
		slices.Sort(list)
		all["sync group "+g.Name.V] = list
	}
	for i := range c.VirtualRouters {
		v := &c.VirtualRouters[i]
		list := routerDetails(v)
		if g := groups[v.Name.V]; g != "" {
			list = append(list, "Sync group = "+g)
		}
		slices.Sort(list)
		all["instance "+v.Name.V] = list
	}
	trackerDetails(c, all)
	return all
}

// trackerDetails are those of what is used; keepalived forgets the rest.
func trackerDetails(c *config.Config, all details) {
	used := map[string]bool{}
	for _, v := range c.VirtualRouters {
		for _, s := range v.Track.Scripts {
			used[s.Name.V] = true
		}
	}
	for _, s := range c.Scripts {
		if used[s.Name.V] {
			all["script "+s.Name.V] = []string{
				fmt.Sprintf("Fall = %d", s.Fall.V), fmt.Sprintf("Interval = %.0f sec", s.Interval.V.Seconds()),
				fmt.Sprintf("Rise = %d", s.Rise.V), "Weight = " + weightText(s.Weight.V, s.Reverse.V),
			}
		}
	}
	for _, f := range c.TrackFiles {
		if f.File.IsSet() {
			all["track file "+f.Name.V] = []string{"File = " + f.File.V, "Weight = " + weightText(f.Weight.V, f.Reverse.V)}
		}
	}
}

func routerDetails(v *config.VirtualRouter) []string {
	a, b := v.Announce, v.Protocol
	list := []string{
		fmt.Sprintf("VRRP Version = %d", v.Version.V),
		"Wantstate = " + string(v.State.V),
		"Interface = " + v.Interface.V,
		fmt.Sprintf("Gratuitous ARP delay = %.0f", a.MasterDelay.V.Seconds()),
		fmt.Sprintf("Gratuitous ARP repeat = %d", a.MasterRepeat.V),
		fmt.Sprintf("Gratuitous ARP refresh = %.0f", a.MasterRefresh.V.Seconds()),
		fmt.Sprintf("Gratuitous ARP refresh repeat = %d", a.MasterRefreshRepeat.V),
		fmt.Sprintf("Gratuitous ARP lower priority delay = %.0f", a.LowerPrioDelay.V.Seconds()),
		fmt.Sprintf("Gratuitous ARP lower priority repeat = %d", a.LowerPrioRepeat.V),
		fmt.Sprintf("Down timer adverts = %d", b.DownTimerAdverts.V),
		fmt.Sprintf("Send advert after receive lower priority advert = %t", !b.LowerPrioNoAdvert.V),
		fmt.Sprintf("Send advert after receive higher priority advert = %t", b.HigherPrioSendAdvert.V),
		fmt.Sprintf("Virtual Router ID = %d", v.ID.V),
		fmt.Sprintf("Priority = %d", v.Priority.V),
		"Advert interval = " + advertText(v),
		"Accept = " + enabled(v.Accept.V),
		"Preempt = " + enabled(v.Preempt.V),
		"Using smtp notification = " + yes(v.Alert.V),
		fmt.Sprintf("Notify priority changes = %t", v.Notify.PriorityChanges.V),
	}
	for text, there := range map[string]bool{
		"Multicast address = " + v.MulticastGroup.V.String():                         len(v.Unicast.Peers) == 0,
		fmt.Sprintf("Unicast TTL = %d", v.Unicast.TTL.V):                             len(v.Unicast.Peers) > 0,
		"VRRP interface tracking = disabled":                                         !v.Track.Primary.V,
		"Skip checking advert IP addresses = ":                                       b.SkipCheckAddresses.V,
		fmt.Sprintf("Preempt delay = %s secs", seconds(v.PreemptDelay.V)):            v.PreemptDelay.V > 0,
		fmt.Sprintf("Use VMAC = xmit_base = %t", v.VMAC != nil && v.VMAC.XmitBase.V): v.VMAC != nil && v.VMAC.Router.V,
		"Password = " + cmp.Or(passwordOf(v), "none"):                                passwordOf(v) != "",
	} {
		if there {
			list = append(list, text)
		}
	}
	return append(list, listDetails(v)...)
}

func listDetails(v *config.VirtualRouter) (list []string) {
	for key, addresses := range map[string][]config.VirtualAddress{"Virtual IP": v.Addresses, "Virtual IP Excluded": v.ExcludedAddresses} {
		for _, a := range addresses {
			list = append(list, fmt.Sprintf("%s = %s dev %s label %s", key, a.Prefix.V, cmp.Or(a.Device.V, v.Interface.V), a.Label.V))
		}
	}
	for _, p := range v.Unicast.Peers {
		most := uint8(255)
		if p.MaxTTL.IsSet() {
			most = p.MaxTTL.V
		}
		list = append(list, fmt.Sprintf("Unicast Peer = %s min_ttl %d max_ttl %d", p.Address.V, p.MinTTL.V, most))
	}
	for _, r := range v.Routes {
		list = append(list, "Virtual Routes = "+r.Destination.V.String())
	}
	for _, r := range v.Rules {
		list = append(list, fmt.Sprintf("Virtual Rules = %d", r.Preference.V))
	}
	list = append(list, trackedDetails("Tracked interfaces", v.Track.Interfaces)...)
	list = append(list, trackedDetails("Tracked scripts", v.Track.Scripts)...)
	return append(list, trackedDetails("Tracked files", v.Track.Files)...)
}

func trackedDetails(key string, list []config.Tracked) (out []string) {
	for _, t := range list {
		out = append(out, fmt.Sprintf("%s = %s weight %s", key, t.Name.V, weightText(t.Weight.V, t.Reverse.V)))
	}
	return out
}

func weightText(weight int32, reverse bool) string {
	if reverse {
		return fmt.Sprintf("%d reverse", weight)
	}
	return fmt.Sprint(weight)
}

func advertText(v *config.VirtualRouter) string {
	if v.Version.V == 2 {
		return fmt.Sprintf("%.0f sec", v.AdvertInterval.V.Seconds())
	}
	return fmt.Sprintf("%d milli-sec", v.AdvertInterval.V/time.Millisecond)
}

func passwordOf(v *config.VirtualRouter) string {
	if v.Authentication == nil {
		return ""
	}
	return string(v.Authentication.Password.V)
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func enabled(is bool) string {
	if is {
		return "enabled"
	}
	return "disabled"
}
