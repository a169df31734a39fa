package yamlfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// Load reads the configuration at path, and what the folder conf.d beside it adds
// to it: its files *.yaml in the order of their names. Lists go on from file to
// file; a setting that is there twice must be the same in both, and a name may
// be taken once. The error tells that there is nothing to read (it is a
// *config.LoadError); what is wrong inside is told by the diagnostics.
func Load(path string, into any) (config.Diagnostics, error) {
	more, ignored, err := confD(filepath.Join(filepath.Dir(path), "conf.d"))
	if err != nil {
		return nil, err
	}
	m := merger{sources: map[string]*source{}, layouts: layouts{}, left: config.MaxSize, diagnostics: ignored}
	for _, name := range append([]string{path}, more...) {
		if err := m.add(name, reflect.ValueOf(into).Elem()); err != nil {
			return nil, err
		}
	}
	return m.diagnostics, nil
}

// confD are the files of a folder that belong to the configuration, none if the
// folder is not there, and a warning for each that looks as if it did.
func confD(dir string) (files []string, ignored config.Diagnostics, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || isFile(dir) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, &config.LoadError{Path: dir, Err: config.Bare(err)}
	}
	for _, e := range entries { // sorted by name
		name, path := e.Name(), filepath.Join(dir, e.Name())
		if strings.HasPrefix(name, ".") {
			continue
		}
		switch filepath.Ext(name) {
		case ".yaml":
			files = append(files, path)
		case ".yml", ".json", ".conf":
			ignored = append(ignored, config.Diagnostic{
				Severity: config.Warning,
				Where:    config.Position{File: path, Line: 1, Column: 1},
				Message:  "this file is not read: of conf.d only *.yaml is",
				Hint:     "rename it",
			})
		}
	}
	return files, ignored, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// merger puts several files together.
type merger struct {
	sources     map[string]*source
	layouts     layouts
	left        int // how many bytes may still be read
	part        config.Part
	diagnostics config.Diagnostics
}

// add reads one file into the model.
func (m *merger) add(path string, into reflect.Value) error {
	text, err := config.ReadFile(path, m.left)
	if err != nil {
		return err
	}
	m.left -= len(text)
	src := newSource(path, text)
	isFirst := len(m.sources) == 0
	m.sources[path] = src
	v := into
	if !isFirst {
		v = reflect.New(into.Type()).Elem()
	}
	if root := src.parse(); root != nil {
		newDecoder(src).document(root, v)
	}
	m.diagnostics = append(m.diagnostics, src.finish()...)
	if !isFirst {
		m.block(into, v)
	}
	return nil
}

// block adds the settings of one block to another.
func (m *merger) block(to, from reflect.Value) {
	l := m.layouts.of(to.Type())
	for _, index := range l.where {
		if where := fieldAt(to, index); where.IsZero() {
			if other := lookAt(from, index); other.IsValid() {
				where.Set(other)
			}
		}
	}
	for i := range l.fields {
		f := &l.fields[i]
		v := lookAt(from, f.index)
		if !v.IsValid() || v.IsZero() {
			continue
		}
		if f.part != "" {
			m.part = f.part
		}
		m.field(f, fieldAt(to, f.index), v)
		if f.part != "" {
			m.part = ""
		}
	}
}

// field adds one setting.
func (m *merger) field(f *field, to, from reflect.Value) {
	switch {
	case f.form == blocks:
		m.names(f, to, from)
		to.Set(reflect.AppendSlice(to, from))
	case f.form == list && !f.value:
		to.Set(reflect.AppendSlice(to, from))
	case to.IsZero():
		to.Set(from)
	case f.form == block:
		m.block(pointed(to), pointed(from))
	case f.value:
		m.setting(f, to, from)
	}
}

// setting tells if a setting differs from what was there before.
func (m *merger) setting(f *field, to, from reflect.Value) {
	if reflect.DeepEqual(to.Field(valueV).Interface(), from.Field(valueV).Interface()) {
		return
	}
	m.fail(from.Field(valueWhere), "keep one of them", quote(f.name)+" is set already, to another value, at "+placeText(to.Field(valueWhere)))
}

// names tells of blocks whose name is taken by a block of another file.
func (m *merger) names(f *field, to, from reflect.Value) {
	l := m.layouts.of(f.typ)
	i, ok := l.byName["name"]
	if !ok || !l.fields[i].value || l.fields[i].typ.Kind() != reflect.String {
		return
	}
	index := l.fields[i].index
	taken := map[string]reflect.Value{}
	for i := range to.Len() {
		if name := lookAt(pointed(to.Index(i)), index); name.IsValid() && stateOf(name) != config.Unset {
			taken[name.Field(valueV).String()] = name.Field(valueWhere)
		}
	}
	for i := range from.Len() {
		name := lookAt(pointed(from.Index(i)), index)
		if !name.IsValid() {
			continue
		}
		if first, ok := taken[name.Field(valueV).String()]; ok {
			m.fail(name.Field(valueWhere), "give it another name, or keep one of them",
				quote(f.name)+" has "+quote(name.Field(valueV).String())+" already, at "+placeText(first))
		}
	}
}

func placeText(where reflect.Value) string {
	place, _ := interfaceAt[config.Position](where)
	return place.String()
}

// fail tells what does not fit together, with the line of the later file.
func (m *merger) fail(where reflect.Value, hint, message string) {
	place, _ := interfaceAt[config.Position](where)
	d := config.Diagnostic{Severity: config.Error, Part: m.part, Where: place, Message: message, Hint: hint}
	if src := m.sources[place.File]; src != nil && len(m.diagnostics) < maxSaid {
		d.Line = src.withoutSecrets(src.line(int(place.Line)), place)
	}
	m.diagnostics = append(m.diagnostics, d)
}
