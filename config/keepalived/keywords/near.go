package keywords

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lvsctl/lvsctl/config"
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
		if d := config.EditDistance(lower, strings.ToLower(word)); d <= len(name)/3 {
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
