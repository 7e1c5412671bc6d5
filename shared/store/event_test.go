package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/store"
)

func (w *world) custom(tb testing.TB, typ string, s event.Subject) event.Event {
	tb.Helper()
	e := event.Event{ID: w.ids.New(id.Event), Type: typ, Time: w.now(), Actor: "a@demo.test", Subject: s, Detail: json.RawMessage(`{"n":1}`)}
	ok(tb, w.PutEvents(w.ctx, e))
	return e
}

func verdict(wf string, matched bool, runID string) event.Match {
	m := event.Match{WorkflowID: wf, Version: 1, Matched: matched, Reason: event.ReasonConditions, RunID: runID}
	if matched {
		m.Reason = event.ReasonMatched
	}
	return m
}

func TestEventItem(t *testing.T) {
	w := open(t)
	e := w.custom(t, "order.paid", event.Subject{})
	silent := event.Event{ID: w.ids.New(id.Event), Type: event.ApprovalRequested, Time: w.now()}
	ok(t, w.PutEvents(w.ctx, silent))
	wantCode(t, w.PutEvents(w.ctx, e), fault.Conflict)
	created, err := w.PutForeignEvent(w.ctx, event.Stored{Source: "shop", Event: event.Event{ID: "6a7e8feb-b491", Type: "order.paid", Time: w.now(), Detail: json.RawMessage(`{}`)}})
	if !created || err != nil {
		t.Fatal(created, err)
	}
	created, err = w.PutForeignEvent(w.ctx, event.Stored{Source: "shop", Event: event.Event{ID: "6a7e8feb-b491", Type: "order.paid"}})
	if created || err != nil {
		t.Fatal(created, err)
	}
	_, err = w.PutForeignEvent(w.ctx, event.Stored{Source: event.Source, Event: event.Event{ID: "x", Type: "order.paid"}})
	wantCode(t, err, fault.Invalid)

	t.Run("stream", func(t *testing.T) {
		records := must[[]dynamodb.StreamRecord](t)(w.db.Service.StreamRecords(dynamodb.StreamARN("us-east-1", "123456789012", table), "", 100))
		data := must[[]byte](t)(json.Marshal(records[0]))
		var r struct {
			Dynamodb struct {
				NewImage map[string]map[string]any
			} `json:"dynamodb"`
		}
		ok(t, json.Unmarshal(data, &r))
		image := r.Dynamodb.NewImage
		same(t, "what the stream's filter reads", []any{image["kind"]["S"], image["origin"]["S"]}, []any{"event", "deskhand"})
		doc, _ := image[store.EventAttribute]["S"].(string)
		same(t, "envelope", must[event.Event](t)(store.ParseEvent(doc)), e)
	})

	t.Run("due until dispatched, silent and foreign ones never", func(t *testing.T) {
		same(t, "not yet", must[[]store.DueItem](t)(w.Due(w.ctx, w.now().Add(2*time.Minute), 10)), []store.DueItem{})
		due := must[[]store.DueItem](t)(w.Due(w.ctx, w.now().Add(3*time.Minute), 10))
		same(t, "due", due, []store.DueItem{{Kind: "event", ID: e.ID, DueAt: w.now().Add(2 * time.Minute)}})
		ok(t, w.RecordMatches(w.ctx, e.ID, nil))
		same(t, "dispatched", must[[]store.DueItem](t)(w.Due(w.ctx, w.now().Add(time.Hour), 10)), []store.DueItem{})
		same(t, "dispatched", must[*event.Stored](t)(w.Event(w.ctx, e.ID)).Dispatched, true)
	})

	t.Run("expiry", func(t *testing.T) {
		same(t, "kept", must[*event.Stored](t)(w.Event(w.ctx, e.ID)).ExpiresAt, w.now().AddDate(0, 0, 30))
		same(t, "kept", must[*event.Stored](t)(w.Event(w.ctx, silent.ID)).ExpiresAt, w.now().AddDate(0, 0, 7))
	})
}

func TestRecordMatches(t *testing.T) {
	w := open(t)
	e := w.custom(t, "order.paid", event.Subject{})
	ok(t, w.RecordMatches(w.ctx, e.ID, []event.Match{verdict("wf_1", true, "run_1"), verdict("wf_2", false, "")}))
	got := must[*event.Stored](t)(w.Event(w.ctx, e.ID))
	same(t, "matches", got.Matches, []event.Match{verdict("wf_1", true, "run_1"), verdict("wf_2", false, "")})
	same(t, "matched", got.Matched, true)

	t.Run("a second dispatch loses no run", func(t *testing.T) {
		late := verdict("wf_1", false, "")
		late.Reason = event.ReasonDuplicate
		ok(t, w.RecordMatches(w.ctx, e.ID, []event.Match{late, verdict("wf_2", true, "run_2"), verdict("wf_3", false, "")}))
		same(t, "matches", must[*event.Stored](t)(w.Event(w.ctx, e.ID)).Matches,
			[]event.Match{verdict("wf_1", true, "run_1"), verdict("wf_2", true, "run_2"), verdict("wf_3", false, "")})
	})

	t.Run("of an event that is not there", func(t *testing.T) {
		wantCode(t, w.RecordMatches(w.ctx, "evt_none", nil), fault.NotFound)
	})

	t.Run("together", func(t *testing.T) {
		e := w.custom(t, "order.paid", event.Subject{})
		for _, err := range together(8, func(i int) error {
			return w.RecordMatches(w.ctx, e.ID, []event.Match{verdict(fmt.Sprint("wf_", i), true, fmt.Sprint("run_", i))})
		}) {
			ok(t, err)
		}
		same(t, "matches", len(must[*event.Stored](t)(w.Event(w.ctx, e.ID)).Matches), 8)
		for i := range 8 { // the head knows of all, whoever wrote it last
			list, _, err := w.Events(w.ctx, store.EventFilter{Workflow: fmt.Sprint("wf_", i), Matched: new(true), Type: "order.paid"}, store.Page{})
			ok(t, err)
			same(t, "found by workflow", slices.ContainsFunc(list, func(s event.Stored) bool { return s.ID == e.ID }), true)
		}
	})

	t.Run("a late dispatch that found no workflow takes nothing away", func(t *testing.T) {
		e := w.custom(t, "order.paid", event.Subject{})
		ok(t, w.RecordMatches(w.ctx, e.ID, []event.Match{verdict("wf_1", true, "run_1")}))
		ok(t, w.RecordMatches(w.ctx, e.ID, nil))
		got := must[*event.Stored](t)(w.Event(w.ctx, e.ID))
		same(t, "matches", got.Matches, []event.Match{verdict("wf_1", true, "run_1")})
		same(t, "matched", got.Matched, true)
	})

	t.Run("broken off after the records, dispatched again", func(t *testing.T) {
		e := w.custom(t, "order.paid", event.Subject{})
		w.db.Service.FailNext("UpdateItem", nil, &awshttp.Error{Code: "ValidationException", Message: "broken off"})
		if err := w.RecordMatches(w.ctx, e.ID, []event.Match{verdict("wf_1", true, "run_1")}); err == nil {
			t.Fatal("the second write was to fail")
		}
		same(t, "dispatched", must[*event.Stored](t)(w.Event(w.ctx, e.ID)).Dispatched, false)
		late := verdict("wf_1", false, "")
		late.Reason = event.ReasonDuplicate
		ok(t, w.RecordMatches(w.ctx, e.ID, []event.Match{late, verdict("wf_2", false, "")}))
		got := must[*event.Stored](t)(w.Event(w.ctx, e.ID))
		same(t, "matches", got.Matches, []event.Match{verdict("wf_1", true, "run_1"), verdict("wf_2", false, "")})
		same(t, "state", []bool{got.Dispatched, got.Matched}, []bool{true, true})
	})

	t.Run("of an event that was erased meanwhile nothing stays", func(t *testing.T) {
		wantCode(t, w.RecordMatches(w.ctx, "evt_erased", []event.Match{{WorkflowID: "wf_1", Detail: "private"}}), fault.NotFound)
		for _, it := range must[*sdk.ScanOutput](t)(w.db.Scan(w.ctx, &sdk.ScanInput{TableName: aws.String(table)})).Items {
			if strings.Contains(fmt.Sprint(it), "private") {
				t.Errorf("left in the table: %v", it)
			}
		}
	})

	t.Run("large ones go to the bucket", func(t *testing.T) {
		e := w.custom(t, "order.paid", event.Subject{})
		r := w.newRun("wf_77", e.ID)
		_, err := w.StartRun(w.ctx, r, nil)
		ok(t, err)
		large := []event.Match{verdict("wf_77", true, r.ID), verdict("wf_88", false, "")}
		large[1].Detail = incompressible(600 << 10)
		wantCode(t, w.RecordMatches(w.ctx, e.ID, large), fault.Internal)
		bucket := &memory{}
		w.Blobs = bucket
		ok(t, w.RecordMatches(w.ctx, e.ID, large))
		same(t, "matches", must[*event.Stored](t)(w.Event(w.ctx, e.ID)).Matches, large)
		list, _, err := w.Events(w.ctx, store.EventFilter{Workflow: "wf_77"}, store.Page{})
		ok(t, err)
		same(t, "in a list", []any{len(list), list[0].Matched, list[0].Matches == nil}, []any{1, true, true})
		// Whoever dispatches may write the bucket and not read it.
		bucket.deaf = true
		ok(t, w.RecordMatches(w.ctx, e.ID, []event.Match{verdict("wf_77", false, ""), verdict("wf_88", false, "")}))
		bucket.deaf = false
		same(t, "matches", must[*event.Stored](t)(w.Event(w.ctx, e.ID)).Matches, []event.Match{verdict("wf_77", true, r.ID), verdict("wf_88", false, "")})
	})
}

func TestEvents(t *testing.T) {
	w := open(t)
	var all, paid []string
	var times []time.Time
	for i := range 30 {
		typ := []string{"order.paid", "order.sent", event.Manual}[i%3]
		e := w.custom(t, typ, event.Subject{})
		all = append([]string{e.ID}, all...)
		if i%3 == 0 {
			paid = append([]string{e.ID}, paid...)
			if i < 15 {
				ok(t, w.RecordMatches(w.ctx, e.ID, []event.Match{verdict("wf_1", i < 6, ""), verdict("wf_2", i < 9, "")}))
			}
		}
		times = append(times, w.now())
		w.advance(time.Minute)
	}
	ok(t, w.PutEvents(w.ctx, event.Event{ID: w.ids.New(id.Event), Type: event.RunFailed, Time: w.now()}))
	yes, no := true, false
	name := func(e event.Stored) string { return e.ID }
	for title, tc := range map[string]struct {
		f    store.EventFilter
		want []string
	}{
		"all but silent":        {store.EventFilter{}, all},
		"type":                  {store.EventFilter{Type: "order.paid"}, paid},
		"matched":               {store.EventFilter{Type: "order.paid", Matched: &yes}, paid[7:]},
		"not matched":           {store.EventFilter{Type: "order.paid", Matched: &no}, paid[:7]},
		"of a workflow":         {store.EventFilter{Workflow: "wf_1"}, paid[5:]},
		"matched by it":         {store.EventFilter{Workflow: "wf_1", Matched: &yes}, paid[8:]},
		"not matched by it":     {store.EventFilter{Workflow: "wf_1", Matched: &no}, paid[5:8]},
		"from":                  {store.EventFilter{From: times[20]}, all[:10]},
		"to":                    {store.EventFilter{To: times[10]}, all[20:]},
		"between, of one type":  {store.EventFilter{From: times[3], To: times[9], Type: "order.paid"}, paid[7:9]},
		"of no workflow at all": {store.EventFilter{Workflow: "wf_9"}, []string{}},
	} {
		t.Run(title, func(t *testing.T) {
			got, _ := pages(t, 4, name, func(p store.Page) ([]event.Stored, string, error) { return w.Events(w.ctx, tc.f, p) })
			same(t, "events", got, tc.want)
		})
	}
	did := w.calls(func() {
		list, _, err := w.Events(w.ctx, store.EventFilter{Workflow: "wf_1"}, store.Page{})
		ok(t, err)
		same(t, "with their matches", len(list[0].Matches), 2)
	})
	same(t, "calls", did, map[string]int{"Query": 1, "BatchGetItem": 1})
}

func TestEventsOf(t *testing.T) {
	w := open(t)
	c := w.received("ann@acme.test")
	ok(t, w.Commit(w.ctx, c))
	conv, seen := c.Conversation.ID, c.Events[1].ID
	names := func(list []event.Stored) []string {
		out := []string{}
		for _, e := range list {
			out = append(out, e.ID)
		}
		return out
	}
	same(t, "none yet", names(must[[]event.Stored](t)(w.EventsOf(w.ctx, conv, seen, 10))), []string{})
	a := w.custom(t, "order.paid", event.Subject{ConversationID: conv})
	b := w.custom(t, "order.sent", event.Subject{ConversationID: conv})
	w.custom(t, "order.sent", event.Subject{ConversationID: "conv_other"})
	same(t, "in order", names(must[[]event.Stored](t)(w.EventsOf(w.ctx, conv, seen, 10))), []string{a.ID, b.ID})
	same(t, "limited", names(must[[]event.Stored](t)(w.EventsOf(w.ctx, conv, seen, 1))), []string{a.ID})
	same(t, "all", len(must[[]event.Stored](t)(w.EventsOf(w.ctx, conv, "", 10))), 4)

	t.Run("as a list, the newest first", func(t *testing.T) {
		silent := event.Event{ID: w.ids.New(id.Event), Type: event.RunStarted, Time: w.now(), Subject: event.Subject{ConversationID: conv}}
		ok(t, w.PutEvents(w.ctx, silent))
		ok(t, w.RecordMatches(w.ctx, a.ID, []event.Match{verdict("wf_1", true, "run_1")}))
		for title, tc := range map[string]struct {
			f    store.EventFilter
			want []string
		}{
			"all":            {store.EventFilter{}, []string{b.ID, a.ID, c.Events[1].ID, c.Events[0].ID}},
			"of a type":      {store.EventFilter{Type: "order.sent"}, []string{b.ID}},
			"of a silent":    {store.EventFilter{Type: event.RunStarted}, []string{silent.ID}},
			"that started":   {store.EventFilter{Matched: new(true)}, []string{a.ID}},
			"of a workflow":  {store.EventFilter{Workflow: "wf_1"}, []string{a.ID}},
			"after the last": {store.EventFilter{From: w.now().Add(time.Hour)}, []string{}},
		} {
			t.Run(title, func(t *testing.T) {
				tc.f.Conversation = conv
				got, _ := pages(t, 2, func(e event.Stored) string { return e.ID }, func(p store.Page) ([]event.Stored, string, error) { return w.Events(w.ctx, tc.f, p) })
				same(t, "events", got, tc.want)
			})
		}
		_, cursor, err := w.Events(w.ctx, store.EventFilter{Conversation: conv}, store.Page{Limit: 1})
		ok(t, err)
		_, _, err = w.Events(w.ctx, store.EventFilter{Conversation: "conv_other"}, store.Page{Limit: 1, Cursor: cursor})
		wantCode(t, err, fault.Invalid)
	})

	// Filed under the conversation, and still seen from the contact.
	d := event.Event{ID: w.ids.New(id.Event), Type: event.ConversationClosed, Time: w.now(), Subject: event.Subject{ConversationID: conv, ContactID: c.Contact.ID}}
	ok(t, w.Commit(w.ctx, desk.Change{AlsoContact: c.Contact, AlsoConversation: c.Conversation, Events: []event.Event{d}}))
	same(t, "newest of the contact", names(must[[]event.Stored](t)(w.EventsOf(w.ctx, c.Contact.ID, seen, 10))), []string{d.ID})
}
