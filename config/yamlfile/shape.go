package yamlfile

import (
	"encoding"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// form is how a field of the model stands in a file.
type form int

const (
	scalar form = iota // one word
	list               // a list of words
	block              // a mapping
	blocks             // a list of mappings
)

// shape is the type of a field, taken apart.
type shape struct {
	form   form
	value  bool         // wrapped in a config.Value
	typ    reflect.Type // of the scalar or the block itself
	single bool         // each word of the list is a config.Value of its own
}

// A config.Value has these fields, in this order.
const (
	valueV = iota
	valueState
	valueWhere
)

var (
	positionType  = reflect.TypeFor[config.Position]()
	secretType    = reflect.TypeFor[config.Secret]()
	durationType  = reflect.TypeFor[time.Duration]()
	unmarshalType = reflect.TypeFor[encoding.TextUnmarshaler]()
	marshalType   = reflect.TypeFor[encoding.TextMarshaler]()
)

// shapeOf takes a type apart.
func shapeOf(t reflect.Type) shape {
	if isValue(t) {
		inner := shapeOf(t.Field(valueV).Type)
		inner.value = true
		return inner
	}
	t = structIn(t)
	switch {
	case isText(t):
		return shape{form: scalar, typ: t}
	case t.Kind() == reflect.Struct:
		return shape{form: block, typ: t}
	case t.Kind() != reflect.Slice:
		return shape{form: scalar, typ: t}
	}
	inner := shapeOf(t.Elem())
	if inner.form == block {
		return shape{form: blocks, typ: inner.typ}
	}
	return shape{form: list, typ: inner.typ, single: inner.value}
}

// isValue tells whether a type is a config.Value.
func isValue(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.PkgPath() == positionType.PkgPath() && strings.HasPrefix(t.Name(), "Value[")
}

// isText tells whether a type reads itself from text.
func isText(t reflect.Type) bool { return reflect.PointerTo(t).Implements(unmarshalType) }

// field is one setting of a block.
type field struct {
	shape
	name       string
	index      []int
	doc        string
	keepalived []string // keepalived's keywords
	fallback   string   // what is taken if nobody says anything, as text
	enum       []string
	min, max   string
	part       config.Part
}

// layout is what stands in a block of one type.
type layout struct {
	name   string // of the type
	fields []field
	byName map[string]int
	where  [][]int // fields that get the place of the block
	short  int     // the field that a single word stands for, -1 if there is none
}

func (l *layout) names() []string {
	names := make([]string, len(l.fields))
	for i, f := range l.fields {
		names[i] = f.name
	}
	return names
}

// layouts finds the layout of each type once.
type layouts map[reflect.Type]*layout

func (ls layouts) of(t reflect.Type) *layout {
	l, ok := ls[t]
	if !ok {
		l = &layout{name: t.Name(), byName: map[string]int{}, short: -1}
		ls[t] = l
		l.add(t, nil)
		for i, f := range l.fields {
			l.byName[f.name] = i
			if t == reflect.TypeFor[config.Config]() {
				l.fields[i].part = config.PartOf(t.FieldByIndex(f.index).Name)
			}
		}
	}
	return l
}

// add adds the fields of a struct; those inside an inline struct stand beside the others.
func (l *layout) add(t reflect.Type, path []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(slices.Clone(path), i)
		name, options, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		switch {
		case !sf.IsExported():
		case sf.Name == "Where" && sf.Type == positionType:
			l.where = append(l.where, index)
		case options == "inline":
			l.add(structIn(sf.Type), index)
		case name != "" && name != "-":
			if options == "short" {
				l.short = len(l.fields)
			}
			l.fields = append(l.fields, newField(name, index, sf))
		}
	}
}

func newField(name string, index []int, sf reflect.StructField) field {
	f := field{
		shape:      shapeOf(sf.Type),
		name:       name,
		index:      index,
		doc:        sf.Tag.Get("doc"),
		keepalived: words(sf.Tag.Get("keepalived")),
		fallback:   sf.Tag.Get("default"),
		min:        sf.Tag.Get("min"),
		max:        sf.Tag.Get("max"),
	}
	f.enum = words(sf.Tag.Get("enum"))
	return f
}

// words are the words of a tag, with "|" between them.
func words(tag string) []string {
	if tag == "" {
		return nil
	}
	return strings.Split(tag, "|")
}

// structIn is the struct that a type is or points to.
func structIn(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// fieldAt is a field of a block. Blocks on the way that are not there are made.
func fieldAt(v reflect.Value, index []int) reflect.Value {
	for _, i := range index[:len(index)-1] {
		v = pointed(v.Field(i))
	}
	return v.Field(index[len(index)-1])
}

// lookAt is a field of a block, the zero Value if a block on the way is not there.
func lookAt(v reflect.Value, index []int) reflect.Value {
	found, err := v.FieldByIndexErr(index)
	if err != nil {
		return reflect.Value{}
	}
	return found
}
