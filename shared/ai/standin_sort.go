package ai

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
)

// Summarise gives the subject and the first sentences.
func (Standin) Summarise(_ context.Context, s Summarise) (Answer, error) {
	var b strings.Builder
	b.WriteString(StandinSummary + "\n\n")
	who := strings.TrimSpace(s.Message.FromName)
	if who == "" {
		who = s.Message.From
	}
	if who == "" {
		who = "The customer"
	}
	b.WriteString(who + " writes")
	if t := strings.TrimSpace(s.Message.Subject); t != "" {
		fmt.Fprintf(&b, " about “%s”", clip(t, 200))
	}
	if text := clip(strings.Join(strings.Fields(s.Message.Text), " "), 300); text != "" {
		fmt.Fprintf(&b, ": %s", text)
	} else {
		b.WriteString(".")
	}
	return Answer{Text: b.String(), Model: standinModel}, nil
}

// fallbacks are labels that mean "none of the others".
var fallbacks = []string{"other", "others", "none", "general", "unknown", "misc", "else", "sonstiges"}

// Classify counts the words of each label, and the words that the instructions put
// behind it ("refund: money back, return"), in the message. The first label with the
// most wins; with none at all it is one that means "other", else the first, hardly sure.
func (Standin) Classify(_ context.Context, c Classify) (Label, error) {
	if len(c.Labels) == 0 {
		return Label{}, badOutput("there are no labels")
	}
	text := words(c.Message.Subject + " " + c.Message.Text)
	scores, total, best := make([]int, len(c.Labels)), 0, 0
	for i, label := range c.Labels {
		for _, w := range words(label + " " + hints(c.Instructions, label)) {
			scores[i] += count(text, w)
		}
		total += scores[i]
		if scores[i] > scores[best] {
			best = i
		}
	}
	if total == 0 {
		if i := slices.IndexFunc(c.Labels, func(l string) bool { return slices.Contains(fallbacks, strings.ToLower(strings.TrimSpace(l))) }); i >= 0 {
			best = i
		}
		return Label{Label: c.Labels[best], Confidence: 0.1, Model: standinModel}, nil
	}
	sure := (float64(scores[best]) + 0.5) / (float64(total) + 1)
	return Label{Label: c.Labels[best], Confidence: math.Round(sure*100) / 100, Model: standinModel}, nil
}

// hints is what the instructions say behind "label:" on one line.
func hints(instructions, label string) string {
	var out []string
	for line := range strings.Lines(instructions) {
		if name, rest, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.Trim(name, " \t-*"), strings.TrimSpace(label)) {
			out = append(out, rest)
		}
	}
	return strings.Join(out, " ")
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// count is how many words of a text begin with w, or are its singular.
func count(text []string, w string) int {
	if len([]rune(w)) < 3 {
		return 0
	}
	stem, n := strings.TrimSuffix(w, "s"), 0
	for _, t := range text {
		if strings.HasPrefix(t, stem) {
			n++
		}
	}
	return n
}
