package mail

// CompilePatterns compiles every pattern and gives their number; a broken one panics.
func CompilePatterns() int {
	for _, p := range patterns {
		p.compiled()
	}
	return len(patterns)
}
