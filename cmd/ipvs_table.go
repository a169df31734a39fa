package cmd

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/lvsctl/lvsctl/ipvs"
	"github.com/lvsctl/lvsctl/ipvs/document"
)

// column is one of a table of services and servers. What is nil is empty in that
// kind of line.
type column struct {
	title   string
	service func(*ipvs.ServiceEntry) any
	server  func(*ipvs.DestinationEntry) any
}

// counter is a column of what services and servers both count.
func counter(title string, of func(ipvs.Stats) uint64) column {
	return column{
		title:   title,
		service: func(s *ipvs.ServiceEntry) any { return of(s.Stats) },
		server:  func(d *ipvs.DestinationEntry) any { return of(d.Stats) },
	}
}

func plainColumns() []column {
	return []column{
		{title: "FORWARD", server: func(d *ipvs.DestinationEntry) any { return strings.ToLower(d.Method.String()) }},
		{title: "WEIGHT", server: func(d *ipvs.DestinationEntry) any { return d.Weight }},
		{title: "ACTIVE", server: func(d *ipvs.DestinationEntry) any { return d.ActiveConns }},
		{title: "INACTIVE", server: func(d *ipvs.DestinationEntry) any { return d.InactiveConns }},
	}
}

func statsColumns() []column {
	return []column{
		counter("CONNS", func(s ipvs.Stats) uint64 { return s.Connections }),
		counter("PKTS IN", func(s ipvs.Stats) uint64 { return s.PacketsIn }),
		counter("PKTS OUT", func(s ipvs.Stats) uint64 { return s.PacketsOut }),
		counter("BYTES IN", func(s ipvs.Stats) uint64 { return s.BytesIn }),
		counter("BYTES OUT", func(s ipvs.Stats) uint64 { return s.BytesOut }),
	}
}

func rateColumns() []column {
	return []column{
		counter("CONNS/S", func(s ipvs.Stats) uint64 { return s.CPS }),
		counter("PKTS/S IN", func(s ipvs.Stats) uint64 { return s.PPSIn }),
		counter("PKTS/S OUT", func(s ipvs.Stats) uint64 { return s.PPSOut }),
		counter("BYTES/S IN", func(s ipvs.Stats) uint64 { return s.BPSIn }),
		counter("BYTES/S OUT", func(s ipvs.Stats) uint64 { return s.BPSOut }),
	}
}

func wideColumns() []column {
	columns := append(plainColumns(),
		column{title: "PERSISTENT", server: func(d *ipvs.DestinationEntry) any { return d.PersistentConns }},
		column{title: "UPPER", server: func(d *ipvs.DestinationEntry) any { return d.UpperThreshold }},
		column{title: "LOWER", server: func(d *ipvs.DestinationEntry) any { return d.LowerThreshold }},
		column{title: "TUNNEL", server: func(d *ipvs.DestinationEntry) any { return tunnelWord(d.Destination) }},
	)
	return append(append(columns, statsColumns()...), rateColumns()...)
}

// printTable writes a line for each service and below it one for each of its
// servers. How a service is set up stands behind its last cell: it would widen any
// column that it stood in.
func printTable(w io.Writer, t ipvs.Table, columns []column) error {
	title := row{cells: []string{"SERVICE / SERVER"}}
	for _, c := range columns {
		title.cells = append(title.cells, c.title)
	}
	rows := []row{title}
	for _, s := range document.Sorted(t) {
		rows = append(rows, serviceRow(s, columns))
		for i := range s.Destinations {
			d := &s.Destinations[i]
			r := row{cells: []string{"  " + d.Address.String()}}
			for _, c := range columns {
				r.cells = append(r.cells, fmt.Sprint(c.server(d)))
			}
			rows = append(rows, r)
		}
	}
	return printRows(w, rows)
}

func serviceRow(s *ipvs.ServiceEntry, columns []column) row {
	r := row{cells: []string{serviceWord(s.ServiceKey)}, rest: settingWords(s.Service)}
	last := len(columns)
	for last > 0 && columns[last-1].service == nil {
		last--
	}
	for _, c := range columns[:last] {
		cell := ""
		if c.service != nil {
			cell = fmt.Sprint(c.service(s))
		}
		r.cells = append(r.cells, cell)
	}
	return r
}

// row is a line of a table: cells in columns, and a text behind them.
type row struct {
	cells []string
	rest  string
}

// printRows writes columns that are as wide as the widest of their cells.
func printRows(w io.Writer, rows []row) error {
	var widths []int
	for _, r := range rows {
		for i, cell := range r.cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var line []byte
	for _, r := range rows {
		line = line[:0]
		for i, cell := range r.cells {
			line = append(line, cell...)
			for n := utf8.RuneCountInString(cell); n < widths[i]+2; n++ {
				line = append(line, ' ')
			}
		}
		line = append([]byte(strings.TrimRight(string(append(line, r.rest...)), " ")), '\n')
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// tunnelWord is the encapsulation in a word: "gue:6080:csum".
func tunnelWord(d ipvs.Destination) string {
	t := document.ServerOf(d).Tunnel
	if t == nil {
		return "-"
	}
	words := []string{t.Type}
	if t.Port != 0 {
		words = append(words, fmt.Sprint(t.Port))
	}
	if t.Checksum != "" {
		words = append(words, t.Checksum)
	}
	return strings.Join(words, ":")
}

// serviceWord names a service: "tcp 192.0.2.1:80".
func serviceWord(k ipvs.ServiceKey) string {
	protocol, name, _ := strings.Cut(k.String(), " ")
	return strings.ToLower(protocol) + " " + name
}

// settingWords is how a service is set up: "wlc persistent 300s".
func settingWords(s ipvs.Service) string {
	of := document.SettingOf(s)
	words := append([]string{of.Scheduler}, of.SchedulerFlags...)
	if of.Persistence != nil {
		words = append(words, fmt.Sprintf("persistent %ds", *of.Persistence))
	}
	if of.Netmask != "" {
		words = append(words, "mask "+of.Netmask)
	}
	if of.PE != "" {
		words = append(words, "pe "+of.PE)
	}
	if of.OnePacket {
		words = append(words, "ops")
	}
	return strings.Join(words, " ")
}
