package yamlfile

import (
	"reflect"
	"strings"
)

// Schema writes the JSON Schema (draft 2020-12) of a model, a struct or a pointer
// to one, so that editors complete and check its files. It refuses nothing that
// Decode takes; of what Decode refuses it knows names, types, ranges and words,
// not which durations and addresses make sense.
func Schema(model any) []byte {
	s := schemaWriter{layouts: layouts{}, names: map[reflect.Type]string{}}
	root := s.layouts.of(structIn(reflect.TypeOf(model)))
	top := s.properties(root)
	editor := object(text("type", "string"))
	top.children = append([]*node{named("$schema", editor), named("schema", editor)}, top.children...)
	schema := object(
		text("$schema", "https://json-schema.org/draft/2020-12/schema"),
		text("title", "lvsctl configuration"),
		types("object", "null"),
		named("additionalProperties", &node{kind: plainNode, text: "false"}),
		named("properties", top),
	)
	if defs := s.definitions(); len(defs.children) > 0 {
		schema.children = append(schema.children, named("$defs", defs))
	}
	w := jsonWriter{}
	w.node(schema, 0)
	w.out.WriteByte('\n')
	return w.out.Bytes()
}

// schemaWriter collects the blocks that a model has.
type schemaWriter struct {
	layouts layouts
	names   map[reflect.Type]string
	order   []reflect.Type // blocks, as they were met
}

func object(children ...*node) *node { return &node{kind: blockNode, children: children} }

func array(children ...*node) *node { return &node{kind: listNode, children: children} }

func named(name string, n *node) *node {
	m := *n
	m.name = name
	return &m
}

func text(name, value string) *node { return &node{name: name, text: value} }

// types is the member that tells which types are allowed.
func types(names ...string) *node {
	if len(names) == 1 {
		return text("type", names[0])
	}
	return named("type", stringArray(names))
}

func stringArray(words []string) *node {
	all := array()
	for _, w := range words {
		all.children = append(all.children, &node{text: w})
	}
	return all
}

// definitions are the schemas of all blocks; describing one may find others.
func (s *schemaWriter) definitions() *node {
	defs := object()
	for i := 0; i < len(s.order); i++ {
		t := s.order[i]
		defs.children = append(defs.children, named(s.names[t], object(
			types("object", "null"),
			named("additionalProperties", &node{kind: plainNode, text: "false"}),
			named("properties", s.properties(s.layouts.of(t))),
		)))
	}
	return defs
}

// properties are the schemas of the settings of a block.
func (s *schemaWriter) properties(l *layout) *node {
	all := object()
	for i := range l.fields {
		all.children = append(all.children, named(l.fields[i].name, s.field(&l.fields[i])))
	}
	return all
}

// field is the schema of one setting.
func (s *schemaWriter) field(f *field) *node {
	n := object()
	if d := describe(f); d != "" {
		n.children = append(n.children, text("description", d))
	}
	switch f.form {
	case scalar:
		n.children = append(n.children, word(f)...)
	case list:
		n.children = append(n.children, types("array"), named("items", object(word(f)...)))
	case blocks:
		n.children = append(n.children, types("array", "null"), named("items", s.block(f.typ)))
	default:
		n.children = append(n.children, s.block(f.typ).children...)
	}
	return n
}

// describe is what an editor shows.
func describe(f *field) string {
	d := f.doc
	if f.fallback != "" {
		d += "; default: " + f.fallback
	}
	if len(f.keepalived) > 0 {
		d += " (keepalived: " + strings.Join(f.keepalived, ", ") + ")"
	}
	return d
}

// block is the schema of a block: a reference, or the one word that stands for it.
func (s *schemaWriter) block(t reflect.Type) *node {
	if _, ok := s.names[t]; !ok {
		s.names[t] = t.Name()
		s.order = append(s.order, t)
	}
	reference := object(text("$ref", "#/$defs/"+s.names[t]))
	l := s.layouts.of(t)
	if l.short < 0 {
		return reference
	}
	return object(named("anyOf", array(object(word(&l.fields[l.short])...), reference)))
}

// Patterns of addresses. They are wider than the addresses themselves.
const (
	pattern4 = `[0-9]{1,3}(\.[0-9]{1,3}){3}`
	pattern6 = `[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*`
)

// word is the schema of one word.
func word(f *field) []*node {
	switch {
	case f.typ == durationType:
		return []*node{types("string"), text("pattern", durationPattern)}
	case f.typ == addrType:
		return []*node{types("string"), text("pattern", `^(`+pattern4+`|`+pattern6+`(%.+)?)$`)}
	case f.typ == prefixType:
		return []*node{types("string"), text("pattern", `^(`+pattern4+`|`+pattern6+`)(/[0-9]{1,3})?$`)}
	case f.typ == addrPortType:
		return []*node{types("string"), text("pattern", `^(`+pattern4+`|\[`+pattern6+`(%.+)?\]):[0-9]{1,5}$`)}
	case isText(f.typ):
		return []*node{types("string", "integer")}
	case f.typ.Kind() == reflect.Bool:
		return []*node{types("boolean")}
	case isNumber(f.typ):
		low, high := limits(f)
		return []*node{
			types("integer"),
			{name: "minimum", kind: plainNode, text: low.String()},
			{name: "maximum", kind: plainNode, text: high.String()},
		}
	case len(f.enum) > 0:
		return []*node{types("string"), named("enum", stringArray(f.enum))}
	default:
		return []*node{types("string")}
	}
}
