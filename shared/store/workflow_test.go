package store_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/workflow"
)

func definition(trigger, text string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"trigger":{"type":%q},"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":[%q]}}],"edges":[{"from":"trigger","to":"tag"}]}`, trigger, text))
}

func (w *world) published(tb testing.TB, wf string, def json.RawMessage) workflow.Version {
	tb.Helper()
	v := must[workflow.Version](tb)(w.ReserveVersion(w.ctx, wf, workflow.Version{Note: "n", PublishedBy: "ed@demo.test", PublishedAt: w.now()}, def))
	arn := fmt.Sprintf("arn:aws:states:eu-west-1:1:stateMachine:s-wf-x:%d", v.N)
	return must[workflow.Version](tb)(w.FinishVersion(w.ctx, wf, v.N, arn, []byte(`{"States":{}}`), []byte(`{"Tag":"tag"}`)))
}

func TestWorkflow(t *testing.T) {
	w := open(t)
	wf := w.ids.New(id.Workflow)
	first := definition("message.received", "a")
	h := must[workflow.Head](t)(w.CreateWorkflow(w.ctx, workflow.Head{ID: wf, Name: "Refunds"}, first))
	same(t, "head", must[workflow.Head](t)(w.Workflow(w.ctx, wf)), h)
	same(t, "shown", []any{h.TriggerType, h.DraftRevision, h.HasUnpublishedChanges(), h.Enabled}, []any{"message.received", 1, true, false})
	_, err := w.CreateWorkflow(w.ctx, workflow.Head{ID: wf}, first)
	wantCode(t, err, fault.Conflict)
	_, err = w.CreateWorkflow(w.ctx, workflow.Head{ID: "wf_2"}, json.RawMessage(`{"trigger"`))
	wantCode(t, err, fault.Invalid)

	t.Run("draft", func(t *testing.T) {
		d := must[workflow.Draft](t)(w.Draft(w.ctx, wf))
		same(t, "draft", d, workflow.Draft{Definition: first, Revision: 1})
		second := definition("message.received", strings.Repeat("long ", 10000))
		d = must[workflow.Draft](t)(w.SaveDraft(w.ctx, wf, second, 1))
		same(t, "saved", must[workflow.Draft](t)(w.Draft(w.ctx, wf)), d)
		_, err := w.SaveDraft(w.ctx, wf, first, 1)
		wantCode(t, err, fault.Stale)
		_, err = w.SaveDraft(w.ctx, "wf_none", first, 1)
		wantCode(t, err, fault.NotFound)
	})

	t.Run("enable needs a version", func(t *testing.T) {
		_, err := w.SetEnabled(w.ctx, wf, true)
		wantCode(t, err, fault.Conflict)
	})

	t.Run("publish", func(t *testing.T) {
		def := must[workflow.Draft](t)(w.Draft(w.ctx, wf)).Definition
		broken := must[workflow.Version](t)(w.ReserveVersion(w.ctx, wf, workflow.Version{PublishedBy: "ed@demo.test"}, def))
		same(t, "reserved", []any{broken.N, broken.Status, broken.TriggerType}, []any{1, workflow.Publishing, "message.received"})
		_, err := w.Activate(w.ctx, wf, 1, workflow.Route{})
		wantCode(t, err, fault.Conflict)
		_, _, err = w.VersionASL(w.ctx, wf, 1)
		wantCode(t, err, fault.NotFound)
		same(t, "still unpublished", must[workflow.Head](t)(w.Workflow(w.ctx, wf)).HasUnpublishedChanges(), true)

		v := w.published(t, wf, def)
		same(t, "published", []any{v.N, v.Status}, []any{2, workflow.Published})
		h := must[workflow.Head](t)(w.Workflow(w.ctx, wf))
		same(t, "head", []any{h.HasUnpublishedChanges(), h.LatestVersion, h.ActiveVersion, h.StateMachineArn}, []any{false, 2, 0, "arn:aws:states:eu-west-1:1:stateMachine:s-wf-x"})
		same(t, "definition", must[json.RawMessage](t)(w.VersionDefinition(w.ctx, wf, 2)), def)
		asl, m, err := w.VersionASL(w.ctx, wf, 2)
		ok(t, err)
		same(t, "asl", []string{string(asl), string(m)}, []string{`{"States":{}}`, `{"Tag":"tag"}`})
		same(t, "finish again", must[workflow.Version](t)(w.FinishVersion(w.ctx, wf, 2, v.VersionArn, nil, nil)), v)
		_, err = w.FinishVersion(w.ctx, wf, 2, "arn:other", nil, nil)
		wantCode(t, err, fault.Conflict)
		same(t, "versions", must[[]workflow.Version](t)(w.Versions(w.ctx, wf)), []workflow.Version{v, broken})
		_, err = w.Version(w.ctx, wf, 9)
		wantCode(t, err, fault.NotFound)
	})

	route := func(trigger string) []workflow.Route { return must[[]workflow.Route](t)(w.Routes(w.ctx, trigger)) }
	t.Run("activate, enable, rename", func(t *testing.T) {
		trig := json.RawMessage(`{"type":"message.received"}`)
		h := must[workflow.Head](t)(w.Activate(w.ctx, wf, 2, workflow.Route{Trigger: trig}))
		same(t, "active", h.ActiveVersion, 2)
		want := workflow.Route{WorkflowID: wf, Name: "Refunds", Version: 2, VersionArn: "arn:aws:states:eu-west-1:1:stateMachine:s-wf-x:2", Trigger: trig}
		same(t, "route", route("message.received"), []workflow.Route{want})
		must[workflow.Head](t)(w.SetEnabled(w.ctx, wf, true))
		name := "Money back"
		must[workflow.Head](t)(w.PatchWorkflow(w.ctx, wf, workflow.Patch{Name: &name}))
		want.Enabled, want.Name = true, name
		same(t, "route", route("message.received"), []workflow.Route{want})
		must[workflow.Head](t)(w.SetEnabled(w.ctx, wf, false))
		want.Enabled = false
		same(t, "route", route("message.received"), []workflow.Route{want})
		must[workflow.Head](t)(w.SetEnabled(w.ctx, wf, true))
	})

	t.Run("another trigger type moves the route", func(t *testing.T) {
		v := w.published(t, wf, definition("ticket.created", "b"))
		same(t, "shown until activated", must[workflow.Head](t)(w.Workflow(w.ctx, wf)).TriggerType, "message.received")
		h := must[workflow.Head](t)(w.Activate(w.ctx, wf, v.N, workflow.Route{Trigger: json.RawMessage(`{"type":"ticket.created"}`)}))
		same(t, "shown", []any{h.TriggerType, h.Enabled}, []any{"ticket.created", true})
		same(t, "old", len(route("message.received")), 0)
		same(t, "new", []any{len(route("ticket.created")), route("ticket.created")[0].Enabled}, []any{1, true})
	})

	t.Run("archive", func(t *testing.T) {
		ok(t, w.Archive(w.ctx, wf))
		ok(t, w.Archive(w.ctx, wf))
		same(t, "routes", len(route("ticket.created")), 0)
		same(t, "list", len(must[[]workflow.Head](t)(w.Workflows(w.ctx))), 0)
		same(t, "head stays", must[workflow.Head](t)(w.Workflow(w.ctx, wf)).Archived, true)
		_, err := w.SetEnabled(w.ctx, wf, true)
		wantCode(t, err, fault.Conflict)
		_, err = w.Activate(w.ctx, wf, 2, workflow.Route{})
		wantCode(t, err, fault.Conflict)
		wantCode(t, w.Archive(w.ctx, "wf_none"), fault.NotFound)
	})
}

// Twenty publishes at once have twenty numbers.
func TestReserveTogether(t *testing.T) {
	w := open(t)
	must[workflow.Head](t)(w.CreateWorkflow(w.ctx, workflow.Head{ID: "wf_1"}, definition("manual", "a")))
	seen := map[int]bool{}
	for _, err := range together(20, func(int) error {
		for {
			v, err := w.ReserveVersion(w.ctx, "wf_1", workflow.Version{}, definition("manual", "a"))
			if fault.Is(err, fault.Unavailable) {
				continue
			}
			w.mu.Lock()
			seen[v.N] = true
			w.mu.Unlock()
			return err
		}
	}) {
		ok(t, err)
	}
	same(t, "numbers", len(seen), 20)
	same(t, "latest", must[workflow.Head](t)(w.Workflow(w.ctx, "wf_1")).LatestVersion, 20)
}

func TestWorkflowsManyInFewCalls(t *testing.T) {
	w := open(t)
	for i := range 300 {
		must[workflow.Head](t)(w.CreateWorkflow(w.ctx, workflow.Head{ID: fmt.Sprintf("wf_%03d", i), Name: "n"}, definition("manual", "a")))
	}
	var all []workflow.Head
	did := w.calls(func() { all = must[[]workflow.Head](t)(w.Workflows(w.ctx)) })
	same(t, "heads", []any{len(all), all[0].ID, all[299].ID}, []any{300, "wf_299", "wf_000"})
	same(t, "calls", did, map[string]int{"Query": 1})
	ids := make([]string, len(all))
	for i, h := range all {
		ids[i] = h.ID
	}
	same(t, "calls", w.calls(func() { w.WorkflowStats(w.ctx, ids) }), map[string]int{"BatchGetItem": 3})
}

func TestHash(t *testing.T) {
	h := func(s string) string { return must[string](t)(workflow.Hash(json.RawMessage(s))) }
	same(t, "order and spaces", h(`{"a":1,"b":[1, 2]}`), h(` {"b":[1,2],"a":1}`))
	if h(`{"a":1}`) == h(`{"a":1.0}`) || h(`{"a":10000000000000001}`) == h(`{"a":10000000000000002}`) {
		t.Fatal("numbers that differ have one hash")
	}
}
