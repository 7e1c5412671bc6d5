package pattern

import (
	"errors"
	"strings"
)

// wildcard splits a wildcard pattern at its stars; \* and \\ are the characters.
func wildcard(s string) ([]string, error) {
	parts, cur := []string{}, strings.Builder{}
	star := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			if i++; i == len(s) || (s[i] != '*' && s[i] != '\\') {
				return nil, errors.New("Invalid escape character at pos " + s)
			}
			cur.WriteByte(s[i])
			star = false
		case s[i] == '*':
			if star {
				return nil, errors.New("Consecutive wildcard characters in " + s)
			}
			star = true
			parts = append(parts, cur.String())
			cur.Reset()
		default:
			cur.WriteByte(s[i])
			star = false
		}
	}
	return append(parts, cur.String()), nil
}

// glob matches v against literal parts with anything between them: the first and
// the last are anchored, those between are found leftmost, which needs no backtracking.
func glob(parts []string, v string) bool {
	if len(parts) == 1 {
		return v == parts[0]
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(v) < len(first)+len(last) || !strings.HasPrefix(v, first) || !strings.HasSuffix(v, last) {
		return false
	}
	v = v[len(first) : len(v)-len(last)]
	for _, p := range parts[1 : len(parts)-1] {
		_, rest, ok := strings.Cut(v, p)
		if !ok {
			return false
		}
		v = rest
	}
	return true
}
