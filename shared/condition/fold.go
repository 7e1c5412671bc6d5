package condition

import (
	"strings"
	"unicode"
)

// fold maps every letter to the smallest of its simple-fold orbit, so that texts are equal
// under Unicode simple case folding (CaseFolding.txt, status C and S) exactly when their
// folds are. It maps letter by letter: ß is not ss, and İ is only itself.
func fold(s string) string { return strings.Map(foldRune, s) }

func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// orbit lists r and all that fold to the same, r first.
func orbit(r rune) []rune {
	out := []rune{r}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		out = append(out, f)
	}
	return out
}
