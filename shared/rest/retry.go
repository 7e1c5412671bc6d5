package rest

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/run"
)

// RetryOrder says how to run again.
type RetryOrder struct {
	Mode string `json:"mode"` // redrive or restart
}

// retry runs a failed or stopped run again: by redrive, the same version from the
// failed step on, or by restart, the active version on the same event as a new run.
func (s *Server) retry(r *http.Request) (*answer, error) {
	var in RetryOrder
	if err := read(r, &in); err != nil {
		return nil, err
	}
	rec, err := s.Store.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	switch in.Mode {
	case "redrive":
		return s.redrive(r, rec)
	case "restart":
		return s.restart(r, rec)
	}
	return nil, fault.New(fault.Invalid, "mode is %q: it is redrive (same version, from the failed step) or restart (active version, from the start)", in.Mode)
}

func (s *Server) redrive(r *http.Request, rec run.Run) (*answer, error) {
	switch {
	case rec.Status != run.Failed && rec.Status != run.Stopped:
		return nil, fault.New(fault.Conflict, "only a failed or stopped run can be redriven; this one is %s", rec.Status.Shown())
	case rec.Ended != "":
		return nil, fault.New(fault.Conflict, "an end step ended this run as failed: it would do so again. Restart it instead")
	case rec.EndedAt != nil && s.Now().Sub(*rec.EndedAt) > engine.RedriveWithin:
		return nil, fault.New(fault.Conflict, "the run ended more than 14 days ago: Step Functions does not redrive it any more. Restart it instead")
	case rec.ExecutionArn == "":
		return nil, fault.New(fault.Conflict, "the run never started: restart it instead")
	}
	if err := s.Engine.Redrive(r.Context(), rec.ExecutionArn, fmt.Sprintf("%s-%d", rec.ID, rec.Redrives+1)); err != nil {
		return nil, err
	}
	rec, _, err := s.Store.MoveRun(r.Context(), run.Move{RunID: rec.ID, From: []run.Status{run.Failed, run.Stopped}, To: run.Running, At: s.Now(), Redrive: rec.Redrives + 1})
	if err != nil {
		return nil, err
	}
	return accepted(s.run(rec))
}

func (s *Server) restart(r *http.Request, rec run.Run) (*answer, error) {
	if !rec.Status.Ended() {
		return nil, fault.New(fault.Conflict, "the run has not ended: it is %s. Stop it first", rec.Status.Shown())
	}
	h, err := s.Store.Workflow(r.Context(), rec.WorkflowID)
	if err != nil {
		return nil, err
	}
	if h.Archived || h.ActiveVersion == 0 {
		return nil, fault.New(fault.Conflict, "the workflow has no active version any more")
	}
	settings, err := s.Store.Settings(r.Context())
	if err != nil {
		return nil, err
	}
	if settings.Automation == "off" {
		return nil, fault.New(fault.Conflict, "automation is switched off for the whole desk")
	}
	rt, err := s.activeRoute(r, h)
	if err != nil {
		return nil, err
	}
	e, err := s.Store.Event(r.Context(), rec.Trigger.EventID)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.Conflict, "the event that started the run is not kept any more: start the workflow by hand instead")
	}
	if err != nil {
		return nil, err
	}
	var message map[string]any
	if e.MessageID() != "" {
		m, err := s.Store.Message(r.Context(), e.Subject.ConversationID, e.MessageID())
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if m != nil {
			message = m.View()
		}
	}
	again, _, err := s.Launcher.Launch(r.Context(), e, message, rt, rec.ID)
	if err != nil && !errors.Is(err, launch.ErrRecorded) {
		return nil, err
	}
	changed(r, "", "restart as run "+again.ID)
	return accepted(s.run(again))
}
