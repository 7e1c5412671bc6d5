// Package testdesk is a desk for tests: the real store on the table of template.yaml in
// the DynamoDB stand-in, a clock that stands still unless it is moved, and the two
// services that a test must be able to make fail: Step Functions' answers and mail. It
// is imported by external tests only.
package testdesk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/deskhand/deskhand/infra/local/dynamodb"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
)

// Desk is one desk on a table of its own.
type Desk struct {
	*store.Store
	DB   *dynamodb.T
	IDs  *id.Source
	Fuse *Fuse
	mu   sync.Mutex
	time time.Time
}

// Start is when every test begins.
var Start = dynamodb.Start

const table = "Table"

// Open makes a desk with the inbox support (support@demo.test) and the group billing
// (lead@demo.test, dora@demo.test; manager boss@demo.test).
func Open(tb testing.TB) *Desk {
	tb.Helper()
	d := &Desk{DB: dynamodb.NewT(tb, spec(tb)), time: Start, Fuse: &Fuse{}}
	d.IDs = id.NewSource(d.Now)
	d.Store = store.New(d.client(), table, d.Now)
	ctx := context.Background()
	err := d.PutInbox(ctx, desk.Inbox{Slug: "support", Name: "Support", Address: "support@demo.test"})
	if err == nil {
		err = d.PutGroup(ctx, desk.Group{Slug: "billing", Name: "Billing", Members: []string{"lead@demo.test", "dora@demo.test"}, Manager: "boss@demo.test"})
	}
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// Now is the desk's time.
func (d *Desk) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.time
}

// Advance moves the desk's clock.
func (d *Desk) Advance(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.time = d.time.Add(by)
}

// NewID makes an id.
func (d *Desk) NewID(prefix string) string { return d.IDs.New(prefix) }

// Talk makes a contact, anna@example.com, with a conversation of one message.
func (d *Desk) Talk(tb testing.TB, automatic bool) (desk.Contact, desk.Conversation, desk.Message) {
	tb.Helper()
	now := d.Now()
	contact := desk.NewContact(d.NewID(id.Contact), "anna@example.com", "Anna", now)
	conv := desk.Conversation{ID: d.NewID(id.Conversation), Subject: "Money back", Status: "open", Priority: "normal", Inbox: "support",
		Tags: []string{}, ContactID: contact.ID, ContactEmail: contact.Email, CreatedAt: now}
	m := desk.Message{ID: d.NewID(id.Message), ConversationID: conv.ID, Direction: "in", From: desk.Address{Name: "Anna", Email: contact.Email},
		To: []desk.Address{{Email: "support@demo.test"}}, Subject: "Money back", At: now, Text: "I want a refund.", FullText: "I want a refund.",
		Kind: "human", IsAutomatic: automatic, Inbox: "support", Attachments: []desk.Attachment{}, MessageID: d.NewID("m") + "@example.com"}
	conv.Receive(now, []string{contact.Email})
	conv.LastMessageID = m.ID
	if err := d.Commit(context.Background(), desk.Change{Contact: &contact, Conversation: &conv, Messages: []desk.Message{m}}); err != nil {
		tb.Fatal(err)
	}
	return contact, conv, m
}

// Started records a run of a workflow as running.
func (d *Desk) Started(tb testing.TB, r run.Run) run.Run {
	tb.Helper()
	r = d.Starting(tb, r)
	out, err := d.MarkStarted(context.Background(), r.ID, run.ExecutionArn(r.VersionArn, r.ID))
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// Starting is a run that is recorded; whether it has an execution is not.
func (d *Desk) Starting(tb testing.TB, r run.Run) run.Run {
	tb.Helper()
	if r.ID == "" {
		r.ID = d.NewID(id.Run)
	}
	if r.WorkflowID == "" {
		r.WorkflowID, r.WorkflowName, r.Version = "wf_1", "Refunds", 1
	}
	if r.VersionArn == "" {
		r.VersionArn = "arn:aws:states:us-east-1:123456789012:stateMachine:deskhand-wf-wf_1:1"
	}
	if r.Trigger.EventID == "" {
		r.Trigger = run.Trigger{EventID: d.NewID(id.Event), Type: "message.received"}
	}
	r.StartedAt = d.Now()
	if _, err := d.StartRun(context.Background(), r, []byte(`{"v":1}`)); err != nil {
		tb.Fatal(err)
	}
	return r
}

// ErrGone is what Answers says of a token that nobody waits for any more.
var ErrGone = errors.New("gone")

// Answers plays Step Functions' tokens.
type Answers struct {
	Fuse *Fuse
	mu   sync.Mutex
	Got  []string // "token output"
	Fail error    // returned instead, when set
}

// Answer takes an answer.
func (a *Answers) Answer(_ context.Context, token string, output []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.Fail != nil {
		return a.Fail
	}
	return a.Fuse.call(func() { a.Got = append(a.Got, token+" "+string(output)) })
}

// Mails plays SES.
type Mails struct {
	Fuse *Fuse
	mu   sync.Mutex
	Sent []Mail
	// Fail is asked before a mail is taken; After when it was.
	Fail, After func(to string) error
}

// Mail is one that was taken.
type Mail struct {
	From string
	To   []string
	Raw  string
}

// Send takes a mail.
func (m *Mails) Send(_ context.Context, from string, to []string, raw []byte) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Fail != nil {
		if err := m.Fail(to[0]); err != nil {
			return "", err
		}
	}
	if err := m.Fuse.call(func() { m.Sent = append(m.Sent, Mail{from, to, string(raw)}) }); err != nil {
		return "", err
	}
	if m.After != nil {
		if err := m.After(to[0]); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("sent-%d@email.amazonses.com", len(m.Sent)), nil
}

// spec is the table of template.yaml.
func spec(tb testing.TB) dynamodb.TableSpec {
	tb.Helper()
	_, here, _, _ := runtime.Caller(0)
	data, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../../template.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	var t struct {
		Resources map[string]struct {
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(data, &t); err != nil {
		tb.Fatal(err)
	}
	properties := map[string]any{}
	node := t.Resources["Table"].Properties
	if err := node.Decode(&properties); err != nil {
		tb.Fatal(err)
	}
	out, err := dynamodb.FromTemplate(table, properties)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}
