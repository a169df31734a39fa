// Package keepalived reads keepalived.conf into the model of package config.
//
// The way of the text is lexer -> parser -> adapter. The lexer makes words with
// their places, the parser a tree of statements and blocks, the adapter one
// value of config.Config, with the defaults, ranges and fix-ups of keepalived
// 2.2.7. Each kind of block has a table with one row per keyword: what goes
// into the model, what is only accepted, and what keepalived does not know here.
// Anything that keepalived would read in another way is said as a diagnostic with
// its place.
package keepalived

import "github.com/lvsctl/lvsctl/config"

// Parse reads the text of a configuration; name is what diagnostics call the
// file. All that is wrong comes at once, in the order of the file, up to ten
// thousand errors and as many warnings. With errors
// among the diagnostics (Diagnostics.Err) the configuration must not be used.
func Parse(name string, text []byte) (config.Config, config.Diagnostics) {
	return ParseWith(name, text, Options{})
}

// ParseWith is Parse with options. Files that the text includes are relative to
// the directory of name.
func ParseWith(name string, text []byte, o Options) (config.Config, config.Diagnostics) {
	return read(newSource(name, string(text), o))
}

func read(src *source) (config.Config, config.Diagnostics) {
	r := newReader(src)
	r.readRoot(parse(src))
	return r.config, src.finish()
}

// Load reads the configuration file at path. The error tells that there is
// nothing to read (it is a *config.LoadError); what is wrong inside the file is
// told by the diagnostics.
func Load(path string) (config.Config, config.Diagnostics, error) {
	return LoadWith(path, Options{})
}

// LoadWith is Load with options.
func LoadWith(path string, o Options) (config.Config, config.Diagnostics, error) {
	text, err := config.ReadText(o.machine().Open, path, config.MaxSize)
	if err != nil {
		return config.Config{}, nil, &config.LoadError{Path: path, Err: err}
	}
	c, ds := read(newSource(path, text, o))
	return c, ds, nil
}

// Comments gives the comments of the file at path, in the order of the file.
// Those of the files that it includes are not among them.
func Comments(path string, o Options) ([]config.Comment, error) {
	text, err := config.ReadText(o.machine().Open, path, config.MaxSize)
	if err != nil {
		return nil, &config.LoadError{Path: path, Err: err}
	}
	src := newSource(path, text, o)
	src.wantComments = true
	for range parse(src) {
		// The comments are found on the way.
	}
	return src.comments, nil
}
