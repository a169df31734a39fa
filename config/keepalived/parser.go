package keepalived

import (
	"iter"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// maxDepth bounds the nesting of blocks; keepalived's own goes four deep.
const maxDepth = 64

// statement is one keyword with its words and, for some keywords, its block.
// A block that follows no keyword is a statement without words.
type statement struct {
	words   []word
	block   *block
	refused bool // a construct stands in it: reported, and not to be read
}

// block is what stands between two braces, or the whole file.
type block struct {
	open, close config.Position
	statements  []statement
	incomplete  bool // a refused statement is in it or below it
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

// parser builds the tree. It holds the open blocks itself instead of calling
// itself, so that no input can exhaust the stack.
type parser struct {
	src   *source
	lex   *lexer
	open  []*block // open[0] is the file
	words []word   // of the statement being read

	// inDefinition skips to the end of a definition, which may go on over
	// lines that end with a backslash and hold braces.
	inDefinition bool
}

// parse gives the tree of a file. Statements that a preprocessor would have to
// work on (variables, include and so on) are reported and left out.
func parse(src *source) iter.Seq[*statement] {
	checkEncoding(src, src.files[0])
	p := &parser{src: src, lex: newLexer(src), open: []*block{{}}}
	for p.step() {
	}
	p.lex.finish()
	return func(yield func(*statement) bool) {
		for i := range p.open[0].statements {
			if !yield(&p.open[0].statements[i]) {
				return
			}
		}
	}
}

// step takes one token; false at the end.
func (p *parser) step() bool {
	t := p.lex.next()
	if p.inDefinition && t.kind != tokenEnd {
		p.skipDefinition(t)
		return true
	}
	switch t.kind {
	case tokenWord:
		p.words = append(p.words, t.word)
	case tokenLineEnd:
		p.inDefinition = p.definition() && p.endsInBackslash(int(t.word.at.Line))
		p.endStatement()
	case tokenOpen:
		return p.openBlock(t.word.at)
	case tokenClose:
		p.closeBlock(t.word.at)
	case tokenEnd:
		p.endStatement()
		p.reportUnclosed(t.word.at)
		return false
	}
	return true
}

func (p *parser) current() *block { return p.open[len(p.open)-1] }

// endStatement puts the words read into the current block.
func (p *parser) endStatement() {
	if len(p.words) == 0 {
		return
	}
	s := statement{words: append([]word(nil), p.words...)}
	p.words = p.words[:0]
	if s.refused = p.refuseConstruct(&s); s.refused {
		for _, b := range p.open {
			b.incomplete = true
		}
	}
	b := p.current()
	b.statements = append(b.statements, s)
}

// definition tells whether the words read define a variable, or name files
// to include. What follows on the line, braces too, is the value then.
func (p *parser) definition() bool {
	if len(p.words) == 0 || p.words[0].quoted {
		return false
	}
	return isDefinition(p.words[0].text) || isInclude(p.words[0].text)
}

// skipDefinition skips a token of a definition. It ends with the first line that
// has no backslash at its end, not even one in a comment.
func (p *parser) skipDefinition(t token) {
	if t.kind == tokenLineEnd {
		p.inDefinition = p.endsInBackslash(int(t.word.at.Line))
	}
}

func (p *parser) endsInBackslash(line int) bool {
	return strings.HasSuffix(strings.TrimRight(p.lex.file.line(line), " \t"), `\`)
}

// openBlock gives the block to the statement before it, on the same line or an earlier one.
func (p *parser) openBlock(at config.Position) bool {
	p.inDefinition = p.definition()
	p.endStatement()
	if p.inDefinition {
		return true
	}
	if len(p.open) == maxDepth {
		p.src.report(config.Error, at, "", "blocks nested more than %d deep: the rest of the file is not read", maxDepth)
		return false
	}
	b := p.current()
	if n := len(b.statements); n == 0 || b.statements[n-1].block != nil {
		b.statements = append(b.statements, statement{})
	}
	inner := &block{open: at}
	b.statements[len(b.statements)-1].block = inner
	p.open = append(p.open, inner)
	return true
}

func (p *parser) closeBlock(at config.Position) {
	p.inDefinition = p.definition()
	p.endStatement()
	if p.inDefinition {
		return
	}
	if len(p.open) == 1 {
		p.src.report(config.Error, at, `remove it, or look for a "{" that is missing above`,
			`"}" without a "{"`)
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
		hint := `add a "}"`
		if inner := misplacedRoot(b); inner != nil {
			hint = `a "}" seems to be missing before line ` + lineNumber(inner.at()) +
				`, where ` + inner.keyword() + " begins"
		}
		p.src.report(config.Error, b.open, hint, `the block of %s is not closed`, blockName(owner))
	}
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
