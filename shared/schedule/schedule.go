// Package schedule is when scheduled workflows run: the grammar of schedule expressions
// (rate, cron, at), what the scheduler is asked to keep for a workflow, and the message
// by which a tick reaches dispatch. It is pure; package schedule/scheduler keeps the
// schedules in EventBridge Scheduler, and the local stack ticks by the same grammar.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
package schedule

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/deskhand/deskhand/shared/hours"
)

// Spec is the schedule of one workflow.
type Spec struct {
	WorkflowID string `json:"-"`
	Expression string `json:"schedule"`
	Timezone   string `json:"timezone"` // IANA; "" is UTC
	Each       string `json:"each,omitempty"`
}

// What a run may be started for each of.
const (
	EachTicket       = "ticket"
	EachConversation = "conversation"
	EachContact      = "contact"
)

// Params reads the params of a schedule trigger.
func Params(workflowID string, params json.RawMessage) (Spec, error) {
	s := Spec{WorkflowID: workflowID}
	if len(params) == 0 {
		return s, fmt.Errorf("the schedule of workflow %s has no params", workflowID)
	}
	if err := json.Unmarshal(params, &s); err != nil {
		return s, fmt.Errorf("the schedule of workflow %s: %w", workflowID, err)
	}
	return s, nil
}

// Check tells what is wrong with the expression or the time zone.
func (s Spec) Check() error {
	loc, err := hours.Location(s.Timezone)
	if err != nil {
		return err
	}
	_, err = Parse(s.Expression, loc)
	return err
}

// Tick is what the scheduler puts into the dispatch queue: {"tick": {"workflow", "at"}}.
type Tick struct {
	WorkflowID string    `json:"workflow"`
	At         time.Time `json:"at"` // when it was due
}
