package keepalived

import (
	"math"
	"net"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// mailRows are how mails are sent.
func mailRows() []row[config.Global] {
	m := func(g *config.Global) *config.Mail { return &g.Mail }
	return append(lax(
		textRow("notification_email_from", func(g *config.Global) *config.Text { return &m(g).From }),
		textRow("smtp_helo_name", func(g *config.Global) *config.Text { return &m(g).Helo })),
		namesRow("notification_email", func(g *config.Global) *[]config.Text { return &m(g).To }),
		row[config.Global]{names: "smtp_server", args: 1, more: true, read: readSMTPServer, write: writeSMTPServer},
		aSecondRow("smtp_connect_timeout", math.MaxUint32/1_000_000, func(g *config.Global) *config.Span { return &m(g).ConnectTimeout }),
		boolRow("smtp_alert", func(g *config.Global) *config.Flag { return &m(g).Alert }),
		boolRow("smtp_alert_vrrp", func(g *config.Global) *config.Flag { return &m(g).AlertVRRP }),
		boolRow("smtp_alert_checker", func(g *config.Global) *config.Flag { return &m(g).AlertChecker }),
		flagRow("no_email_faults", true, func(g *config.Global) *config.Flag { return &m(g).NoFaults }),
		flagRow("no_checker_emails", true, func(g *config.Global) *config.Flag { return &m(g).NoCheckers }),
	)
}

// readSMTPServer reads a host and a port.
func readSMTPServer(r *reader, s *statement, g *config.Global) {
	host := s.words[1].text
	if len(s.words) > 2 {
		host = net.JoinHostPort(host, s.words[2].text)
	}
	g.Mail.Server = written(host, s)
	if len(s.words) > 3 {
		r.extraWords(s, s.words[3:])
	}
}

func writeSMTPServer(g *config.Global) []Line {
	v := g.Mail.Server
	if !v.IsSet() {
		return nil
	}
	words := []string{"smtp_server", quoteText(v.V)}
	if host, port, err := net.SplitHostPort(v.V); err == nil {
		words = []string{"smtp_server", quoteText(host), quoteText(port)}
	}
	return []Line{{Words: words, Where: v.Where}}
}

// secondsRow is a keyword with whole seconds.
func secondsRow[T any](name string, low, high int64, field func(*T) *config.Span) row[T] {
	w := spanRow(name, 0, 0, asKeepalived, field)
	w.read = func(r *reader, s *statement, to *T) {
		if n, ok := r.integer(s.words[1], low, high, tolerant, asKeepalived); ok {
			*field(to) = written(time.Duration(n)*time.Second, s)
		}
	}
	return w
}

// aSecondRow is a keyword with whole seconds, at least one.
func aSecondRow[T any](name string, high int64, field func(*T) *config.Span) row[T] {
	w := secondsRow(name, 0, high, field)
	read := w.read
	w.read = func(r *reader, s *statement, to *T) {
		read(r, s, to)
		if v := field(to); v.IsSet() && v.V == 0 {
			r.warn(s.words[1].at, "", "%s must be 1 or more: taken as 1, as keepalived does", quote(s.keyword()))
			v.Adjust(time.Second)
		}
	}
	return w
}

// countRow is a keyword with a number of times, at least once.
func countRow[T any](name string, low, high int64, field func(*T) *config.Value[uint32]) row[T] {
	w := numberRow(name, 0, high, tolerant, asKeepalived, field)
	read := w.read
	w.read = func(r *reader, s *statement, to *T) {
		read(r, s, to)
		if v := field(to); v.IsSet() && int64(v.V) < low {
			r.warn(s.words[1].at, "", "%s must be %d or more: taken as %d, as keepalived does", quote(s.keyword()), low, low)
			v.Adjust(uint32(low))
		}
	}
	return w
}
