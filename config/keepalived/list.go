package keepalived

import "github.com/lvsctl/lvsctl/config"

// asKeepalived is what becomes of most things that are wrong.
const asKeepalived = "ignored, as keepalived does"

// listRow is a keyword with a block that has one item on each line. In a block
// on one line further items begin where starts says so.
func listRow[T any](name string, starts func(words []word, i int) bool, item func(r *reader, s *statement, to *T), write func(from *T) []Line) row[T] {
	return row[T]{
		names: name, block: true,
		read: func(r *reader, s *statement, to *T) {
			for i := range s.block.statements {
				r.listItem(s, &s.block.statements[i], starts, func(part *statement) { item(r, part, to) })
			}
		},
		write: func(from *T) []Line {
			lines := write(from)
			if len(lines) == 0 {
				return nil
			}
			return []Line{{Words: []string{first(name)}, Where: lines[0].Where, HasBlock: true, Block: lines}}
		},
	}
}

// listItem reads one line of a list.
func (r *reader) listItem(list, line *statement, starts func(words []word, i int) bool, item func(*statement)) {
	if len(line.words) == 0 {
		r.unknown(line, list.keyword(), nil)
		return
	}
	if line.block != nil {
		r.warn(line.block.open, `remove this "{" and its "}"`,
			"a line of %s takes no block: the block is skipped, while keepalived would take its closing brace for the end of %s", list.keyword(), list.keyword())
	}
	if starts == nil || list.block.open.Line != line.at().Line {
		item(line)
		return
	}
	for _, part := range r.splitLine(line, list.block, starts) {
		item(&part)
	}
}

// namesRow is a keyword with a block of names, as many on a line as there are.
func namesRow[T any](name string, field func(*T) *[]config.Text) row[T] {
	return listRow(name, nil,
		func(_ *reader, s *statement, to *T) {
			for _, w := range s.words {
				*field(to) = append(*field(to), config.Write(w.text, w.at))
			}
		},
		func(from *T) (lines []Line) {
			for _, v := range *field(from) {
				lines = append(lines, Line{Words: []string{quoteText(v.V)}, Where: v.Where})
			}
			return lines
		})
}

// named opens a block that has a name, nil to skip it.
func named[U any](r *reader, s *statement, list *[]U, set func(u *U, name config.Text, where config.Position)) *U {
	if len(s.words) < 2 {
		r.fail(s.at(), "", "%s needs a name: keepalived does not start with this file", quote(s.keyword()))
		return nil
	}
	if len(s.words) > 2 {
		r.extraWords(s, s.words[2:])
	}
	var u U
	set(&u, config.Write(s.words[1].text, s.words[1].at), s.at())
	*list = append(*list, u)
	return &(*list)[len(*list)-1]
}

// oneName tells whether a block has one name. Where keepalived is exact about it,
// it leaves the others out.
func (r *reader) oneName(s *statement) bool {
	if len(s.words) == 2 {
		return true
	}
	r.warn(s.at(), "give it one word as name", "%s needs one name: the block is left out, as keepalived does", quote(s.keyword()))
	return false
}

// options reads the words behind a keyword that come in pairs of a name and a
// value, or alone. Each has the number of words that follow it.
func (r *reader) options(s *statement, words []word, params map[string]int, read func(option, value word)) {
	for i := 0; i < len(words); i++ {
		w := words[i]
		n, known := params[w.text]
		switch {
		case !known:
			r.warn(w.at, r.suggest(w.text, keys(params)), "unknown word %s behind %s: %s", quote(w.text), quote(s.keyword()), asKeepalived)
			continue
		case i+n >= len(words):
			r.warn(w.at, "", "%s needs a value: %s", quote(w.text), asKeepalived)
			continue
		}
		var value word
		if n > 0 {
			i++
			value = words[i]
		}
		read(w, value)
	}
}

func keys(m map[string]int) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	return all
}
