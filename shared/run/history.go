package run

import (
	"encoding/json"
	"slices"
	"time"
)

// HistoryEvent is one event of an execution's history in one flat shape; which members
// are set depends on Type.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
type HistoryEvent struct {
	ID           int64             `json:"id"`
	PreviousID   int64             `json:"previousEventId"`
	Type         string            `json:"type"`
	At           time.Time         `json:"timestamp"`
	State        string            `json:"state,omitempty"`
	Resource     string            `json:"resource,omitempty"`
	Input        json.RawMessage   `json:"input,omitempty"` // parameters, for TaskScheduled
	Output       json.RawMessage   `json:"output,omitempty"`
	Variables    map[string]string `json:"assignedVariables,omitempty"`
	Error        string            `json:"error,omitempty"`
	Cause        string            `json:"cause,omitempty"`
	RedriveCount int               `json:"redriveCount,omitempty"`
}

// Bare are the events without what they carry: of a run that is erased, Step Functions
// keeps the texts for its 90 days, and nobody is shown them.
func Bare(events []HistoryEvent) []HistoryEvent {
	out := slices.Clone(events)
	for i := range out {
		out[i].Input, out[i].Output, out[i].Variables, out[i].Cause = nil, nil, nil, ""
	}
	return out
}
