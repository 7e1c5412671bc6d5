// Package ai is the interface to language models: what a step asks, and who may answer.
// Customer mail is hostile input: it is handed over as data, apart from the
// instructions, and what comes back is text for a person to approve, or values of a
// form that is checked here before anything branches on them. It is never a command,
// and it never names an address, a resource or an amount that is used unseen.
//
// Prompted puts the questions to a Provider (packages bedrock and openai); Standin
// answers by rule, on the local stack.
package ai

import "context"

// Reply asks for the text of an answer to a message.
type Reply struct {
	Instructions string // the author's
	Tone         string // "" or e.g. friendly
	Message      Message
}

// Classify asks which of the labels fits a message.
type Classify struct {
	Labels       []string
	Instructions string
	Message      Message
}

// Extract asks for named values in a message.
type Extract struct {
	Fields  map[string]string // name → string, number, boolean or date
	Message Message
}

// Summarise asks for a message in short.
type Summarise struct {
	Message Message
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

// Label is one of the labels that were given, and how sure the model is, 0 to 1.
type Label struct {
	Label      string
	Confidence float64
	Model      string
}

// Values are what was found, by name: string, float64, bool, and dates as RFC 3339 or
// YYYY-MM-DD. What is not in the message is not in Fields.
type Values struct {
	Fields map[string]any
	Model  string
}

// Model answers. Its faults: Unavailable when trying again later may help;
// `ai_output` when twice what came back was not what was asked for; `model_refused`,
// `model_failed`.
type Model interface {
	Reply(ctx context.Context, r Reply) (Answer, error)
	Classify(ctx context.Context, c Classify) (Label, error)
	Extract(ctx context.Context, e Extract) (Values, error)
	Summarise(ctx context.Context, s Summarise) (Answer, error)
}

// Limits of what is sent and kept, in bytes.
const (
	MaxInput        = 24 << 10 // of the customer's text
	MaxHeading      = 1 << 10  // of its subject and of its sender's name
	MaxInstructions = 16 << 10
	MaxOutput       = 16 << 10 // of an answer
	MaxSummary      = 4 << 10
	MaxValue        = 4 << 10 // of one extracted text
)

// Types that a field to be extracted may have.
const (
	TypeString  = "string"
	TypeNumber  = "number"
	TypeBoolean = "boolean"
	TypeDate    = "date"
)
