// Package spelling finds the word that a misspelt one was meant to be.
package spelling

import "strings"

// Nearest returns the known word that is nearest to the given one, or "" when none is near enough to be worth
// suggesting: more than a third of the letters and one would have to change, or more than half. Case is ignored; of two
// equally near words the first in known wins. The measure is optimal string alignment (Damerau 1964): insertions,
// deletions, substitutions and swaps of neighbours each count one.
func Nearest(word string, known []string) string {
	best, bestDistance := "", min(len(word)/3+1, len(word)/2)
	if len(word) > 64 {
		return ""
	}
	lower := strings.ToLower(word)
	for _, k := range known {
		if d := distance(lower, strings.ToLower(k)); d < bestDistance || d == bestDistance && best == "" {
			best, bestDistance = k, d
		}
	}
	return best
}

func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
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
		before, last = last, row
	}
	return last[len(b)]
}
