package keepalived

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// serviceScratch is what the reader holds while it reads a virtual server.
type serviceScratch struct {
	member     int            // place of the real server that is read
	oldRetries []oldRetry     // nb_get_retry where keepalived does not know it
	hosts      []config.Check // of the SMTP_CHECK that is read

	serviceHomes map[string]string // as homes, of the keywords about virtual servers
}

// timesRows are the keywords that fill CheckTimes. fewestRetries is 1 for servers
// and 0 for checks.
func timesRows[T any](times func(*T) *config.CheckTimes, fewestRetries int64) []row[T] {
	style := exact
	if fewestRetries == 0 {
		style = tolerant
	}
	return []row[T]{
		spanRow("delay_loop", time.Microsecond, maxDelay, "ignored", func(t *T) *config.Span { return &times(t).Interval }),
		spanRow("connect_timeout", time.Microsecond, maxTimer, "ignored", func(t *T) *config.Span { return &times(t).Timeout }),
		numberRow("retry", fewestRetries, maxUint32, style, ignored, func(t *T) *config.Value[uint32] { return &times(t).Retries }),
		spanRow("delay_before_retry", 0, maxDelay, "ignored", func(t *T) *config.Span { return &times(t).RetryDelay }),
		spanRow("warmup", 0, maxDelay, "ignored", func(t *T) *config.Span { return &times(t).Warmup }),
	}
}

// checkKinds are the kinds of check, in the order of the tables.
func checkKinds() []config.CheckKind {
	return []config.CheckKind{
		config.CheckExec, config.CheckSMTP, config.CheckTCP, config.CheckPing, config.CheckUDP,
		config.CheckHTTPS, config.CheckHTTP, config.CheckDNS, config.CheckFile, config.CheckBFD,
	}
}

// checkTables are the blocks of checks.
var checkTables = sync.OnceValue(func() map[config.CheckKind]table[config.Check] {
	tables := map[config.CheckKind]table[config.Check]{}
	for _, k := range checkKinds() {
		tables[k] = newTable(k.Name(), rowsOf(k)...)
	}
	return tables
})

func tableOfCheck(k config.CheckKind) table[config.Check] { return checkTables()[k] }

// rowsOf are the keywords of one kind of check.
func rowsOf(k config.CheckKind) [][]row[config.Check] {
	common := [][]row[config.Check]{
		timesRows(func(k *config.Check) *config.CheckTimes { return &k.Times }, 0), stateRows(), connectRows(),
	}
	old := []row[config.Check]{{names: "nb_get_retry", foreign: "both ignore it", more: true, read: readOldRetry}}
	switch k {
	case config.CheckHTTP, config.CheckHTTPS:
		return append(common, httpRows())
	case config.CheckSMTP:
		return append(common, smtpRows(), old)
	case config.CheckDNS:
		return append(common, dnsRows(), old)
	case config.CheckUDP:
		return append(common, udpRows(), old)
	case config.CheckExec:
		return [][]row[config.Check]{without(common[0], "connect_timeout"), stateRows(), miscRows(), old}
	case config.CheckFile:
		return [][]row[config.Check]{fileRows()}
	case config.CheckBFD:
		return [][]row[config.Check]{bfdRows()}
	default:
		return append(common, old)
	}
}

func without(rows []row[config.Check], name string) (rest []row[config.Check]) {
	for _, w := range rows {
		if w.names != name {
			rest = append(rest, w)
		}
	}
	return rest
}

// stateRows are what every check that runs has beside its times.
func stateRows() []row[config.Check] {
	return []row[config.Check]{
		boolRow("alpha", func(k *config.Check) *config.Flag { return &k.Alpha }),
		boolRow("log_all_failures", func(k *config.Check) *config.Flag { return &k.LogAllFailures }),
	}
}

// connectRows are what every check that connects has.
func connectRows() []row[config.Check] {
	type check = config.Check
	return []row[check]{
		hostRow("connect_ip", func(k *check) *config.Value[netip.Addr] { return &k.Address }),
		numberRow("connect_port", 1, 65535, tolerant, ignored, func(k *check) *config.Value[uint16] { return &k.Port }),
		sourceRow(hostRow("bindto", func(c *config.CheckSource) *config.Value[netip.Addr] { return &c.Address })),
		sourceRow(numberRow("bind_port", 1, 65535, tolerant, ignored, func(c *config.CheckSource) *config.Value[uint16] { return &c.Port })),
		sourceRow(interfaceRow()),
		sourceRow(numberRow("fwmark", 0, maxUint32, tolerant, ignored, func(c *config.CheckSource) *config.Value[uint32] { return &c.FWMark })),
	}
}

// hostRow is a keyword with an address, as host reads it.
func hostRow[T any](name string, field func(*T) *config.Value[netip.Addr]) row[T] {
	return row[T]{
		names: name, args: 1,
		read: func(r *reader, s *statement, to *T) {
			if a, ok := r.host(s.words[1], ignored); ok {
				*field(to) = written(a, s)
			}
		},
		write: func(from *T) []Line { return valueLine(name, *field(from), netip.Addr.String) },
	}
}

// sourceRow is a row about where a check comes from.
func sourceRow(w row[config.CheckSource]) row[config.Check] {
	return row[config.Check]{
		names: w.names, args: w.args, more: w.more,
		read: func(r *reader, s *statement, k *config.Check) {
			var from config.CheckSource
			if k.Source != nil {
				from = *k.Source
			}
			if w.read(r, s, &from); from != (config.CheckSource{}) {
				k.Source = &from
			}
		},
		write: func(k *config.Check) []Line {
			if k.Source == nil {
				return nil
			}
			return w.write(k.Source)
		},
	}
}

// maxInterface is the longest name of an interface.
const maxInterface = 15

func interfaceRow() row[config.CheckSource] {
	w := textRow("bind_if", func(c *config.CheckSource) *config.Text { return &c.Interface })
	read := w.read
	w.read = func(r *reader, s *statement, c *config.CheckSource) {
		if len(s.words[1].text) > maxInterface {
			r.warn(s.words[1].at, "", "%s is longer than %d characters, which no interface is: ignored, as keepalived does", quote(s.words[1].text), maxInterface)
			return
		}
		read(r, s, c)
	}
	return w
}

// checkRows are the blocks of checks in a real server. The first of them writes
// all, in the order in which they stand.
func checkRows() []row[config.RealServer] {
	var rows []row[config.RealServer]
	for _, k := range checkKinds() {
		rows = append(rows, row[config.RealServer]{names: k.Name(), block: true, read: func(r *reader, s *statement, m *config.RealServer) {
			r.check(k, s, m)
		}})
	}
	rows[0].write = writeChecks
	return rows
}

// check reads one check.
func (r *reader) check(kind config.CheckKind, s *statement, m *config.RealServer) {
	m.Checks = append(m.Checks, config.Check{Kind: config.Write(kind, s.at()), Where: s.at()})
	k := &m.Checks[len(m.Checks)-1]
	prepare(k)
	before := len(r.oldRetries)
	readBlock(r, tableOfCheck(kind), s.block, k)
	for i := range r.oldRetries[before:] {
		old := &r.oldRetries[before+i]
		old.member, old.check = r.member, len(m.Checks)-1
	}
	if len(r.hosts) > 0 {
		m.Checks = splitHosts(m.Checks, r.hosts)
		r.hosts = r.hosts[:0]
	}
}

// prepare makes the part of a check that its kind has.
func prepare(k *config.Check) {
	switch k.Kind.V {
	case config.CheckHTTP, config.CheckHTTPS:
		k.HTTP = &config.HTTPCheck{}
	case config.CheckSMTP:
		k.SMTP = &config.SMTPCheck{}
	case config.CheckDNS:
		k.DNS = &config.DNSCheck{}
	case config.CheckExec:
		k.Exec = &config.ExecCheck{}
	case config.CheckUDP:
		k.UDP = &config.UDPCheck{}
	case config.CheckBFD:
		k.BFD = &config.BFDCheck{}
	case config.CheckFile:
		k.File = &config.FileCheck{}
	}
}

// writeChecks writes the checks of a real server. One that never passes is written
// as it stood there, or as an empty block of its name: it reads as that again.
func writeChecks(m *config.RealServer) (lines []Line) {
	for i := range m.Checks {
		k := &m.Checks[i]
		name := k.Kind.V.Name()
		if k.Kind.V == config.CheckUnknown {
			name = k.Unknown.V
		}
		l := Line{Words: []string{quoteText(name)}, Where: k.Where, HasBlock: true}
		if kind, known := kindNamed(name); known {
			l.Block = writeBlock(tableOfCheck(kind), k)
		}
		lines = append(lines, l)
	}
	return lines
}

// kindNamed is the kind that keepalived calls so.
func kindNamed(name string) (config.CheckKind, bool) {
	for _, k := range checkKinds() {
		if k.Name() == name {
			return k, true
		}
	}
	return "", false
}

// oldRetry is a nb_get_retry where keepalived does not know it.
type oldRetry struct {
	words         []word
	member, check int // which check it stands in
}

func readOldRetry(r *reader, s *statement, _ *config.Check) {
	r.oldRetries = append(r.oldRetries, oldRetry{words: s.words})
}

// warnOldRetries tells how many tries there are in spite of nb_get_retry, which
// only HTTP_GET and SSL_GET know. Two of three files with TCP_CHECK have it.
func (r *reader) warnOldRetries(v *config.VirtualServer) {
	for _, old := range r.oldRetries {
		m := &v.RealServers[old.member]
		k := &m.Checks[old.check]
		retries := k.Times.Retries
		retries.Inherit(m.Times.Retries)
		retries.Inherit(v.Times.Retries)
		retries.Default(k.Kind.V.Retries())
		old.warn(r, k.Kind.V.Name(), retries.V)
	}
}

func (o *oldRetry) warn(r *reader, name string, retries uint32) {
	hint := `write "retry" if more tries are meant`
	if len(o.words) > 1 {
		hint = fmt.Sprintf(`write "retry %[1]s" if %[1]s more tries are meant`, o.words[1].text)
	}
	times := "tries once more"
	switch retries {
	case 0:
		times = "does not try again"
	case 1:
	default:
		times = fmt.Sprintf("tries %d times more", retries)
	}
	r.warn(o.words[0].at, hint, "%s does not know %s: keepalived ignores it and %s (retry %d), and so does lvsctl",
		name, quote(o.words[0].text), times, retries)
}
