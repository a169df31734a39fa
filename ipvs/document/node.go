package document

import (
	"fmt"
	"slices"
)

// kind is what a node is.
type kind uint8

const (
	nothing kind = iota // null
	text
	number
	truth // true or false
	list
	mapping
	refused // what is wrong with it was told
)

func (k kind) String() string {
	return [...]string{"nothing", "a text", "a number", "true or false", "a list", "a mapping", ""}[k]
}

// node is a piece of JSON or YAML with its place. YAML is converted to it and JSON
// is read into it, so that both are judged alike.
type node struct {
	kind         kind
	text         string // of a text, number or truth
	line, column int
	nodes        []node // the elements of a list; of a mapping key, value, key, value …
}

// maxDepth is deeper than any document is.
const maxDepth = 16

// judge collects what is wrong with a document.
type judge struct {
	problems []Problem
	seen     map[string]int // lines of what must not be there twice
}

func (j *judge) wrong(n node, hint, format string, args ...any) {
	j.problems = append(j.problems, Problem{Line: n.line, Column: n.column, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// is tells whether a node is of the kind that a field has.
func (j *judge) is(n node, name string, want kind) bool {
	if n.kind != want && n.kind != refused {
		j.wrong(n, "", "%s must be %s, not %s", name, want, n.kind)
	}
	return n.kind == want
}

// fields hands each field of a mapping to take, which knows the names.
func (j *judge) fields(n node, what string, names []string, take func(name string, value node)) bool {
	if !j.is(n, what, mapping) {
		return false
	}
	var told uint64 // one bit a name
	for i := 0; i < len(n.nodes); i += 2 {
		name, value := n.nodes[i], n.nodes[i+1]
		at := slices.Index(names, name.text)
		switch {
		case at < 0:
			j.unknown(name, what, names)
		case told&(1<<at) != 0:
			j.wrong(name, "", "%s is told twice", name.text)
		default:
			told |= 1 << at
			take(name.text, value)
		}
	}
	return true
}

func (j *judge) unknown(name node, what string, names []string) {
	hint := ""
	if near := nearest(name.text, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	j.wrong(name, hint, "%s has no field %q", what, name.text)
}

// once notes what a thing is called, and is wrong if there was one before it.
func (j *judge) once(n node, name string) {
	if j.seen == nil {
		j.seen = map[string]int{}
	}
	if line, again := j.seen[name]; again {
		j.wrong(n, "", "%s stands in line %d already", name, line)
		return
	}
	j.seen[name] = n.line
}
