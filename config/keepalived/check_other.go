package keepalived

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// dnsRows are the keywords of DNS_CHECK.
func dnsRows() []row[config.Check] {
	return []row[config.Check]{
		{names: "type", args: 1, read: readDNSType, write: func(k *config.Check) []Line { return valueLine("type", k.DNS.Type, quoteText) }},
		{names: "name", args: 1, read: readDNSName, write: func(k *config.Check) []Line { return valueLine("name", k.DNS.Name, quoteText) }},
	}
}

func readDNSType(r *reader, s *statement, k *config.Check) {
	w := s.words[1]
	switch t := strings.ToUpper(w.text); t {
	case "A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY":
		k.DNS.Type = written(t, s)
	default:
		r.warn(w.at, "the types are A, NS, CNAME, SOA, MX, TXT, AAAA, RRSIG and DNSKEY", "unknown type of DNS record %s: ignored, as keepalived does", quote(w.text))
	}
}

// readDNSName reads the name to ask for. The first line counts.
func readDNSName(r *reader, s *statement, k *config.Check) {
	w := s.words[1]
	switch {
	case k.DNS.Name.IsSet():
		r.warn(s.at(), "", "second name: ignored, as keepalived does")
	case w.text != "." && strings.HasPrefix(w.text, ".") || strings.Contains(w.text, ".."):
		r.warn(w.at, "", "%s has an empty label: ignored, as keepalived does", quote(w.text))
	default:
		k.DNS.Name = written(w.text, s)
	}
}

// miscRows are the keywords of MISC_CHECK.
func miscRows() []row[config.Check] {
	return []row[config.Check]{
		{names: "misc_path", more: true, read: readMiscPath, write: func(k *config.Check) []Line {
			return valueLine("misc_path", k.Exec.Run, quoteCommand)
		}},
		{names: "misc_timeout", args: 1, read: readMiscTimeout, write: func(k *config.Check) []Line {
			return valueLine("misc_timeout", k.Exec.Timeout, seconds)
		}},
		flagRow("misc_dynamic", true, func(k *config.Check) *config.Flag { return &k.Exec.Dynamic }),
		{names: "user", more: true, read: readMiscUser, write: func(k *config.Check) []Line {
			lines := valueLine("user", k.Exec.User, quoteText)
			if len(lines) > 0 && k.Exec.Group.IsSet() {
				lines[0].Words = append(lines[0].Words, quoteText(k.Exec.Group.V))
			}
			return lines
		}},
	}
}

func readMiscPath(r *reader, s *statement, k *config.Check) {
	if len(s.words) < 2 {
		r.warn(s.at(), "", "%s has no value: ignored, as keepalived does", quote(s.keyword()))
		return
	}
	run, rest, ok := r.commandWords(s)
	if !ok {
		return
	}
	k.Exec.Run = run
	if len(rest) > 0 {
		r.extraWords(s, rest)
	}
}

// readMiscTimeout reads whole seconds; 0 leaves the default.
func readMiscTimeout(r *reader, s *statement, k *config.Check) {
	n, ok := r.number(s.words[1], 0, uint64(maxTimer/time.Second), tolerant, ignored)
	switch {
	case !ok:
	case n == 0:
		k.Exec.Timeout.Clear()
	default:
		k.Exec.Timeout = written(time.Duration(n)*time.Second, s)
	}
}

func readMiscUser(r *reader, s *statement, k *config.Check) {
	if len(s.words) < 2 {
		r.warn(s.at(), "", "%s has no value: ignored, as keepalived does", quote(s.keyword()))
		return
	}
	k.Exec.User = written(s.words[1].text, s)
	k.Exec.Group.Clear()
	if len(s.words) > 2 {
		k.Exec.Group = config.Write(s.words[2].text, s.words[2].at)
	}
	if len(s.words) > 3 {
		r.extraWords(s, s.words[3:])
	}
}

// udpRows are the keywords of UDP_CHECK.
func udpRows() []row[config.Check] {
	type check = config.Check
	return []row[check]{
		{names: "payload", more: true, read: readPayload, write: func(k *check) []Line {
			return valueLine("payload", k.UDP.Payload, quoteText)
		}},
		{names: "require_reply", more: true, read: readRequireReply, write: func(k *check) []Line {
			if k.UDP.RequireReply.IsSet() {
				return valueLine("require_reply", k.UDP.RequireReply, quoteText)
			}
			if !k.UDP.NeedsReply.IsSet() || !k.UDP.NeedsReply.V {
				return nil
			}
			return []Line{{Words: []string{"require_reply"}, Where: k.UDP.NeedsReply.Where}}
		}},
		numberRow("min_reply_length", 0, 65535, exact, ignored, func(k *check) *config.Value[uint16] { return &k.UDP.MinLength }),
		numberRow("max_reply_length", 0, 65535, exact, ignored, func(k *check) *config.Value[uint16] { return &k.UDP.MaxLength }),
	}
}

func readPayload(r *reader, s *statement, k *config.Check) {
	if len(s.words) < 2 {
		r.warn(s.at(), "", "%s has no value: ignored, as keepalived does", quote(s.keyword()))
		return
	}
	if text, ok := r.hex(s, false); ok {
		k.UDP.Payload = written(text, s)
	}
}

func readRequireReply(r *reader, s *statement, k *config.Check) {
	k.UDP.NeedsReply = config.Write(true, s.at())
	if len(s.words) < 2 {
		return
	}
	if text, ok := r.hex(s, true); ok {
		k.UDP.RequireReply = written(text, s)
	}
}

// hex reads bytes in hexadecimal, blanks between them as one likes. A digit on its
// own is a byte. With wildcards X stands for any digit.
func (r *reader) hex(s *statement, wildcards bool) (string, bool) {
	var b strings.Builder
	for _, w := range s.words[1:] {
		text := padBytes(strings.ToUpper(w.text))
		belongs := func(c byte) bool { return isHex(c) || wildcards && c == 'X' }
		if text == "" || leading(text, belongs) != text {
			r.warn(w.at, "", "%s is not hexadecimal: the bytes of %s are ignored, as keepalived does", quote(w.text), s.keyword())
			return "", false
		}
		b.WriteString(text)
	}
	return b.String(), true
}

// padBytes gives each group of digits whole bytes.
func padBytes(s string) string {
	var b strings.Builder
	for f := range strings.FieldsSeq(s) {
		if len(f)%2 == 1 {
			f = f[:len(f)-1] + "0" + f[len(f)-1:]
		}
		b.WriteString(f)
	}
	return b.String()
}

// bfdRows are the keywords of BFD_CHECK.
func bfdRows() []row[config.Check] {
	return []row[config.Check]{
		wordRow("name", func(k *config.Check) *config.Text { return &k.BFD.Name }),
		boolRow("alpha", func(k *config.Check) *config.Flag { return &k.Alpha }),
	}
}

// fileRows are the keywords of FILE_CHECK.
func fileRows() []row[config.Check] {
	return []row[config.Check]{
		textRow("track_file", func(k *config.Check) *config.Text { return &k.File.Name }),
		{names: "weight", more: true, read: readFileWeight, write: func(k *config.Check) []Line {
			lines := valueLine("weight", k.File.Weight, func(n int32) string { return strconv.Itoa(int(n)) })
			if len(lines) > 0 && k.File.Reverse.IsSet() {
				lines[0].Words = append(lines[0].Words, map[bool]string{true: "reverse", false: "noreverse"}[k.File.Reverse.V])
			}
			return lines
		}},
	}
}

// readFileWeight reads "weight N [reverse|noreverse]".
func readFileWeight(r *reader, s *statement, k *config.Check) {
	if len(s.words) < 2 {
		r.warn(s.at(), "", "%s has no value: ignored, as keepalived does", quote(s.keyword()))
		return
	}
	n, ok := r.integer(s.words[1], -maxWeight, maxWeight, tolerant, ignored)
	if !ok {
		return
	}
	reverse := false
	if len(s.words) > 2 {
		w := s.words[2]
		if reverse = w.text == "reverse"; !reverse && w.text != "noreverse" {
			r.warn(w.at, "", "unknown word %s behind a weight: the line is ignored, as keepalived does", quote(w.text))
			return
		}
		k.File.Reverse = config.Write(reverse, w.at)
	}
	k.File.Weight = written(int32(n), s)
}

// smtpRows are the keywords of SMTP_CHECK.
func smtpRows() []row[config.Check] {
	return []row[config.Check]{
		wordRow("helo_name", func(k *config.Check) *config.Text { return &k.SMTP.Helo }),
		{names: "host", block: true, read: readSMTPHost},
	}
}

// hostTable is host in SMTP_CHECK. What is not about the connection holds for the
// whole check.
var hostTable = sync.OnceValue(func() table[config.Check] {
	return newTable("host", timesRows(func(k *config.Check) *config.CheckTimes { return &k.Times }, 0), stateRows(), connectRows())
})

// readSMTPHost reads an old host block, which is a check of its own.
func readSMTPHost(r *reader, s *statement, k *config.Check) {
	r.warn(s.at(), "write an SMTP_CHECK for each host", "host in SMTP_CHECK is old: taken as a check of its own, as keepalived does")
	h := config.Check{Where: s.at()}
	readBlock(r, hostTable(), s.block, &h)
	t := &h.Times
	take(&k.Times.Interval, t.Interval)
	take(&k.Times.Retries, t.Retries)
	take(&k.Times.RetryDelay, t.RetryDelay)
	take(&k.Times.Warmup, t.Warmup)
	take(&k.Alpha, h.Alpha)
	take(&k.LogAllFailures, h.LogAllFailures)
	r.hosts = append(r.hosts, h)
}

// take is what a later line does to a value.
func take[T any](v *config.Value[T], later config.Value[T]) {
	if later.IsSet() {
		*v = later
	}
}

// splitHosts makes a check of each host of the last one. The check itself stays if
// it says where to connect to.
func splitHosts(checks []config.Check, hosts []config.Check) []config.Check {
	k := checks[len(checks)-1]
	if !k.Address.IsSet() && !k.Port.IsSet() && k.Source == nil && !k.Times.Timeout.IsSet() {
		checks = checks[:len(checks)-1]
	}
	for i := range hosts {
		h := k
		h.SMTP = &config.SMTPCheck{Helo: k.SMTP.Helo}
		h.Where, h.Address, h.Port, h.Source = hosts[i].Where, hosts[i].Address, hosts[i].Port, hosts[i].Source
		h.Times.Timeout = hosts[i].Times.Timeout
		checks = append(checks, h)
	}
	return checks
}
