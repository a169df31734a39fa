package yamlfile

import (
	"github.com/lvsctl/lvsctl/config"
)

// Options are what Encode and EncodeJSON write. The zero value writes what was
// written, and hides secrets.
type Options struct {
	Defaults bool // also what was filled in or taken over
	Secrets  bool // secrets as they are, instead of stars
	Origins  bool // behind each setting where it comes from
	// Comment gives the comments of what stands at a place: those above it, and
	// the one behind it, without "#". It is asked once for each line. JSON has none.
	Comment func(where config.Position) (above []string, behind string)
}

// Encode writes the model (a struct, or a pointer to one) as YAML, in the order
// of its fields. The error tells of text that YAML cannot hold.
func Encode(model any, o Options) ([]byte, error) {
	root, err := newTree(model, o)
	if err != nil {
		return nil, err
	}
	w := yamlWriter{origins: o.Origins}
	w.block(root, 0, "")
	return w.out.Bytes(), nil
}

// EncodeJSON writes the model as JSON. With Origins each setting is an object
// with its value, from (written, default, inherited or adjusted) and at.
func EncodeJSON(model any, o Options) ([]byte, error) {
	o.Comment = nil
	root, err := newTree(model, o)
	if err != nil {
		return nil, err
	}
	w := jsonWriter{origins: o.Origins}
	w.node(root, 0)
	w.out.WriteByte('\n')
	return w.out.Bytes(), nil
}
