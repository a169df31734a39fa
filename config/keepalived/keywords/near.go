package keywords

import (
	"cmp"
	"slices"
	"strings"
)

// maxNear is how many words Near gives at most.
const maxNear = 5

// Near gives the words that may have been meant by one that is not known: those
// with few letters to change, the nearest first, else those that contain it.
func Near(name string) []string {
	if len(name) > 60 {
		return nil
	}
	type candidate struct {
		word     string
		distance int
	}
	var near []candidate
	var longer []string
	lower := strings.ToLower(name)
	for _, word := range Names() {
		if d := distance(lower, strings.ToLower(word)); d <= len(name)/3 {
			near = append(near, candidate{word, d})
		}
		if len(name) > 2 && strings.Contains(strings.ToLower(word), lower) {
			longer = append(longer, word)
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var words []string
	for _, c := range near {
		if c.distance <= near[0].distance+1 {
			words = append(words, c.word)
		}
	}
	if len(words) == 0 {
		words = longer
	}
	return words[:min(len(words), maxNear)]
}

// Names gives every word once, in alphabetical order.
func Names() []string {
	var names []string
	for _, k := range data().keywords {
		names = append(names, k.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to make b of a (the Damerau-Levenshtein distance, restricted).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
