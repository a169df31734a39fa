package config

import (
	"reflect"
	"strings"
)

// Idle tells which of the settings that were written lvsctl does not act on yet:
// those whose field has the tag idle.
func Idle(c *Config) Diagnostics {
	var w idleWalk
	w.walk(idleFields(reflect.TypeFor[Config]()), reflect.ValueOf(c).Elem(), Whole)
	return w.said
}

// idleWalk goes through the model.
type idleWalk struct{ said Diagnostics }

// idleField is a field to look at: it is idle itself, or something below it may be.
type idleField struct {
	index   int
	idle    bool
	note    string
	name    string      // as the operator writes it
	keyword string      // as keepalived.conf has it, "" if it has none
	part    Part        // Whole: that of what is around it
	below   []idleField // what to look at in it, unless it is idle itself
	state   int         // which field of a Value is its State
}

// parts are the fields of Config that concern one daemon.
func parts() map[string]Part {
	return map[string]Part{
		"VirtualRouters": VirtualRouters, "SyncGroups": VirtualRouters, "Scripts": VirtualRouters,
		"VirtualServers": VirtualServers, "ServerGroups": VirtualServers, "TLS": VirtualServers,
	}
}

func (w *idleWalk) walk(fields []idleField, v reflect.Value, part Part) {
	for i := range fields {
		f := &fields[i]
		if f.part != Whole {
			part = f.part
		}
		field := v.Field(f.index)
		if f.idle {
			w.tell(f, field, part)
			continue
		}
		w.descend(f.below, field, part)
	}
}

func (w *idleWalk) descend(fields []idleField, v reflect.Value, part Part) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			w.walk(fields, v.Elem(), part)
		}
	case reflect.Struct:
		w.walk(fields, v, part)
	case reflect.Slice:
		for i := range v.Len() {
			w.walk(fields, v.Index(i), part)
		}
	}
}

// tell says that a field is set and not used.
func (w *idleWalk) tell(f *idleField, v reflect.Value, part Part) {
	where, set := f.written(v)
	if !set {
		return
	}
	name := f.name
	if f.keyword != "" && !strings.HasSuffix(where.File, ".yaml") {
		name = f.keyword
	}
	message := `"` + name + `" is accepted and not used`
	if f.note != "" {
		message += ": " + f.note
	}
	w.said = append(w.said, Diagnostic{Severity: Warning, Part: part, Where: where, Message: message})
}

// written tells whether somebody wrote the field, and where.
func (f *idleField) written(v reflect.Value) (Position, bool) {
	set := false
	switch v.Kind() {
	case reflect.Pointer:
		if set = !v.IsNil(); set {
			v = v.Elem()
		}
	case reflect.Slice:
		if set = v.Len() > 0; set {
			v = v.Index(0)
		}
	default:
		set = v.Field(f.state).Uint() >= uint64(Written)
	}
	if !set {
		return Position{}, false
	}
	return whereOf(v), true
}

func whereOf(v reflect.Value) Position {
	where, _ := v.FieldByName("Where").Interface().(Position)
	return where
}

// idleFields tells what of a struct is worth a look. Most of the model is not. It
// is found out once, because there are many values of few types.
func idleFields(t reflect.Type) (fields []idleField) {
	for i := range t.NumField() {
		sf := t.Field(i)
		f := idleField{index: i, part: parts()[sf.Name]}
		f.note, f.idle = sf.Tag.Lookup("idle")
		switch inner := structIn(sf.Type); {
		case f.idle:
			f.state = stateOf(sf.Type)
		case inner != nil:
			f.below = idleFields(inner)
		}
		if !f.idle && len(f.below) == 0 {
			continue
		}
		f.name, _, _ = strings.Cut(sf.Tag.Get("yaml"), ",")
		f.keyword, _, _ = strings.Cut(sf.Tag.Get("keepalived"), "|")
		fields = append(fields, f)
	}
	return fields
}

// stateOf is the place of State in a Value, 0 in another type.
func stateOf(t reflect.Type) int {
	if t.Kind() != reflect.Struct {
		return 0
	}
	f, has := t.FieldByName("State")
	if !has {
		return 0
	}
	return f.Index[0]
}

// structIn is the struct of the model that a field is, points to or lists, nil if none.
func structIn(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || !strings.HasSuffix(t.PkgPath(), "lvsctl/config") || strings.HasPrefix(t.Name(), "Value[") {
		return nil
	}
	return t
}
