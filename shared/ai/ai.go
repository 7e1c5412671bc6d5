// Package ai is the interface to language models: what a step asks, and who may answer.
// Customer mail is hostile input: it is handed over as data, apart from the
// instructions, and what comes back is text for a person to approve, never a command.
package ai

import "context"

// Reply asks for the text of an answer to a message.
type Reply struct {
	Instructions string // the author's
	Tone         string // "" or e.g. friendly
	Message      Message
}

// Message is what the customer wrote.
type Message struct {
	Subject  string `json:"subject"`
	Text     string `json:"text"`
	From     string `json:"from"`
	FromName string `json:"fromName"`
}

// Answer is what a model wrote.
type Answer struct {
	Text  string
	Model string // who wrote it
}

// Model answers.
type Model interface {
	Reply(ctx context.Context, r Reply) (Answer, error)
}

// Limits of what is sent and kept.
const (
	MaxInput  = 24 << 10 // bytes of the customer's text
	MaxOutput = 16 << 10 // bytes of an answer
)
