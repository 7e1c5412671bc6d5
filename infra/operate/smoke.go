package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/workflow"
)

// smokePatience is how long something may take that goes through the whole stack; mail
// comes in by way of the internet.
const (
	smokePatience = 90 * time.Second
	mailPatience  = 4 * time.Minute
	smokePoll     = 700 * time.Millisecond
	cleanPatience = time.Minute
)

// patience is how long to wait for something: PATIENCE, else what is usual for it.
func patience(usual time.Duration) time.Duration {
	if d, err := time.ParseDuration(os.Getenv("PATIENCE")); err == nil && d > 0 {
		return d
	}
	return usual
}

// smoker tries a stack out, and takes away what it made.
type smoker struct {
	*place
	desk *desk
	role string
	mark string // in the names of everything made
	undo []undoing
}

type undoing struct {
	what string
	do   func(ctx context.Context) error
}

// smoke publishes a throw-away workflow, checks its state machine, injects an event,
// follows the run to its end and the way back through match record and history; then the
// same by mail, when a domain takes mail. It cleans up whatever happens, and fails with
// the first thing that was not as it must be.
func smoke(ctx context.Context, p *place, _ []string) error {
	d, err := p.desk(ctx)
	if err != nil {
		return err
	}
	s := &smoker{place: p, desk: d, mark: fmt.Sprintf("smoke%x", time.Now().UnixMilli())}
	err = s.try(ctx)
	if left := s.clean(); left != nil {
		return errors.Join(err, left)
	}
	if err == nil {
		p.say("\nEverything works.")
	}
	return err
}

func (s *smoker) try(ctx context.Context) error {
	if err := s.reach(ctx); err != nil {
		return err
	}
	w, err := s.byEvent(ctx)
	if err != nil {
		return err
	}
	if err := s.replay(ctx, w); err != nil {
		return err
	}
	return s.byMail(ctx)
}

// later remembers what to take away; the newest goes first.
func (s *smoker) later(what string, do func(ctx context.Context) error) {
	s.undo = append(s.undo, undoing{what, do})
}

// clean takes away what was made, also after Ctrl-C.
func (s *smoker) clean() error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanPatience)
	defer cancel()
	var errs []error
	for i := len(s.undo) - 1; i >= 0; i-- {
		if err := s.undo[i].do(ctx); err != nil {
			errs = append(errs, fmt.Errorf("clean up: %s is left: %w", s.undo[i].what, err))
		}
	}
	if len(s.undo) > 0 {
		s.say("\nCleaned up: %d of %s that were made.", len(s.undo)-len(errs), count(len(s.undo), "thing"))
	}
	return errors.Join(errs...)
}

// step prints what is tried and whether it held.
func (s *smoker) step(what string, err error) error {
	if err != nil {
		s.say("  FAILED  %s", what)
		return fmt.Errorf("%s: %w", what, err)
	}
	s.say("  ok      %s", what)
	return nil
}

// reach looks whether the stack answers and what the token may.
func (s *smoker) reach(ctx context.Context) error {
	s.say("%s at %s", s.stack, s.desk.url)
	if err := s.step("GET /v1/healthz", s.desk.call(ctx, http.MethodGet, "/v1/healthz", nil, nil)); err != nil {
		return err
	}
	var me struct{ Role, Email, Name string }
	err := s.desk.call(ctx, http.MethodGet, "/v1/me", nil, &me)
	if s.role = me.Role; err == nil && s.role != "editor" && s.role != "admin" {
		err = fmt.Errorf("the token has the role %q; a smoke test makes workflows and needs editor, with mail admin", me.Role)
	}
	return s.step("the token is of an "+s.role, err)
}

// tried is a workflow on trial.
type tried struct {
	id, name, arn string
	asl           json.RawMessage
	run           string
	executionArn  string
}

// publish makes a workflow, publishes and enables it, and has Step Functions look at its
// state machine.
func (s *smoker) publish(ctx context.Context, name, definition string) (*tried, error) {
	w := &tried{name: name}
	var made struct {
		ID       string
		Draft    struct{ Revision int }
		Problems []workflow.Problem
	}
	err := s.desk.call(ctx, http.MethodPost, "/v1/workflows", map[string]any{"name": name, "description": "Made by make smoke; it takes it away again.", "definition": json.RawMessage(definition)}, &made)
	if w.id = made.ID; w.id != "" {
		s.later("workflow "+w.id, func(ctx context.Context) error { return s.remove(ctx, w) })
	}
	if err == nil && workflow.HasErrors(made.Problems) {
		err = fmt.Errorf("the check finds: %s", problem(made.Problems[0]))
	}
	if err := s.step("workflow "+name+" "+w.id, err); err != nil {
		return w, err
	}
	var v struct {
		Version                int
		StateMachineVersionArn string
		ASL                    json.RawMessage
	}
	err = s.desk.call(ctx, http.MethodPost, "/v1/workflows/"+w.id+"/publish", map[string]any{"note": "smoke"}, &v, "If-Match", fmt.Sprintf("%q", fmt.Sprint(made.Draft.Revision)))
	if i := strings.LastIndex(v.StateMachineVersionArn, ":"); i > 0 {
		w.arn = v.StateMachineVersionArn[:i]
	}
	if err := s.step("published as "+v.StateMachineVersionArn, err); err != nil {
		return w, err
	}
	if err := s.step("enabled", s.desk.call(ctx, http.MethodPost, "/v1/workflows/"+w.id+"/enable", nil, nil)); err != nil {
		return w, err
	}
	err = s.desk.call(ctx, http.MethodGet, fmt.Sprintf("/v1/workflows/%s/versions/%d", w.id, v.Version), nil, &v)
	if w.asl = v.ASL; err == nil {
		err = s.valid(ctx, w)
	}
	return w, s.step("Step Functions finds the definition valid (ValidateStateMachineDefinition)", err)
}

// byEvent runs a workflow on an event of its own type, so that no other one starts.
func (s *smoker) byEvent(ctx context.Context) (*tried, error) {
	w, err := s.publish(ctx, "Smoke test "+s.mark, fmt.Sprintf(`{
		"trigger": {"type": "event", "params": {"detailType": "%[1]s.begun"}, "conditions": {"all": [{"field": "detail.amount", "op": "gte", "value": 1}]}},
		"nodes": [
			{"id": "size", "type": "branch", "params": {"cases": [{"id": "large", "when": {"field": "detail.amount", "op": "gt", "value": 100}}]}},
			{"id": "words", "type": "set", "params": {"values": {"greeting": "Hello {{detail.name | upper}}"}}},
			{"id": "pause", "type": "wait", "params": {"for": "2s"}},
			{"id": "tell", "type": "event.emit", "params": {"detailType": "%[1]s.told", "detail": {"text": "{{vars.greeting}}, {{detail.amount}}"}}},
			{"id": "wrong", "type": "end", "params": {"result": "failed", "reason": "the branch went the wrong way"}}],
		"edges": [
			{"from": "trigger", "to": "size"},
			{"from": "size", "output": "large", "to": "wrong"},
			{"from": "size", "output": "otherwise", "to": "words"},
			{"from": "words", "to": "pause"},
			{"from": "pause", "output": "elapsed", "to": "tell"},
			{"from": "pause", "output": "cancelled", "to": "wrong"}]}`, s.mark))
	if err != nil {
		return w, err
	}
	var posted struct{ ID string }
	err = s.desk.call(ctx, http.MethodPost, "/v1/events", map[string]any{"type": s.mark + ".begun", "detail": map[string]any{"amount": 40, "name": "world"}}, &posted)
	if err := s.step("event "+posted.ID+" accepted", err); err != nil {
		return w, err
	}
	if err := s.step("the event's match record names the run", s.matched(ctx, posted.ID, w)); err != nil {
		return w, err
	}
	steps, err := s.follow(ctx, w)
	if err == nil {
		err = went(steps, "size", "words", "pause", "tell")
	}
	var told struct{ Detail struct{ Text string } }
	if err == nil {
		err = json.Unmarshal(steps[len(steps)-1].Input, &told)
	}
	if err == nil && told.Detail.Text != "Hello WORLD, 40" {
		err = fmt.Errorf("the last step was given %q, and the template makes \"Hello WORLD, 40\"", told.Detail.Text)
	}
	return w, s.step("the run went its way", err)
}

// matched waits for the event's verdict on the workflow.
func (s *smoker) matched(ctx context.Context, eventID string, w *tried) error {
	return s.until(ctx, smokePatience, "no verdict on the event: is the dispatch function failing, or its queue behind? make logs ID="+eventID, func() (bool, error) {
		var e struct {
			Matches []struct {
				WorkflowID, Reason, RunID string
				Matched                   bool
			}
		}
		if err := s.desk.call(ctx, http.MethodGet, "/v1/events/"+eventID, nil, &e); err != nil {
			return false, err
		}
		for _, m := range e.Matches {
			if m.WorkflowID != w.id {
				continue
			}
			if !m.Matched {
				return false, fmt.Errorf("the workflow did not match: %s", m.Reason)
			}
			w.run = m.RunID
			return w.run != "", nil
		}
		return false, nil
	})
}

// until asks again and again, for as long as patience lasts.
func (s *smoker) until(ctx context.Context, usual time.Duration, otherwise string, holds func() (bool, error)) error {
	limit := patience(usual)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		done, err := holds()
		if err != nil && ctx.Err() == nil {
			return err
		}
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("not within %s: %s", limit, otherwise)
			}
			return errors.New("interrupted")
		case <-time.After(smokePoll):
		}
	}
}

// smokeStep is one step of the run as REST tells it.
type smokeStep struct {
	NodeID, Type, Status string
	DurationMs           *int64
	Input, Output        json.RawMessage
	Error                *struct{ Code, Message string }
}

// follow prints each step of the run as it ends, until the run has.
func (s *smoker) follow(ctx context.Context, w *tried) ([]smokeStep, error) {
	var r struct {
		Status, Reason, ExecutionArn string
		Steps                        []smokeStep
	}
	shown, status := 0, ""
	err := s.until(ctx, smokePatience, "the run does not end: make logs ID="+w.run, func() (bool, error) {
		if err := s.desk.call(ctx, http.MethodGet, "/v1/runs/"+w.run, nil, &r); err != nil {
			return false, err
		}
		if r.Status != status {
			status = r.Status
			s.say("          run %s: %s", w.run, status)
		}
		for shown < len(r.Steps) && (r.Steps[shown].Status == "succeeded" || r.Steps[shown].Status == "failed") {
			st := r.Steps[shown]
			took := ""
			if st.DurationMs != nil {
				took = fmt.Sprintf(", %d ms", *st.DurationMs)
			}
			s.say("            %-10s %s: %s%s", st.NodeID, st.Type, st.Status, took)
			shown++
		}
		return status == "succeeded" || status == "failed" || status == "stopped", nil
	})
	w.executionArn = r.ExecutionArn
	if err == nil && status != "succeeded" {
		err = fmt.Errorf("the run is %s: %s", status, r.Reason)
		for _, st := range r.Steps {
			if st.Error != nil {
				err = fmt.Errorf("%w; step %s: %s: %s", err, st.NodeID, st.Error.Code, st.Error.Message)
			}
		}
	}
	return r.Steps, err
}

// went tells whether the steps are those, and all succeeded.
func went(steps []smokeStep, want ...string) error {
	var got []string
	for _, st := range steps {
		if st.Status != "succeeded" {
			return fmt.Errorf("step %s is %s", st.NodeID, st.Status)
		}
		got = append(got, st.NodeID)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		return fmt.Errorf("its steps are %s, and should be %s", strings.Join(got, ", "), strings.Join(want, ", "))
	}
	return nil
}
