package ai

import (
	"context"
	"fmt"
	"strings"
)

// Standin answers by rule, so that everything can be tried without a model. What it
// writes says so. It is for the local stack only; functions/reach refuses it in AWS.
type Standin struct{}

// What begins every text of the stand-in.
const (
	StandinLabel   = "[Draft by the local stand-in, not by a language model]"
	StandinSummary = "[Summary by the local stand-in, not by a language model]"
)

const standinModel = "standin"

// Reply greets, repeats what the message asks, and quotes the instructions.
func (Standin) Reply(_ context.Context, r Reply) (Answer, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", StandinLabel)
	name := strings.TrimSpace(r.Message.FromName)
	if name == "" {
		name, _, _ = strings.Cut(r.Message.From, "@")
	}
	greeting := "Hello"
	if strings.EqualFold(r.Tone, "friendly") {
		greeting = "Hi"
	}
	if name != "" {
		greeting += " " + name
	}
	fmt.Fprintf(&b, "%s,\n\nthank you for your message", greeting)
	if s := strings.TrimSpace(r.Message.Subject); s != "" {
		fmt.Fprintf(&b, " about “%s”", s)
	}
	b.WriteString(".\n")
	if q := question(r.Message.Text); q != "" {
		fmt.Fprintf(&b, "\nYou wrote: “%s”\n", q)
	}
	if s := strings.TrimSpace(r.Instructions); s != "" {
		fmt.Fprintf(&b, "\n(To be worked out as instructed: %s)\n", s)
	}
	b.WriteString("\nKind regards")
	return Answer{Text: b.String(), Model: standinModel}, nil
}

// question is the first sentence that asks, else the first sentence.
func question(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	first := ""
	for text != "" {
		end := strings.IndexAny(text, ".?!")
		sentence := text
		if end >= 0 {
			sentence, text = text[:end+1], strings.TrimSpace(text[end+1:])
		} else {
			text = ""
		}
		if first == "" {
			first = sentence
		}
		if strings.HasSuffix(sentence, "?") {
			return clip(sentence, 300)
		}
	}
	return clip(first, 300)
}

func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}
