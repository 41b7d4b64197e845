package cli

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// maxQuoted bounds what is repeated of somebody's input in an error, in runes.
const maxQuoted = 64

// clip shortens s to maxQuoted runes.
func clip(s string) string {
	if runes := []rune(s); len(runes) > maxQuoted {
		return string(runes[:maxQuoted]) + "…"
	}
	return s
}

// hint is the end of an error about an unknown word: the nearest of known, written by format, or else what to look at.
func hint(word string, known []string, format, otherwise string) string {
	if near := nearest(word, known); near != "" {
		return fmt.Sprintf("; did you mean "+format+"?", near)
	}
	return "; " + otherwise
}

// nearest returns the one of known that word was probably meant to be; "" where none is near. Two edits are near, or
// a third of the word where that is more; case does not count.
func nearest(word string, known []string) string {
	word = strings.ToLower(clip(word))
	best, least := "", max(2, len(word)/3)+1
	for _, candidate := range known {
		if d := levenshtein.ComputeDistance(word, strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}
