package action

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/match"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// lateEvents is how many events newer than the newest one seen are looked at when a
// wait registers.
const lateEvents = 100

// wait is wait {for|until, cancelOn?}: it records the token and what may cut the wait
// short, and looks whether that has happened already.
func (d *Desk) wait(ctx context.Context, r *Request) (*Response, error) {
	var p struct {
		For      string
		Until    string
		CancelOn json.RawMessage
	}
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	if r.Token == "" {
		return nil, fault.New(fault.Invalid, "wait %s was called without a task token", r.Node)
	}
	now := d.Now()
	until, err := deadline(now, p.For, p.Until)
	if err != nil {
		return nil, err
	}
	record, err := d.Store.Run(ctx, r.RunID)
	if err != nil {
		return nil, err
	}
	seen := r.Refs.Event
	if record.SeenEvent > seen {
		seen = record.SeenEvent
	}
	w, err := d.Store.PutWait(ctx, run.Wait{RunID: r.RunID, Node: r.Node, Redrive: r.Redrive, WorkflowID: r.Workflow.ID, Token: r.Token,
		Until: until, CancelOn: p.CancelOn, Entities: r.entities(p.CancelOn), SeenEvent: seen, Since: now})
	if err != nil {
		return nil, err
	}
	if _, _, err := d.Store.MoveRun(ctx, run.Move{RunID: r.RunID, From: []run.Status{run.Starting, run.Running, run.Waiting, run.Paused}, To: run.Paused, At: now, PausedUntil: &until}); err != nil {
		return nil, err
	}
	if w.Outcome == "" {
		if w, err = d.late(ctx, w); err != nil {
			return nil, err
		}
	}
	if w.Outcome == run.Cancelled { // by an event between two tries of this step, or before it registered
		return &Response{Result: map[string]any{"until": until}}, d.answerWait(ctx, r.Token)
	}
	return &Response{Result: map[string]any{"until": until}}, nil
}

func (r *Request) entities(cancelOn json.RawMessage) []string {
	if len(cancelOn) == 0 || string(cancelOn) == "null" || string(cancelOn) == "[]" {
		return nil
	}
	return r.Refs.Subject().Entities()
}

// late cancels a wait for what happened after the run last looked at the desk and
// before the wait was registered.
func (d *Desk) late(ctx context.Context, w run.Wait) (run.Wait, error) {
	settings, err := d.Store.Settings(ctx)
	if err != nil {
		return w, err
	}
	env := condition.Env{Now: d.Now(), Hours: settings.Open()}
	for _, entity := range w.Entities {
		events, err := d.Store.EventsOf(ctx, entity, w.SeenEvent, lateEvents)
		if err != nil {
			return w, err
		}
		for i := range events {
			e := &events[i]
			cancels, err := match.Cancels(w, e, func() (map[string]any, error) { return d.view(ctx, e) }, env)
			if err != nil {
				return w, err
			}
			if cancels {
				w, _, err = d.Store.SettleWait(ctx, w.RunID, w.Node, w.Redrive, run.Cancelled, events[i].ID)
				return w, err
			}
		}
	}
	return w, nil
}

// view is what conditions see of an event's message; nil when it has none, or it was erased.
func (d *Desk) view(ctx context.Context, e *event.Stored) (map[string]any, error) {
	if e.MessageID() == "" {
		return nil, nil
	}
	m, err := maybe(d.Store.Message(ctx, e.Subject.ConversationID, e.MessageID()))
	if err != nil || m == nil {
		return nil, err
	}
	return m.View(), nil
}

func (d *Desk) answerWait(ctx context.Context, token string) error {
	out, _ := json.Marshal(map[string]any{"result": map[string]string{"output": run.Cancelled}})
	if err := d.Answerer.Answer(ctx, token, out); err != nil && !errors.Is(err, d.Gone) {
		return err
	}
	return nil
}

func deadline(now time.Time, duration, until string) (time.Time, error) {
	if duration != "" {
		dur, err := workflow.ParseDuration(duration)
		if err != nil {
			return time.Time{}, fault.New(fault.Invalid, "for %q: %s", duration, err)
		}
		return now.Add(max(dur, time.Second)), nil
	}
	t, err := time.Parse(time.RFC3339, until)
	if err != nil {
		return time.Time{}, fault.New(fault.Invalid, "until %q is not a time in RFC 3339, as 2026-11-30T09:00:00Z", until)
	}
	if t.Before(now.Add(time.Second)) {
		t = now.Add(time.Second)
	}
	return t.UTC(), nil
}
