package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
	"github.com/deskhand/deskhand/shared/workflow"
)

var errDead = errors.New("the process is dead")

// life is one process of dispatch: it counts what it calls outside of itself, and dies
// before or after one of these calls. Nothing that it calls after that has any effect.
type life struct {
	calls []string
	dies  int // at this call, from 1; 0 lives on
	after bool
	dead  bool
}

func (l *life) call(what string, do func() error) error {
	if l.dead {
		return errDead
	}
	l.calls = append(l.calls, what)
	if len(l.calls) == l.dies {
		l.dead = true
		if l.after {
			_ = do()
		}
		return errDead
	}
	return do()
}

// account is what outlives the processes: the table, and Step Functions.
type account struct {
	*testdesk.Desk
	mu         sync.Mutex
	executions map[string]string   // name → version ARN
	answers    map[string][]string // token → outputs, also refused ones
}

// dispatcher of a new process.
func (a *account) process(l *life) *dispatcher {
	client := sdk.New(a.DB.Client.Options(), func(o *sdk.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Initialize.Add(middleware.InitializeMiddlewareFunc("life", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, meta middleware.Metadata, err error) {
				err = l.call(strings.TrimPrefix(fmt.Sprintf("%T", in.Parameters), "*dynamodb."), func() (err error) {
					out, meta, err = next.HandleInitialize(ctx, in)
					return err
				})
				return out, meta, err
			}), middleware.Before)
		})
	})
	st := store.New(client, "Table", a.Now)
	sfn := stepFunctions{a, l}
	return &dispatcher{store: st, answer: sfn, gone: testdesk.ErrGone, now: a.Now, launcher: &launch.Launcher{Store: st, Engine: sfn, NewID: a.NewID, Now: a.Now}}
}

// stepFunctions is the engine as one process reaches it. The names of executions and the
// tokens are used once, as Step Functions has it.
type stepFunctions struct {
	a *account
	l *life
}

func (s stepFunctions) Start(_ context.Context, versionArn, runID string, input []byte) (arn string, err error) {
	arn = "arn:aws:states:us-east-1:123456789012:execution:m:" + runID
	return arn, s.l.call("StartExecution", func() error {
		if !json.Valid(input) {
			return errors.New("the input is not JSON")
		}
		s.a.mu.Lock()
		defer s.a.mu.Unlock()
		s.a.executions[runID] = versionArn
		return nil
	})
}

func (s stepFunctions) Answer(_ context.Context, token string, output []byte) error {
	return s.l.call("SendTaskSuccess", func() error {
		s.a.mu.Lock()
		defer s.a.mu.Unlock()
		first := len(s.a.answers[token]) == 0
		s.a.answers[token] = append(s.a.answers[token], string(output))
		if !first {
			return testdesk.ErrGone
		}
		return nil
	})
}

const (
	versionOf = "arn:aws:states:us-east-1:123456789012:stateMachine:deskhand-wf-%s:%d"
	matching  = `{"all":[{"field":"message.text","op":"contains","value":["refund"]}]}`
	failing   = `{"all":[{"field":"message.text","op":"contains","value":["hello"]}]}`
)

func definition(conditions string) json.RawMessage {
	return json.RawMessage(`{"trigger":{"type":"message.received","conditions":` + conditions + `},"nodes":[],"edges":[]}`)
}

// published makes a version and activates it.
func (a *account) published(t *testing.T, wf, conditions string) {
	t.Helper()
	ctx := t.Context()
	def := definition(conditions)
	v, err := a.ReserveVersion(ctx, wf, workflow.Version{PublishedAt: a.Now(), TriggerType: "message.received"}, def)
	if err == nil {
		v, err = a.FinishVersion(ctx, wf, v.N, fmt.Sprintf(versionOf, wf, v.N), []byte("{}"), []byte("{}"))
	}
	if err == nil {
		_, err = a.Activate(ctx, wf, v.N, workflow.Route{WorkflowID: wf, Version: v.N, VersionArn: v.VersionArn,
			Trigger: json.RawMessage(`{"type":"message.received","conditions":` + conditions + `}`)})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (a *account) workflow(t *testing.T, name, conditions string, enabled bool) string {
	t.Helper()
	h, err := a.CreateWorkflow(t.Context(), workflow.Head{ID: a.NewID(id.Workflow), Name: name, CreatedAt: a.Now(), UpdatedAt: a.Now()}, definition(conditions))
	if err != nil {
		t.Fatal(err)
	}
	a.published(t, h.ID, conditions)
	if _, err := a.SetEnabled(t.Context(), h.ID, enabled); err != nil {
		t.Fatal(err)
	}
	return h.ID
}

// scene is a desk with a message that has come in: one workflow that it starts, one that
// it does not, one that is disabled, and a run whose wait it ends.
type scene struct {
	*account
	hit, miss, off string
	event          string
	waiting        run.Run
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{account: &account{Desk: testdesk.Open(t), executions: map[string]string{}, answers: map[string][]string{}}}
	s.hit, s.miss, s.off = s.workflow(t, "hit", matching, true), s.workflow(t, "miss", failing, true), s.workflow(t, "off", matching, false)
	contact, conv, m := s.Talk(t, false)
	s.waiting = s.Started(t, run.Run{ConversationID: conv.ID})
	if _, err := s.PutWait(t.Context(), run.Wait{RunID: s.waiting.ID, Node: "pause", WorkflowID: s.waiting.WorkflowID, Token: "token-1", Until: s.Now().Add(24 * time.Hour),
		CancelOn: json.RawMessage(`[{"type":"message.received"}]`), Entities: []string{conv.ID}}); err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Second)
	s.event = s.NewID(id.Event)
	c, err := s.Conversation(t.Context(), conv.ID)
	if err != nil {
		t.Fatal(err)
	}
	now, err := s.Contact(t.Context(), contact.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), desk.Change{AlsoConversation: c, AlsoContact: now, Events: []event.Event{{ID: s.event, Type: event.MessageReceived, Time: s.Now(), Actor: contact.Email,
		Subject: event.Subject{MessageID: m.ID, ConversationID: conv.ID, ContactID: contact.ID}}}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// deliver brings the event from the queue to a new process.
func (s *scene) deliver(t *testing.T, l *life) error {
	t.Helper()
	return s.process(l).dispatch(t.Context(), fmt.Appendf(nil, `{"id":"e-1","source":"deskhand","detail-type":"message.received","time":"2026-01-05T09:00:01Z","detail":{"id":%q,"type":"message.received"}}`, s.event))
}

// check demands one run, one execution, the cancelled wait, and a true match record.
func (s *scene) check(t *testing.T) {
	t.Helper()
	runs, _, err := s.Runs(t.Context(), store.RunFilter{}, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	runs = slices.DeleteFunc(runs, func(r run.Run) bool { return r.ID == s.waiting.ID })
	if len(runs) != 1 {
		t.Fatalf("%d runs, want one: %+v", len(runs), runs)
	}
	r := runs[0]
	if r.WorkflowID != s.hit || r.Version != 1 || r.Status != run.Running || r.Trigger.EventID != s.event || r.ExecutionArn == "" {
		t.Errorf("run %+v", r)
	}
	if diff := cmp.Diff(map[string]string{r.ID: fmt.Sprintf(versionOf, s.hit, 1)}, s.executions); diff != "" {
		t.Errorf("executions (-want +got):\n%s", diff)
	}
	if got := slices.Collect(maps.Keys(s.answers)); !slices.Equal(got, []string{"token-1"}) || !strings.Contains(s.answers["token-1"][0], "cancelled") {
		t.Errorf("answers %v", s.answers)
	}
	e, err := s.Event(t.Context(), s.event)
	if err != nil {
		t.Fatal(err)
	}
	type verdict struct {
		Matched        bool
		Reason, RunID  string
		Version        int
		FailedOnActual any
	}
	got := map[string]verdict{}
	for _, m := range e.Matches {
		v := verdict{Matched: m.Matched, Reason: m.Reason, RunID: m.RunID, Version: m.Version}
		if m.Failed != nil {
			v.FailedOnActual = m.Failed.Actual
		}
		got[m.WorkflowID] = v
	}
	if diff := cmp.Diff(map[string]verdict{
		s.hit:  {Matched: true, Reason: "matched", RunID: r.ID, Version: 1},
		s.miss: {Reason: "conditions", Version: 1, FailedOnActual: "I want a refund."},
		s.off:  {Reason: "disabled", Version: 1},
	}, got); diff != "" || !e.Dispatched {
		t.Errorf("match record, dispatched %v (-want +got):\n%s", e.Dispatched, diff)
	}
}

// writes are the calls that change something.
var writes = []string{"PutItemInput", "UpdateItemInput", "TransactWriteItemsInput", "StartExecution", "SendTaskSuccess"}

// every calls f for a crash before and after each call that dispatching the event makes,
// or only after each one that changes something.
func every(t *testing.T, onlyWrites bool, f func(t *testing.T, s *scene, first *life)) {
	whole := &life{}
	s := newScene(t)
	if err := s.deliver(t, whole); err != nil {
		t.Fatal(err)
	}
	s.check(t)
	if len(whole.calls) < 6 || !slices.Contains(whole.calls, "StartExecution") || !slices.Contains(whole.calls, "SendTaskSuccess") {
		t.Fatalf("dispatch made the calls %q", whole.calls)
	}
	for i, what := range whole.calls {
		for _, after := range []bool{false, true} {
			if onlyWrites && (!after || !slices.Contains(writes, what)) {
				continue
			}
			when := map[bool]string{false: "before", true: "after"}[after]
			t.Run(fmt.Sprintf("%s %d %s", when, i+1, strings.TrimSuffix(what, "Input")), func(t *testing.T) {
				s, first := newScene(t), &life{dies: i + 1, after: after}
				if err := s.deliver(t, first); err == nil || !first.dead {
					t.Fatalf("the process did not die at call %d of %q: %v", i+1, first.calls, err)
				}
				f(t, s, first)
			})
		}
	}
}

func TestCrashBetweenAnyTwoCalls(t *testing.T) {
	every(t, false, func(t *testing.T, s *scene, _ *life) {
		for range 3 { // what comes after a success changes nothing
			if err := s.deliver(t, &life{}); err != nil {
				t.Fatal(err)
			}
			s.check(t)
		}
	})
}

// Every process but the last dies, each one call later in its own work.
func TestCrashAgainAndAgain(t *testing.T) {
	for _, after := range []bool{false, true} {
		s := newScene(t)
		for dies := 1; ; dies++ {
			l := &life{dies: dies, after: after}
			if err := s.deliver(t, l); err == nil {
				if l.dead {
					t.Fatalf("a process died at call %d and said nothing", dies)
				}
				break
			}
			if dies > 100 {
				t.Fatal("it never comes to an end")
			}
		}
		s.check(t)
	}
}

func TestFiveDeliveriesAtOnce(t *testing.T) {
	s := newScene(t)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			var err error
			for range 10 { // as the queue does
				if err = s.deliver(t, &life{}); err == nil {
					return
				}
			}
			t.Error(err)
		})
	}
	all.Wait()
	s.check(t)
}

// What changes between the crash and the next delivery does not make a second run, nor a
// match record that denies the run there is.
func TestChangedBetweenCrashAndDelivery(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, s *scene){
		"disabled": func(t *testing.T, s *scene) {
			if _, err := s.SetEnabled(t.Context(), s.hit, false); err != nil {
				t.Fatal(err)
			}
		},
		"another version":   func(t *testing.T, s *scene) { s.published(t, s.hit, matching) },
		"another condition": func(t *testing.T, s *scene) { s.published(t, s.hit, failing) },
		"automation is off": func(t *testing.T, s *scene) {
			settings, err := s.Settings(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			settings.Automation = "off"
			if err := s.PutSettings(t.Context(), settings); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			every(t, true, func(t *testing.T, s *scene, _ *life) {
				change(t, s)
				if err := s.deliver(t, &life{}); err != nil {
					t.Fatal(err)
				}
				runs, _, err := s.Runs(t.Context(), store.RunFilter{Workflow: s.hit}, store.Page{})
				if err != nil {
					t.Fatal(err)
				}
				e, err := s.Event(t.Context(), s.event)
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(e.Matches, func(m event.Match) bool { return m.WorkflowID == s.hit })
				if i < 0 || len(runs) > 1 || len(s.executions) > len(runs) {
					t.Fatalf("%d runs, %d executions, verdicts %+v", len(runs), len(s.executions), e.Matches)
				}
				m := e.Matches[i]
				switch {
				case len(runs) == 0 && (m.Matched || m.RunID != ""):
					t.Errorf("there is no run, and the record says %+v", m)
				case len(runs) == 1 && (!m.Matched || m.RunID != runs[0].ID || m.Version != runs[0].Version):
					t.Errorf("there is run %s of version %d, and the record says %+v", runs[0].ID, runs[0].Version, m)
				case len(runs) == 1 && runs[0].Status != run.Running:
					t.Errorf("the run is %s", runs[0].Status)
				}
			})
		})
	}
}
