package store_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
)

type attributes = map[string]types.AttributeValue

// older is the table as an older release left it, see TestRecordUpgrade in
// infra/local/e2e; kinds counts its items.
func older(tb testing.TB, w *world) (kinds map[string]int) {
	tb.Helper()
	f, err := os.Open("../../infra/local/e2e/testdata/upgrade/v1.jsonl")
	ok(tb, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	kinds = map[string]int{}
	for first := true; lines.Scan(); first = false {
		if first {
			var head struct{ At time.Time }
			ok(tb, json.Unmarshal(lines.Bytes(), &head))
			w.advance(head.At.Sub(w.now()))
			continue
		}
		it := attributes{}
		var raw map[string]map[string]json.RawMessage
		ok(tb, json.Unmarshal(lines.Bytes(), &raw))
		for name, v := range raw {
			for typ, value := range v {
				it[name] = attribute(tb, typ, value)
			}
		}
		kinds[it["kind"].(*types.AttributeValueMemberS).Value]++
		w.putRaw(tb, it)
	}
	ok(tb, lines.Err())
	return kinds
}

func attribute(tb testing.TB, typ string, value json.RawMessage) types.AttributeValue {
	tb.Helper()
	var s string
	var list []string
	var yes bool
	switch typ {
	case "BOOL":
		ok(tb, json.Unmarshal(value, &yes))
		return &types.AttributeValueMemberBOOL{Value: yes}
	case "SS":
		ok(tb, json.Unmarshal(value, &list))
		return &types.AttributeValueMemberSS{Value: list}
	case "L":
		var items []map[string]json.RawMessage
		ok(tb, json.Unmarshal(value, &items))
		l := &types.AttributeValueMemberL{}
		for _, m := range items {
			for t, v := range m {
				l.Value = append(l.Value, attribute(tb, t, v))
			}
		}
		return l
	}
	ok(tb, json.Unmarshal(value, &s))
	switch typ {
	case "N":
		return &types.AttributeValueMemberN{Value: s}
	case "B":
		data, err := base64.StdEncoding.DecodeString(s)
		ok(tb, err)
		return &types.AttributeValueMemberB{Value: data}
	}
	return &types.AttributeValueMemberS{Value: s}
}

func (w *world) putRaw(tb testing.TB, it attributes) {
	tb.Helper()
	_, err := w.db.PutItem(w.ctx, &sdk.PutItemInput{TableName: aws.String(table), Item: it})
	ok(tb, err)
}

// raw is the item as it lies in the table.
func (w *world) raw(tb testing.TB, pk, sk string) attributes {
	tb.Helper()
	out, err := w.db.GetItem(w.ctx, &sdk.GetItemInput{TableName: aws.String(table), ConsistentRead: aws.Bool(true),
		Key: attributes{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}}})
	ok(tb, err)
	return out.Item
}

func column(it attributes, name string) string {
	switch v := it[name].(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	}
	return ""
}

// Everything that an older release left can be read, by every way that leads to it.
func TestOlderTable(t *testing.T) {
	w := open(t)
	kinds := older(t, w)
	got := map[string]int{}
	all := store.Page{Limit: 100}
	note := func(kind string, n int, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		got[kind] += n
	}
	heads, err := w.Workflows(w.ctx)
	note("workflow", len(heads), err)
	for _, h := range heads {
		d, err := w.Draft(w.ctx, h.ID)
		note("draft", 1, err)
		if d.Revision == 0 || !json.Valid(d.Definition) {
			t.Errorf("draft %+v", d)
		}
		versions, err := w.Versions(w.ctx, h.ID)
		note("version", len(versions), err)
		for _, v := range versions {
			_, err := w.VersionDefinition(w.ctx, h.ID, v.N)
			note("definition", 1, err)
			source, places, err := w.VersionASL(w.ctx, h.ID, v.N)
			note("asl", 1, err)
			if !json.Valid(source) || !json.Valid(places) {
				t.Errorf("version %d of %s: %s", v.N, h.Name, source)
			}
		}
		if h.RouteType != "" {
			routes, err := w.Routes(w.ctx, h.RouteType)
			note("route", len(routes), err)
		}
	}
	ids := []string{}
	for _, h := range heads {
		ids = append(ids, h.ID)
	}
	stats, err := w.WorkflowStats(w.ctx, ids)
	note("stats", len(stats), err)
	runs, _, err := w.Runs(w.ctx, run.Filter{}, all)
	note("run", len(runs), err)
	for _, r := range runs {
		in, err := w.RunInput(w.ctx, r.ID)
		note("input", 1, err)
		if !strings.Contains(string(in), r.ID) {
			t.Errorf("input of %s: %s", r.ID, in)
		}
		asked, err := w.ApprovalsOfRun(w.ctx, r.ID)
		note("step", len(asked), err)
		for _, a := range asked {
			token, err := w.Token(w.ctx, a.ID)
			note("token", 1, err)
			if token == "" {
				t.Error("no token")
			}
		}
		if r.Status == run.Paused {
			wait, err := w.Wait(w.ctx, r.ID, "rest", 0)
			note("wait", 1, err)
			for _, e := range wait.Entities {
				on, err := w.WaitsOn(w.ctx, e)
				note("waiting", len(on), err)
			}
		}
		for _, node := range []string{"tag", "ask", "send", "note"} {
			_, done, err := w.Effect(w.ctx, r.ID, node)
			note("effects seen", map[bool]int{true: 1}[done], err)
		}
	}
	approvals, _, err := w.Approvals(w.ctx, approval.Filter{}, all)
	note("approval", len(approvals), err)
	contacts, _, err := w.Contacts(w.ctx, desk.ContactFilter{}, all)
	note("contact", len(contacts), err)
	for _, c := range contacts {
		same, err := w.ContactByEmail(w.ctx, c.Email)
		note("email", 1, err)
		if same == nil || same.ID != c.ID {
			t.Errorf("%s leads to %+v", c.Email, same)
		}
	}
	conversations, _, err := w.Conversations(w.ctx, desk.ConversationFilter{}, all)
	note("conversation", len(conversations), err)
	for _, c := range conversations {
		messages, err := w.Messages(w.ctx, c.ID)
		note("message", len(messages), err)
		for _, m := range messages {
			refs, err := w.FindByMessageID(w.ctx, m.MessageID)
			note("mail", len(refs), err)
		}
		lines, err := w.Timeline(w.ctx, c.ID)
		note("line", len(lines), err)
	}
	tickets, _, err := w.Tickets(w.ctx, desk.TicketFilter{}, all)
	note("ticket", len(tickets), err)
	for _, typ := range []string{"", "run.started", "run.waiting", "run.succeeded", "message.sent", "approval.requested", "approval.decided"} {
		events, _, err := w.Events(w.ctx, store.EventFilter{Type: typ}, all)
		note("events listed", len(events), err)
		for _, e := range events {
			whole, err := w.Event(w.ctx, e.ID)
			if err != nil || len(whole.Matches) != len(e.Matches) {
				t.Errorf("event %s: %v", e.ID, err)
			}
		}
	}
	inboxes, err := w.Inboxes(w.ctx)
	note("inbox", len(inboxes), err)
	groups, err := w.Groups(w.ctx)
	note("group", len(groups), err)
	set, err := w.Settings(w.ctx)
	note("settings", set.Revision, err)
	failed, _, err := w.FailedMails(w.ctx, all)
	note("failed", len(failed), err)
	entries, _, err := w.Audit(w.ctx, audit.Filter{}, all)
	note("audit", len(entries), err)
	for _, kind := range []string{"workflow", "draft", "version", "definition", "asl", "route", "stats", "run", "input", "step", "token", "wait", "waiting", "approval",
		"contact", "email", "conversation", "message", "mail", "line", "ticket", "inbox", "group", "settings", "failed", "audit"} {
		if got[kind] != kinds[kind] || kinds[kind] == 0 {
			t.Errorf("%d of kind %s, and %d were recorded", got[kind], kind, kinds[kind])
		}
	}
	if got["effects seen"] < 3 || got["events listed"] < 15 {
		t.Errorf("%d effects, %d events", got["effects seen"], got["events listed"])
	}
}

// What is read in an older form is written back in today's.
func TestOlderItems(t *testing.T) {
	w := open(t)
	str := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	num := func(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }
	w.putRaw(t, attributes{"pk": str("TKT#tkt_1"), "sk": str("META"), "kind": str("ticket"), "v": num("1"), "id": str("tkt_1"), "revision": num("4"),
		"listPk": str("TICKETS"), "listSk": str("tkt_1"), "doc": str(`{"id":"tkt_1","subject":"Keel","status":"open","priority":"low","createdAt":"2025-03-01T08:00:00Z"}`)})
	w.putRaw(t, attributes{"pk": str("DESK"), "sk": str("GROUP#crew"), "kind": str("group"), "doc": str(`{"slug":"crew","name":"Crew","members":null}`)}) // before there was v
	w.putRaw(t, attributes{"pk": str("FAILED#s1"), "sk": str("META"), "kind": str("failed"), "v": num("1"), "doc": str(`{"id":"s1","key":"inbound/s1","error":"no"}`)})

	tk, err := w.Ticket(w.ctx, "tkt_1")
	ok(t, err)
	if at := time.Date(2025, 3, 1, 8, 0, 0, 0, time.UTC); !tk.StatusSince.Equal(at) {
		t.Errorf("since %s", tk.StatusSince)
	}
	if v := column(w.raw(t, "TKT#tkt_1", "META"), "v"); v != "1" {
		t.Errorf("reading wrote version %s", v)
	}
	tk.Priority = "high"
	ok(t, w.Commit(w.ctx, desk.Change{Ticket: tk}))
	if it := w.raw(t, "TKT#tkt_1", "META"); column(it, "v") != "2" || !strings.Contains(column(it, "doc"), `"statusSince":"2025-03-01T08:00:00Z"`) {
		t.Errorf("written back as %v", it)
	}
	if again := must[*desk.Ticket](t)(w.Ticket(w.ctx, "tkt_1")); again.Priority != "high" || !again.StatusSince.Equal(tk.StatusSince) {
		t.Errorf("read again: %+v", again)
	}
	if g := must[desk.Group](t)(w.Group(w.ctx, "crew")); g.Members == nil {
		t.Error("a group without members has no list")
	}
	if f := must[desk.FailedMail](t)(w.FailedMail(w.ctx, "s1")); f.Recipients == nil {
		t.Error("a failed mail without recipients has no list")
	}
}

// A column that changes alone leaves the document's version as it is.
func TestOlderItemsInPart(t *testing.T) {
	w := open(t)
	older(t, w)
	tickets, _, err := w.Tickets(w.ctx, desk.TicketFilter{}, store.Page{})
	ok(t, err)
	tk := tickets[0]
	runs, _, err := w.Runs(w.ctx, run.Filter{Status: run.Paused}, store.Page{})
	ok(t, err)
	ok(t, w.ReleaseWaits(w.ctx, runs[0].ID)) // takes the wait off the ticket
	after := must[*desk.Ticket](t)(w.Ticket(w.ctx, tk.ID))
	if after.Waits != tk.Waits-1 || column(w.raw(t, "TKT#"+tk.ID, "META"), "v") != "1" {
		t.Errorf("waits %d, then %d; %v", tk.Waits, after.Waits, w.raw(t, "TKT#"+tk.ID, "META"))
	}
}

// What a newer release wrote is refused, in every way to read it, and says what to do.
func TestNewerItem(t *testing.T) {
	w := open(t)
	older(t, w)
	tickets, _, err := w.Tickets(w.ctx, desk.TicketFilter{}, store.Page{})
	ok(t, err)
	it := w.raw(t, "TKT#"+tickets[0].ID, "META")
	it["v"] = &types.AttributeValueMemberN{Value: "9"}
	w.putRaw(t, it)
	_, one := w.Ticket(w.ctx, tickets[0].ID)
	_, _, list := w.Tickets(w.ctx, desk.TicketFilter{}, store.Page{})
	for what, err := range map[string]error{"one": one, "a list": list} {
		if !fault.Is(err, fault.Unavailable) || fault.Name(err) != "newer_data" || !strings.Contains(err.Error(), "is of version 9") || !strings.Contains(err.Error(), "deploy that one again") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
