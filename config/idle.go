package config

import (
	"reflect"
	"strings"
)

// Idle tells which of the settings that were written lvsctl does not act on yet:
// those whose field has the tag idle.
func Idle(c *Config) Diagnostics {
	var w idleWalk
	w.walk(reflect.ValueOf(c).Elem(), Whole)
	return w.said
}

// idleWalk goes through the model.
type idleWalk struct {
	said  Diagnostics
	plans map[reflect.Type][]idleField
}

// idleField is a field to look at: it is idle itself, or something below it may be.
type idleField struct {
	index   int
	idle    bool
	note    string
	name    string // as the operator writes it
	keyword string // as keepalived.conf has it, "" if it has none
	part    Part   // Whole: that of what is around it
}

// parts are the fields of Config that concern one daemon.
func parts() map[string]Part {
	return map[string]Part{
		"VirtualRouters": VirtualRouters, "SyncGroups": VirtualRouters, "Scripts": VirtualRouters,
		"VirtualServers": VirtualServers, "ServerGroups": VirtualServers, "TLS": VirtualServers,
	}
}

func (w *idleWalk) walk(v reflect.Value, part Part) {
	for _, f := range w.plan(v.Type()) {
		if f.part != Whole {
			part = f.part
		}
		field := v.Field(f.index)
		if f.idle {
			w.tell(f, field, part)
			continue
		}
		w.descend(field, part)
	}
}

func (w *idleWalk) descend(v reflect.Value, part Part) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			w.walk(v.Elem(), part)
		}
	case reflect.Struct:
		w.walk(v, part)
	case reflect.Slice:
		for i := range v.Len() {
			w.walk(v.Index(i), part)
		}
	}
}

// tell says that a field is set and not used.
func (w *idleWalk) tell(f idleField, v reflect.Value, part Part) {
	where, set := written(v)
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
func written(v reflect.Value) (Position, bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return Position{}, false
		}
		return whereOf(v.Elem()), true
	case reflect.Slice:
		if v.Len() == 0 {
			return Position{}, false
		}
		return whereOf(v.Index(0)), true
	default:
		set := v.FieldByName("State").Uint() >= uint64(Written)
		return whereOf(v), set
	}
}

func whereOf(v reflect.Value) Position {
	where, _ := v.FieldByName("Where").Interface().(Position)
	return where
}

// plan tells what of a struct is worth a look. Most of the model is not.
func (w *idleWalk) plan(t reflect.Type) []idleField {
	if p, known := w.plans[t]; known {
		return p
	}
	if w.plans == nil {
		w.plans = map[reflect.Type][]idleField{}
	}
	w.plans[t] = nil
	var plan []idleField
	for i := range t.NumField() {
		f := t.Field(i)
		note, idle := f.Tag.Lookup("idle")
		inner := structIn(f.Type)
		if !idle && (inner == nil || len(w.plan(inner)) == 0) {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		keyword, _, _ := strings.Cut(f.Tag.Get("keepalived"), "|")
		plan = append(plan, idleField{i, idle, note, name, keyword, parts()[f.Name]})
	}
	w.plans[t] = plan
	return plan
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
