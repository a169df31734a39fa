package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
)

// ChangeKind tells how something differs.
type ChangeKind string

// Kinds of change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Change is one difference between two configurations.
type Change struct {
	Kind ChangeKind `json:"kind"`
	Path string     `json:"path"`           // "virtual_routers VI_1 priority"
	From string     `json:"from,omitempty"` // the value before
	To   string     `json:"to,omitempty"`   // the value now
	// Where the new one was written, of what was removed the old one; zero if nobody wrote it.
	Where Position `json:"where"`
}

// Diff tells what a reload from one resolved configuration to another changes. What
// says the same in other words is no change, nor is the order of a list whose
// members have names or addresses.
func Diff(from, to *Config) []Change {
	var d differ
	d.structs("", reflect.ValueOf(from).Elem(), reflect.ValueOf(to).Elem())
	return d.changes
}

type differ struct{ changes []Change }

func (d *differ) structs(path string, from, to reflect.Value) {
	t := from.Type()
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		switch {
		case name == "-":
		case options == "inline":
			d.fields(path, from.Field(i), to.Field(i))
		default:
			d.fields(join(path, name), from.Field(i), to.Field(i))
		}
	}
}

// join adds a word to a path.
func join(path, name string) string { return strings.TrimLeft(path+" "+name, " ") }

func (d *differ) fields(path string, from, to reflect.Value) {
	switch {
	case from.Kind() == reflect.Slice:
		d.lists(path, from, to)
	case from.Kind() == reflect.Pointer:
		d.pointers(path, from, to)
	case isValue(from.Type()):
		d.values(path, from, to)
	case from.Kind() == reflect.Struct:
		d.structs(path, from, to)
	}
}

func (d *differ) pointers(path string, from, to reflect.Value) {
	switch {
	case from.IsNil() && to.IsNil():
	case from.IsNil():
		d.add(Added, path, to.Elem())
	case to.IsNil():
		d.add(Removed, path, from.Elem())
	default:
		d.structs(path, from.Elem(), to.Elem())
	}
}

// values compares two Values. How they came to be does not count.
func (d *differ) values(path string, from, to reflect.Value) {
	if reflect.DeepEqual(from.FieldByName("V").Interface(), to.FieldByName("V").Interface()) {
		return
	}
	d.changes = append(d.changes, Change{Changed, path, shownValue(from), shownValue(to), whereOf(to)})
}

// lists compares what has the same key.
func (d *differ) lists(path string, from, to reflect.Value) {
	before := map[string]int{}
	for i := range from.Len() {
		before[keyOf(from.Index(i), i)] = i
	}
	stayed := map[int]bool{}
	for i := range to.Len() {
		key := keyOf(to.Index(i), i)
		old, was := before[key]
		if !was || stayed[old] {
			d.add(Added, join(path, key), to.Index(i))
			continue
		}
		stayed[old] = true
		d.fields(join(path, key), from.Index(old), to.Index(i))
	}
	for i := range from.Len() {
		if !stayed[i] {
			d.add(Removed, join(path, keyOf(from.Index(i), i)), from.Index(i))
		}
	}
}

func (d *differ) add(kind ChangeKind, path string, what reflect.Value) {
	d.changes = append(d.changes, Change{Kind: kind, Path: path, Where: whereOf(what)})
}

// keyOf names a member of a list: by what tells it from the others, else by its number.
func keyOf(v reflect.Value, index int) string {
	if isValue(v.Type()) {
		return shownValue(v)
	}
	if s, ok := v.Interface().(VirtualServer); ok {
		return join(string(s.Protocol.V), s.ID())
	}
	for _, name := range []string{"Name", "Prefix", "Address", "Destination", "Kind", "Range", "Path", "ID"} {
		if f := v.FieldByName(name); f.IsValid() && isValue(f.Type()) && f.FieldByName("State").Uint() >= uint64(Written) {
			return shownValue(f)
		}
	}
	return fmt.Sprintf("%d", index+1)
}

// isValue tells whether a type is some Value[T].
func isValue(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && strings.HasPrefix(t.Name(), "Value[")
}

// shownValue is a Value as people read it; secrets are hidden.
func shownValue(v reflect.Value) string {
	if v.FieldByName("State").Uint() == uint64(Unset) {
		return ""
	}
	inner := v.FieldByName("V").Interface()
	if m, ok := inner.(encoding.TextMarshaler); ok {
		if text, err := m.MarshalText(); err == nil {
			return string(text)
		}
	}
	return fmt.Sprint(inner)
}
