package yamlfile

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lvsctl/lvsctl/config"
)

// node is one thing that is written: a word, a list or a block.
type node struct {
	name     string // of a setting
	kind     nodeKind
	text     string // of a word
	children []*node
	state    config.State // of a word, and of a list that is one setting
	where    config.Position
	above    []string // comments
	behind   string
}

type nodeKind int

const (
	stringNode nodeKind = iota
	plainNode           // a number, true or false
	textNode            // what reads itself: quoted only if it would not be one word
	listNode
	blockNode
)

// builder makes the tree of what is to be written.
type builder struct {
	Options
	layouts layouts
	err     error
	seen    map[line]bool
}

// line is a line of a file.
type line struct {
	file   string
	number int32
}

func newTree(model any, o Options) (*node, error) {
	b := &builder{Options: o, layouts: layouts{}, seen: map[line]bool{}}
	v := reflect.ValueOf(model)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	root := b.block(v)
	return root, b.err
}

// comment puts the comments of a place to a node.
func (b *builder) comment(n *node, where config.Position) {
	at := line{where.File, where.Line}
	if b.Comment == nil || where.Line == 0 || b.seen[at] {
		return
	}
	b.seen[at] = true
	n.above, n.behind = b.Comment(where)
}

// block makes the tree of a struct.
func (b *builder) block(v reflect.Value) *node {
	n := &node{kind: blockNode}
	l := b.layouts.of(v.Type())
	for _, index := range l.where {
		if where, ok := interfaceAt[config.Position](lookAt(v, index)); ok && n.where.Line == 0 {
			n.where = where
			b.comment(n, where)
		}
	}
	for i := range l.fields {
		f := &l.fields[i]
		if child := b.field(f, lookAt(v, f.index)); child != nil {
			child.name = f.name
			n.children = append(n.children, child)
		}
	}
	if l.short >= 0 && len(n.children) == 1 && n.children[0].name == l.fields[l.short].name {
		return shortened(n)
	}
	return n
}

// shortened is a block of one setting as the one word that stands for it.
func shortened(n *node) *node {
	word := n.children[0]
	word.above = append(n.above, word.above...)
	if word.behind == "" {
		word.behind = n.behind
	}
	return word
}

// interfaceAt is what a field holds.
func interfaceAt[T any](v reflect.Value) (T, bool) {
	if !v.IsValid() {
		var none T
		return none, false
	}
	x, ok := v.Interface().(T)
	return x, ok
}

// field makes the tree of a setting, nil if there is nothing to write.
func (b *builder) field(f *field, v reflect.Value) *node {
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	isPointer := v.Kind() == reflect.Pointer
	if isPointer {
		v = v.Elem()
	}
	switch f.form {
	case scalar:
		return b.setting(f, v)
	case list:
		return b.list(f, v)
	case blocks:
		return b.blocks(v)
	default:
		n := b.block(v)
		if n.kind == blockNode && len(n.children) == 0 && !isPointer {
			return nil
		}
		return n
	}
}

// blocks makes the list of a slice of structs.
func (b *builder) blocks(v reflect.Value) *node {
	if v.Len() == 0 {
		return nil
	}
	n := &node{kind: listNode}
	for i := range v.Len() {
		item := v.Index(i)
		if item.Kind() == reflect.Pointer {
			item = item.Elem()
		}
		n.children = append(n.children, lifted(b.block(item)))
	}
	return n
}

// lifted puts the comments of the first setting of a list item to the item, and
// the one behind the item to the first setting: they share a line.
func lifted(n *node) *node {
	if n.kind != blockNode || len(n.children) == 0 {
		return n
	}
	first := n.children[0]
	n.above = append(n.above, first.above...)
	first.above = nil
	switch {
	case n.behind == "":
	case first.behind == "":
		first.behind = n.behind
	default:
		n.above = append(n.above, n.behind)
	}
	n.behind = ""
	return n
}

// wanted tells whether a config.Value is to be written.
func (b *builder) wanted(v reflect.Value) bool {
	state := stateOf(v)
	return state >= config.Written || b.Defaults && state != config.Unset
}

func stateOf(v reflect.Value) config.State { return config.State(v.Field(valueState).Uint()) }

// setting makes the node of one word, nil if nobody wrote it.
func (b *builder) setting(f *field, v reflect.Value) *node {
	n := &node{state: config.Written}
	if f.value {
		if !b.wanted(v) {
			return nil
		}
		b.origin(n, v)
		v = v.Field(valueV)
	} else if v.IsZero() {
		return nil
	}
	b.word(n, f, v)
	return n
}

// origin notes where a value comes from, and its comments.
func (b *builder) origin(n *node, v reflect.Value) {
	n.state = stateOf(v)
	n.where, _ = interfaceAt[config.Position](v.Field(valueWhere))
	if n.state >= config.Written {
		b.comment(n, n.where)
	}
}

// list makes the node of a list of words, nil if nobody wrote it.
func (b *builder) list(f *field, v reflect.Value) *node {
	n := &node{kind: listNode}
	if f.value {
		if !b.wanted(v) {
			return nil
		}
		b.origin(n, v)
		v = v.Field(valueV)
	} else if v.Len() == 0 {
		return nil
	}
	for i := range v.Len() {
		item := &node{}
		word := v.Index(i)
		if f.single {
			b.origin(item, word)
			word = word.Field(valueV)
		}
		b.word(item, f, word)
		n.children = append(n.children, item)
	}
	return n
}

// word writes one value as text.
func (b *builder) word(n *node, f *field, v reflect.Value) {
	switch {
	case f.typ == secretType:
		n.text = v.String()
		if !b.Secrets && n.text != "" {
			n.text = config.Hidden
		}
	case f.typ == durationType:
		n.kind, n.text = textNode, durationText(time.Duration(v.Int()))
	case isText(f.typ) && f.typ.Implements(marshalType):
		n.kind = textNode
		writer, _ := interfaceAt[encoding.TextMarshaler](v) // as was looked before
		text, err := writer.MarshalText()
		n.text = string(text)
		b.failed(n, f, err)
	case f.typ.Kind() == reflect.Bool:
		n.kind, n.text = plainNode, strconv.FormatBool(v.Bool())
	case v.CanInt():
		n.kind, n.text = plainNode, strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		n.kind, n.text = plainNode, strconv.FormatUint(v.Uint(), 10)
	default:
		n.text = v.String()
	}
	if !utf8.ValidString(n.text) {
		b.failed(n, f, errNotUTF8)
	}
}

var errNotUTF8 = fmt.Errorf("not UTF-8 text, which YAML and JSON cannot hold")

// failed keeps the first error.
func (b *builder) failed(n *node, f *field, err error) {
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("write %s, %s: %w", f.name, n.where, err)
	}
}

// durationText writes a duration without units that are zero.
func durationText(d time.Duration) string {
	text := strings.Replace(d.String(), "µ", "u", 1)
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
