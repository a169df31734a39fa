package yamlfile

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lvsctl/lvsctl/config"
)

// maxSuggestions bounds the search for words that may have been meant.
const maxSuggestions = 1000

// maxAliased bounds what aliases may stand for, in nodes: a short file can
// stand for billions.
const maxAliased = 100_000

// decoder fills the model from the tree.
type decoder struct {
	*source
	layouts     layouts
	suggestions int // how many more "did you mean" may be looked for
	inAlias     int // how many aliases deep
	aliased     int // nodes read through aliases
}

func newDecoder(src *source) *decoder {
	return &decoder{source: src, layouts: layouts{}, suggestions: maxSuggestions}
}

// document reads the top level.
func (d *decoder) document(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.hideLikely(n)
		hint := `write "name: value" lines`
		if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, ":") {
			hint = `write a blank behind each ":"`
		}
		d.fail(d.at(n), hint, "the top level must be a block of settings, not %s", kindOf(n))
		return
	}
	d.block(n, v, "the top level")
}

// block reads a mapping into a struct.
func (d *decoder) block(n *yaml.Node, v reflect.Value, name string) {
	l := d.layouts.of(v.Type())
	for _, index := range l.where {
		fieldAt(v, index).Set(reflect.ValueOf(d.at(n)))
	}
	if isNull(n) {
		return
	}
	if n.Kind == yaml.ScalarNode && l.short >= 0 {
		f := &l.fields[l.short]
		d.set(n, f, fieldAt(v, f.index))
		return
	}
	if n.ShortTag() != "!!map" {
		d.wrongKind(n, name, "a block of settings", "")
		return
	}
	seen := make([]*yaml.Node, len(l.fields))
	unknown := map[string]bool{}
	for _, p := range d.pairs(n, 0) {
		i, ok := l.byName[p.key.Value]
		switch {
		case !ok || p.key.Kind != yaml.ScalarNode:
			d.unknown(p, l, name, unknown)
		case seen[i] != nil:
			d.second(p, &l.fields[i], seen[i])
		default:
			seen[i] = p.key
			d.field(p, &l.fields[i], fieldAt(v, l.fields[i].index))
		}
	}
}

// second tells of a setting that is there already.
func (d *decoder) second(p pair, f *field, first *yaml.Node) {
	if f.typ == secretType {
		d.hide(p.value)
	}
	d.hideLikely(p.value)
	d.fail(d.at(p.key), "keep one of them", "second %s; the first is in line %d", quote(f.name), first.Line)
}

// editorKeys may stand at the top level for editors.
var editorKeys = map[string]bool{"$schema": true, "schema": true}

// unknown tells of a setting that the block does not have.
func (d *decoder) unknown(p pair, l *layout, name string, before map[string]bool) {
	key := p.key.Value
	if name == "the top level" && editorKeys[key] && !before[key] {
		before[key] = true
		return
	}
	if likelySecret(key) || p.key.Kind != yaml.ScalarNode {
		d.hide(p.value)
	}
	d.hideLikely(p.value)
	if p.key.Kind != yaml.ScalarNode {
		d.fail(d.at(p.key), "", "the name of a setting must be one word, not %s", kindOf(p.key))
		return
	}
	d.fail(d.at(p.key), d.suggestField(key, l), "unknown setting %s in %s", quote(key), name)
}

// suggestField is the hint for a setting that is not known.
func (d *decoder) suggestField(key string, l *layout) string {
	for _, f := range l.fields {
		if slices.Contains(f.keepalived, key) {
			return "write " + f.name + ", which is keepalived's " + key
		}
	}
	if hint := d.suggest(key, l.names()); hint != "" {
		return hint
	}
	if len(l.fields) <= 12 {
		return "the settings are " + strings.Join(l.names(), ", ")
	}
	return ""
}

// suggest is the hint with the word that may have been meant, "" if none is near.
func (d *decoder) suggest(got string, known []string) string {
	if d.suggestions == 0 {
		return ""
	}
	d.suggestions--
	if near := config.Nearest(got, known); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// field reads what stands behind a name.
func (d *decoder) field(p pair, f *field, v reflect.Value) {
	if f.part != "" {
		defer func(outside config.Part) { d.part = outside }(d.part)
		d.part = f.part
	}
	n, leave, ok := d.enter(p.value)
	defer leave()
	switch {
	case !ok:
	case f.form == scalar:
		d.set(n, f, v)
	case f.form == list:
		d.list(n, f, v)
	case f.form == blocks:
		d.blocks(n, f, v)
	default:
		d.block(d.placed(n, p.key), pointed(v), quote(f.name))
	}
}

// placed is a block that is there, but empty, at the place of its name.
func (d *decoder) placed(n, key *yaml.Node) *yaml.Node {
	if !isNull(n) {
		return n
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: key.Line, Column: key.Column}
}

// pointed is what a pointer points to, made if there is nothing yet.
func pointed(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Pointer {
		return v
	}
	if v.IsNil() {
		v.Set(reflect.New(v.Type().Elem()))
	}
	return v.Elem()
}

// blocks reads a list of mappings.
func (d *decoder) blocks(n *yaml.Node, f *field, v reflect.Value) {
	if isNull(n) {
		return
	}
	if n.ShortTag() != "!!seq" {
		d.wrongKind(n, quote(f.name), "a list of blocks", `write "- " before the first setting of each block`)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		inner, leave, ok := d.enter(item)
		if ok {
			d.block(inner, pointed(v.Index(i)), quote(f.name))
		}
		leave()
	}
}

// list reads a list of words.
func (d *decoder) list(n *yaml.Node, f *field, v reflect.Value) {
	if n.ShortTag() != "!!seq" {
		d.wrongKind(n, quote(f.name), "a list", `write each on a line of its own with "- " before it, or [a, b]`)
		return
	}
	if f.value {
		d.write(n, v)
		v = v.Field(valueV)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		inner, leave, ok := d.enter(item)
		if ok {
			d.item(inner, f, v.Index(i))
		}
		leave()
	}
}

// item reads one word of a list.
func (d *decoder) item(n *yaml.Node, f *field, v reflect.Value) {
	x, ok := d.scalar(n, f)
	switch {
	case !ok:
	case f.single:
		d.write(n, v)
		v.Field(valueV).Set(x)
	default:
		v.Set(x)
	}
}

// set reads one word.
func (d *decoder) set(n *yaml.Node, f *field, v reflect.Value) {
	x, ok := d.scalar(n, f)
	if !ok {
		return
	}
	if f.value {
		d.write(n, v)
		v = v.Field(valueV)
	}
	pointed(v).Set(x)
}

// write notes in a config.Value where it stands.
func (d *decoder) write(n *yaml.Node, v reflect.Value) {
	v.Field(valueWhere).Set(reflect.ValueOf(d.at(n)))
	v.Field(valueState).Set(reflect.ValueOf(config.Written))
}

// wrongKind tells of a block, a list or a word where something else must stand.
func (d *decoder) wrongKind(n *yaml.Node, name, want, hint string) {
	d.hideLikely(n)
	if n.Style&yaml.TaggedStyle != 0 && n.ShortTag() != "!!str" {
		hint = "remove the tag"
	}
	d.fail(d.at(n), hint, "%s must be %s, not %s", name, want, kindOf(n))
}

// kindOf names what stands at a place.
func kindOf(n *yaml.Node) string {
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		return "a value with the tag " + quote(n.ShortTag())
	case n.Kind == yaml.MappingNode:
		return "a block"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "nothing"
	case "!!timestamp":
		return "a date"
	case "!!merge", "!!str":
		return "text"
	default:
		return "a value with the tag " + quote(n.ShortTag())
	}
}
