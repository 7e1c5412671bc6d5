package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/run"
)

// inputDays is how long the input of a run is kept.
const inputDays = 90

// StartRun records a run as starting, with its input, before Step Functions is told: one
// run per (event, workflow), and one restart per run (RetryOf). When there is one
// already, that run is given with fault.Conflict. The counters and the event run.started
// are in the same transaction.
func (s *Store) StartRun(ctx context.Context, r run.Run, input []byte) (existing *run.Run, err error) {
	r.Status = run.Starting
	once := dedupeKey(r.Trigger.EventID, r.WorkflowID)
	if r.RetryOf != "" {
		once = restartKey(r.Trigger.EventID, r.WorkflowID, r.RetryOf)
	}
	first := ""
	mark := put(with(newItem(once, "dedupe"), columns{"run": str(r.ID), "workflow": str(r.WorkflowID), "restartOf": opt(r.RetryOf), "ttl": s.inDays(inputDays)})).
		onlyIf(absent, func(old item) error {
			first = text(old, "run")
			return errTaken
		})
	self, err := runWrite(r, r.StartedAt)
	if err != nil {
		return nil, err
	}
	data, err := pack(input)
	if err != nil {
		return nil, err
	}
	started, err := s.runEvent(r, event.RunStarted, r.StartedAt)
	if err != nil {
		return nil, err
	}
	writes := []write{mark, self,
		put(with(newItem(inputKey(r.ID), "input"), columns{"doc": data, "ttl": s.inDays(inputDays)})),
		update(statsKey(r.WorkflowID), merge(statsColumns(r.WorkflowID), columns{"lastRunAt": str(stampOf(r.StartedAt))})).
			adding(begun(r)),
		started,
	}
	if r.ConversationID != "" {
		writes = append(writes, put(with(newItem(runOfConversationKey(r.ConversationID, r.ID), "link"), columns{"run": str(r.ID)})))
	}
	if err := s.write(ctx, writes...); err != nil {
		if !errors.Is(err, errTaken) || first == "" {
			return nil, err
		}
		was, err := s.Run(ctx, first)
		if err != nil {
			return nil, err
		}
		return &was, fault.New(fault.Conflict, "event %q has started run %q of workflow %q already", r.Trigger.EventID, first, r.WorkflowID)
	}
	_ = s.prune(ctx, r.WorkflowID) // only tidying; the run is recorded
	return nil, nil
}

// Run is the run with the id.
func (s *Store) Run(ctx context.Context, runID string) (run.Run, error) {
	it, err := s.find(ctx, runKey(runID), "run", runID)
	if err != nil {
		return run.Run{}, err
	}
	return runOf(it)
}

// RunInput is the execution input of a run; fault.NotFound 90 days after its start.
func (s *Store) RunInput(ctx context.Context, runID string) ([]byte, error) {
	it, err := s.find(ctx, inputKey(runID), "input of run", runID)
	if err != nil {
		return nil, err
	}
	return unpack(it, "doc")
}

// RunOfEvent is the run that the event started of the workflow, restarts left out; nil
// and no error when there is none.
func (s *Store) RunOfEvent(ctx context.Context, eventID, workflowID string) (*run.Run, error) {
	it, err := s.get(ctx, dedupeKey(eventID, workflowID))
	if err != nil || it == nil {
		return nil, err
	}
	r, err := s.Run(ctx, text(it, "run"))
	return &r, err
}

// Runs lists runs, newest first.
func (s *Store) Runs(ctx context.Context, f RunFilter, p Page) ([]run.Run, string, error) {
	if f.Conversation != "" {
		return s.runsOfConversation(ctx, f, p)
	}
	sp := span{index: indexList, pk: listRuns, newestFirst: true}
	if f.Workflow != "" {
		sp.index, sp.pk = indexOf, runsOf(f.Workflow)
	}
	if f.Version != 0 {
		sp.filter = both(sp.filter, equals("version", num(f.Version)))
	}
	switch {
	case f.Status == run.Running:
		sp.filter = both(sp.filter, equals("status", str(string(run.Running))).Or(equals("status", str(string(run.Starting)))))
	case f.Status != "":
		sp.filter = both(sp.filter, equals("status", str(string(f.Status))))
	}
	// The id is made a moment before StartedAt is, so the range of ids is wider than the filter.
	if !f.From.IsZero() {
		sp.low = runFloor(f.From.Add(-idSlack))
		sp.filter = both(sp.filter, expression.Name("startedAt").GreaterThanEqual(expression.Value(stampOf(f.From))))
	}
	if !f.To.IsZero() {
		sp.high = runFloor(f.To.Add(idSlack))
		sp.filter = both(sp.filter, expression.Name("startedAt").LessThan(expression.Value(stampOf(f.To))))
	}
	return page(ctx, s, sp, f, p, each(runOf))
}

// idSlack is how far the time in a run's id may be from its StartedAt.
const idSlack = time.Minute

// runsOfConversation follows the links that a conversation has to its runs, a batch of
// runs per Query.
func (s *Store) runsOfConversation(ctx context.Context, f RunFilter, p Page) ([]run.Run, string, error) {
	sp := span{pk: conversationPartition(f.Conversation), prefix: runPrefix, newestFirst: true, sifted: f != RunFilter{Conversation: f.Conversation}}
	return page(ctx, s, sp, f, p, func(links []item) ([]entry[run.Run], error) {
		keys := make([]key, len(links))
		for i, l := range links {
			keys[i] = runKey(text(l, "run"))
		}
		items, err := s.batch(ctx, keys)
		if err != nil {
			return nil, err
		}
		byID := make(map[string]run.Run, len(items))
		for _, it := range items {
			r, err := runOf(it)
			if err != nil {
				return nil, err
			}
			byID[r.ID] = r
		}
		var out []entry[run.Run]
		for _, l := range links {
			if r, ok := byID[text(l, "run")]; ok && selects(f, r) {
				out = append(out, entry[run.Run]{l, r})
			}
		}
		return out, nil
	})
}

func selects(f RunFilter, r run.Run) bool {
	return (f.Workflow == "" || f.Workflow == r.WorkflowID) && (f.Version == 0 || f.Version == r.Version) &&
		(f.Status == "" || f.Status == r.Status.Shown()) &&
		(f.From.IsZero() || !r.StartedAt.Before(f.From)) && (f.To.IsZero() || r.StartedAt.Before(f.To))
}

func runOf(it item) (r run.Run, err error) {
	err = decode(it, "doc", &r)
	r.Revision, r.SeenEvent = number(it, "revision"), text(it, "seenEvent")
	return r.Located(), err
}

// runWrite is the run at its next revision, with the time at which the sweep looks at it.
func runWrite(r run.Run, since time.Time) (write, error) {
	doc, err := encode(r)
	if err != nil {
		return write{}, err
	}
	c := columns{
		"kind": str("run"), "v": num(version("run")), "id": str(r.ID), "doc": doc, "revision": num(r.Revision + 1),
		"status": str(string(r.Status)), "version": num(r.Version), "startedAt": str(stampOf(r.StartedAt)), "seenEvent": opt(r.SeenEvent),
	}.listed(place{listRuns, r.ID}, place{runsOf(r.WorkflowID), r.ID}).dueAt(r.Due(since))
	return update(runKey(r.ID), c).onlyIf(revisionIs(r.Revision), always(errStale("run", r.ID))), nil
}

// runEvent reports a run's status.
func (s *Store) runEvent(r run.Run, typ string, at time.Time) (write, error) {
	detail, err := json.Marshal(struct {
		RunID        string          `json:"runId"`
		WorkflowID   string          `json:"workflowId"`
		WorkflowName string          `json:"workflowName"`
		Version      int             `json:"version"`
		Status       run.Status      `json:"status"`
		Reason       string          `json:"reason,omitempty"`
		Error        string          `json:"error,omitempty"`
		EventID      string          `json:"eventId"`
		WaitingFor   *run.WaitingFor `json:"waitingFor,omitempty"`
		CostMicroUSD int64           `json:"costMicroUsd,omitempty"`
	}{r.ID, r.WorkflowID, r.WorkflowName, r.Version, r.Status.Shown(), r.Reason, r.Error, r.Trigger.EventID, r.WaitingFor, r.CostMicroUSD})
	if err != nil {
		return write{}, err
	}
	return s.eventWrite(event.Stored{Source: event.Source, Event: event.Event{
		ID: s.ids.New(id.Event), Type: typ, Time: at, Actor: "run:" + r.ID, CausedBy: &event.Cause{RunID: r.ID, Depth: r.Depth + 1},
		Subject: event.Subject{ConversationID: r.ConversationID, ContactID: r.ContactID, TicketID: r.TicketID}, Detail: detail,
	}})
}
