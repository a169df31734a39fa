package keepalived

import "strings"

// maxSuggestions bounds the search for keywords that may have been meant. A file
// with more unknown words is no keepalived.conf.
const maxSuggestions = 1000

// suggest is the hint with the keyword that may have been meant, "" if none is near.
func (r *reader) suggest(got string, known []string) string {
	if r.suggestions == 0 || len(got) > 60 {
		return ""
	}
	r.suggestions--
	if near := nearest(got, known); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	return ""
}

// nearest is the known word with the smallest edit distance to got, "" if that
// is more than a third of the word.
func nearest(got string, known []string) string {
	best, bestDistance := "", len(got)/3+1
	for _, k := range known {
		if strings.EqualFold(k, got) {
			return k
		}
		if d := editDistance(got, k); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// editDistance counts the letters to insert, delete, replace or swap with their
// neighbour to make b of a.
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
