package keepalived

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// The rows of most keywords are made here: they read one value into one field of
// the model, and write it from there.

// textRow is a keyword with one word.
func textRow[T any](name string, field func(*T) *config.Text) row[T] {
	return row[T]{
		names: name, args: 1,
		read:  func(_ *reader, s *statement, to *T) { *field(to) = written(s.words[1].text, s) },
		write: func(from *T) []Line { return valueLine(first(name), *field(from), quoteText) },
	}
}

// wordRow is a keyword with one word; without it the line is ignored.
func wordRow[T any](name string, field func(*T) *config.Text) row[T] {
	return row[T]{
		names: name, more: true,
		read: func(r *reader, s *statement, to *T) {
			if w, ok := r.word(s); ok {
				*field(to) = config.Write(w.text, w.at)
			}
		},
		write: func(from *T) []Line { return valueLine(first(name), *field(from), quoteText) },
	}
}

// word is the one word after a keyword that keepalived does not insist on.
func (r *reader) word(s *statement) (word, bool) {
	if len(s.words) < 2 {
		r.warn(s.at(), "", "%s has no value: ignored, as keepalived does", quote(s.keyword()))
		return word{}, false
	}
	if len(s.words) > 2 {
		r.extraWords(s, s.words[2:])
	}
	return s.words[1], true
}

// optional makes a row of one whose word keepalived does not insist on.
func optional[T any](w row[T]) row[T] {
	read := w.read
	w.args, w.more = 0, true
	w.read = func(r *reader, s *statement, to *T) {
		if _, ok := r.word(s); ok {
			read(r, s, to)
		}
	}
	return w
}

// nameRow is a keyword with one of some names; what tells of what.
func nameRow[T any](keyword, what string, names []string, field func(*T) *config.Text) row[T] {
	return row[T]{
		names: keyword, args: 1,
		read: func(r *reader, s *statement, to *T) {
			w := s.words[1]
			if !slices.Contains(names, w.text) {
				r.warn(w.at, r.suggest(w.text, names), "unknown %s %s: ignored, as keepalived does", what, quote(w.text))
				return
			}
			*field(to) = written(w.text, s)
		},
		write: func(from *T) []Line { return valueLine(first(keyword), *field(from), quoteText) },
	}
}

// flagRow is a keyword that stands alone, and means is.
func flagRow[T any](name string, is bool, field func(*T) *config.Flag) row[T] {
	return row[T]{
		names: name,
		read:  func(_ *reader, s *statement, to *T) { *field(to) = config.Write(is, s.at()) },
		write: func(from *T) []Line {
			if v := *field(from); v.IsSet() && v.V == is {
				return []Line{{Words: []string{first(name)}, Where: v.Where}}
			}
			return nil
		},
	}
}

// boolRow is a keyword with a word for yes or no; without one it means yes.
func boolRow[T any](name string, field func(*T) *config.Flag) row[T] {
	return row[T]{
		names: name, more: true,
		read: func(r *reader, s *statement, to *T) {
			if is, ok := r.boolean(s); ok {
				*field(to) = config.Write(is, s.at())
			}
		},
		write: func(from *T) []Line { return valueLine(first(name), *field(from), strconv.FormatBool) },
	}
}

// boolean reads the word after a keyword as keepalived does: in lower case.
func (r *reader) boolean(s *statement) (is, ok bool) {
	if len(s.words) < 2 {
		return true, true
	}
	w := s.words[1]
	switch w.text {
	case "true", "on", "yes":
		is, ok = true, true
	case "false", "off", "no":
		ok = true
	default:
		hint := ""
		if l := strings.ToLower(w.text); l != w.text {
			hint = "write " + l
		}
		r.warn(w.at, hint, "%s is neither true nor false: ignored, as keepalived does", quote(w.text))
		return false, false
	}
	if len(s.words) > 2 {
		r.extraWords(s, s.words[2:])
	}
	return is, ok
}

// integer are the types that numbers of the model have.
type integer interface {
	~int8 | ~int16 | ~int32 | ~uint8 | ~uint16 | ~uint32
}

// numberRow is a keyword with a number from low to high. Another one is left out
// of the model, and instead is told.
func numberRow[T any, N integer](name string, low, high int64, style numberStyle, instead string, field func(*T) *config.Value[N]) row[T] {
	return row[T]{
		names: name, args: 1,
		read: func(r *reader, s *statement, to *T) {
			if n, ok := r.integer(s.words[1], low, high, style, instead); ok {
				*field(to) = written(N(n), s)
			}
		},
		write: func(from *T) []Line {
			return valueLine(first(name), *field(from), func(n N) string { return strconv.FormatInt(int64(n), 10) })
		},
	}
}

// spanRow is a keyword with a time in seconds.
func spanRow[T any](name string, low, high time.Duration, instead string, field func(*T) *config.Span) row[T] {
	return row[T]{
		names: name, args: 1,
		read: func(r *reader, s *statement, to *T) {
			if d, ok := r.duration(s.words[1], low, high, instead); ok {
				*field(to) = written(d, s)
			}
		},
		write: func(from *T) []Line { return valueLine(first(name), *field(from), seconds) },
	}
}

// addrRow is a keyword with an address.
func addrRow[T any](name, instead string, field func(*T) *config.Value[netip.Addr]) row[T] {
	return row[T]{
		names: name, args: 1,
		read: func(r *reader, s *statement, to *T) {
			if a, ok := r.addr(s.words[1], instead); ok {
				*field(to) = written(a, s)
			}
		},
		write: func(from *T) []Line { return valueLine(first(name), *field(from), netip.Addr.String) },
	}
}

// addr reads an address without zone.
func (r *reader) addr(w word, instead string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(w.text)
	if err != nil || a.Zone() != "" {
		r.warn(w.at, "", "%s is no address: %s", quote(w.text), instead)
		return netip.Addr{}, false
	}
	return a, true
}

// blockRow is a keyword with a block. open gives what the block is read into, nil
// to skip it; each gives what is to be written, with the words after the keyword.
func blockRow[T, U any](name string, inner func() table[U], open func(r *reader, s *statement, to *T) *U, each func(from *T, write func(of *U, where config.Position, words ...string))) row[T] {
	return row[T]{
		names: name, block: true, more: true,
		read: func(r *reader, s *statement, to *T) {
			if u := open(r, s, to); u != nil {
				readBlock(r, inner(), s.block, u)
			}
		},
		write: func(from *T) (lines []Line) {
			each(from, func(of *U, where config.Position, words ...string) {
				lines = append(lines, Line{
					Words: append([]string{first(name)}, words...), Where: where,
					HasBlock: true, Block: writeBlock(inner(), of),
				})
			})
			return lines
		},
	}
}

// only keeps a row from being written: another keyword of the same meaning is.
func only[T any](w row[T]) row[T] {
	w.write = nil
	return w
}

// first is the keyword that is written, of several.
func first(names string) string {
	name, _, _ := strings.Cut(names, " ")
	return name
}

// written is a value that stands in the first word after the keyword.
func written[V any](v V, s *statement) config.Value[V] {
	at := s.at()
	if len(s.words) > 1 {
		at = s.words[1].at
	}
	return config.Write(v, at)
}

// valueLine is the line of a value that was written, as it is or adjusted.
func valueLine[V any](name string, v config.Value[V], text func(V) string) []Line {
	if !v.IsSet() {
		return nil
	}
	return []Line{{Words: []string{name, text(v.V)}, Where: v.Where}}
}
