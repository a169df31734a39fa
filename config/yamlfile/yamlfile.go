// Package yamlfile reads and writes the model of package config as YAML and
// JSON.
//
// It knows the model by reflection only: an exported field is a setting with the
// name of its tag yaml, and further tags tell what may stand there:
//
//	doc:"…"              what it is, in one line (for the schema)
//	keepalived:"a|b"     keepalived's keywords (for hints and the schema)
//	enum:"a|b|c"         the words that are allowed
//	min:"1" max:"255"    the range of a number or of a duration
//	default:"…"          what is taken if nobody says anything (for the schema)
//	yaml:"-"             not in files
//	yaml:",inline"       the fields of this struct stand beside the others
//	yaml:"name,short"    a single word in the place of the block is this setting
//
// A setting is a config.Value of a bool, a string, a whole number, a
// time.Duration, a config.Secret, a named string, a type that reads itself from
// text, or a list of these. A struct is a block, a slice of structs a list of
// blocks. A field "Where" of type config.Position gets the place of its block.
//
// Reading is strict: what is not known, not of the right type or out of range is
// an error with its place, and all of them are told at once.
package yamlfile

import (
	"reflect"

	"github.com/lvsctl/lvsctl/config"
)

// Decode reads the text of a configuration into the struct that into points to;
// file is what diagnostics call it. A file whose name ends in .json is read as
// JSON, every other as YAML. All that is wrong comes at once, in the order of
// the file, up to ten thousand errors. With errors among the diagnostics the
// configuration must not be used. An empty file is an empty configuration.
func Decode(file string, text []byte, into any) config.Diagnostics {
	src := newSource(file, text)
	root := src.parse()
	if root != nil {
		v := reflect.ValueOf(into).Elem()
		newDecoder(src).document(root, v)
	}
	return src.finish()
}
