package keepalived

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// dump writes what somebody wrote, or what was put in its place: the settings of
// a block on one line, blocks in it below. A value is followed by how it came to
// be, unless it stands there as it was written.
func dump(c config.Config) string { return dumpModel(c, false) }

// dumpModel is dump, with the defaults if they are asked for.
func dumpModel(c config.Config, defaults bool) string {
	d := dumper{defaults: defaults}
	d.block("", "", reflect.ValueOf(c))
	return d.String()
}

// plainDump is every value that is known, whoever gave it.
func plainDump(c config.Config) string {
	d := dumper{defaults: true, plain: true}
	d.block("", "", reflect.ValueOf(c))
	return d.String()
}

type dumper struct {
	strings.Builder
	defaults bool
	plain    bool // does not say how values came to be
}

// block writes a struct of the model: its values, and then what is below it.
func (d *dumper) block(indent, name string, v reflect.Value) {
	var below []func(indent string)
	values := d.values(v, &below)
	inner := indent
	if name != "" {
		_, _ = fmt.Fprintln(d, strings.TrimRight(indent+name+" "+strings.Join(values, " "), " "))
		inner += "  "
	}
	for _, b := range below {
		b(inner)
	}
}

// values gives the settings of a struct; what is below it is noted.
func (d *dumper) values(v reflect.Value, below *[]func(string)) (values []string) {
	for i := range v.NumField() {
		field, f := v.Type().Field(i), v.Field(i)
		name, option, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case field.Type == reflect.TypeFor[config.Position](), d.plain && name == "-" && isValue(f.Type()):
		case isValue(f.Type()):
			if name == "-" {
				name = strings.ToLower(field.Name)
			}
			if s := d.value(name, f); s != "" {
				values = append(values, s)
			}
		case f.Kind() == reflect.Bool:
			if f.Bool() {
				values = append(values, strings.ToLower(field.Name))
			}
		case option == "inline":
			values = append(values, d.inlined(f, below)...)
		default:
			*below = append(*below, func(indent string) { d.inner(indent, name, f) })
		}
	}
	return values
}

// inner writes what stands below a struct.
func (d *dumper) inner(indent, name string, f reflect.Value) {
	switch {
	case f.Kind() == reflect.Pointer:
		if !f.IsNil() {
			d.block(indent, name, f.Elem())
		}
	case f.Kind() == reflect.Slice && f.Type().Elem() == reflect.TypeFor[config.Fault]():
		for _, fault := range f.Interface().([]config.Fault) {
			if d.plain {
				fault.Where.Line = 0
			}
			_, _ = fmt.Fprintf(d, "%sfault %d: %s\n", indent, fault.Where.Line, fault.Reason)
		}
	case f.Kind() == reflect.Slice && isValue(f.Type().Elem()):
		for i := range f.Len() {
			_, _ = fmt.Fprintf(d, "%s%s\n", indent, d.value(singular(name), f.Index(i)))
		}
	case f.Kind() == reflect.Slice:
		for i := range f.Len() {
			d.block(indent, singular(name), f.Index(i))
		}
	case f.Kind() == reflect.Struct:
		before := d.Len()
		d.block(indent, name, f)
		if text := d.String(); text[before:] == indent+name+"\n" {
			d.Reset()
			d.WriteString(text[:before])
		}
	}
}

// value writes name=value, "" if it is not to be shown.
func (d *dumper) value(name string, v reflect.Value) string {
	state := config.State(v.FieldByName("State").Uint())
	how := map[config.State]string{config.Default: "(default)", config.Inherited: "(inherited)", config.Adjusted: "(adjusted)"}[state]
	if state == config.Unset || state == config.Default && !d.defaults {
		return ""
	}
	if d.plain {
		how = ""
	}
	var text string
	switch x := v.FieldByName("V").Interface().(type) {
	case config.Secret:
		text = string(x)
	case time.Duration:
		text = x.String()
	case []string:
		text = strings.Join(x, " ")
	default:
		text = fmt.Sprint(x)
	}
	if text == "" || strings.ContainsAny(text, " =\"") || strings.ToValidUTF8(text, "") != text {
		text = fmt.Sprintf("%q", text)
	}
	return name + "=" + text + how
}

// singular names one of a list.
func singular(name string) string {
	if strings.HasSuffix(name, "sses") {
		return strings.TrimSuffix(name, "es")
	}
	return strings.TrimSuffix(name, "s")
}

func isValue(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && strings.HasPrefix(t.Name(), "Value[")
}

// inlined gives the settings of a struct that has no name of its own.
func (d *dumper) inlined(v reflect.Value, below *[]func(string)) []string {
	if v.Kind() != reflect.Pointer {
		return d.values(v, below)
	}
	if v.IsNil() {
		return nil
	}
	return d.values(v.Elem(), below)
}
