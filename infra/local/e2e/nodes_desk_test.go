package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// line makes a workflow whose nodes follow each other, started by mail to an inbox of
// its own, and gives the workflow and the inbox's address. Each node is its id, type and
// params.
func (d *desk) line(name string, nodes ...[3]string) (workflow, address string) {
	d.t.Helper()
	inbox, address := d.inbox(name)
	return d.publish(name, chain(fmt.Sprintf(`{"type":"message.received","conditions":{"all":[%s]}}`, d.in(inbox)), nodes...)), address
}

func chain(trigger string, nodes ...[3]string) string {
	var list, edges []string
	from := "trigger"
	for _, n := range nodes {
		list = append(list, fmt.Sprintf(`{"id":%q,"type":%q,"params":%s}`, n[0], n[1], n[2]))
		edges = append(edges, fmt.Sprintf(`{"from":%q,"to":%q}`, from, n[0]))
		from = n[0]
	}
	return fmt.Sprintf(`{"trigger":%s,"nodes":[%s],"edges":[%s]}`, trigger, strings.Join(list, ","), strings.Join(edges, ","))
}

// question brings a message in and gives who wrote.
func (d *desk) question(to string) (from string) {
	d.t.Helper()
	from = "priya@" + d.domain("raman")
	d.deliver(letter{file: "question.eml", from: from, to: to})
	return from
}

// whole is a conversation with what the other tests do not read.
type whole struct {
	ID, Status, Priority, TicketID string
	MessageCount                   int
	Timeline                       []struct{ At, Kind, RunID, Actor, What string }
}

func (d *desk) whole(id string) (c whole) {
	d.t.Helper()
	d.admin().get("/v1/conversations/"+id).is(d.t, 200).into(d.t, &c)
	return c
}

func (c whole) what() (out []string) {
	for _, e := range c.Timeline {
		out = append(out, strings.TrimSpace(e.Kind+" "+e.What))
	}
	return out
}

func (c whole) has(t *testing.T, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !slices.Contains(c.what(), l) {
			t.Errorf("no %q in the timeline %q", l, c.what())
		}
	}
}

// output of a run's step.
func (r runRead) output(t *testing.T, node string) map[string]any {
	t.Helper()
	i := slices.IndexFunc(r.Steps, func(s stepRead) bool { return s.NodeID == node })
	if i < 0 {
		t.Fatalf("run %s has no step %s: %+v", r.ID, node, r.Steps)
	}
	var out map[string]any
	if err := json.Unmarshal(r.Steps[i].Output, &out); err != nil {
		t.Fatalf("output of %s: %s: %v", node, r.Steps[i].Output, err)
	}
	return out
}

func TestNodeConversationUpdate(t *testing.T) {
	d := sharedDesk(t)
	w, to := d.line("update", [3]string{"close", "conversation.update", `{"status":"closed","priority":"urgent"}`},
		[3]string{"tag", "conversation.tag", `{"add":["{{conversation.status}}","{{conversation.priority}}"]}`})
	follow := d.publish("closed", chain(fmt.Sprintf(`{"type":"conversation.closed","conditions":{"field":"conversation.inbox","op":"is","value":"update-%s"}}`, d.name),
		[3]string{"tag", "conversation.tag", `{"add":["seen-closed"]}`}))
	from := d.question(to)
	r := d.oneRun(w, "succeeded")
	d.readsBack(r, "close succeeded", "tag succeeded")
	second := d.oneRun(follow, "succeeded")
	c := d.conversationWith(from)
	if !slices.Equal(c.Tags, []string{"closed", "seen-closed", "urgent"}) || c.Status != "closed" {
		t.Errorf("%s, tags %q", c.Status, c.Tags)
	}
	d.whole(c.ID).has(t, "status closed, priority urgent")
	if e := d.eventOf("conversation.closed", c.ID); e.Actor != "run:"+r.ID || e.ID != second.Trigger.EventID {
		t.Errorf("event %+v, the run is of %s", e, second.Trigger.EventID)
	}
}

func TestNodeNote(t *testing.T) {
	d := sharedDesk(t)
	w, to := d.line("note", [3]string{"note", "conversation.note", `{"body":"{{contact.name | default: \"Somebody\"}} asks:\n{{message.subject}} {% x %}"}`})
	from := d.question(to)
	r := d.oneRun(w, "succeeded")
	d.readsBack(r, "note succeeded")
	c := d.whole(d.conversationWith(from).ID)
	c.has(t, "note Priya Raman asks:\nDelivery address — order A-1932 {% x %}")
	if c.MessageCount != 1 || c.Timeline[len(c.Timeline)-1].RunID != r.ID {
		t.Errorf("%+v", c)
	}
}

func TestNodeTickets(t *testing.T) {
	d := sharedDesk(t)
	team := d.group("desk", "", d.staff("sam"))
	w, to := d.line("tickets", [3]string{"make", "ticket.create", fmt.Sprintf(`{"subject":"{{message.subject}}","description":"{{message.text}}","priority":"high","group":%q}`, team)},
		[3]string{"tag", "conversation.tag", `{"add":["{{ticket.status}}","{{ticket.priority}}","{{ticket.group}}"]}`},
		[3]string{"up", "ticket.update", `{"status":"pending","priority":"urgent"}`},
		[3]string{"tag2", "conversation.tag", `{"add":["{{ticket.previousStatus}}-{{ticket.status}}","{{ticket.priority}}"]}`})
	from := d.question(to)
	r := d.oneRun(w, "succeeded")
	d.readsBack(r, "make succeeded", "tag succeeded", "up succeeded", "tag2 succeeded")
	c := d.conversationWith(from)
	if !slices.Equal(c.Tags, []string{team, "high", "open", "open-pending", "urgent"}) {
		t.Errorf("tags %q", c.Tags)
	}
	var tk struct{ ID, Subject, Description, Status, PreviousStatus, Priority, Group, ContactEmail, ConversationID string }
	d.admin().get("/v1/tickets/"+d.whole(c.ID).TicketID).is(t, 200).into(t, &tk)
	if tk.Subject != "Delivery address — order A-1932" || !strings.Contains(tk.Description, "we moved last week") || tk.Status != "pending" || tk.PreviousStatus != "open" || tk.Priority != "urgent" ||
		tk.Group != team || tk.ContactEmail != from || tk.ConversationID != c.ID || r.output(t, "make")["ticketId"] != tk.ID {
		t.Errorf("ticket %+v", tk)
	}
	count := map[string]int{}
	for _, typ := range []string{"ticket.created", "ticket.status_changed"} {
		for _, e := range all[eventRead](d, "/v1/events", url.Values{"type": {typ}}) {
			if e.Subject.TicketID == tk.ID && e.Actor == "run:"+r.ID {
				count[typ]++
			}
		}
	}
	if count["ticket.created"] != 1 || count["ticket.status_changed"] != 2 {
		t.Errorf("events %v", count)
	}
	d.whole(c.ID).has(t, "ticket made: "+tk.Subject, "ticket: status pending, priority urgent")
}

func TestNodeContactUpdate(t *testing.T) {
	d := sharedDesk(t)
	inbox, to := d.inbox("contacts")
	w := d.publish("contacts", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"who","type":"contact.update","params":{"name":"P. Raman","attributes":{"count":"{{conversation.messageCount}}","subject":"{{message.subject | upper}}","plan":"gold","missing":"{{contact.attributes.none}}"},"addTags":["vip"]}},
		 {"id":"known","type":"branch","params":{"cases":[{"id":"yes","when":{"all":[{"field":"contact.attributes.count","op":"gte","value":1},{"field":"contact.tags","op":"has_any","value":["vip"]},{"field":"contact.name","op":"is","value":"p. raman"}]}}]}},
		 {"id":"tag","type":"conversation.tag","params":{"add":["{{contact.attributes.plan}}"]}}],
		"edges":[{"from":"trigger","to":"who"},{"from":"who","to":"known"},{"from":"known","output":"yes","to":"tag"}]}`, d.in(inbox)))
	from := d.question(to)
	d.readsBack(d.oneRun(w, "succeeded"), "who succeeded", "known succeeded", "tag succeeded")
	c := d.conversationWith(from)
	var person struct {
		Name       string
		Tags       []string
		Attributes map[string]any
	}
	d.admin().get("/v1/contacts/"+c.ContactID).is(t, 200).into(t, &person)
	if person.Name != "P. Raman" || !slices.Equal(person.Tags, []string{"vip"}) || len(person.Attributes) != 3 || person.Attributes["count"] != 1.0 || person.Attributes["subject"] != "DELIVERY ADDRESS — ORDER A-1932" {
		t.Errorf("contact %+v", person)
	}
	if !slices.Equal(c.Tags, []string{"gold"}) {
		t.Errorf("tags %q", c.Tags)
	}
}

func TestNodeEmit(t *testing.T) {
	d := sharedDesk(t)
	typ := "shop." + d.name
	w, to := d.line("emit", [3]string{"emit", "event.emit", fmt.Sprintf(`{"detailType":%q,"detail":{"who":"{{contact.email}}","n":3,"list":["{{conversation.tags}}"]}}`, typ)})
	hears := d.publish("hears", chain(fmt.Sprintf(`{"type":"event","params":{"detailType":%q},"conditions":{"field":"detail.n","op":"is","value":3}}`, typ),
		[3]string{"found", "branch", `{"cases":[{"id":"yes","when":{"field":"detail.who","op":"starts_with","value":"priya@"}}]}`}))
	from := d.question(to)
	r := d.oneRun(w, "succeeded")
	d.readsBack(r, "emit succeeded")
	heard := d.oneRun(hears, "succeeded")
	list := all[eventRead](d, "/v1/events", url.Values{"type": {typ}})
	if len(list) != 1 || list[0].Actor != "run:"+r.ID || heard.Trigger.EventID != list[0].ID || r.output(t, "emit")["eventId"] != list[0].ID {
		t.Fatalf("events %+v; heard %s", list, heard.Trigger.EventID)
	}
	if heard.output(t, "found")["output"] != "yes" {
		t.Errorf("the hearer went %v", heard.output(t, "found"))
	}
	d.whole(d.conversationWith(from).ID).has(t, "event "+typ)
}

func TestNodeStart(t *testing.T) {
	d := sharedDesk(t)
	target := d.publish("target", chain(`{"type":"manual"}`, [3]string{"tag", "conversation.tag", `{"add":["{{detail.word}}","{{ticket.status | default: \"no-ticket\"}}"]}`}))
	w, to := d.line("start", [3]string{"make", "ticket.create", `{"subject":"x"}`},
		[3]string{"go", "workflow.start", fmt.Sprintf(`{"workflow":%q,"detail":{"word":"started"}}`, target)})
	from := d.question(to)
	r := d.oneRun(w, "succeeded")
	d.readsBack(r, "make succeeded", "go succeeded")
	second := d.oneRun(target, "succeeded")
	if second.ID != r.output(t, "go")["runId"] || second.Trigger.Type != "manual" {
		t.Errorf("the second run %+v, the step's output %v", second, r.output(t, "go"))
	}
	c := d.conversationWith(from)
	if !slices.Equal(c.Tags, []string{"open", "started"}) {
		t.Errorf("tags %q", c.Tags)
	}
	if v := d.verdict(second.Trigger.EventID, target); !v.Matched || v.RunID != second.ID {
		t.Errorf("verdict %+v", v)
	}
	var unknown struct{ Problems []struct{ Rule, Path string } }
	d.admin().post("/v1/workflows/"+w+"/validate", map[string]any{"definition": json.RawMessage(chain(`{"type":"manual"}`, [3]string{"go", "workflow.start", `{"workflow":"wf_none"}`}))}).is(t, 200).into(t, &unknown)
	if len(unknown.Problems) != 1 || unknown.Problems[0].Rule != "unknown_workflow" {
		t.Errorf("problems %+v", unknown.Problems)
	}
	d.admin().post("/v1/workflows/"+target+"/disable", nil).ok(t)
	d.deliver(letter{file: "question.eml", from: "other@" + d.domain("raman"), to: to})
	failed := d.newest(w, "failed")
	if failed.Error != "workflow_not_startable" {
		t.Errorf("error %q: %s", failed.Error, failed.Reason)
	}
}

// TestNodeStartDepth: a workflow that starts itself comes to an end by itself.
func TestNodeStartDepth(t *testing.T) {
	d := sharedDesk(t)
	w := d.publish("self", chain(`{"type":"manual"}`, [3]string{"wait", "set", `{"values":{"x":1}}`}))
	var draft struct{ Draft struct{ Revision int } }
	d.admin().get("/v1/workflows/"+w).is(t, 200).into(t, &draft)
	def := chain(`{"type":"manual"}`, [3]string{"again", "workflow.start", fmt.Sprintf(`{"workflow":%q}`, w)})
	d.admin().with("If-Match", fmt.Sprint(draft.Draft.Revision)).put("/v1/workflows/"+w+"/draft", map[string]any{"definition": json.RawMessage(def)}).is(t, 200).into(t, &draft.Draft)
	d.publishDraft(w, draft.Draft.Revision)
	d.admin().post("/v1/workflows/"+w+"/runs", map[string]any{}).is(t, 202)
	var runs []runRead
	d.untilf("the chain's end", func() bool {
		runs = d.runs(w)
		return len(runs) > 0 && !slices.ContainsFunc(runs, func(r runRead) bool { return r.EndedAt == nil }) && runs[0].Status == "failed"
	}, func() any { return runs })
	if len(runs) != 6 { // the first, and five between it and the outside world
		t.Errorf("%d runs", len(runs))
	}
	for i, r := range runs {
		if i == 0 && r.Error != "depth" || i > 0 && r.Status != "succeeded" {
			t.Errorf("run %d is %s, %s", i, r.Status, r.Error)
		}
	}
}

func TestApprovalEscalates(t *testing.T) {
	d := sharedDesk(t)
	team := d.group("team", d.staff("boss"), d.staff("sam"), d.staff("sofia"))
	r := d.asking(fmt.Sprintf(`"approvers":[{"group":%q}],"timeout":"4h","reminders":["20m","3h"],"escalateTo":{"to":{"managerOf":%q},"after":"1h"}`, team, team))
	id := r.WaitingFor.ApprovalID
	d.pass(25 * time.Minute)
	for _, who := range []string{"sam", "sofia"} {
		if got := d.sent(d.staff(who)); len(got) != 2 || !strings.HasPrefix(got[0].Subject, "Reminder: ") {
			t.Errorf("%s has %+v", who, got)
		}
	}
	if got := d.sent(d.staff("boss")); len(got) != 0 {
		t.Fatalf("the boss was asked early: %+v", got)
	}
	d.as(d.staff("boss"), "approver").post("/v1/approvals/"+id+"/decision", map[string]any{"decision": "approve"}).is(t, 403)
	d.pass(37 * time.Minute)
	mail := d.oneSent(d.staff("boss"))
	if !strings.HasPrefix(mail.Subject, "Escalated: ") || !strings.Contains(mail.Text, "Nobody has decided") {
		t.Errorf("escalated with %+v", mail)
	}
	if a := d.approval(id); !slices.Equal(a.Approvers, []string{d.staff("sam"), d.staff("sofia"), d.staff("boss")}) {
		t.Errorf("approvers %q", a.Approvers)
	}
	if got := d.run(r.ID); got.Status != "waiting" || len(got.WaitingFor.Approvers) != 3 {
		t.Errorf("run %+v", got)
	}
	page := d.openPage(mail)
	d.pass(5 * time.Minute) // nothing more happens
	if n := len(d.sent(d.staff("boss"))); n != 1 {
		t.Errorf("the boss has %d mails", n)
	}
	d.decide(page, "approve", "", "fine").is(t, 200)
	d.readsBack(d.runAt(r.ID, "succeeded"), "ok succeeded", "yes succeeded")
	if a := d.approval(id); a.DecidedBy != d.staff("boss") || a.Status != "approved" {
		t.Errorf("%+v", a)
	}
	for _, who := range []string{"sam", "sofia"} {
		var got []mailRead
		d.until("the others are told", func() bool { got = d.sent(d.staff(who)); return len(got) == 3 })
		if !strings.HasPrefix(got[0].Subject, "Decided: ") || !strings.Contains(got[0].Text, d.staff("boss")+" approved") || !strings.Contains(got[0].Text, "fine") {
			t.Errorf("%s was told %+v", who, got[0])
		}
	}
	if n := len(d.sent(d.staff("boss"))); n != 1 {
		t.Errorf("who decided has %d mails", n)
	}
}
