// Package asl is the Amazon States Language: the model of a state machine, its JSON
// form and its validation, in JSONata mode (https://states-language.net/,
// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html).
//
// It reads and writes definitions and tells what is wrong with them in the words of
// ValidateStateMachineDefinition. It does not run anything (package interp does) and
// knows nothing of workflows (package compile makes machines out of them).
//
// States of type Task, Choice, Wait, Pass, Succeed and Fail are supported. Parallel and
// Map are refused, and so is whatever needs JSONPath; a state in JSONPath mode that uses
// none of it (and a literal Result) is accepted, because it means the same in both.
package asl

// Limits of the language. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	MaxDefinition   = 1 << 20 // bytes of UTF-8
	MaxName         = 80      // characters of a state's or a variable's name
	MaxSeconds      = 99999999
	MaxDiagnostics  = 100 // ValidateStateMachineDefinition shows at most so many
	maxDepth        = 64  // of nesting; ours, against hostile input
	JSONata         = "JSONata"
	JSONPath        = "JSONPath"
	defaultLanguage = JSONPath
)

// State types.
const (
	Task    = "Task"
	Choice  = "Choice"
	Wait    = "Wait"
	Pass    = "Pass"
	Succeed = "Succeed"
	Fail    = "Fail"
)

// Machine is one state machine definition.
type Machine struct {
	Comment        string
	QueryLanguage  string // "JSONata"; empty means JSONPath
	StartAt        string
	TimeoutSeconds int // of the whole execution; 0 is none
	Version        string
	States         map[string]*State
	Order          []string // order of the states when written; states not named follow, sorted

	problems []Diagnostic // of the JSON form, found by Parse
}

// State is one state; which fields apply depends on Type.
//
// Arguments, Output and the values of Assign are templates: any JSON value (Go maps,
// slices, strings, numbers, json.RawMessage) in which strings of the form "{% … %}" are
// JSONata. A nil field is absent; Null stands for JSON null.
type State struct {
	Type          string
	Comment       string
	QueryLanguage string // overrides the machine's

	Resource         string // Task: arn:aws:states:::lambda:invoke and the like
	Arguments        any
	Credentials      any // Task: {"RoleArn": …}
	TimeoutSeconds   any // Task: int or "{% … %}"
	HeartbeatSeconds any
	Retry            []Retrier
	Catch            []Catcher

	Choices []Rule
	Default string

	Seconds   any // Wait: int or "{% … %}"
	Timestamp string

	Result any // Pass in JSONPath mode: a literal

	Error any // Fail: text or "{% … %}"
	Cause any

	Assign map[string]any
	Output any
	Next   string
	End    bool
}

// Retrier is one element of Retry.
type Retrier struct {
	ErrorEquals     []string
	IntervalSeconds int     // 0 means 1
	MaxAttempts     *int    // nil means 3
	BackoffRate     float64 // 0 means 2
	MaxDelaySeconds int     // 0 means no bound
	JitterStrategy  string  // "FULL" or "NONE" (the default)
	Comment         string
}

// Catcher is one element of Catch. Its Assign replaces the state's.
type Catcher struct {
	ErrorEquals []string
	Assign      map[string]any
	Output      any
	Next        string
	Comment     string
}

// Rule is one element of a Choice state's Choices.
type Rule struct {
	Condition any // "{% … %}" that gives a boolean, or a boolean
	Assign    map[string]any
	Output    any
	Next      string
	Comment   string
}

// Null is JSON null as a template.
var Null = null{}

type null struct{}

func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// Int gives a pointer for Retrier.MaxAttempts.
func Int(n int) *int { return &n }

// Language is the query language of one of the machine's states.
func (m *Machine) Language(s *State) string {
	switch {
	case s.QueryLanguage != "":
		return s.QueryLanguage
	case m.QueryLanguage != "":
		return m.QueryLanguage
	}
	return defaultLanguage
}

// Names are the states' names in the order they are written.
func (m *Machine) Names() []string {
	seen := make(map[string]bool, len(m.States))
	out := make([]string, 0, len(m.States))
	for _, n := range m.Order {
		if _, ok := m.States[n]; ok && !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return append(out, rest(m.States, seen)...)
}
