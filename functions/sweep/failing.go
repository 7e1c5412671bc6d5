package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/failing"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/outbox"
	"github.com/deskhand/deskhand/shared/record"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
	"github.com/deskhand/deskhand/shared/workflow"
)

const (
	sendingGrace = 5 * time.Minute // after that a notice that was begun is taken for lost, and sent
	maxCause     = 500             // bytes of why a run failed, in the notice
	lastEvents   = 100             // of a history, in which the failed step is looked for
)

// failing tells whoever is to be told that a workflow has started to fail, once per
// episode, and that it was switched off, once. What ends here is done: a notice that
// cannot be sent for good is only in the log.
func (s *sweeper) failing(ctx context.Context, it store.DueItem, t *tally) error {
	st, err := s.recorder.Standing(ctx, it.ID)
	if err != nil {
		return gone(err)
	}
	if st.Head.DisabledBy == workflow.BySystem && st.Head.RouteType == event.Schedule {
		if err := s.schedules.Remove(ctx, it.ID); err != nil {
			return err
		}
	}
	off := st.Head.DisabledBy == workflow.BySystem && !st.State.OffTold
	switch {
	case st.Settings.Notify == nil || len(st.Streak) == 0 || st.Head.Archived || st.State.Told() && !off && st.State.SendingAt.IsZero():
		return s.store.SetDue(ctx, it, time.Time{})
	case !st.State.SendingAt.IsZero() && s.now().Sub(st.State.SendingAt) < sendingGrace:
		return s.store.SetDue(ctx, it, st.State.SendingAt.Add(sendingGrace)) // somebody is at it
	}
	off = st.Head.DisabledBy == workflow.BySystem
	claimed, err := s.store.ClaimNotice(ctx, it.ID, st.State, st.Streak[0].EndedAt, off)
	if err != nil || !claimed {
		return err // not claimed: it stays due, and the next tick sees what the other one did
	}
	err = s.tellFailing(ctx, st, off)
	if fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Internal) && !errors.Is(err, action.ErrUnknown) {
		return errors.Join(err, s.store.FinishNotice(ctx, it.ID, st.State, false))
	}
	if err != nil {
		slog.ErrorContext(ctx, "nobody is told that a workflow fails", "error", err)
	} else {
		t.Told++
	}
	if err := s.store.FinishNotice(ctx, it.ID, st.State, true); err != nil {
		return err
	}
	return s.store.SetDue(ctx, it, time.Time{})
}

// tellFailing sends the notice to everybody behind the person.
func (s *sweeper) tellFailing(ctx context.Context, st record.Standing, off bool) error {
	to, err := s.desk.Addresses(ctx, *st.Settings.Notify)
	if err != nil {
		return err
	}
	in, err := outbox.Inbox(ctx, s.store, nil)
	if err != nil {
		return err
	}
	settings, err := s.store.Settings(ctx)
	if err != nil {
		return err
	}
	of := st.Streak[0]
	if off {
		of = st.Streak[len(st.Streak)-1]
	}
	rec, err := s.store.Run(ctx, of.RunID)
	if err != nil {
		return err
	}
	out := failingMail(st, off, rec, s.failedStep(ctx, rec), s.publicURL)
	out.From, out.Date = mail.Address{Name: in.Name, Email: in.Address}, s.now()
	to = slices.DeleteFunc(to, func(who string) bool {
		past, err := s.store.Allow(ctx, desk.CapMail, who, "failing "+of.RunID, settings.Limits().Mail()...)
		if err == nil && past != nil {
			slog.WarnContext(ctx, "a notice of a failing workflow is not sent: the address has had as much automatic mail as it may")
		}
		return err == nil && past != nil
	})
	for part := range slices.Chunk(to, mail.MaxRecipients) {
		out.To = nil
		for _, who := range part {
			out.To = append(out.To, mail.Address{Email: who})
		}
		raw, err := mail.Compose(out)
		if err != nil {
			return err
		}
		if _, err := s.mailer.Send(ctx, in.Address, part, raw); err != nil {
			return err
		}
	}
	return nil
}

// failedStep is the node that the run failed in; "" when it cannot be told.
func (s *sweeper) failedStep(ctx context.Context, rec run.Run) string {
	if rec.ExecutionArn == "" {
		return ""
	}
	events, _, err := s.engine.History(ctx, rec.ExecutionArn, "", lastEvents, true)
	if err != nil {
		slog.WarnContext(ctx, "the step of a failed run is not known", "error", err)
		return ""
	}
	for _, ev := range events {
		if strings.HasSuffix(ev.Type, "StateEntered") {
			node, _, _ := strings.Cut(ev.State, ".")
			return node
		}
	}
	return ""
}

// failingMail names the workflow, the run, the step, the error, and what to do.
func failingMail(st record.Standing, off bool, rec run.Run, step, url string) mail.Outgoing {
	name := strings.Join(strings.Fields(st.Head.Name), " ")
	subject, lines := "Failing: "+name, []string{fmt.Sprintf("The workflow %q has started to fail.", name)}
	if off {
		subject = "Switched off: " + name
		lines = []string{fmt.Sprintf("The workflow %q was switched off: %s. It starts no more runs until somebody enables it.", name, runs(st.Streak))}
	} else if len(st.Streak) > 1 {
		lines = append(lines, "By now "+runs(st.Streak)+".")
	}
	at := rec.StartedAt
	if rec.EndedAt != nil {
		at = *rec.EndedAt
	}
	what := fmt.Sprintf("Run %s of version %d failed at %s", rec.ID, rec.Version, at.UTC().Format("Mon 2 Jan 2006 15:04:05 UTC"))
	if step != "" {
		what += fmt.Sprintf(" in step %q", step)
	}
	reason := rec.Reason
	if len(reason) > maxCause {
		reason = strings.ToValidUTF8(reason[:maxCause], "") + "…"
	}
	for _, part := range []string{rec.Error, reason} {
		if part != "" {
			what += ": " + part
		}
	}
	link := strings.TrimSuffix(url, "/") + "/runs/" + rec.ID
	page := strings.TrimSuffix(url, "/") + "/workflows/" + st.Head.ID
	lines = append(lines, what+".", "See what happened: "+link,
		"To retry: open the run and retry it, from the failed step with the same version, or, after publishing a mended version, from the start with that one.")
	if off {
		lines = append(lines, "To switch it on again: open "+page+" and enable it; failures are then counted from nothing.")
	} else {
		lines = append(lines, "The workflow: "+page, "This is told once; the next notice comes when it fails again after a run has succeeded.")
	}
	out := mail.Outgoing{Subject: subject, Auto: "auto-generated"}
	for _, l := range lines {
		out.Text += l + "\n\n"
		shown := html.EscapeString(l)
		for _, u := range []string{link, page} {
			shown = strings.Replace(shown, html.EscapeString(u), `<a href="`+html.EscapeString(u)+`">`+html.EscapeString(u)+`</a>`, 1)
		}
		out.HTML += "<p>" + shown + "</p>"
	}
	return out
}

func runs(streak []failing.Failure) string {
	if len(streak) == 1 {
		return "a run failed"
	}
	return fmt.Sprintf("%d runs in a row have failed", len(streak))
}
