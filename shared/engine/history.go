package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
)

// newestMark begins a cursor of a history that is read backwards: Step Functions takes a
// token only with the order it was given in.
const newestMark = "newest."

// History reads one page of an execution's events, oldest or newest first.
func (e *Engine) History(ctx context.Context, executionArn, cursor string, limit int, newestFirst bool) (events []run.HistoryEvent, next string, err error) {
	damaged := &fault.Error{Code: fault.Invalid, Message: "read the run's history: the cursor is damaged, of the other order, or older than a day; ask for the first page without a cursor"}
	cursor, backwards := strings.CutPrefix(cursor, newestMark)
	if backwards && !newestFirst || cursor != "" && newestFirst && !backwards {
		return nil, "", damaged
	}
	in := &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(executionArn), MaxResults: int32(limit), IncludeExecutionData: aws.Bool(true), ReverseOrder: newestFirst}
	if cursor != "" {
		in.NextToken = aws.String(cursor)
	}
	out, err := e.client.GetExecutionHistory(ctx, in)
	var cursorless *types.InvalidToken
	if errors.As(err, &cursorless) {
		damaged.Cause = err
		return nil, "", damaged
	}
	if err != nil {
		return nil, "", mend(err, "read the run's history")
	}
	for _, ev := range out.Events {
		events = append(events, historyEvent(ev))
	}
	if next = aws.ToString(out.NextToken); next != "" && newestFirst {
		next = newestMark + next
	}
	return events, next, nil
}

// WholeHistory reads all events, at most limit of them.
func (e *Engine) WholeHistory(ctx context.Context, executionArn string, limit int) (events []run.HistoryEvent, err error) {
	cursor := ""
	for {
		page, next, err := e.History(ctx, executionArn, cursor, min(1000, limit-len(events)), false)
		if err != nil {
			return nil, err
		}
		events = append(events, page...)
		if next == "" || len(events) >= limit {
			return events, nil
		}
		cursor = next
	}
}

// historyEvent keeps of an event what the product uses, in one flat shape.
func historyEvent(ev types.HistoryEvent) run.HistoryEvent {
	h := run.HistoryEvent{ID: ev.Id, PreviousID: ev.PreviousEventId, Type: string(ev.Type), At: aws.ToTime(ev.Timestamp).UTC()}
	switch {
	case ev.StateEnteredEventDetails != nil:
		d := ev.StateEnteredEventDetails
		h.State, h.Input = aws.ToString(d.Name), text(d.Input)
	case ev.StateExitedEventDetails != nil:
		d := ev.StateExitedEventDetails
		h.State, h.Output = aws.ToString(d.Name), text(d.Output)
		h.Variables = d.AssignedVariables
	case ev.ExecutionStartedEventDetails != nil:
		h.Input = text(ev.ExecutionStartedEventDetails.Input)
	case ev.ExecutionSucceededEventDetails != nil:
		h.Output = text(ev.ExecutionSucceededEventDetails.Output)
	case ev.ExecutionFailedEventDetails != nil:
		d := ev.ExecutionFailedEventDetails
		h.Error, h.Cause = aws.ToString(d.Error), aws.ToString(d.Cause)
	case ev.ExecutionAbortedEventDetails != nil:
		d := ev.ExecutionAbortedEventDetails
		h.Error, h.Cause = aws.ToString(d.Error), aws.ToString(d.Cause)
	case ev.ExecutionTimedOutEventDetails != nil:
		d := ev.ExecutionTimedOutEventDetails
		h.Error, h.Cause = aws.ToString(d.Error), aws.ToString(d.Cause)
	case ev.TaskScheduledEventDetails != nil:
		d := ev.TaskScheduledEventDetails
		h.Resource, h.Input = aws.ToString(d.Resource), text(d.Parameters)
	case ev.TaskSubmittedEventDetails != nil:
		h.Output = text(ev.TaskSubmittedEventDetails.Output)
	case ev.TaskSucceededEventDetails != nil:
		h.Output = text(ev.TaskSucceededEventDetails.Output)
	case ev.TaskFailedEventDetails != nil:
		d := ev.TaskFailedEventDetails
		h.Error, h.Cause = aws.ToString(d.Error), aws.ToString(d.Cause)
	case ev.TaskTimedOutEventDetails != nil:
		d := ev.TaskTimedOutEventDetails
		h.Error, h.Cause = aws.ToString(d.Error), aws.ToString(d.Cause)
	case ev.TaskStartFailedEventDetails != nil:
		d := ev.TaskStartFailedEventDetails
		h.Error, h.Cause = aws.ToString(d.Error), aws.ToString(d.Cause)
	case ev.TaskSubmitFailedEventDetails != nil:
		d := ev.TaskSubmitFailedEventDetails
		h.Error, h.Cause = aws.ToString(d.Error), aws.ToString(d.Cause)
	case ev.EvaluationFailedEventDetails != nil:
		d := ev.EvaluationFailedEventDetails
		h.State, h.Error, h.Cause = aws.ToString(d.State), aws.ToString(d.Error), aws.ToString(d.Cause)
	case ev.ExecutionRedrivenEventDetails != nil:
		h.RedriveCount = int(aws.ToInt32(ev.ExecutionRedrivenEventDetails.RedriveCount))
	}
	return h
}

// text takes a JSON text as it is, and any other text as a JSON string.
func text(s *string) json.RawMessage {
	if s == nil {
		return nil
	}
	if json.Valid([]byte(*s)) {
		return json.RawMessage(*s)
	}
	quoted, _ := json.Marshal(*s)
	return quoted
}
