package yamlfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lvsctl/lvsctl/config"
)

// maxDepth bounds blocks within blocks. The model has fewer than ten.
const maxDepth = 100

// jsonParser makes the tree that YAML would make, with the places of JSON's tokens.
type jsonParser struct {
	*source
	dec *json.Decoder
}

var errTooDeep = errors.New("no valid JSON: blocks within blocks, more than a hundred deep")

// parseJSON reads the one value of a JSON file, nil if there is none.
func (s *source) parseJSON() *yaml.Node {
	if len(bytes.TrimSpace(s.text)) == 0 {
		return nil
	}
	p := &jsonParser{source: s, dec: json.NewDecoder(bytes.NewReader(s.text))}
	p.dec.UseNumber()
	root, err := p.value(0)
	switch {
	case errors.Is(err, errTooDeep):
		return nil
	case err != nil:
		s.jsonError()
		return nil
	}
	if at := p.next(); at < len(s.text) {
		s.fail(s.placeOf(at), "remove what follows", "more than one JSON value")
		return nil
	}
	if isNull(root) {
		return nil
	}
	return root
}

// next is the offset of the token to come.
func (p *jsonParser) next() int {
	at := int(p.dec.InputOffset())
	for at < len(p.text) && strings.IndexByte(" \t\r\n,:", p.text[at]) >= 0 {
		at++
	}
	return at
}

// value reads one value.
func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	where := p.placeOf(p.next())
	if depth > maxDepth {
		p.syntax(where, "", errTooDeep.Error())
		return nil, errTooDeep
	}
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: int(where.Line), Column: int(where.Column)}
	switch v := token.(type) {
	case json.Delim:
		return n, p.collection(n, v, depth)
	case string:
		n.Tag, n.Value, n.Style = "!!str", v, yaml.DoubleQuotedStyle
	case json.Number:
		n.Value = v.String()
		n.Tag = "!!int"
		if strings.ContainsAny(n.Value, ".eE") {
			n.Tag = "!!float"
		}
	case bool:
		n.Tag, n.Value = "!!bool", "false"
		if v {
			n.Value = "true"
		}
	default:
		n.Tag = "!!null"
	}
	return n, nil
}

// collection reads what stands between two braces or brackets.
func (p *jsonParser) collection(n *yaml.Node, open json.Delim, depth int) error {
	n.Kind, n.Tag, n.Style = yaml.MappingNode, "!!map", yaml.FlowStyle
	if open == '[' {
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
	}
	for p.dec.More() {
		inside, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, inside)
	}
	_, err := p.dec.Token()
	return err
}

// jsonError tells where the text is no JSON.
func (s *source) jsonError() {
	at, message := len(s.text), "the text ends in the middle of a value"
	hint := `close what is open: a "}", a "]" or a quote is missing`
	var raw json.RawMessage
	syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(s.text, &raw))
	if ok && !strings.HasPrefix(syntax.Error(), "unexpected end") {
		at, message, hint = max(0, int(syntax.Offset)-1), syntax.Error(), jsonHint(syntax.Error())
	}
	s.syntax(s.placeOf(at), hint, "no valid JSON: "+message)
}

func jsonHint(message string) string {
	switch {
	case strings.HasPrefix(message, "invalid character '}' looking for beginning of object key"),
		strings.HasPrefix(message, "invalid character ']' looking for beginning of value"):
		return "remove the comma before it"
	case strings.HasPrefix(message, "invalid character '/'"), strings.HasPrefix(message, "invalid character '#'"):
		return "JSON has no comments; YAML has"
	default:
		return ""
	}
}

// syntax tells what keeps the text from being read at all.
func (s *source) syntax(where config.Position, hint, message string) {
	s.fail(where, hint, "%s", message)
	s.diagnostics[len(s.diagnostics)-1].Line = s.hideInText(int(where.Line))
}
