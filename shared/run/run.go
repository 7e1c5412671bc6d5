// Package run is one execution of one version of a workflow for one event: its record,
// the six statuses and how they may follow each other, its steps as read from Step
// Functions' history, and the statistics over many. It neither starts runs (engine)
// nor keeps them (store).
package run

import (
	"slices"
	"time"
)

// Status of a run.
type Status string

// The six statuses of the contract, and starting, which is shown as running.
const (
	Starting  Status = "starting" // recorded, StartExecution not yet acknowledged
	Running   Status = "running"
	Waiting   Status = "waiting" // an approval is open
	Paused    Status = "paused"  // a timed wait
	Succeeded Status = "succeeded"
	Failed    Status = "failed"
	Stopped   Status = "stopped" // by a person
)

// Ended tells whether the status is a final one (until a redrive).
func (s Status) Ended() bool { return s == Succeeded || s == Failed || s == Stopped }

// Shown is the status as clients see it.
func (s Status) Shown() Status {
	if s == Starting {
		return Running
	}
	return s
}

// Statuses that clients may filter by.
var Statuses = []Status{Running, Waiting, Paused, Succeeded, Failed, Stopped}

// Known tells whether s is one of the six.
func Known(s string) bool { return slices.Contains(Statuses, Status(s)) }

// Run is the record of a run.
type Run struct {
	ID             string      `json:"id"`
	WorkflowID     string      `json:"workflowId"`
	WorkflowName   string      `json:"workflowName"`
	Version        int         `json:"version"`
	Status         Status      `json:"status"`
	Reason         string      `json:"reason,omitempty"` // why it failed or was stopped, in words
	Error          string      `json:"error,omitempty"`  // Step Functions' error name
	StartedAt      time.Time   `json:"startedAt"`
	EndedAt        *time.Time  `json:"endedAt,omitempty"`
	Trigger        Trigger     `json:"trigger"`
	WaitingFor     *WaitingFor `json:"waitingFor,omitempty"`
	PausedUntil    *time.Time  `json:"pausedUntil,omitempty"`
	ExecutionArn   string      `json:"executionArn,omitempty"`
	VersionArn     string      `json:"stateMachineVersionArn"`
	ConversationID string      `json:"conversationId,omitempty"`
	ContactID      string      `json:"contactId,omitempty"`
	TicketID       string      `json:"ticketId,omitempty"`
	Depth          int         `json:"depth,omitempty"`   // runs between it and the outside world
	RetryOf        string      `json:"retryOf,omitempty"` // restarted from this run
	Redrives       int         `json:"redrives,omitempty"`
	CostMicroUSD   int64       `json:"costMicroUsd,omitempty"` // estimated at its start, in millionths of a dollar
	Ended          string      `json:"endedBy,omitempty"`      // node id, when an `end` node ended it as failed
	Erased         bool        `json:"erased,omitempty"`       // its contact was erased: what it read and wrote is not shown
	SeenEvent      string      `json:"-"`                      // id of the newest event that the run had read when it last looked at the desk
	Revision       int         `json:"-"`
}

// Trigger is what started it.
type Trigger struct {
	EventID string `json:"eventId"`
	Type    string `json:"type"`
}

// WaitingFor is who must decide what until when.
type WaitingFor struct {
	ApprovalID string    `json:"approvalId"`
	Node       string    `json:"node"`
	Approvers  []string  `json:"approvers"`
	Since      time.Time `json:"since"`
	Until      time.Time `json:"until"`
}

// Duration is how long it took, or has taken by now.
func (r Run) Duration(now time.Time) time.Duration {
	if r.EndedAt != nil {
		return r.EndedAt.Sub(r.StartedAt)
	}
	return now.Sub(r.StartedAt)
}

// Move is a change of status. Store.MoveRun makes it only from one of From, counts it
// in the statistics in the same transaction, and writes Events with it.
type Move struct {
	RunID        string
	ExecutionArn string   // noted when it is not known yet
	From         []Status // the run must be in one of these
	To           Status
	At           time.Time
	Reason       string
	Error        string
	WaitingFor   *WaitingFor
	PausedUntil  *time.Time
	EndedBy      string
	Redrive      int    // > 0: the run was redriven and is open again
	SeenEvent    string // "" leaves it as it is
}

// May tells whether a status may follow another one: an ended run opens again only by
// a redrive, which ends neither success nor an ended run's statistics twice.
func May(from, to Status, redrive bool) bool {
	if from.Ended() {
		return redrive && from != Succeeded && !to.Ended()
	}
	return to != Starting
}
