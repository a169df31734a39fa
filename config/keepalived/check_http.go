package keepalived

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lvsctl/lvsctl/config"
)

// httpRows are the keywords of HTTP_GET and SSL_GET.
func httpRows() []row[config.Check] {
	type check = config.Check
	return []row[check]{
		{names: "nb_get_retry", args: 1, read: readRetryOfHTTP},
		{names: "http_protocol", more: true, read: readHTTPVersion, write: func(k *check) []Line {
			return valueLine("http_protocol", k.HTTP.Version, quoteText)
		}},
		wordRow("virtualhost", func(k *check) *config.Text { return &k.HTTP.VirtualHost }),
		boolRow("enable_sni", func(k *check) *config.Flag { return &k.HTTP.SNI }),
		wordRow("sni_name", func(k *check) *config.Text { return &k.HTTP.SNIName }),
		boolRow("fast_recovery", func(k *check) *config.Flag { return &k.HTTP.FastRecovery }),
		boolRow("tls_compliant", func(k *check) *config.Flag { return &k.HTTP.TLSCompliant }),
		blockRow("url", urlTable, openURL, func(k *check, write func(*config.URL, config.Position, ...string)) {
			for i := range k.HTTP.URLs {
				write(&k.HTTP.URLs[i], k.HTTP.URLs[i].Where)
			}
		}),
	}
}

func openURL(_ *reader, s *statement, k *config.Check) *config.URL {
	k.HTTP.URLs = append(k.HTTP.URLs, config.URL{Where: s.at()})
	return &k.HTTP.URLs[len(k.HTTP.URLs)-1]
}

// readRetryOfHTTP reads the old name of retry, which works here only.
func readRetryOfHTTP(r *reader, s *statement, k *config.Check) {
	r.warn(s.at(), `write "retry"`, "%s is the old name of retry: read as that, as keepalived does", quote(s.keyword()))
	if n, ok := r.number(s.words[1], 0, maxUint32, tolerant, ignored); ok {
		k.Times.Retries = written(uint32(n), s)
	}
}

func readHTTPVersion(r *reader, s *statement, k *config.Check) {
	w, ok := r.word(s)
	switch {
	case !ok:
	case w.text == "1.0" || w.text == "1.1" || strings.EqualFold(w.text, "1.0C"):
		k.HTTP.Version = config.Write(strings.ToUpper(w.text), w.at)
	default:
		r.warn(w.at, "the versions are 1.0, 1.0C and 1.1", "unknown HTTP version %s: ignored, as keepalived does", quote(w.text))
	}
}

// urlTable is url.
var urlTable = sync.OnceValue(func() table[config.URL] {
	type url = config.URL
	return newTable("url", []row[url]{
		textRow("path", func(u *url) *config.Text { return &u.Path }),
		{names: "status_code", more: true, read: readStatus, write: func(u *url) []Line {
			return valueLine("status_code", u.Status, func(s config.StatusSet) string {
				return strings.ReplaceAll(s.String(), ",", " ")
			})
		}},
		{names: "digest", args: 1, read: readDigest, write: func(u *url) []Line { return valueLine("digest", u.Digest, quoteText) }},
		wordRow("virtualhost", func(u *url) *config.Text { return &u.VirtualHost }),
		{names: "regex", more: true, read: readRegex, write: func(u *url) []Line {
			return valueLine("regex", u.Regex, quoteEscaped)
		}},
		flagRow("regex_no_match", true, func(u *url) *config.Flag { return &u.RegexNoMatch }),
		{names: "regex_options", more: true, read: readRegexOptions, write: func(u *url) []Line {
			return valueLine("regex_options", u.RegexOptions, func(o []string) string { return strings.Join(o, " ") })
		}},
		optional(numberRow("regex_min_offset", 0, maxUint32, exact, ignored, func(u *url) *config.Value[uint32] { return &u.RegexMinOffset })),
		optional(numberRow("regex_max_offset", 0, maxUint32, exact, ignored, func(u *url) *config.Value[uint32] { return &u.RegexMaxOffset })),
		{names: "regex_stack", more: true, read: readRegexStack, write: func(u *url) []Line {
			return valueLine("regex_stack", u.RegexStack, func(s string) string { return s })
		}},
		boolRow("tls_compliant", func(u *url) *config.Flag { return &u.TLSCompliant }),
	})
})

// readStatus adds codes and ranges of them to those of the lines before.
func readStatus(r *reader, s *statement, u *config.URL) {
	for _, w := range s.words[1:] {
		var set config.StatusSet
		if strings.Contains(w.text, ",") || set.UnmarshalText([]byte(w.text)) != nil {
			r.warn(w.at, "codes and ranges such as 200 and 300-399, with blanks between them", "%s is no HTTP status code from 100 to 599, and no range of them: ignored, as keepalived does", quote(w.text))
			continue
		}
		where := w.at
		if u.Status.IsSet() {
			where = u.Status.Where
		}
		u.Status = config.Write(append(u.Status.V, set...), where)
	}
}

// readDigest reads the MD5 of the body. The first line counts.
func readDigest(r *reader, s *statement, u *config.URL) {
	w := s.words[1]
	switch {
	case u.Digest.IsSet():
		r.warn(s.at(), "", "second digest: ignored, as keepalived does")
	case len(w.text) != 32 || leading(w.text, isHex) != w.text:
		r.warn(w.at, "it is the MD5 of the body, as genhash or md5sum tell it", "%s is no digest of 32 hexadecimal digits: ignored, as keepalived does", quote(w.text))
	default:
		u.Digest = written(strings.ToLower(w.text), s)
	}
}

// readRegex reads an expression, with the quotes and backslashes of a command.
func readRegex(r *reader, s *statement, u *config.URL) {
	if len(s.words) < 2 {
		r.warn(s.at(), "", "%s has no value: ignored, as keepalived does", quote(s.keyword()))
		return
	}
	text, n := outerWord(s.words[1:])
	if len(s.words) > 1+n {
		r.warn(s.words[1+n].at, "put the whole expression into quotes", "regex has more than one word: ignored, as keepalived does")
		return
	}
	u.Regex = written(text, s)
}

// regexOptions are the names that keepalived has for options of PCRE2.
func regexOptions() []string {
	return []string{
		"allow_empty_class", "alt_bsux", "auto_callout", "caseless", "dollar_endonly", "dotall", "dupnames",
		"extended", "firstline", "match_unset_backref", "multiline", "never_ucp", "never_utf", "no_auto_capture",
		"no_auto_possess", "no_dotstar_anchor", "no_start_optimize", "ucp", "ungreedy", "utf", "never_backslash_c", "alt_circumflex",
	}
}

func readRegexOptions(r *reader, s *statement, u *config.URL) {
	for _, w := range s.words[1:] {
		switch known := regexOptions(); {
		case !slices.Contains(known, w.text):
			r.warn(w.at, r.suggest(w.text, known), "unknown option %s of a regex: ignored, as keepalived does", quote(w.text))
		case !slices.Contains(u.RegexOptions.V, w.text):
			u.RegexOptions = config.Write(append(u.RegexOptions.V, w.text), s.at())
		}
	}
}

// readRegexStack reads the sizes of the stack, at first and at most.
func readRegexStack(r *reader, s *statement, u *config.URL) {
	if len(s.words) != 3 {
		r.warn(s.at(), "", "regex_stack needs two sizes: ignored, as keepalived does")
		return
	}
	start, ok := r.number(s.words[1], 0, maxUint32, exact, ignored)
	if !ok {
		return
	}
	if limit, ok := r.number(s.words[2], start, maxUint32, exact, ignored); ok {
		u.RegexStack = written(strconv.FormatUint(start, 10)+" "+strconv.FormatUint(limit, 10), s)
	}
}
