package dryrun

import (
	"encoding/json"

	"github.com/deskhand/deskhand/shared/interp"
	"github.com/deskhand/deskhand/shared/run"
)

// history is what package run reads, of the events that interp makes; package engine does
// the same with those of Step Functions.
func history(events []interp.Event) []run.HistoryEvent {
	out := make([]run.HistoryEvent, len(events))
	for i, ev := range events {
		h := run.HistoryEvent{ID: ev.ID, PreviousID: ev.PreviousID, Type: ev.Type, At: ev.Timestamp.UTC()}
		failed := func(f *interp.Failure) {
			if f.Error != nil {
				h.Error = *f.Error
			}
			if f.Cause != nil {
				h.Cause = *f.Cause
			}
		}
		switch {
		case ev.StateEntered != nil:
			h.State, h.Input = ev.StateEntered.Name, text(ev.StateEntered.Input)
		case ev.StateExited != nil:
			h.State, h.Output, h.Variables = ev.StateExited.Name, text(ev.StateExited.Output), ev.StateExited.AssignedVariables
		case ev.TaskScheduled != nil:
			h.Resource, h.Input = ev.TaskScheduled.Resource, text(ev.TaskScheduled.Parameters)
		case ev.TaskSubmitted != nil:
			h.Output = text(ev.TaskSubmitted.Output)
		case ev.TaskSucceeded != nil:
			h.Output = text(ev.TaskSucceeded.Output)
		case ev.TaskFailed != nil:
			failed(&interp.Failure{Error: ev.TaskFailed.Error, Cause: ev.TaskFailed.Cause})
		case ev.TaskTimedOut != nil:
			failed(&interp.Failure{Error: ev.TaskTimedOut.Error, Cause: ev.TaskTimedOut.Cause})
		case ev.EvaluationFailed != nil:
			h.State, h.Error, h.Cause = ev.EvaluationFailed.State, ev.EvaluationFailed.Error, ev.EvaluationFailed.Cause
		case ev.ExecutionFailed != nil:
			failed(ev.ExecutionFailed)
		case ev.ExecutionTimedOut != nil:
			failed(ev.ExecutionTimedOut)
		case ev.ExecutionSucceeded != nil:
			h.Output = text(ev.ExecutionSucceeded.Output)
		}
		out[i] = h
	}
	return out
}

func text(s string) json.RawMessage {
	if s == "" || !json.Valid([]byte(s)) {
		return nil
	}
	return json.RawMessage(s)
}
