package document

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readYAML reads a document of YAML.
func (r *reader) readYAML(b []byte) {
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(b))
	if err := dec.Decode(&doc); err != nil {
		r.notYAML(err)
		return
	}
	if err := dec.Decode(&more); err == nil {
		r.wrong(node{line: more.Line, column: more.Column}, "", "only one document can stand in a file")
		return
	} else if !errors.Is(err, io.EOF) {
		r.notYAML(err)
		return
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		r.wrong(node{line: top.Line, column: top.Column}, "begin it with: schema: "+Schema, "the document must be a mapping")
		return
	}
	for i := 0; i < len(top.Content); i += 2 {
		name, value := r.fromYAML(top.Content[i], 0), top.Content[i+1]
		switch {
		case !r.topName(name):
		case name.text == "services" && value.Kind == yaml.SequenceNode:
			r.begin()
			for _, s := range value.Content {
				r.service(r.fromYAML(s, 0))
			}
		default:
			r.top(name.text, r.fromYAML(value, 0))
		}
	}
	r.end(node{line: top.Line, column: top.Column})
}

// ofGrammar are the errors that yaml.v3 reports one line too high: those of its
// parser, not of its scanner.
var ofGrammar = []string{"node content", "key", "'-'", "','", "<"}

// notYAML tells of an error of the parser, which knows the line at best.
func (r *reader) notYAML(err error) {
	at, message := node{line: 1, column: 1}, err.Error()
	if found := regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`).FindStringSubmatch(message); found != nil {
		message = found[2]
		if line, err := strconv.Atoi(found[1]); err == nil {
			at.line = line
			for _, what := range ofGrammar {
				if strings.HasPrefix(message, "did not find expected "+what) {
					at.line++
				}
			}
		}
	}
	r.wrong(at, "", "this is no YAML: %s", message)
}

// fromYAML converts a node with all that is in it.
func (r *reader) fromYAML(y *yaml.Node, depth int) node {
	n := node{line: y.Line, column: y.Column}
	switch y.Kind {
	case yaml.AliasNode:
		n.kind = refused
		r.wrong(n, "write it out", "aliases are not understood here")
	case yaml.ScalarNode:
		n.kind, n.text = kindOfScalar(y), y.Value
	case yaml.SequenceNode:
		n.kind = list
	case yaml.MappingNode:
		n.kind = mapping
	}
	if depth > maxDepth {
		r.wrong(n, "", "this is nested too deeply")
		n.kind = refused
		return n
	}
	if len(y.Content) > 0 {
		n.nodes = make([]node, 0, len(y.Content))
	}
	for _, child := range y.Content {
		n.nodes = append(n.nodes, r.fromYAML(child, depth+1))
	}
	return n
}

func kindOfScalar(y *yaml.Node) kind {
	switch y.ShortTag() {
	case "!!int", "!!float":
		return number
	case "!!bool":
		return truth
	case "!!null":
		return nothing
	default:
		return text
	}
}
