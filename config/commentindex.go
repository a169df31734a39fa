package config

import (
	"cmp"
	"reflect"
	"slices"
)

// CommentIndex finds the comments that belong to what stands at a place: those
// that stand alone belong to the next setting below them, the others to the
// setting on their line. Each comment is given once.
type CommentIndex struct {
	above  map[line][]string
	behind map[line]string
	rest   []string
}

// line is one line of a file.
type line struct {
	file string
	n    int32
}

// NewCommentIndex assigns comments to the settings of a model.
func NewCommentIndex(c *Config, comments []Comment) *CommentIndex {
	x := &CommentIndex{above: map[line][]string{}, behind: map[line]string{}}
	settings := places(c)
	for _, k := range comments {
		owner, found := ownerOf(settings, k)
		switch {
		case !found:
			x.rest = append(x.rest, k.Text)
		case k.Alone || owner.n != k.Where.Line || x.behind[owner] != "":
			x.above[owner] = append(x.above[owner], k.Text)
		default:
			x.behind[owner] = k.Text
		}
	}
	return x
}

// At gives the comments of what stands at a place and forgets them.
func (x *CommentIndex) At(where Position) (above []string, behind string) {
	l := line{where.File, where.Line}
	above, behind = x.above[l], x.behind[l]
	delete(x.above, l)
	delete(x.behind, l)
	return above, behind
}

// Rest are the comments behind the last setting, and those that nobody asked for.
func (x *CommentIndex) Rest() (rest []string) {
	var left []line
	for l := range x.above {
		left = append(left, l)
	}
	for l := range x.behind {
		if len(x.above[l]) == 0 {
			left = append(left, l)
		}
	}
	slices.SortFunc(left, compareLines)
	for _, l := range left {
		rest = append(rest, x.above[l]...)
		if b := x.behind[l]; b != "" {
			rest = append(rest, b)
		}
	}
	return append(rest, x.rest...)
}

// ownerOf is the line of the first setting on the line of a comment or below it.
func ownerOf(settings []line, k Comment) (line, bool) {
	at := line{k.Where.File, k.Where.Line}
	i, _ := slices.BinarySearchFunc(settings, at, compareLines)
	if i == len(settings) || settings[i].file != at.file {
		return line{}, false
	}
	return settings[i], true
}

func compareLines(a, b line) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.n, b.n)) }

// places are the lines on which something of the model was written, sorted.
func places(c *Config) []line {
	seen := map[line]bool{}
	collect(reflect.ValueOf(c).Elem(), seen)
	all := make([]line, 0, len(seen))
	for l := range seen {
		all = append(all, l)
	}
	slices.SortFunc(all, compareLines)
	return all
}

func collect(v reflect.Value, seen map[line]bool) {
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		collect(v.Elem(), seen)
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			collect(v.Index(i), seen)
		}
	case v.Kind() != reflect.Struct:
	case isValue(v.Type()):
		if v.FieldByName("State").Uint() >= uint64(Written) {
			note(whereOf(v), seen)
		}
	default:
		if where := v.FieldByName("Where"); where.IsValid() {
			note(whereOf(v), seen)
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Where" {
				collect(v.Field(i), seen)
			}
		}
	}
}

func note(where Position, seen map[line]bool) {
	if where.Line > 0 {
		seen[line{where.File, where.Line}] = true
	}
}
