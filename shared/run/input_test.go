package run_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/run"
)

// A node that calls nothing shows what its author wrote as its input.
func TestInputOfLogic(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	written := json.RawMessage(`{"cases":[{"id":"vip"}]}`)
	steps := run.Steps([]run.HistoryEvent{
		{Type: "ExecutionStarted", At: at},
		{Type: "TaskStateEntered", State: "b", At: at},
		{Type: "TaskScheduled", At: at, Input: json.RawMessage(`{"Payload":{"params":{"hours":[]}}}`)},
		{Type: "TaskSucceeded", At: at, Output: json.RawMessage(`{"Payload":{"result":{}}}`)},
		{Type: "TaskStateExited", State: "b", At: at},
		{Type: "ChoiceStateEntered", State: "b.choice", At: at},
		{Type: "ChoiceStateExited", State: "b.choice", At: at, Output: json.RawMessage(`{"output":"vip"}`)},
	}, map[string]run.Place{"b": {Node: "b", Type: "branch", Role: "task", Params: written}, "b.choice": {Node: "b", Type: "branch", Role: "choice", Params: written}}, run.Running)
	if len(steps) != 1 || string(steps[0].Input) != string(written) {
		t.Errorf("steps %+v", steps)
	}
}
