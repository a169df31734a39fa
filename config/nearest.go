package config

import "strings"

// Nearest is the known word that was probably meant by got: the one with the
// smallest edit distance, "" if that is more than a third of the word.
func Nearest(got string, known []string) string {
	if len(got) > 60 {
		return ""
	}
	best, bestDistance := "", len(got)/3+1
	for _, k := range known {
		if strings.EqualFold(k, got) {
			return k
		}
		if d := EditDistance(got, k); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// EditDistance counts the letters to insert, delete, replace or swap with their
// neighbour to make b of a (the Damerau-Levenshtein distance, restricted).
func EditDistance(a, b string) int {
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
