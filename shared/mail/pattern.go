package mail

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first used. There are many
// here, and every function that sends or reads mail would wait for all of them at its
// start, before it knows whether it needs one.
type pattern struct{ compiled func() *regexp.Regexp }

// patterns are all there are, so that a test can compile them.
var patterns []pattern

func lazy(source string) pattern {
	p := pattern{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(source) })}
	patterns = append(patterns, p)
	return p
}

// The methods are those of regexp.Regexp.

func (p pattern) MatchString(s string) bool      { return p.compiled().MatchString(s) }
func (p pattern) FindString(s string) string     { return p.compiled().FindString(s) }
func (p pattern) FindStringIndex(s string) []int { return p.compiled().FindStringIndex(s) }
func (p pattern) FindAllStringIndex(s string, n int) [][]int {
	return p.compiled().FindAllStringIndex(s, n)
}
func (p pattern) FindStringSubmatch(s string) []string { return p.compiled().FindStringSubmatch(s) }
func (p pattern) FindSubmatch(b []byte) [][]byte       { return p.compiled().FindSubmatch(b) }
func (p pattern) ReplaceAllString(s, with string) string {
	return p.compiled().ReplaceAllString(s, with)
}
func (p pattern) Split(s string, n int) []string { return p.compiled().Split(s, n) }
