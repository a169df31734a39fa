package config

import (
	"reflect"
	"slices"
	"strings"
)

// Uses tells what lvsctl does with keepalived's keywords: by the keyword of the
// block, "root" at the top level, and the keyword in it.
type Uses map[string]map[string]Use

// Use is what lvsctl does with a setting.
type Use struct {
	Idle bool   // it is read into the model and not acted on yet
	Gap  bool   // what has it is left out until lvsctl can do it
	Note string // what Idle means, "" if nothing need be told; when there is a Gap, "" if always
}

// String says it in a few words.
func (u Use) String() string {
	switch {
	case u.Gap && u.Note != "":
		return "read; what has it is left out, until lvsctl can do it: " + u.Note
	case u.Gap:
		return "read; what has it is left out, until lvsctl can do it"
	case u.Idle && u.Note != "":
		return "read, not acted on yet: " + u.Note
	case u.Idle:
		return "read, not acted on yet"
	default:
		return "acted on"
	}
}

// UsesOf collects the uses from the tags of the model: keepalived, idle, gap.
func UsesOf() Uses {
	u := Uses{}
	u.collect(reflect.TypeFor[Config](), []string{"root"}, nil)
	return u
}

// collect notes the fields of a struct under the blocks that it stands for. around
// is what holds for the whole block.
func (u Uses) collect(t reflect.Type, blocks []string, around *Use) {
	for i := range t.NumField() {
		f := t.Field(i)
		words := keywordsOf(f)
		use := useOf(f, around)
		for _, b := range blocks {
			for _, w := range words {
				u.note(b, w, use)
			}
		}
		inner := structIn(f.Type)
		switch {
		case inner == nil:
		case len(words) > 0:
			u.collect(inner, words, inherited(use))
		default:
			u.collect(inner, blocks, around)
		}
	}
}

// keywordsOf are the keywords that a field stands for.
func keywordsOf(f reflect.StructField) []string {
	tag := f.Tag.Get("keepalived")
	if tag == "" {
		return nil
	}
	return strings.Split(tag, "|")
}

func useOf(f reflect.StructField, around *Use) Use {
	if around != nil {
		return *around
	}
	note, idle := f.Tag.Lookup("idle")
	when, gap := f.Tag.Lookup("gap")
	if gap {
		note = when
	}
	return Use{Idle: idle, Note: note, Gap: gap}
}

// inherited is what holds for all that is in a block, nil if that is nothing.
func inherited(u Use) *Use {
	if u.Idle || u.Gap {
		return &Use{Idle: u.Idle, Gap: u.Gap}
	}
	return nil
}

// note adds a keyword. Of several fields that share one, that which is acted on counts.
func (u Uses) note(block, keyword string, use Use) {
	if u[block] == nil {
		u[block] = map[string]Use{}
	}
	if old, known := u[block][keyword]; known && !old.Idle && !old.Gap {
		return
	}
	u[block][keyword] = use
}

// Blocks are the blocks that have the keyword, sorted.
func (u Uses) Blocks(keyword string) (blocks []string) {
	for b, words := range u {
		if _, has := words[keyword]; has {
			blocks = append(blocks, b)
		}
	}
	slices.Sort(blocks)
	return blocks
}
