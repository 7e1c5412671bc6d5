package mail

import (
	"strings"
)

const (
	// maxSignature is how many lines with text may follow "--" without the blank the convention asks for (RFC 3676, 4.3).
	maxSignature = 20
	// maxRuledSignature is how many may follow a line of underscores.
	maxRuledSignature = 6
)

var (
	rule      = lazy(`^\s*(?:-{2,}|_{3,}|={3,}|\*{3,}|#{3,}|~{3,}|\+{3,}|—+|–+|ᐧ)\s*$`)
	underline = lazy(`^\s*_{5,}\s*$`)
)

// cutSignature takes the signature off the end of own text: after "-- ", after a rule of underscores, lines of phones
// and apps, rules with nothing below.
func cutSignature(lines []string) []string {
	for i, line := range lines {
		if len(line) > 200 {
			continue
		}
		t := strings.TrimRight(line, " \t\u00a0")
		switch {
		case line == "-- ", t == "--" && textLines(lines[i+1:]) <= maxSignature, t == "- --" && textLines(lines[i+1:]) <= maxSignature:
			lines = lines[:i]
		case underline.MatchString(line) && textLines(lines[i+1:]) <= maxRuledSignature:
			lines = lines[:i]
		default:
			continue
		}
		break
	}
	for len(lines) > 0 {
		last := lines[len(lines)-1]
		if strings.TrimSpace(last) == "" || len(last) <= 200 && rule.MatchString(last) || isMobileSignature(last) {
			lines = lines[:len(lines)-1]
			continue
		}
		break
	}
	return lines
}

func isMobileSignature(line string) bool {
	if len(line) > 300 {
		return false
	}
	line = strings.NewReplacer("[", "", "]", "", "\u00a0", " ").Replace(signatureLinks.ReplaceAllString(line, ""))
	return len(line) <= 160 && mobileSignature.MatchString(line)
}

func textLines(lines []string) int {
	n := 0
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			n++
		}
	}
	return n
}
