package keepalived_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"os/user"
	"strings"
	"time"

	"github.com/lvsctl/lvsctl/config"
	"github.com/lvsctl/lvsctl/config/keepalived/oracle"
)

// asPrinted writes the model as keepalived prints it: the same blocks with the
// same keys, as far as the model holds them.
func asPrinted(c *config.Config) []oracle.Block {
	p := &printer{config: c}
	p.global()
	p.static()
	p.trackers()
	for i := range c.VirtualRouters {
		p.instance(&c.VirtualRouters[i])
	}
	for i := range c.SyncGroups {
		p.syncGroup(&c.SyncGroups[i])
	}
	p.tls()
	for i := range c.ServerGroups {
		p.serverGroup(&c.ServerGroups[i])
	}
	for i := range c.VirtualServers {
		p.virtualServer(&c.VirtualServers[i])
	}
	return p.blocks
}

type printer struct {
	config *config.Config
	blocks []oracle.Block
}

func (p *printer) begin(kind oracle.Kind, name string) {
	p.blocks = append(p.blocks, oracle.Block{Kind: kind, Name: name})
}

// add adds an entry to the last block.
func (p *printer) add(key string, value any) {
	b := &p.blocks[len(p.blocks)-1]
	b.Entries = append(b.Entries, oracle.Entry{Key: key, Value: fmt.Sprint(value)})
}

// addIf adds an entry that is printed only if something holds.
func (p *printer) addIf(holds bool, key string, value any) {
	if holds {
		p.add(key, value)
	}
}

// given tells whether a value was written, here or in an enclosing block.
func given[T any](v config.Value[T]) bool { return v.IsSet() || v.State == config.Inherited }

// word is the one of two words that keepalived prints for a flag.
func word(f config.Flag, yes, no string) string {
	if f.V {
		return yes
	}
	return no
}

// seconds are whole ones, cut off.
func seconds(d time.Duration) int64 { return int64(d / time.Second) }

func decimal(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }

func microseconds(d time.Duration) string { return fmt.Sprintf("%d us", d.Microseconds()) }

// command writes a command line with every word quoted.
func command(line config.CommandLine) string {
	var words []string
	for _, w := range line {
		quote := "'"
		if strings.Contains(w, "'") {
			quote = `"`
		}
		words = append(words, quote+w+quote)
	}
	return strings.Join(words, " ")
}

func (p *printer) commandAs(c *config.Command) string {
	return command(c.Run.V) + ", uid:gid " + p.ids(c.User, c.Group)
}

// ids gives the numbers of a user and a group. Who is not told is the user of all scripts.
func (p *printer) ids(name, group config.Text) string {
	if !name.IsKnown() {
		name, group = p.config.Global.Scripts.User, p.config.Global.Scripts.Group
	}
	if name.V == "" {
		return oracle.ScriptIDs
	}
	u, err := user.Lookup(name.V)
	if err != nil {
		return err.Error()
	}
	gid := u.Gid
	if group.V != "" {
		g, err := user.LookupGroup(group.V)
		if err != nil {
			return err.Error()
		}
		gid = g.Gid
	}
	return u.Uid + ":" + gid
}

// bare leaves out the length of the prefix of a single address.
func bare(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// weight writes what a tracker is worth.
func weight(w config.Value[int32], reverse config.Flag) string {
	return fmt.Sprint(w.V) + word(reverse, " reverse", "")
}

// tracked writes what a router or group tracks. keepalived has another sign for
// each kind between the name and the weight.
func (p *printer) tracked(t *config.Tracking, processes string) {
	for _, list := range []struct {
		key, sign string
		of        []config.Tracked
	}{
		{"Tracked interfaces", "", t.Interfaces},
		{"Tracked scripts", "", t.Scripts},
		{"Tracked files", ",", t.Files},
		{processes, ",", t.Processes},
		{"Tracked BFDs", ":", t.BFD},
	} {
		for _, x := range list.of {
			p.addIf(!x.Missing || list.sign == ":" && p.defined(x.Name.V), list.key, x.Name.V+list.sign+" weight "+weight(x.Weight, x.Reverse))
		}
	}
}

// defined tells of a BFD session. One without neighbour is tracked, and never up.
func (p *printer) defined(name string) bool {
	for _, b := range p.config.BFD {
		if b.Name.V == name {
			return true
		}
	}
	return false
}

func (p *printer) notifications(n *config.Notifications) {
	for _, s := range []struct {
		what string
		run  *config.Command
	}{
		{"Backup", n.Backup},
		{"Master", n.Master},
		{"Fault", n.Fault},
		{"Stop", n.Stop},
		{"Deleted", n.Deleted},
		{"Generic", n.Any},
		{"Master rx lower pri", n.LowerPriority},
	} {
		if s.run != nil {
			p.add(s.what+" state transition script", p.commandAs(s.run))
		}
	}
}

// address writes a virtual or static address. device is where it goes that names none.
func address(a *config.VirtualAddress, device string) string {
	s := bare(a.Prefix.V)
	if a.Peer.IsSet() {
		s = a.Prefix.V.Addr().String()
	}
	s += broadcast(a)
	s += " dev " + device + word(a.UseVMAC, " use_vmac", "")
	s += " scope " + cmp.Or(a.Scope.V, "global")
	s += since(a.Label.IsSet(), " label "+a.Label.V)
	s += since(a.Peer.IsSet(), " peer "+a.Peer.V.String())
	s += word(a.Home, " home", "") + word(a.NoDAD, " -nodad", "") + word(a.ManageTempAddress, " mngtmpaddr", "")
	s += word(a.NoPrefixRoute, " noprefixroute", "") + word(a.AutoJoin, " autojoin", "") + word(a.NoTrack, " no_track", "")
	s += since(a.TrackGroup.IsSet(), " track_group "+a.TrackGroup.V)
	if a.Prefix.V.Addr().Is6() {
		s += lifetime(a)
	}
	return s
}

// broadcast is the address that a sign stands for: all bits of the host set, or none.
func broadcast(a *config.VirtualAddress) string {
	net := a.Prefix.V.Masked()
	switch {
	case !a.Broadcast.IsSet():
		return ""
	case a.Broadcast.V == "-":
		return " brd " + net.Addr().String()
	case a.Broadcast.V == "+":
		_, last := rangeOf(net.String())
		return " brd " + last
	default:
		return " brd " + a.Broadcast.V
	}
}

// lifetime is that of an IPv6 address: a single one is deprecated, so that it is
// not the source of new connections.
func lifetime(a *config.VirtualAddress) string {
	switch {
	case a.PreferredLifetime.V == "0" || !a.PreferredLifetime.IsSet() && a.Prefix.V.IsSingleIP():
		return " deprecated"
	default:
		return " preferred_lft " + cmp.Or(a.PreferredLifetime.V, "forever")
	}
}

func since(holds bool, text string) string {
	if holds {
		return text
	}
	return ""
}

// route writes the part of a route that is compared: see comparableRoute.
func route(r *config.Route) string {
	s := ""
	if r.Type.V != "" && r.Type.V != "unicast" {
		s = r.Type.V + " "
	}
	s += bare(r.Destination.V)
	s += since(r.Source.IsSet(), " src "+r.Source.V.String())
	s += since(r.Via.IsSet(), " via "+r.Via.V.String())
	s += since(r.Device.IsSet(), " dev "+r.Device.V)
	s += since(r.Table.IsSet() && table(r.Table.V) != "254", " table "+table(r.Table.V))
	s += since(r.Metric.IsSet(), " metric "+fmt.Sprint(r.Metric.V))
	for _, n := range r.NextHops {
		s += " nexthop" + since(n.Via.IsSet(), " via "+n.Via.V.String()) + since(n.Device.IsSet(), " dev "+n.Device.V)
		s += since(n.Weight.IsSet(), " weight "+fmt.Sprint(n.Weight.V))
	}
	return s + since(r.TrackGroup.IsSet(), " track_group "+r.TrackGroup.V)
}

// comparableRoute leaves of keepalived's line what the model holds one by one:
// the options of ip route are kept as they are written.
func comparableRoute(line string) string {
	words := strings.Fields(line)[1:] // add, append or prepend
	var kept []string
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case i == 0, i == 1 && strings.ContainsAny(w, ".:"):
			kept = append(kept, w)
		case w == "via" && i+2 < len(words):
			kept = append(kept, w, words[i+2])
			i += 2
		case w == "nexthop":
			kept = append(kept, w)
		case i+1 < len(words) && (w == "src" || w == "dev" || w == "table" || w == "metric" || w == "weight" || w == "track_group"):
			kept = append(kept, w, words[i+1])
			i++
		}
	}
	return strings.Join(kept, " ")
}

// table gives the number of a routing table with a name.
func table(name string) string {
	switch name {
	case "main":
		return "254"
	case "local":
		return "255"
	case "default":
		return "253"
	default:
		return name
	}
}

// rule writes the part of a rule that is compared: see comparableRule.
func rule(r *config.Rule) string {
	s := "from all"
	if r.From.IsSet() {
		s = "from " + prefix(r.From.V)
	}
	s += since(r.To.IsSet(), " to "+prefix(r.To.V))
	s += since(r.Preference.IsKnown(), " priority "+fmt.Sprint(r.Preference.V))
	s += since(r.InDevice.IsSet(), " iif "+r.InDevice.V) + since(r.OutDevice.IsSet(), " oif "+r.OutDevice.V)
	s += since(r.Table.IsSet(), " lookup "+table(r.Table.V))
	return s + word(r.NoTrack, " no_track", "") + since(r.TrackGroup.IsSet(), " track_group "+r.TrackGroup.V)
}

func prefix(p netip.Prefix) string {
	if p.IsValid() {
		return bare(p)
	}
	return "all"
}

// comparableRule leaves of keepalived's line what the model holds one by one.
func comparableRule(line string) string {
	words := strings.Fields(line)
	var kept []string
	for i := 0; i < len(words); i++ {
		switch w := words[i]; w {
		case "from", "to", "priority", "iif", "oif", "lookup", "track_group":
			if i+1 < len(words) && w+words[i+1] != "lookup0" {
				kept = append(kept, w, words[i+1])
			}
			i++
		case "no_track":
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}
