package e2e_test

import (
	"encoding/json"
	"net/url"
	"time"
)

// What REST answers, with the names of the contract.
type (
	page[T any] struct {
		Items      []T
		NextCursor string
	}
	runRead struct {
		ID, WorkflowID, Status, Reason, Error, ExecutionArn, StateMachineVersionArn, ConversationID string
		Version                                                                                     int
		StartedAt                                                                                   time.Time
		EndedAt, PausedUntil                                                                        *time.Time
		DurationMs                                                                                  int64
		Trigger                                                                                     struct{ EventID, Type string }
		WaitingFor                                                                                  *struct {
			ApprovalID, Node string
			Approvers        []string
		}
		Steps        []stepRead
		StepsExpired bool
	}
	stepRead struct {
		NodeID, Name, Type, Status string
		StartedAt                  time.Time
		EndedAt                    *time.Time
		DurationMs                 *int64
		Attempts                   int
		Input, Output              json.RawMessage
		Error                      *struct{ Code, Message string }
	}
	eventRead struct {
		ID, Type, Actor string
		Time            time.Time
		Subject         struct{ MessageID, ConversationID, ContactID, TicketID string }
		Matches         []matchRead
	}
	matchRead struct {
		WorkflowID, Reason, Detail, RunID string
		Version                           int
		Matched                           bool
		Failed                            *struct {
			Field, Op     string
			Value, Actual any
		}
	}
	conversationRead struct {
		ID, Subject, Status, Inbox, Group, Assignee, ContactID, ContactEmail string
		Tags                                                                 []string
		MessageCount                                                         int
		Messages                                                             []messageRead
		Timeline                                                             []struct{ RunID, Actor, What string }
	}
	messageRead struct {
		ID, Direction, From, FromName, Subject, Text, FullText, HTML, Kind, RunID string
		To, Cc                                                                    []string
		IsAutomatic                                                               bool
		Attachments                                                               []struct {
			ID, Name, Type string
			Size           int64
		}
	}
	approvalRead struct {
		ID, RunID, Status, Draft, Text, DecidedBy, Comment string
		Approvers                                          []string
		Edited                                             bool
		Votes                                              []struct{ By, Decision, Text, Via string }
		ExpiresAt                                          time.Time
	}
	mailRead struct {
		ID, From, Subject, Text, HTML string
		At                            time.Time
		To                            []string
		Headers                       map[string]string
	}
)

// all reads a list to its end, two at a time, so that cursors are used.
func all[T any](d *desk, path string, query url.Values) []T {
	d.t.Helper()
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", "20")
	var out []T
	for {
		var p page[T]
		d.admin().get(path+"?"+query.Encode()).is(d.t, 200).into(d.t, &p)
		out = append(out, p.Items...)
		if p.NextCursor == "" {
			return out
		}
		query.Set("cursor", p.NextCursor)
	}
}

func (d *desk) run(id string) (r runRead) {
	d.t.Helper()
	d.admin().get("/v1/runs/"+id).is(d.t, 200).into(d.t, &r)
	return r
}

func (d *desk) runs(workflow string) []runRead {
	d.t.Helper()
	return all[runRead](d, "/v1/workflows/"+workflow+"/runs", nil)
}

// oneRun waits until the workflow has exactly one run in a status, and reads it whole.
func (d *desk) oneRun(workflow, status string) runRead {
	d.t.Helper()
	var last []runRead
	d.untilf("a run of "+workflow+" that is "+status, func() bool {
		last = d.runs(workflow)
		return len(last) > 0 && last[0].Status == status
	}, func() any { return last })
	if len(last) != 1 {
		d.t.Fatalf("%d runs, want one: %+v", len(last), last)
	}
	return d.run(last[0].ID)
}

// untilf is until with something to show when it fails.
func (d *desk) untilf(what string, holds func() bool, state func() any) {
	d.t.Helper()
	met := false
	defer func() {
		if !met {
			text, _ := json.MarshalIndent(state(), "", " ")
			d.t.Logf("last seen: %s", text)
		}
	}()
	d.until(what, holds)
	met = true
}

// runAt waits until a run is in a status.
func (d *desk) runAt(id, status string) runRead {
	d.t.Helper()
	var r runRead
	d.untilf("run "+id+" "+status, func() bool { r = d.run(id); return r.Status == status }, func() any { return r })
	return r
}

func (d *desk) event(id string) (e eventRead) {
	d.t.Helper()
	d.admin().get("/v1/events/"+id).is(d.t, 200).into(d.t, &e)
	return e
}

func (d *desk) conversation(id string) (c conversationRead) {
	d.t.Helper()
	d.admin().get("/v1/conversations/"+id).is(d.t, 200).into(d.t, &c)
	return c
}

// conversations with somebody, newest first, whole.
func (d *desk) conversations(contact string) []conversationRead {
	d.t.Helper()
	var out []conversationRead
	for _, c := range all[conversationRead](d, "/v1/conversations", url.Values{"contact": {contact}}) {
		out = append(out, d.conversation(c.ID))
	}
	return out
}

// conversationWith is the only one with somebody.
func (d *desk) conversationWith(contact string) conversationRead {
	d.t.Helper()
	list := d.conversations(contact)
	if len(list) != 1 {
		d.t.Fatalf("%d conversations with %s, want one: %+v", len(list), contact, list)
	}
	return list[0]
}

// verdict of one workflow on an event.
func (d *desk) verdict(eventID, workflow string) matchRead {
	d.t.Helper()
	e := d.event(eventID)
	for _, m := range e.Matches {
		if m.WorkflowID == workflow {
			return m
		}
	}
	d.t.Fatalf("event %s has no verdict of workflow %s: %+v", eventID, workflow, e.Matches)
	return matchRead{}
}

// eventOf is the newest event of a type about a conversation.
func (d *desk) eventOf(typ, conversation string) eventRead {
	d.t.Helper()
	for _, e := range all[eventRead](d, "/v1/events", url.Values{"type": {typ}}) {
		if e.Subject.ConversationID == conversation {
			return d.event(e.ID)
		}
	}
	d.t.Fatalf("no event %s about %s", typ, conversation)
	return eventRead{}
}

// sent is what the mailbox has for somebody, newest first.
func (d *desk) sent(to string) (out []mailRead) {
	d.t.Helper()
	d.anybody().get("/local/mail?to="+url.QueryEscape(to)).is(d.t, 200).into(d.t, &out)
	return out
}

// oneSent waits for the only mail to somebody.
func (d *desk) oneSent(to string) mailRead {
	d.t.Helper()
	var out []mailRead
	d.until("a mail to "+to, func() bool { out = d.sent(to); return len(out) > 0 })
	if len(out) != 1 {
		d.t.Fatalf("%d mails to %s, want one: %+v", len(out), to, out)
	}
	return out[0]
}
