package keepalived

import (
	"iter"

	"github.com/lvsctl/lvsctl/config"
)

// maxDepth bounds the nesting of blocks; keepalived's own goes four deep.
const maxDepth = 64

// statement is one keyword with its words and, for some keywords, its block.
// A block that follows no keyword is a statement without words.
type statement struct {
	words   []word
	block   *block
	oneLine bool // it stands on the line of the brace that opens its block
}

// block is what stands between two braces.
type block struct {
	open, close config.Position
	statements  []statement
	line        int // where it begins, counted in lines read
}

// at is the place of a statement: its first word, or its brace.
func (s *statement) at() config.Position {
	if len(s.words) > 0 {
		return s.words[0].at
	}
	return s.block.open
}

// keyword is the first word, "" for a block without one.
func (s *statement) keyword() string {
	if len(s.words) > 0 {
		return s.words[0].text
	}
	return ""
}

// parser builds the trees of the top level. It holds the open blocks itself
// instead of calling itself, so that no input can exhaust the stack.
type parser struct {
	src     *source
	lex     *lexer
	open    []*block // open[0] is the top level, of which only the last statement is kept
	words   []word   // of the statement being read
	store   []word   // where the words of statements are put
	made    []*block // blocks below the top level, to be used again
	inUse   int      // of these
	line    int      // lines read
	implied bool     // a brace that is missing was read into the text
	yield   func(*statement) bool
}

// parse gives the statements of the top level one after the other. None may be
// kept after the next was asked for.
func parse(src *source) iter.Seq[*statement] {
	return func(yield func(*statement) bool) {
		p := &parser{src: src, lex: newLexer(src), open: []*block{{line: -1}}, yield: yield}
		for p.step(p.lex.next()) {
		}
	}
}

// step takes one token; false at the end.
func (p *parser) step(t token) bool {
	switch t.kind {
	case tokenWord:
		if len(p.words) == 0 && p.lacksBrace() && !p.implyBrace(t.word.at) {
			return false
		}
		if len(p.words) == 0 && len(p.open) == 1 && !p.handOver() {
			return false
		}
		p.words = append(p.words, t.word)
	case tokenBroken:
		p.words = p.words[:0]
	case tokenLineEnd:
		p.endStatement()
		p.line++
	case tokenOpen:
		return p.openBlock(t.word.at)
	case tokenClose:
		p.endStatement()
		p.closeBlock(t.word.at)
	case tokenEnd:
		p.endStatement()
		p.reportUnclosed(t.word.at)
		p.handOver()
		return false
	}
	return true
}

func (p *parser) current() *block { return p.open[len(p.open)-1] }

// handOver gives the last statement of the top level away, when no block can follow it any more.
func (p *parser) handOver() bool {
	root := p.open[0]
	if len(root.statements) == 0 {
		return true
	}
	more := p.yield(&root.statements[0])
	root.statements, p.store, p.inUse = root.statements[:0], p.store[:0], 0
	return more
}

// newBlock makes a block, or takes one whose tree was given away.
func (p *parser) newBlock(at config.Position) *block {
	if p.inUse == len(p.made) {
		p.made = append(p.made, &block{})
	}
	b := p.made[p.inUse]
	p.inUse++
	*b = block{open: at, line: p.line, statements: b.statements[:0]}
	return b
}

// endStatement puts the words read into the current block.
func (p *parser) endStatement() {
	if len(p.words) == 0 {
		return
	}
	b := p.current()
	b.statements = append(b.statements, statement{words: p.keep(p.words), oneLine: b.line == p.line})
	p.words = p.words[:0]
	p.noteIncludeCheck(b)
}

// keep copies words to where they can stay until their tree is given away. One
// allocation serves many statements.
func (p *parser) keep(words []word) []word {
	const many = 128
	n := len(words)
	if cap(p.store)-len(p.store) < n {
		p.store = make([]word, 0, max(many, n, 2*cap(p.store)))
	}
	p.store = append(p.store, words...)
	return p.store[len(p.store)-n : len(p.store) : len(p.store)]
}

// noteIncludeCheck lets include_check of global_defs act on what is included after it.
func (p *parser) noteIncludeCheck(b *block) {
	s := &b.statements[len(b.statements)-1]
	if len(p.open) == 2 && s.keyword() == "include_check" && p.open[0].statements[0].keyword() == "global_defs" {
		p.lex.setIncludeChecks(s.words[1:])
	}
}

// openBlock gives the block to the statement before it, on the same line or an earlier one.
func (p *parser) openBlock(at config.Position) bool {
	p.endStatement()
	if len(p.open) == maxDepth {
		p.src.report(config.Error, at, "", "blocks nested more than %d deep: the rest of the file is not read", maxDepth)
		return false
	}
	b := p.current()
	if n := len(b.statements); n == 0 || b.statements[n-1].block != nil {
		if len(p.open) == 1 && !p.handOver() {
			return false
		}
		b.statements = append(b.statements, statement{oneLine: b.line == p.line})
	}
	inner := p.newBlock(at)
	b.statements[len(b.statements)-1].block = inner
	p.open = append(p.open, inner)
	return true
}

// lacksBrace tells whether the statement before ended its line without the block
// that its keyword always has.
func (p *parser) lacksBrace() bool {
	b := p.current()
	if len(b.statements) == 0 {
		return false
	}
	last := &b.statements[len(b.statements)-1]
	return last.block == nil && alwaysBlock(last.keyword(), len(p.open) == 1)
}

// implyBrace opens that block, as keepalived does: the lines that follow are in it.
func (p *parser) implyBrace(at config.Position) bool {
	b := p.current()
	last := &b.statements[len(b.statements)-1]
	p.src.report(config.Warning, last.at(), `write the "{"`,
		`the "{" of %s is missing: the lines that follow are read as its block, as in keepalived`, quote(last.keyword()))
	p.implied = true
	return p.openBlock(at)
}

// alwaysBlock tells the keywords that have a block wherever they stand.
func alwaysBlock(keyword string, top bool) bool {
	switch keyword {
	case "vrrp_instance", "virtual_server", "vrrp_script", "vrrp_sync_group", "global_defs", "virtual_server_group":
		return top
	case "virtual_ipaddress", "virtual_ipaddress_excluded", "virtual_routes", "virtual_rules",
		"track_interface", "track_script", "unicast_peer", "authentication":
		return !top
	}
	return false
}

func (p *parser) closeBlock(at config.Position) {
	if len(p.open) == 1 {
		p.src.report(config.Warning, at, `remove it, or look for a "{" that is missing above`,
			`"}" without a "{": ignored, as in keepalived`)
		return
	}
	p.current().close = at
	p.open = p.open[:len(p.open)-1]
}

// reportUnclosed reports each block that is still open at the end of the file.
func (p *parser) reportUnclosed(end config.Position) {
	for i := len(p.open) - 1; i > 0; i-- {
		b := p.open[i]
		b.close = end
		parent := p.open[i-1]
		owner := &parent.statements[len(parent.statements)-1]
		hint, severity := `add a "}"`, config.Warning
		if inner := misplacedRoot(b); inner != nil {
			hint = `a "}" seems to be missing before line ` + lineNumber(inner.at()) +
				`, where ` + inner.keyword() + " begins"
			severity = p.src.openEnded()
		}
		if p.implied {
			severity = p.src.openEnded() // where the braces belong is a guess then
		}
		p.src.report(severity, b.open, hint, `the block of %s is not closed`, blockName(owner))
	}
}

// openEnded is how bad it is to leave out what the operator wanted: keepalived
// does so and runs.
func (s *source) openEnded() config.Severity {
	if s.options.Compat {
		return config.Warning
	}
	return config.Error
}

func blockName(s *statement) string {
	if k := s.keyword(); k != "" {
		return quote(k)
	}
	return `this "{"`
}

// misplacedRoot is the first statement in a block that belongs to the top level.
func misplacedRoot(b *block) *statement {
	for i := range b.statements {
		switch s := &b.statements[i]; s.keyword() {
		case "vrrp_instance", "virtual_server", "vrrp_script", "vrrp_sync_group", "global_defs", "virtual_server_group":
			return s
		}
	}
	return nil
}
