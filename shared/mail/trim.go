package mail

import (
	"slices"
	"strings"
)

// newText chooses the new text of a message from its two bodies. The plain text wins unless the HTML marks its quotes
// and what the plain text leaves is longer: programs mark quotes in HTML more reliably. Text that would be empty while
// there is some is the whole text instead.
func newText(full, source string, pieces []piece) string {
	text := Trim(full)
	if source != "" {
		if fromHTML, cut := trimHTML(source); cut && fromHTML != "" {
			plain := false
			for _, p := range pieces {
				plain = plain || strings.TrimSpace(p.text) != ""
			}
			if !plain || len(compact(fromHTML)) < len(compact(text)) {
				text = fromHTML
			}
		}
	}
	if text == "" {
		text = tidyEnds(full)
	}
	return text
}

func compact(s string) string { return strings.Join(strings.Fields(s), "") }

// Trim gives the new part of a reply: without the history below or above it, the line that introduces it, signatures
// after "-- " and what phones append. Answers written between quoted lines keep the lines they answer. A text that is
// nothing but history comes back whole: Trim never returns nothing for something.
func Trim(fullText string) (newText string) {
	text := cleanText(clipBytes(fullText, MaxText))
	lines := strings.Split(text, "\n")
	var rest []string
	if len(lines) > maxTrimLines {
		lines, rest = lines[:maxTrimLines:maxTrimLines], lines[maxTrimLines:]
	}
	kept := keepNew(lines)
	if len(kept) == len(lines) {
		// No history so far: the rest is not looked at.
		kept = append(kept, rest...)
	}
	if out := tidyEnds(strings.Join(kept, "\n")); out != "" {
		return out
	}
	return tidyEnds(text)
}

// maxTrimLines is how many lines are searched for history; a log or table pasted into a mail goes on beyond.
const maxTrimLines = 3000

// maxMarkLine is how long a line that begins history can be, in bytes: a header block's "To" may list many.
const maxMarkLine = 1000

// tidyEnds takes blank lines off both ends and white space off the line ends, not the indentation of the first line's
// followers.
func tidyEnds(s string) string {
	lines := strings.Split(cleanText(s), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\u00a0")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// stretch is a run of lines of one sort.
type stretch struct {
	lines  []string
	quoted bool
	intro  bool // an introducing line stood before this quote
}

// keepNew walks the lines once from the top. What surely begins history ends the walk; quotes are kept in stretches and
// judged when it is known what follows them.
func keepNew(lines []string) []string {
	var runs []stretch
	intro := false
	wrote := func() bool {
		for _, r := range runs {
			if !r.quoted && !allBlank(r.lines) {
				return true
			}
		}
		return false
	}
	add := func(line string, quoted bool) {
		if n := len(runs); n > 0 && runs[n-1].quoted == quoted && !intro {
			runs[n-1].lines = append(runs[n-1].lines, line)
			return
		}
		runs = append(runs, stretch{lines: []string{line}, quoted: quoted, intro: intro && quoted})
		intro = false
	}
walk:
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if isQuoted(line) {
			add(line, true)
			continue
		}
		if strings.TrimSpace(line) == "" {
			if !intro {
				add(line, false)
			}
			continue
		}
		if len(line) > maxMarkLine {
			// A paragraph in one line: no program writes its marks that long.
			intro = false
			add(line, false)
			continue
		}
		switch {
		case replyAbove.MatchString(line):
			if wrote() {
				break walk
			}
			continue
		case originalMessage.MatchString(line), beginForward.MatchString(line), headerBlock(lines[i:]):
			if wrote() {
				break walk
			}
			// A forwarded mail without a word of one's own: all of it is what there is.
			return lines
		}
		if n := introduces(lines[i:]); n > 0 {
			next := i + n
			for next < len(lines) && strings.TrimSpace(lines[next]) == "" {
				next++
			}
			if next < len(lines) && isQuoted(lines[next]) {
				intro = true
				i += n - 1
				continue
			}
			joined := strings.Join(lines[i:i+n], " ")
			if strings.Contains(joined, "@") || timeHint.MatchString(joined) {
				if wrote() {
					break walk
				}
				i += n - 1
				continue
			}
		}
		intro = false
		add(line, false)
	}
	return judge(runs)
}

// judge drops the quotes that are history and the signature below the last own words.
func judge(runs []stretch) []string {
	for len(runs) > 0 {
		last := &runs[len(runs)-1]
		if last.quoted {
			runs = runs[:len(runs)-1]
			continue
		}
		trimmed := cutSignature(last.lines)
		if len(runs) > 1 && belowQuote(runs) && disclaimer.MatchString(strings.Join(trimmed, " ")) {
			trimmed = nil
		}
		if allBlank(trimmed) {
			runs = runs[:len(runs)-1]
			continue
		}
		last.lines = trimmed
		break
	}
	// One introduced quote on top and own words only below it: the quote is history.
	own, quotes := 0, 0
	for _, r := range runs {
		if r.quoted {
			quotes++
		} else if !allBlank(r.lines) {
			own++
		}
	}
	var out []string
	for _, r := range runs {
		if r.quoted && r.intro && quotes == 1 && own == 1 {
			continue
		}
		out = append(out, r.lines...)
	}
	return out
}

func belowQuote(runs []stretch) bool {
	for i := len(runs) - 2; i >= 0; i-- {
		if runs[i].quoted {
			return true
		}
		if !allBlank(runs[i].lines) {
			return false
		}
	}
	return false
}

func allBlank(lines []string) bool {
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			return false
		}
	}
	return true
}

// brokenWrote is the tail of an introduction that was broken at the address: "<" / "mailto:a@b" / "> wrote:".
var brokenWrote = lazy(`^>\s*(?:[^\s>0-9@][^>0-9@]{0,40})?:$`)

var namedQuote = lazy(`^[A-Z]{1,3}>(?:\s|$)`)

// isQuoted knows ">" in any depth and the initials some programs put before it. ">:(" is a face.
func isQuoted(line string) bool {
	t := strings.TrimLeft(line, " \t")
	if t == "" {
		return false
	}
	if t[0] == '>' {
		return !strings.HasPrefix(t, ">:(") && !strings.HasPrefix(t, ">:)") && !strings.HasPrefix(t, ">.<") && !strings.HasPrefix(t, ">_<")
	}
	return namedQuote.MatchString(t)
}

// introduces gives the number of lines, up to five, that make up "On … wrote:" at the start of lines, 0 if they do not.
func introduces(lines []string) int {
	lines = lines[:min(len(lines), 8)]
	if strings.Contains(strings.Join(lines, ""), "\u00a0") || strings.Contains(lines[0], "\u202f") {
		lines = slices.Clone(lines)
		for i := range lines {
			lines[i] = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ").Replace(lines[i])
		}
	}
	first := strings.TrimSpace(lines[0])
	if len(first) < 6 || len(first) > 500 {
		return 0
	}
	if quoteGMT.MatchString(first) || quoteDate.MatchString(first) {
		return 1
	}
	starts := quoteStart.MatchString(first) || dateHint.MatchString(first) || strings.ContainsAny(first, "@<")
	if !starts {
		return 0
	}
	joined := ""
	blanks := 0
	for n := 0; n < len(lines) && n < 6; n++ {
		l := strings.TrimSpace(lines[n])
		if l == "" {
			// One blank line inside is a broken "mailto:" link, seen after a line with a date only.
			if blanks++; blanks > 1 || n == 0 || !dateHint.MatchString(first) || !quoteStart.MatchString(first) || n+1 >= len(lines) || !strings.HasPrefix(strings.TrimSpace(lines[n+1]), "<") {
				return 0
			}
			continue
		}
		if n > 0 && isQuoted(lines[n]) && !brokenWrote.MatchString(l) {
			return 0
		}
		if joined += " " + l; len(joined) > 600 {
			return 0
		}
		if !strings.HasSuffix(l, ":") && !strings.HasSuffix(l, "：") {
			continue
		}
		hint := dateHint.MatchString(joined) || strings.Contains(joined, "@")
		if quoteNamed.MatchString(joined) && dateHint.MatchString(joined) && timeHint.MatchString(joined) {
			return n + 1
		}
		if hint && (quoteWrote.MatchString(joined) || quoteGMT.MatchString(strings.TrimSpace(joined)) && strings.HasSuffix(joined, ":") || quoteDate.MatchString(strings.TrimSpace(joined))) && !ownName.MatchString(joined) {
			return n + 1
		}
	}
	return 0
}

// headerBlock tells whether lines begin with a mail's header as programs quote it: From, Subject and one more within the
// first nonblank lines.
func headerBlock(lines []string) bool {
	seen := map[string]bool{}
	looked, gaps := 0, 0
	for i := 0; i < len(lines) && i < 24 && looked < 12; i++ {
		if strings.TrimSpace(lines[i]) == "" {
			// Some programs put a blank line between the labels.
			if gaps++; gaps > 4 || looked == 0 {
				break
			}
			continue
		}
		looked++
		what := labelOf(lines[i])
		if what == "" {
			if looked == 1 {
				return false
			}
			if len(seen) >= 3 && seen["from"] && seen["subject"] {
				return true
			}
			// A long recipient list goes on over the line.
			if gaps > 0 || !seen["to"] && !seen["other"] && !strings.Contains(lines[i], "@") && !strings.HasPrefix(lines[i], " ") {
				break
			}
			continue
		}
		seen[what] = true
	}
	return seen["from"] && (seen["subject"] && (seen["sent"] || seen["to"]) || seen["sent"] && seen["to"] && strings.Contains(strings.Join(lines[:min(len(lines), 3)], " "), "@"))
}

func labelOf(line string) string {
	if len(line) > 1000 || !strings.ContainsAny(line, ":：") {
		return ""
	}
	for _, what := range []string{"from", "sent", "to", "subject", "other"} {
		if headerLabelPatterns[what].MatchString(line) {
			return what
		}
	}
	return ""
}
