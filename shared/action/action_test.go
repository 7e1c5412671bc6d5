package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// world is a desk, a run of a workflow about its conversation, and who does its actions.
type world struct {
	*testdesk.Desk
	mails   *testdesk.Mails
	answers *testdesk.Answers
	desk    *action.Desk
	actions action.Registry
	run     run.Run
	refs    action.Refs
}

func open(tb testing.TB, automatic bool) *world {
	tb.Helper()
	d := testdesk.Open(tb)
	contact, conv, msg := d.Talk(tb, automatic)
	w := &world{Desk: d, mails: &testdesk.Mails{Fuse: d.Fuse}, answers: &testdesk.Answers{Fuse: d.Fuse}}
	w.refs = action.Refs{Event: d.NewID("evt_"), Actor: contact.Email, Message: msg.ID, Conversation: conv.ID, Contact: contact.ID}
	w.run = d.Started(tb, run.Run{ConversationID: conv.ID, ContactID: contact.ID, Trigger: run.Trigger{EventID: w.refs.Event, Type: event.MessageReceived}})
	w.with(d.Store)
	return w
}

// with lets the actions work on another store.
func (w *world) with(st action.Store) {
	w.desk = &action.Desk{Store: st, Mailer: w.mails, Answerer: w.answers, NewID: w.NewID, Now: w.Now, Gone: testdesk.ErrGone, PublicURL: "https://desk.test"}
	w.actions = w.desk.Actions()
}

func (w *world) request(typ, params string) *action.Request {
	return &action.Request{V: 1, Type: typ, Node: "n1", RunID: w.run.ID, Workflow: event.WorkflowRef{ID: "wf_1", Name: "Refunds", Version: 1},
		Refs: w.refs, Params: json.RawMessage(params), Token: "token-1"}
}

func (w *world) do(tb testing.TB, r *action.Request) (map[string]any, error) {
	tb.Helper()
	resp, err := w.actions.Do(tb.Context(), r)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(resp.Result)
	if err != nil {
		tb.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		tb.Fatal(err)
	}
	return out, nil
}

func (w *world) must(tb testing.TB, r *action.Request) map[string]any {
	tb.Helper()
	out, err := w.do(tb, r)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// events counts the desk's events of a type.
func (w *world) events(tb testing.TB, typ string) int {
	tb.Helper()
	list, _, err := w.Events(tb.Context(), event.Filter{Type: typ}, desk.Page{Limit: 100})
	if err != nil {
		tb.Fatal(err)
	}
	return len(list)
}

func (w *world) conversation(tb testing.TB) *desk.Conversation {
	tb.Helper()
	c, err := w.Conversation(tb.Context(), w.refs.Conversation)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func wantName(tb testing.TB, err error, name string) {
	tb.Helper()
	if got := fault.Name(err); err == nil || got != name {
		tb.Fatalf("error is %q (%v), want %q", got, err, name)
	}
}

// dying does f with a process that dies after its first call, after its second, … until
// it lives to the end; then checks what a second try finds.
func dying(t *testing.T, try func(w *world) error, check func(t *testing.T, w *world)) {
	t.Helper()
	for n := 1; ; n++ {
		w := open(t, false)
		w.Fuse.Set(n)
		err := try(w)
		died := w.Fuse.Blown()
		w.Fuse.Set(0)
		w.with(w.Store)
		if died && err == nil {
			t.Fatalf("it died after call %d, and nobody noticed", n)
		}
		if !died && err != nil {
			t.Fatal(err)
		}
		if !t.Run(fmt.Sprintf("after call %d", n), func(t *testing.T) { check(t, w) }) || !died {
			if n < 3 {
				t.Fatalf("only %d calls", n)
			}
			return
		}
	}
}

func TestTagOnce(t *testing.T) {
	tag := func(w *world) *action.Request {
		return w.request("conversation.tag", `{"add":["refund"],"remove":"old"}`)
	}
	dying(t, func(w *world) error { _, err := w.do(t, tag(w)); return err }, func(t *testing.T, w *world) {
		want := map[string]any{"added": []any{"refund"}, "removed": []any{}, "tags": []any{"refund"}}
		for range 2 {
			if d := cmp.Diff(want, w.must(t, tag(w))); d != "" {
				t.Fatalf("(-want +got):\n%s", d)
			}
		}
		redriven := tag(w)
		redriven.Redrive = 1
		if d := cmp.Diff(want, w.must(t, redriven)); d != "" {
			t.Fatalf("redriven (-want +got):\n%s", d)
		}
		if n := w.events(t, event.ConversationTagged); n != 1 {
			t.Errorf("%d events", n)
		}
		if c := w.conversation(t); c.Revision != 2 {
			t.Errorf("changed %d times", c.Revision-1)
		}
	})
}

func TestAssign(t *testing.T) {
	for _, c := range []struct {
		params, name string
		want         map[string]any
		events       int
	}{
		{`{"group":"billing"}`, "", map[string]any{"inbox": "support", "group": "billing", "assignee": ""}, 1},
		{`{"user":"Lead@Demo.test"}`, "", map[string]any{"inbox": "support", "group": "", "assignee": "lead@demo.test"}, 1},
		{`{"inbox":"support"}`, "", map[string]any{"inbox": "support", "group": "", "assignee": ""}, 0},
		{`{"group":"nobody"}`, "no_such_group", nil, 0},
		{`{"inbox":"nowhere"}`, "no_such_inbox", nil, 0},
		{`{"user":"lead"}`, "invalid", nil, 0},
	} {
		t.Run(c.params, func(t *testing.T) {
			w := open(t, false)
			got, err := w.do(t, w.request("conversation.assign", c.params))
			if c.name != "" {
				wantName(t, err, c.name)
			} else if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if n := w.events(t, event.ConversationAssigned); n != c.events {
				t.Errorf("%d events, want %d", n, c.events)
			}
		})
	}
}

// A mail to a customer is sent once, wherever the function dies. Where nobody can know
// whether it left, the step says so, and only a person's redrive sends it (again).
func TestMailOnce(t *testing.T) {
	for _, c := range []struct{ typ, params string }{
		{"message.reply", `{"body":[{"text":"Dear "},{"value":"Anna"}]}`},
		{"message.send", `{"to":["bert@example.com"],"subject":"News","body":[{"text":"Hello"}]}`},
	} {
		t.Run(c.typ, func(t *testing.T) {
			unknown := 0
			dying(t, func(w *world) error { _, err := w.do(t, w.request(c.typ, c.params)); return err }, func(t *testing.T, w *world) {
				before := len(w.mails.Sent)
				got, err := w.do(t, w.request(c.typ, c.params))
				if err != nil {
					wantName(t, err, "send_unknown")
					if len(w.mails.Sent) != before {
						t.Fatal("it was sent although nobody knew")
					}
					unknown++
					r := w.request(c.typ, c.params)
					r.Redrive = 1
					got = w.must(t, r)
				} else if len(w.mails.Sent) != 1 {
					t.Fatalf("sent %d times", len(w.mails.Sent))
				}
				if got["sent"] != true {
					t.Errorf("result %v", got)
				}
				sent := len(w.mails.Sent)
				again := w.request(c.typ, c.params)
				again.Redrive = 2
				if w.must(t, again); len(w.mails.Sent) != sent {
					t.Error("a later redrive sent it again")
				}
				if n := w.events(t, event.MessageSent); n != 1 {
					t.Errorf("%d events", n)
				}
				if c := w.conversation(t); c.MessageCount != 2 {
					t.Errorf("%d messages", c.MessageCount)
				}
			})
			if unknown == 0 {
				t.Error("no crash left it open")
			}
		})
	}
}

// A notice may come twice, and comes.
func TestNotifyAtLeastOnce(t *testing.T) {
	params := `{"to":{"group":"billing"},"subject":"Look","body":[{"text":"at this"}]}`
	dying(t, func(w *world) error { _, err := w.do(t, w.request("notify", params)); return err }, func(t *testing.T, w *world) {
		got := w.must(t, w.request("notify", params))
		if d := cmp.Diff([]any{"lead@demo.test", "dora@demo.test"}, got["to"]); d != "" {
			t.Errorf("to (-want +got):\n%s", d)
		}
		if n := len(w.mails.Sent); n < 1 || n > 2 {
			t.Errorf("sent %d times", n)
		}
	})
}

// A group of more people than one mail may have gets several.
func TestNotifyMany(t *testing.T) {
	w := open(t, false)
	var members []string
	for i := range 120 {
		members = append(members, fmt.Sprintf("p%d@demo.test", i))
	}
	if err := w.PutGroup(t.Context(), desk.Group{Slug: "all", Name: "All", Members: members}); err != nil {
		t.Fatal(err)
	}
	r := w.request("notify", `{"to":{"group":"all"},"subject":"Look","body":[{"text":"at this"}]}`)
	got := w.must(t, r)
	if n := len(got["to"].([]any)); n != 120 {
		t.Errorf("the result names %d", n)
	}
	w.must(t, r)
	var to []string
	for _, m := range w.mails.Sent {
		to = append(to, m.To...)
	}
	slices.Sort(to)
	slices.Sort(members)
	if d := cmp.Diff(members, to); d != "" || len(w.mails.Sent) != 3 {
		t.Errorf("%d mails (-want +got):\n%s", len(w.mails.Sent), d)
	}
}

func TestRefusedMail(t *testing.T) {
	w := open(t, false)
	reply := w.request("message.reply", `{"body":[{"text":"Dear Anna"}]}`)
	for _, c := range []struct {
		name string
		err  error
	}{
		{"mail_refused", fault.Named(fault.Unprocessable, "mail_refused", "no")},
		{"unavailable", fault.New(fault.Unavailable, "busy")},
	} {
		w.mails.Fail = func(string) error { return c.err }
		_, err := w.do(t, reply)
		wantName(t, err, c.name)
	}
	w.mails.Fail = nil
	if w.must(t, reply); len(w.mails.Sent) != 1 {
		t.Errorf("after a refusal it was sent %d times", len(w.mails.Sent))
	}
}

func TestBrokenConnection(t *testing.T) {
	w := open(t, false)
	w.mails.After = func(string) error { return fmt.Errorf("%w: reset", action.ErrUnknown) }
	reply := w.request("message.reply", `{"body":[{"text":"Dear Anna"}]}`)
	for range 2 {
		_, err := w.do(t, reply)
		wantName(t, err, "send_unknown")
	}
	notice := w.request("notify", `{"to":{"email":"x@demo.test"},"subject":"s","body":[{"text":"b"}]}`)
	notice.Node = "n2"
	_, err := w.do(t, notice)
	wantName(t, err, "unavailable")
	w.mails.After = nil
	if w.must(t, notice)["sent"] != true || len(w.mails.Sent) != 3 {
		t.Errorf("%d mails", len(w.mails.Sent))
	}
}

// What cannot be recorded was sent all the same: no retry sends it again.
func TestSentAndErased(t *testing.T) {
	w := open(t, false)
	w.with(&erasing{Store: w.Store, w: w})
	got := w.must(t, w.request("message.reply", `{"body":[{"text":"Dear Anna"}]}`))
	if got["sent"] != true || len(w.mails.Sent) != 1 {
		t.Fatalf("%v, %d mails", got, len(w.mails.Sent))
	}
	w.with(w.Store)
	r := w.request("message.send", `{"to":["x@example.com"],"subject":"s","body":[{"text":"b"}]}`)
	if again := w.must(t, r); again["sent"] != true || len(w.mails.Sent) != 1 {
		t.Errorf("%v, %d mails", again, len(w.mails.Sent))
	}
}

// erasing loses the conversation as soon as a mail was sent.
type erasing struct {
	action.Store
	w *world
}

func (e *erasing) Conversation(ctx context.Context, id string) (*desk.Conversation, error) {
	if len(e.w.mails.Sent) > 0 {
		return nil, fault.New(fault.NotFound, "erased")
	}
	return e.Store.Conversation(ctx, id)
}

func TestSuppressed(t *testing.T) {
	sent := func(to ...string) string { return "sent " + strings.Join(to, " ") }
	for _, c := range []struct {
		name, typ, params string
		automatic         bool
		want              string
	}{
		{"answer", "message.reply", `{"body":[{"text":"b"}]}`, false, sent("anna@example.com")},
		{"answer to automatic mail", "message.reply", `{"body":[{"text":"b"}]}`, true, "automatic"},
		{"answer with copies, not to ourselves", "message.reply", `{"body":[{"text":"b"}],"cc":["x@example.com","support@demo.test"]}`, false, sent("anna@example.com", "x@example.com")},
		{"mail to who wrote automatically", "message.send", `{"to":["Anna@Example.com"],"subject":"s","body":[{"text":"b"}]}`, true, "automatic"},
		{"mail to somebody else about it", "message.send", `{"to":["bert@example.com"],"subject":"s","body":[{"text":"b"}]}`, true, sent("bert@example.com")},
		{"mail to ourselves", "message.send", `{"to":["support@demo.test"],"subject":"s","body":[{"text":"b"}]}`, false, "own_mail"},
		{"mail to several, one of them ourselves", "message.send", `{"to":"support@demo.test, bert@example.com","subject":"s","body":[{"text":"b"}]}`, false, sent("bert@example.com")},
		{"a notice to who wrote automatically", "notify", `{"to":{"email":"anna@example.com"},"subject":"s","body":[{"text":"b"}]}`, true, "automatic"},
		{"a notice to who wrote", "notify", `{"to":{"email":"anna@example.com"},"subject":"s","body":[{"text":"b"}]}`, false, sent("anna@example.com")},
		{"notices are for the team", "notify", `{"to":{"managerOf":"billing"},"subject":"s","body":[{"text":"b"}]}`, true, sent("boss@demo.test")},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, c.automatic)
			got := w.must(t, w.request(c.typ, c.params))
			out := fmt.Sprint(got["suppressed"])
			if got["sent"] == true {
				out = sent(w.mails.Sent[0].To...)
			} else if len(w.mails.Sent) != 0 {
				t.Error("sent all the same")
			}
			if out != c.want {
				t.Errorf("%s, want %s", out, c.want)
			}
		})
	}
}

// Nothing goes out because of mail whose sender is a spammer or may be forged; the team is
// told of it all the same, and DMARC alone, without the domain's wish, holds nothing back.
func TestDoubtfulMail(t *testing.T) {
	const reply, elsewhere, notice = `{"body":[{"text":"b"}]}`, `{"to":["bert@example.com"],"subject":"s","body":[{"text":"b"}]}`, `{"to":{"managerOf":"billing"},"subject":"s","body":[{"text":"b"}]}`
	for _, c := range []struct {
		name                string
		spam, dmarc, policy string
		reply, elsewhere    string // suppressed as, "" is sent
	}{
		{"clean", "pass", "pass", "", "", ""},
		{"nobody knows", "unknown", "unknown", "", "", ""},
		{"perhaps", "gray", "gray", "none", "", ""},
		{"spam", "fail", "pass", "", "spam", "spam"},
		{"forged, and to be refused", "pass", "fail", "reject", "dmarc", "dmarc"},
		{"forged, and to be set aside", "pass", "fail", "quarantine", "dmarc", "dmarc"},
		{"not aligned", "pass", "fail", "none", "", ""},
		{"a policy that was met", "pass", "pass", "reject", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, step := range []struct{ typ, params, want string }{{"message.reply", reply, c.reply}, {"message.send", elsewhere, c.elsewhere}, {"notify", notice, ""}} {
				w := open(t, false)
				m := desk.Message{ID: w.NewID("msg_"), ConversationID: w.refs.Conversation, Direction: "in", From: desk.Address{Email: "anna@example.com"}, At: w.Now(), Kind: "human",
					Spam: c.spam, DMARC: c.dmarc, DMARCPolicy: c.policy, MessageID: "second@example.com"}
				conv, err := w.Conversation(t.Context(), w.refs.Conversation)
				if err == nil {
					err = w.Commit(t.Context(), desk.Change{Conversation: conv, Messages: []desk.Message{m}})
				}
				if err != nil {
					t.Fatal(err)
				}
				r := w.request(step.typ, step.params)
				r.Refs.Message = m.ID
				got := w.must(t, r)
				if got["sent"] != (step.want == "") || step.want != "" && got["suppressed"] != step.want || len(w.mails.Sent) > 0 != (step.want == "") {
					t.Errorf("%s gave %v, %d sent; want suppressed %q", step.typ, got, len(w.mails.Sent), step.want)
				}
			}
		})
	}
}

func TestMailErrors(t *testing.T) {
	for _, c := range []struct{ typ, params, name string }{
		{"message.send", `{"to":[],"subject":"s","body":[{"text":"b"}]}`, "no_recipient"},
		{"message.send", `{"to":["nobody"],"subject":"s","body":[{"text":"b"}]}`, "bad_address"},
		{"message.send", `{"to":["a@example.com"],"subject":"s","body":[]}`, "invalid"},
		{"message.reply", `{"body":[{"text":"b"}],"cc":["x"]}`, "bad_address"},
		{"notify", `{"to":{"group":"nobody"},"subject":"s","body":[{"text":"b"}]}`, "no_such_group"},
		{"notify", `{"to":{"email":"x"},"subject":"s","body":[{"text":"b"}]}`, "bad_address"},
		{"notify", `[]`, "invalid"},
		{"message.fax", `{}`, "unknown_action"},
	} {
		w := open(t, false)
		_, err := w.do(t, w.request(c.typ, c.params))
		if got := fault.Name(err); got != c.name || len(w.mails.Sent) > 0 {
			t.Errorf("%s %s: %q (%v), want %q", c.typ, c.params, got, err, c.name)
		}
		if errors.Is(err, testdesk.ErrCrash) {
			t.Error("crashed")
		}
	}
}

// A state says of which version its call is: what the compiler writes is done, as is a
// call without, and one of a newer release is refused with what to do.
func TestVersionOfCalls(t *testing.T) {
	def, problems := workflow.Parse([]byte(`{"trigger":{"type":"manual"},"nodes":[{"id":"t","type":"ticket.create","params":{"subject":"x"}}],"edges":[{"from":"trigger","to":"t"}]}`))
	m, _, err := compile.Machine(def, compile.Options{WorkflowID: "wf_1", Name: "x", Version: 1, ActARN: "a", ReachARN: "r"})
	if len(problems) > 0 || err != nil {
		t.Fatal(problems, err)
	}
	payload := m.States["t"].Arguments.(map[string]any)["Payload"].(map[string]any)
	if payload["v"] != action.Version {
		t.Errorf("the compiler writes version %v, and version %d is done", payload["v"], action.Version)
	}
	for v := 0; v <= action.Version; v++ {
		w := open(t, false)
		r := w.request("conversation.tag", `{"add":["x"]}`)
		r.V = v
		w.must(t, r)
	}
	w := open(t, false)
	r := w.request("conversation.tag", `{"add":["x"]}`)
	r.V = action.Version + 1
	if _, err := w.do(t, r); fault.Name(err) != "newer_request" || !strings.Contains(fault.Message(err), "deploy that release again") {
		t.Error(err)
	}
	if c, err := w.Conversation(t.Context(), w.refs.Conversation); err != nil || len(c.Tags) != 0 {
		t.Errorf("%v, %v", c, err)
	}
}

func TestReplyThreads(t *testing.T) {
	w := open(t, false)
	w.must(t, w.request("message.reply", `{"body":[{"text":"Dear "},{"value":"<Anna>"}]}`))
	m, err := w.Message(t.Context(), w.refs.Conversation, w.refs.Message)
	if err != nil {
		t.Fatal(err)
	}
	raw := w.mails.Sent[0].Raw
	for _, want := range []string{`From: "Support" <support@demo.test>`, `To: "Anna" <anna@example.com>`, "Subject: Re: Money back", "In-Reply-To: <" + m.MessageID + ">",
		"References: <" + m.MessageID + ">", `Reply-To: "Support" <support+`, "Auto-Submitted: auto-replied", "&lt;Anna&gt;"} {
		if !strings.Contains(strings.ReplaceAll(raw, "\r\n ", " "), want) {
			t.Errorf("no %q in\n%s", want, raw)
		}
	}
	list, err := w.Messages(t.Context(), w.refs.Conversation)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d messages, %v", len(list), err)
	}
	out := list[slices.IndexFunc(list, func(m desk.Message) bool { return m.Direction == "out" })]
	if out.Text != "Dear <Anna>" || out.MessageID != "sent-1@email.amazonses.com" || out.RunID != w.run.ID || out.Node != "n1" {
		t.Errorf("%+v", out)
	}
}
