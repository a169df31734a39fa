package yamlfile

import (
	"strings"

	"github.com/lvsctl/lvsctl/config"
)

// Comments gives the comments of a YAML file in their order, none if it cannot be read.
func Comments(file string, text []byte) []config.Comment {
	src := newSource(file, text)
	root := src.parse()
	if len(src.diagnostics) > 0 {
		return nil
	}
	var all []config.Comment
	for _, l := range src.scan(root) {
		if l.comment < 0 {
			continue
		}
		all = append(all, config.Comment{
			Where: src.placeOf(l.comment),
			Text:  strings.TrimSpace(strings.TrimLeft(string(text[l.comment:l.end]), "#")),
			Alone: l.kind == commentLine,
		})
	}
	return all
}
