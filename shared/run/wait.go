package run

import (
	"encoding/json"
	"time"
)

// Outcomes of a wait.
const (
	Elapsed   = "elapsed"
	Cancelled = "cancelled"
	Released  = "released" // the run ended before either
)

// Wait is a step that waits for time, or for an event on one of the entities: one per
// (run, node, redrive). Whoever settles it first decides the outcome.
type Wait struct {
	RunID      string          `json:"runId"`
	Node       string          `json:"node"`
	Redrive    int             `json:"redrive"`
	WorkflowID string          `json:"workflowId"`
	Token      string          `json:"token"` // Step Functions' task token of the newest attempt; never logged
	Until      time.Time       `json:"until"`
	CancelOn   json.RawMessage `json:"cancelOn,omitempty"`
	Entities   []string        `json:"entities,omitempty"` // ids it is registered on, at most 10
	SeenEvent  string          `json:"seenEvent,omitempty"`
	Context    json.RawMessage `json:"context,omitempty"` // what cancelOn's conditions may refer to
	Since      time.Time       `json:"since"`
	Outcome    string          `json:"outcome,omitempty"` // "" while it is open
	ByEvent    string          `json:"byEvent,omitempty"` // id of the event that cancelled it
	SettledAt  *time.Time      `json:"settledAt,omitempty"`
}
