package yamlfile

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// errNotFormatted is a file whose meaning formatting would change.
var errNotFormatted = errors.New("format: this file is written in a way that cannot be formatted; it is left as it is")

// Format gives a YAML file the usual indentation: two blanks for each level, items
// of lists included, one blank behind ":", two before a comment, no blanks at
// the end of lines, at most one empty line. Words, quotes, order and comments
// stay. The error tells of a file that cannot be read (*config.InvalidError), or
// whose meaning would change.
func Format(file string, text []byte) ([]byte, error) {
	src := newSource(file, text)
	root := src.parse()
	if err := src.finish().Err(); err != nil {
		return nil, err
	}
	if root != nil && root.Kind != yaml.MappingNode {
		return nil, errNotFormatted
	}
	f := formatter{source: src, lines: src.scan(root)}
	out := f.format()
	again := newSource(file, out)
	if !same(root, again.parse()) || !slices.Equal(texts(file, text), texts(file, out)) {
		return nil, errNotFormatted
	}
	return out, nil
}

// texts are the comments without their places.
func texts(file string, text []byte) (all []string) {
	for _, c := range Comments(file, text) {
		all = append(all, c.Text)
	}
	return all
}

// same tells whether two trees mean the same.
func same(a, b *yaml.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Value != b.Value || a.Anchor != b.Anchor || a.ShortTag() != b.ShortTag() {
		return false
	}
	return slices.EqualFunc(a.Content, b.Content, same)
}

// level is a block or a list that is open at a line.
type level struct {
	old, now int // indentation
	isList   bool
}

// formatter writes the lines with their new indentation.
type formatter struct {
	*source
	lines  []scannedLine
	levels []level
	out    bytes.Buffer
	base   int // indentation of what goes on in the next lines
}

func (f *formatter) format() []byte {
	for i := range f.lines {
		l := &f.lines[i]
		switch {
		case l.kind == blankLine:
			f.blank(i)
		case l.kind == commentLine:
			f.write(f.commentIndent(i), string(f.text[l.first:l.end]))
		case l.kind == literalLine:
			f.literalLine(l)
		case l.kind == insideLine:
			f.write(f.base+step2*l.depth, f.rest(l, l.first))
		case l.depth > 0:
			f.write(f.base+step2*(l.depth-l.closing), f.rest(l, l.first))
		default:
			f.code(l)
		}
	}
	return f.out.Bytes()
}

// step2 is the indentation of one level.
const step2 = len(step)

// write writes one line.
func (f *formatter) write(indent int, text string) {
	if text = strings.TrimRight(text, "\r"); text != "" {
		f.out.WriteString(strings.Repeat(" ", indent) + text)
	}
	f.out.WriteByte('\n')
}

// blank writes an empty line, unless there is one already, or nothing follows.
func (f *formatter) blank(i int) {
	inValue := i+1 < len(f.lines) && f.lines[i+1].kind == insideLine
	follows := slices.ContainsFunc(f.lines[i:], func(l scannedLine) bool { return l.kind != blankLine })
	if inValue || follows && f.out.Len() > 0 && !bytes.HasSuffix(f.out.Bytes(), []byte("\n\n")) {
		f.out.WriteByte('\n')
	}
}

// literalLine writes a line of the text below "|".
func (f *formatter) literalLine(l *scannedLine) {
	text := string(f.text[l.start:l.end])
	indent := f.base
	if l.digit > 0 && len(f.levels) > 0 {
		indent = f.levels[len(f.levels)-1].now + l.digit
	}
	if len(text) <= l.literal && strings.Trim(text, " ") == "" {
		f.out.WriteByte('\n')
		return
	}
	f.out.WriteString(strings.Repeat(" ", indent) + text[min(l.literal, len(text)):] + "\n")
}

// code writes a line that begins with a name, a dash or a value.
func (f *formatter) code(l *scannedLine) {
	column := l.first - l.start
	if c := f.text[l.first]; column == 0 && (c == '%' || bytes.HasPrefix(f.text[l.first:], []byte("---")) || bytes.HasPrefix(f.text[l.first:], []byte("..."))) {
		f.write(0, f.rest(l, l.first))
		return
	}
	if len(l.dashes) == 0 {
		f.close(column, false)
		indent := f.inner()
		if l.key == column {
			indent = f.open(column, false)
		}
		f.base = f.inner()
		f.write(indent, f.rest(l, l.first))
		return
	}
	f.dashes(l)
}

// dashes writes a line that begins with one or more dashes.
func (f *formatter) dashes(l *scannedLine) {
	f.close(l.dashes[0], true)
	indent, signs := -1, ""
	for _, column := range l.dashes {
		now := f.open(column, true)
		if indent < 0 {
			indent = now
		}
		signs += string(f.text[l.start+column]) + " "
	}
	if l.word < 0 {
		f.base = f.inner()
		f.write(indent, strings.TrimRight(signs, " ")+f.rest(l, l.start+l.dashes[len(l.dashes)-1]+1))
		return
	}
	if l.key == l.word {
		f.open(l.word, false)
	}
	f.base = f.inner()
	f.write(indent, signs+f.rest(l, l.start+l.word))
}

// close ends the levels that a line at a column is not in.
func (f *formatter) close(column int, isList bool) {
	for len(f.levels) > 0 {
		top := f.levels[len(f.levels)-1]
		if top.old < column || top.old == column && (isList || !top.isList) {
			return
		}
		f.levels = f.levels[:len(f.levels)-1]
	}
}

// open gives the indentation of the level at a column; it is a new one, unless
// it is open already.
func (f *formatter) open(column int, isList bool) int {
	if len(f.levels) > 0 {
		if top := f.levels[len(f.levels)-1]; top.old == column && top.isList == isList {
			return top.now
		}
	}
	now := f.inner()
	f.levels = append(f.levels, level{column, now, isList})
	return now
}

// inner is the indentation inside the innermost level.
func (f *formatter) inner() int {
	if len(f.levels) == 0 {
		return 0
	}
	return f.levels[len(f.levels)-1].now + step2
}

// rest is a line from an offset on, with the usual blanks.
func (f *formatter) rest(l *scannedLine, from int) string {
	end := l.end
	if l.comment >= 0 {
		end = l.comment
	}
	var b strings.Builder
	for _, g := range l.gaps {
		if g.from >= from {
			b.Write(f.text[from:g.from])
			b.WriteString(g.instead)
			from = g.to
		}
	}
	b.Write(f.text[min(from, end):end])
	text := b.String()
	if f.goesOn(l) {
		return text
	}
	text = strings.TrimRight(text, " \t")
	if l.comment >= 0 {
		text = strings.TrimRight(text+"  "+string(f.text[l.comment:l.end]), " \t")
	}
	return text
}

// goesOn tells whether a value goes on in the next line, so that blanks may count.
func (f *formatter) goesOn(l *scannedLine) bool {
	next := f.indexOf(l) + 1
	return next < len(f.lines) && f.lines[next].kind == insideLine
}

// indexOf is the number of a line, from 0.
func (f *formatter) indexOf(l *scannedLine) int {
	i, _ := slices.BinarySearchFunc(f.lines, l.start, func(x scannedLine, start int) int { return x.start - start })
	return i
}

// commentIndent is the indentation of a comment that stands alone: that of the
// level in whose column it stands, or of the next line.
func (f *formatter) commentIndent(i int) int {
	l := &f.lines[i]
	if l.depth > 0 {
		return f.base + step2*l.depth
	}
	column, now, best := l.first-l.start, 0, -1
	for _, v := range f.levels {
		if v.old <= column && v.old > best {
			best, now = v.old, v.now
		}
	}
	next, nextNow := f.nextLevel(i)
	if next <= column && next >= best || best < 0 {
		return nextNow
	}
	return now
}

// nextLevel is the old and the new indentation of the next line with a setting.
func (f *formatter) nextLevel(i int) (old, now int) {
	for j := i + 1; j < len(f.lines); j++ {
		l := &f.lines[j]
		if l.kind != codeLine {
			continue
		}
		probe := formatter{source: f.source, levels: slices.Clone(f.levels)}
		old = l.first - l.start
		probe.close(old, len(l.dashes) > 0)
		if len(l.dashes) > 0 || l.key == old {
			return old, probe.open(old, len(l.dashes) > 0)
		}
		return old, probe.inner()
	}
	return len(f.text) + 1, 0
}
