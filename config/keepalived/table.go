package keepalived

import (
	"slices"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// row is what lvsctl makes of one keyword in one kind of block. With neither read
// nor foreign the keyword is accepted and not used.
type row[T any] struct {
	names string // the keyword; further ones of the same meaning after blanks
	args  int    // words that read needs after the keyword
	more  bool   // read takes further words too
	block bool   // read needs a block
	lax   bool   // without its words keepalived only ignores the keyword

	read    func(r *reader, s *statement, to *T)
	write   func(from *T) []Line // what says the same in keepalived.conf
	foreign string               // keepalived does not know it here either: what both do, unless read tells
	note    string               // what it means that the keyword is not used
	hint    string
}

// table holds the keywords of one kind of block. The tables are made when they
// are first asked for: most runs of lvsctl read no configuration, and should not
// wait for this.
type table[T any] struct {
	name  string // as messages call it: the keyword that opens the block
	rows  map[string]*row[T]
	order []*row[T] // as they are written
	known []string  // the keywords that keepalived knows in this block, sorted

	// unknownBlock is what a block of an unknown name means; nil: it is skipped.
	unknownBlock func(r *reader, s *statement, known []string, to *T)
}

func newTable[T any](name string, groups ...[]row[T]) table[T] {
	t := table[T]{name: name, rows: map[string]*row[T]{}}
	for _, rows := range groups {
		for i := range rows {
			w := &rows[i]
			t.order = append(t.order, w)
			for n := range strings.FieldsSeq(w.names) {
				t.rows[n] = w
				if w.foreign == "" {
					t.known = append(t.known, n)
				}
			}
		}
	}
	slices.Sort(t.known)
	return t
}

// lax makes rows that keepalived only ignores without their words.
func lax[T any](rows ...row[T]) []row[T] {
	for i := range rows {
		rows[i].lax = true
	}
	return rows
}

// unused makes rows of keywords that are accepted and not used, all with one note.
func unused[T any](note, names string) []row[T] {
	return []row[T]{{names: names, note: note}}
}

// readBlock acts on the statements of a block, one after the other.
func readBlock[T any](r *reader, t table[T], b *block, to *T) {
	if b == nil {
		return
	}
	for i := range b.statements {
		s := &b.statements[i]
		if !s.oneLine {
			readStatement(r, &t, s, to)
			continue
		}
		for _, part := range r.splitLine(s, b, t.startsStatement) {
			readStatement(r, &t, &part, to)
		}
	}
}

func readStatement[T any](r *reader, t *table[T], s *statement, to *T) {
	w := t.rows[s.keyword()]
	switch {
	case w == nil && t.unknownBlock != nil && s.block != nil && len(s.words) > 0:
		t.unknownBlock(r, s, t.known, to)
	case w == nil:
		r.unknown(s, t.name, t.known)
	case w.foreign != "" && w.read == nil:
		r.warn(s.at(), w.hint, "%s does not know %s: %s", t.name, quote(s.keyword()), w.foreign)
	case w.read == nil:
		r.notUsed(s, w.note)
	default:
		readKnown(r, w, s, to)
	}
}

// readKnown checks the shape of a statement and lets its row read it.
func readKnown[T any](r *reader, w *row[T], s *statement, to *T) {
	switch {
	case len(s.words)-1 < w.args && w.lax:
		r.warn(s.at(), "", "%s needs a value: ignored, as keepalived does", quote(s.keyword()))
		return
	case len(s.words)-1 < w.args:
		r.fail(s.at(), "", "%s needs a value: keepalived does not start with this file", quote(s.keyword()))
		return
	case w.block && s.block == nil:
		r.fail(s.at(), `put its lines between "{" and "}"`, "%s has no block", quote(s.keyword()))
		return
	case !w.block && s.block != nil:
		r.fail(s.block.open, `remove this "{" and its "}"`, "%s takes no block: keepalived would take the closing brace for the end of the enclosing one", quote(s.keyword()))
	}
	w.read(r, s, to)
	if !w.block && !w.more && len(s.words)-1 > w.args {
		r.extraWords(s, s.words[1+w.args:])
	}
}

// startsStatement tells whether a new statement may begin at word i of a
// one-line block: there is a keyword, and the one before has its words.
func (t table[T]) startsStatement(words []word, i int) bool {
	if t.rows[words[i].text] == nil || words[i].quoted {
		return false
	}
	first := t.rows[words[0].text]
	return first == nil || i > first.args
}

// splitLine gives the statements that stand on one line of a one-line block.
// keepalived takes a line for one statement, so that
// "{ state BACKUP priority 50 }" loses the priority.
func (r *reader) splitLine(s *statement, _ *block, starts func(words []word, i int) bool) []statement {
	if len(s.words) < 2 || !s.oneLine {
		return []statement{*s}
	}
	var parts []statement
	rest := s.words
	for i := 1; i < len(rest); i++ {
		if starts(rest, i) {
			parts = append(parts, statement{words: rest[:i]})
			rest, i = rest[i:], 0
		}
	}
	if len(parts) > 0 {
		r.warnSplit(&parts[0], rest[0])
	}
	return append(parts, statement{words: rest, block: s.block})
}

func (r *reader) warnSplit(first *statement, last word) {
	values := ""
	if !r.secret {
		values = " " + quoteWords(first.words)
	}
	r.warn(first.at(), "write each statement on a line of its own: then both programs read the same",
		"several statements on one line: keepalived reads only the first%s, lvsctl reads all up to %s",
		values, quote(last.text))
}

// notUsed says that keepalived acts on a keyword and lvsctl does not.
func (r *reader) notUsed(s *statement, note string) {
	what := quote(s.keyword())
	if s.block != nil {
		what = "block " + what
	}
	if note != "" {
		note = ": " + note
	}
	r.warn(s.at(), "", "%s is accepted and not used%s", what, note)
}

// extraWords says that words after the value are ignored, as keepalived does silently.
func (r *reader) extraWords(s *statement, extra []word) {
	if r.secret {
		r.warn(s.at(), "", "words after the value of %s are ignored, as keepalived does", quote(s.keyword()))
		return
	}
	hint := ""
	if s.words[0].at.Line == extra[0].at.Line && r.homes[extra[0].text] != "" {
		hint = quote(extra[0].text) + " needs a line of its own"
	}
	r.warn(extra[0].at, hint, "words after the value of %s are ignored, as keepalived does: %s",
		quote(s.keyword()), quoteWords(extra))
}

// unknown says that a keyword is not known, and that its block is skipped.
func (r *reader) unknown(s *statement, table string, known []string) {
	if len(s.words) == 0 {
		r.fail(s.block.open, `remove it, or write the keyword of the block before it`, `"{" without a keyword before it`)
		return
	}
	hint := r.hintFor(s.keyword(), known)
	where := "in " + table
	if table == "" {
		where = "at the top level"
	}
	if s.block == nil {
		r.warn(s.at(), hint, "unknown keyword %s %s: ignored, as keepalived does", quote(s.keyword()), where)
		return
	}
	effect := ""
	if table != "" {
		effect = ", while keepalived would end the " + table + " at its closing brace and misread what follows"
	}
	r.warn(s.at(), hint, "unknown block %s %s: skipped%s", quote(s.keyword()), where, effect)
}

// hintFor tells where an unknown keyword belongs, or which one may have been meant.
func (r *reader) hintFor(keyword string, known []string) string {
	home := r.homes[keyword]
	if near := r.serviceHomes[keyword]; near != "" && r.part == config.VirtualServers {
		home = near
	}
	if home != "" {
		return quote(keyword) + " belongs " + home
	}
	return r.suggest(keyword, known)
}
