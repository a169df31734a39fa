package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// readJSON reads a document of JSON. Services are judged one after the other, so
// that not all of a large table is held twice.
func (r *reader) readJSON(b []byte) {
	in := &jsonReader{text: b, dec: json.NewDecoder(bytes.NewReader(b)), line: 1, column: 1}
	in.dec.UseNumber()
	start, err := in.document(r)
	if err == nil {
		err = in.nothingElse()
	}
	if err != nil {
		r.wrong(in.blame(err), "", "this is no JSON: %s", jsonMessage(err))
		return
	}
	r.end(start)
}

// jsonReader reads nodes and knows where they stand.
type jsonReader struct {
	text                 []byte
	dec                  *json.Decoder
	offset, line, column int // the place up to which lines and characters were counted
}

// document reads the outermost object.
func (in *jsonReader) document(r *reader) (start node, err error) {
	t, start, err := in.token()
	if err != nil {
		return start, err
	}
	if t != json.Delim('{') {
		return start, errors.New("it must begin with {")
	}
	for in.dec.More() {
		_, name, err := in.token()
		if err != nil {
			return start, err
		}
		if err := in.field(r, name); err != nil {
			return start, err
		}
	}
	_, _, err = in.token()
	return start, err
}

// field reads one field of the document.
func (in *jsonReader) field(r *reader, name node) error {
	use := r.topName(name)
	if use && name.text == "services" && in.begins() == '[' {
		return in.services(r)
	}
	n, err := in.node(0)
	if err == nil && use {
		r.top(name.text, n)
	}
	return err
}

func (in *jsonReader) services(r *reader) error {
	r.begin()
	if _, _, err := in.token(); err != nil {
		return err
	}
	for in.dec.More() {
		n, err := in.node(0)
		if err != nil {
			return err
		}
		r.service(n)
	}
	_, _, err := in.token()
	return err
}

func (in *jsonReader) nothingElse() error {
	if _, _, err := in.token(); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return err
	}
	return errors.New("something stands behind its end")
}

// token reads the next token, and gives the node that it is or begins.
func (in *jsonReader) token() (json.Token, node, error) {
	n := in.place(in.start())
	t, err := in.dec.Token()
	switch v := t.(type) {
	case string:
		n.kind, n.text = text, v
	case json.Number:
		n.kind, n.text = number, v.String()
	case bool:
		n.kind, n.text = truth, fmt.Sprint(v)
	case json.Delim:
		n.kind = list
		if v == '{' {
			n.kind = mapping
		}
	}
	return t, n, err
}

// node reads a whole value.
func (in *jsonReader) node(depth int) (node, error) {
	t, n, err := in.token()
	if d, opens := t.(json.Delim); err != nil || !opens || d == ']' || d == '}' {
		return n, err
	}
	if depth > maxDepth {
		return n, errors.New("it is nested too deeply")
	}
	for in.dec.More() {
		child, err := in.node(depth + 1)
		if err != nil {
			return child, err
		}
		n.nodes = append(n.nodes, child)
	}
	_, _, err = in.token()
	return n, err
}

// start is where the next token begins.
func (in *jsonReader) start() int {
	at := int(in.dec.InputOffset())
	for at < len(in.text) && strings.IndexByte(" \t\r\n,:", in.text[at]) >= 0 {
		at++
	}
	return at
}

// begins is the first character of the next token, 0 at the end.
func (in *jsonReader) begins() byte {
	if at := in.start(); at < len(in.text) {
		return in.text[at]
	}
	return 0
}

// place is a node at an offset. Offsets must not fall.
func (in *jsonReader) place(offset int) node {
	passed := in.text[in.offset:max(offset, in.offset)]
	if lines := bytes.Count(passed, []byte{'\n'}); lines > 0 {
		in.line += lines
		in.column = 1
		passed = passed[bytes.LastIndexByte(passed, '\n')+1:]
	}
	in.column += utf8.RuneCount(passed)
	in.offset = max(offset, in.offset)
	return node{line: in.line, column: in.column}
}

// blame is the place of an error.
func (in *jsonReader) blame(err error) node {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return in.place(max(int(syntax.Offset)-1, 0))
	}
	return in.place(in.offset)
}

func jsonMessage(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends in the middle"
	}
	return err.Error()
}
