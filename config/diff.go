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

// lists compares what has the same key. Of several with one key, such as two checks
// of a kind, those that are alike belong together, and the rest in their order.
func (d *differ) lists(path string, from, to reflect.Value) {
	before := byKey(from)
	partners := make([]int, to.Len())
	for key, now := range byKey(to) {
		for k, old := range paired(before[key], now, from, to) {
			partners[now[k]] = old
		}
	}
	stayed := make([]bool, from.Len())
	for i, old := range partners {
		key := keyOf(to.Index(i), i)
		if old < 0 {
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

// byKey gives the places of a list's members.
func byKey(list reflect.Value) map[string][]int {
	places := map[string][]int{}
	for i := range list.Len() {
		key := keyOf(list.Index(i), i)
		places[key] = append(places[key], i)
	}
	return places
}

// paired gives for each of now its partner before, -1 for none. All have one key.
func paired(before, now []int, from, to reflect.Value) []int {
	if len(before) == 1 && len(now) == 1 {
		return before
	}
	partners := make([]int, len(now))
	taken := map[int]bool{}
	take := func(k int, good func(old int) bool) {
		for _, old := range before {
			if !taken[old] && good(old) {
				partners[k], taken[old] = old, true
				return
			}
		}
	}
	for k := range partners {
		partners[k] = -1
		take(k, func(old int) bool { return alike(from.Index(old), to.Index(now[k])) })
	}
	for k := range partners {
		if partners[k] < 0 {
			take(k, func(int) bool { return true })
		}
	}
	return partners
}

func alike(a, b reflect.Value) bool {
	var d differ
	d.fields("", a, b)
	return len(d.changes) == 0
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
