package yamlfile

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// parse makes the tree of the text, nil if it is empty or if it is none; then
// the reason is told.
func (s *source) parse() *yaml.Node {
	switch {
	case !s.readable():
		return nil
	case strings.HasSuffix(s.name, ".json"):
		return s.parseJSON()
	default:
		return s.parseYAML()
	}
}

// readable tells whether the text has only characters that may stand in a file.
func (s *source) readable() bool {
	for at := 0; at < len(s.text); {
		r, size := utf8.DecodeRune(s.text[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			s.fail(s.placeOf(at), "save the file as UTF-8", "byte 0x%02x is not UTF-8 text", s.text[at])
			return false
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r >= 0x7f && r <= 0x9f && r != 0x85, r == 0xfffe, r == 0xffff:
			s.fail(s.placeOf(at), "remove it", "control character %U", r)
			return false
		}
		at += size
	}
	return true
}

// parseYAML reads the one document of a YAML file.
func (s *source) parseYAML() *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(s.text))
	var first, second yaml.Node
	err := dec.Decode(&first)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		err = dec.Decode(&second)
	}
	switch {
	case err == nil:
		s.fail(s.at(&second), "put it into a file of its own below conf.d", "second document: a configuration is one document")
		return nil
	case !errors.Is(err, io.EOF):
		s.syntaxError(err)
		return nil
	}
	root := first.Content[0]
	if isNull(root) {
		return nil
	}
	return root
}

// isNull tells whether a node is no value.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }
