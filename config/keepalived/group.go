package keepalived

import (
	"math"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// syncGroupRow is vrrp_sync_group. One without a name, or with more than one
// word for it, is none to keepalived.
func syncGroupRow() row[config.Config] {
	return blockRow("vrrp_sync_group", syncGroupTable,
		func(r *reader, s *statement, c *config.Config) *config.SyncGroup {
			if !r.oneName(s) {
				return nil
			}
			return named(r, s, &c.SyncGroups, func(u *config.SyncGroup, name config.Text, where config.Position) { u.Name, u.Where = name, where })
		},
		func(c *config.Config, write func(*config.SyncGroup, config.Position, ...string)) {
			for i := range c.SyncGroups {
				write(&c.SyncGroups[i], c.SyncGroups[i].Where, quoteText(c.SyncGroups[i].Name.V))
			}
		})
}

// syncGroupTable is vrrp_sync_group.
var syncGroupTable = sync.OnceValue(func() table[config.SyncGroup] {
	return newTable("vrrp_sync_group",
		[]row[config.SyncGroup]{membersRow(func(g *config.SyncGroup) *[]config.Text { return &g.Members })},
		trackingRows(func(g *config.SyncGroup) *config.Tracking { return &g.Track }),
		notifyRows(func(g *config.SyncGroup) *config.Notifications { return &g.Notify }),
		[]row[config.SyncGroup]{
			boolRow("smtp_alert", func(g *config.SyncGroup) *config.Flag { return &g.Alert }),
			flagRow("global_tracking", true, func(g *config.SyncGroup) *config.Flag { return &g.GlobalTracking }),
			flagRow("sync_group_tracking_weight", true, func(g *config.SyncGroup) *config.Flag { return &g.TrackingWeight }),
		},
	)
})

// membersRow is group; the first one counts.
func membersRow[T any](field func(*T) *[]config.Text) row[T] {
	w := namesRow("group", field)
	read := w.read
	w.read = func(r *reader, s *statement, to *T) {
		if m := *field(to); len(m) > 0 {
			r.warn(s.at(), "", `"group" is there a second time: %s; the first is in line %d`, asKeepalived, m[0].Where.Line)
			return
		}
		read(r, s, to)
	}
	return w
}

// staticRows are what stays whatever the routers do, and who fails with it.
func staticRows() []row[config.Config] {
	return []row[config.Config]{
		blockRow("track_group", trackGroupTable,
			func(r *reader, s *statement, c *config.Config) *config.TrackGroup {
				if !r.oneName(s) {
					return nil
				}
				return named(r, s, &c.TrackGroups, func(u *config.TrackGroup, name config.Text, where config.Position) { u.Name, u.Where = name, where })
			},
			func(c *config.Config, write func(*config.TrackGroup, config.Position, ...string)) {
				for i := range c.TrackGroups {
					write(&c.TrackGroups[i], c.TrackGroups[i].Where, quoteText(c.TrackGroups[i].Name.V))
				}
			}),
		addressesRow("static_ipaddress", true, func(c *config.Config) *[]config.VirtualAddress { return &c.StaticAddresses }),
		routesRow("static_routes", true, func(c *config.Config) *[]config.Route { return &c.StaticRoutes }),
		rulesRow("static_rules", true, func(c *config.Config) *[]config.Rule { return &c.StaticRules }),
		garpGroupRow(),
	}
}

// trackGroupTable is track_group.
var trackGroupTable = sync.OnceValue(func() table[config.TrackGroup] {
	return newTable("track_group", []row[config.TrackGroup]{
		membersRow(func(g *config.TrackGroup) *[]config.Text { return &g.Members }),
	})
})

// garpGroupRow is garp_group. One without an interval is none to keepalived.
func garpGroupRow() row[config.Config] {
	return row[config.Config]{
		names: "garp_group", block: true, more: true,
		read: func(r *reader, s *statement, c *config.Config) {
			g := config.GARPGroup{Where: s.at()}
			readBlock(r, garpGroupTable(), s.block, &g)
			if !g.GARPInterval.IsSet() && !g.GNAInterval.IsSet() {
				r.warn(s.at(), `add "garp_interval" or "gna_interval"`, "garp_group without an interval: left out, as keepalived does")
				return
			}
			c.GARPGroups = append(c.GARPGroups, g)
		},
		write: func(c *config.Config) (lines []Line) {
			for i := range c.GARPGroups {
				g := &c.GARPGroups[i]
				lines = append(lines, Line{Words: []string{"garp_group"}, Where: g.Where, HasBlock: true, Block: writeBlock(garpGroupTable(), g)})
			}
			return lines
		},
	}
}

// garpGroupTable is garp_group.
var garpGroupTable = sync.OnceValue(func() table[config.GARPGroup] {
	const high = math.MaxInt32 * time.Microsecond
	return newTable("garp_group", []row[config.GARPGroup]{
		spanRow("garp_interval", 0, high, asKeepalived, func(g *config.GARPGroup) *config.Span { return &g.GARPInterval }),
		spanRow("gna_interval", 0, high, asKeepalived, func(g *config.GARPGroup) *config.Span { return &g.GNAInterval }),
		{names: "interface", args: 1, read: func(_ *reader, s *statement, g *config.GARPGroup) {
			g.Interfaces = append(g.Interfaces, written(s.words[1].text, s))
		}},
		namesRow("interfaces", func(g *config.GARPGroup) *[]config.Text { return &g.Interfaces }),
	})
})
