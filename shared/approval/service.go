package approval

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/trail"
)

// Store is what the package needs of package store.
type Store interface {
	Approval(ctx context.Context, id string) (*Request, error)
	// SaveApproval writes the request if its revision is still the one it was read at
	// (fault.Stale otherwise), with the events in the same transaction.
	SaveApproval(ctx context.Context, r *Request, events ...event.Event) error
	// Token is the task token of the latest try of the step.
	Token(ctx context.Context, approvalID string) (string, error)
	ApprovalsOfRun(ctx context.Context, runID string) ([]Request, error)
}

// Answerer tells Step Functions; ErrGone means that nothing waits any more.
type Answerer interface {
	Answer(ctx context.Context, token string, output []byte) error
}

// Service settles requests.
type Service struct {
	Store  Store
	Answer Answerer
	Gone   error // what Answer returns when nothing waits any more
	NewID  func(prefix string) string
	Now    func() time.Time
}

const maxTries = 6

// Decide records a vote in one conditional write and, when that settles the request,
// tells Step Functions. If telling fails the decision stands, and the sweep tells it.
func (s *Service) Decide(ctx context.Context, id string, d Decision) (*Request, error) {
	d.At = s.Now()
	for try := 1; ; try++ {
		r, err := s.Store.Approval(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := r.Decide(d); err != nil {
			return r, err
		}
		var events []event.Event
		if r.Status != Pending {
			events = []event.Event{s.decided(r)}
		}
		err = s.Store.SaveApproval(ctx, r, events...)
		if late(err) && try < maxTries {
			continue // somebody else said something meanwhile: look what stands now
		}
		if err != nil {
			return nil, err
		}
		ctx = trail.With(ctx, trail.Approval, r.ID, trail.Run, r.RunID, trail.Node, r.Node, trail.Workflow, r.WorkflowID)
		slog.InfoContext(ctx, "approval voted on", "decision", d.Decision, "status", r.Status, "via", d.Via)
		if r.Status != Pending {
			if err := s.Deliver(ctx, r); err != nil {
				slog.WarnContext(ctx, "a decision is not told to Step Functions yet: the sweep does it", "error", err)
			}
		}
		return r, nil
	}
}

func (s *Service) decided(r *Request) event.Event {
	detail, _ := json.Marshal(map[string]any{"approvalId": r.ID, "runId": r.RunID, "node": r.Node, "decision": r.Status, "by": r.DecidedBy, "edited": r.Edited})
	return event.Event{ID: s.NewID("evt_"), Type: event.ApprovalDecided, Time: s.Now(), Actor: r.DecidedBy,
		Subject: event.Subject{ConversationID: r.ConversationID, MessageID: r.MessageID, TicketID: r.TicketID}, Detail: detail}
}

// Deliver tells Step Functions of a settled request and notes that it did.
func (s *Service) Deliver(ctx context.Context, r *Request) error {
	if r.Delivered || r.Status == Pending {
		return nil
	}
	token, err := s.Store.Token(ctx, r.ID)
	if err != nil {
		return err
	}
	out, err := json.Marshal(map[string]any{"result": map[string]string{"output": string(r.Status)}})
	if err != nil {
		return err
	}
	if err := s.Answer.Answer(ctx, token, out); err != nil && !errors.Is(err, s.Gone) {
		return fault.Wrap(err, "tell Step Functions of decision %s", r.ID)
	}
	r.Delivered = true
	if err := s.Store.SaveApproval(ctx, r); err != nil && !late(err) { // the other one notes it
		return err
	}
	return nil
}

// late tells that a request changed since it was read: its revision, or its status, too.
func late(err error) bool { return fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict) }

// WithdrawAll settles what a run that has ended still asks for.
func (s *Service) WithdrawAll(ctx context.Context, runID string) error {
	list, err := s.Store.ApprovalsOfRun(ctx, runID)
	if err != nil {
		return err
	}
	for i := range list {
		if list[i].Status != Pending {
			continue
		}
		if err := s.withdraw(ctx, list[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// withdraw settles one request, unless it is settled.
func (s *Service) withdraw(ctx context.Context, id string) error {
	for try := 1; ; try++ {
		r, err := s.Store.Approval(ctx, id)
		if err != nil || !r.Withdraw(s.Now()) {
			return err
		}
		if err = s.Store.SaveApproval(ctx, r); !late(err) || try == maxTries {
			return err
		}
	}
}
