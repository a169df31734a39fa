package keywords

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The folder data has one file for each part of keepalived. A line is one of
//
//	# a comment
//	[BLOCK ...]       the blocks of the records that follow
//	KEYWORD ...       a new record, or several that differ in nothing but the name,
//	                  which "*" stands for in their syntax and example
//	  FIELD: VALUE    two blanks first; does, syntax, default, range, since,
//	                  deprecated, foreign, alias, usage, note, example, see
//
// A field that is left out is empty, but the syntax is then the word alone, and
// so is the example. note may be repeated. usage is PRIORITY REPOSITORIES/FILES
// [shared], see are words. blocks.txt has "NAME: what it is" lines.
//
//go:embed data/*.txt
var files embed.FS

// order is the order of the files in a manual.
var order = []string{"file", "root", "global", "vrrp", "lines", "lvs", "check", "bfd"}

// reference is what the files hold.
type reference struct {
	blocks   []Block
	keywords []Keyword
}

// load reads the files when the reference is first asked for.
var load = sync.OnceValues(func() (reference, error) { return read(files) })

// data is the reference. The files are part of the program: a test proves that
// they can be read.
func data() reference {
	r, _ := load()
	return r
}

func read(files fs.FS) (reference, error) {
	var r reference
	if err := readLines(files, "blocks", r.addBlock); err != nil {
		return r, err
	}
	for _, name := range order {
		p := parser{to: &r}
		if err := readLines(files, name, p.line); err != nil {
			return r, err
		}
		p.finish()
	}
	rank := func(k Keyword) int {
		return slices.IndexFunc(r.blocks, func(b Block) bool { return b.Name == k.Blocks[0] })
	}
	slices.SortStableFunc(r.keywords, func(a, b Keyword) int { return rank(a) - rank(b) })
	return r, nil
}

// readLines hands over the lines of a file that are not empty and not a comment.
// A record may be called "#": that line has nothing behind it.
func readLines(files fs.FS, name string, line func(string) error) error {
	text, err := fs.ReadFile(files, "data/"+name+".txt")
	if err != nil {
		return fmt.Errorf("read keywords: %w", err)
	}
	n := 0
	for l := range strings.Lines(string(text)) {
		n++
		l = strings.TrimRight(l, "\n")
		if l == "" || strings.HasPrefix(l, "# ") {
			continue
		}
		if err := line(l); err != nil {
			return fmt.Errorf("read keywords: %s.txt line %d: %w", name, n, err)
		}
	}
	return nil
}

func (r *reference) addBlock(line string) error {
	name, about, ok := strings.Cut(line, ": ")
	if !ok {
		return errors.New("no colon")
	}
	r.blocks = append(r.blocks, Block{Name: name, About: about})
	return nil
}

func (r *reference) hasBlock(name string) bool {
	return slices.ContainsFunc(r.blocks, func(b Block) bool { return b.Name == name })
}

// parser makes records of the lines of one file.
type parser struct {
	to     *reference
	blocks []string // of the section
	names  []string // of the record
	record Keyword
}

func (p *parser) line(l string) error {
	switch {
	case strings.HasPrefix(l, "["):
		p.finish()
		p.blocks = strings.Fields(strings.Trim(l, "[]"))
		for _, b := range p.blocks {
			if !p.to.hasBlock(b) {
				return fmt.Errorf("block %s is not in blocks.txt", b)
			}
		}
		return nil
	case strings.HasPrefix(l, "  "):
		name, value, ok := strings.Cut(l[2:], ": ")
		if !ok || len(p.names) == 0 || value == "" {
			return fmt.Errorf("%q is no field of a record", l)
		}
		return p.field(name, value)
	case len(p.blocks) == 0:
		return errors.New("a record before the first section")
	default:
		p.finish()
		p.names = strings.Fields(l)
		return nil
	}
}

// finish ends a record.
func (p *parser) finish() {
	for _, name := range p.names {
		k := p.record
		k.Name, k.Blocks = name, p.blocks
		if k.Syntax == "" {
			k.Syntax = name
		}
		if k.Example == "" {
			k.Example = name
		}
		if len(p.names) > 1 {
			k.Syntax, k.Example = withName(k.Syntax, name), withName(k.Example, name)
		}
		if k.Range == "" && strings.Contains(k.Syntax, "[BOOL]") {
			k.Range = "on true yes, off false no; the word alone is on"
		}
		p.to.keywords = append(p.to.keywords, k)
	}
	p.names, p.record = nil, Keyword{}
}

func withName(s, name string) string { return strings.ReplaceAll(s, "*", name) }

func (p *parser) field(name, value string) error {
	k := &p.record
	to, ok := map[string]*string{
		"does": &k.Does, "syntax": &k.Syntax, "default": &k.Default, "range": &k.Range,
		"since": &k.Since, "deprecated": &k.Deprecated, "foreign": &k.Foreign,
		"alias": &k.Alias, "example": &k.Example,
	}[name]
	switch {
	case ok && *to != "":
		return fmt.Errorf("second %s", name)
	case ok:
		*to = value
	case name == "note":
		k.Notes = append(k.Notes, value)
	case name == "see":
		k.See = strings.Fields(value)
	case name == "usage":
		return k.Usage.parse(value)
	default:
		return fmt.Errorf("unknown field %q", name)
	}
	return nil
}

// parse reads "A 93/332" and "B 0/11 shared".
func (u *Usage) parse(s string) error {
	priority, counts, _ := strings.Cut(s, " ")
	counts, shared, together := strings.Cut(counts, " ")
	repositories, files, _ := strings.Cut(counts, "/")
	a, errA := strconv.Atoi(repositories)
	b, errB := strconv.Atoi(files)
	if err := errors.Join(errA, errB); err != nil {
		return fmt.Errorf("usage %q: %w", s, err)
	}
	if !slices.Contains([]string{"A", "B", "C"}, priority) || together && shared != "shared" {
		return fmt.Errorf("usage %q is not PRIORITY REPOSITORIES/FILES [shared]", s)
	}
	*u = Usage{Priority: priority, Repositories: a, Files: b, Together: together}
	return nil
}
