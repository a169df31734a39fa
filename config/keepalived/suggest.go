package keepalived

import "github.com/lvsctl/lvsctl/config"

// maxSuggestions bounds the search for keywords that may have been meant. A file
// with more unknown words is no keepalived.conf.
const maxSuggestions = 1000

// suggest is the hint with the keyword that may have been meant, "" if none is near.
func (r *reader) suggest(got string, known []string) string {
	if r.suggestions == 0 {
		return ""
	}
	r.suggestions--
	if near := config.Nearest(got, known); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	return ""
}
