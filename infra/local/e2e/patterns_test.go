package e2e_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTagByKeyword(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("claims")
	tagging := d.publish("claims", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s,
		{"any":[{"field":"message.subject","op":"contains","value":["RÜCKERSTATTUNG"]},{"field":"message.text","op":"contains","value":["RÜCKERSTATTUNG","chargeback"]}]}]}},
		"nodes":[{"id":"tag","type":"conversation.tag","name":"Tag it","params":{"add":["claim","money"]}}],
		"edges":[{"from":"trigger","to":"tag"}]}`, d.in(inbox)))
	other := d.publish("elsewhere", `{"trigger":{"type":"message.received","conditions":{"all":[{"field":"message.fromDomain","op":"is","value":"nobody.example"}]}},
		"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["wrong"]}}],"edges":[{"from":"trigger","to":"tag"}]}`)
	off := d.publish("off", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["wrong"]}}],"edges":[{"from":"trigger","to":"tag"}]}`, d.in(inbox)))
	d.admin().post("/v1/workflows/"+off+"/disable", nil).ok(t)

	from := "j.koehler@" + d.domain("koehler")
	d.deliver(letter{file: "claim_german.eml", from: from, to: care})
	r := d.oneRun(tagging, "succeeded")
	c := d.conversationWith(from)
	if !slices.Equal(c.Tags, []string{"claim", "money"}) {
		t.Errorf("tags %q", c.Tags)
	}
	m := c.Messages[0]
	if m.FromName != "Jürgen Köhler" || c.Subject != "Lieferung 4711 beschädigt" || !strings.Contains(m.Text, "Ich möchte die Rückerstattung") || strings.Contains(m.Text, "Hauptstraße") {
		t.Errorf("read as %q %q %q", m.FromName, c.Subject, m.Text)
	}
	if len(m.Attachments) != 1 || m.Attachments[0].Name != "Rechnung März.pdf" || m.Attachments[0].Type != "application/pdf" {
		t.Errorf("attachments %+v", m.Attachments)
	}
	link := d.admin().get("/v1/messages/"+m.ID+"/attachments/"+m.Attachments[0].ID).is(t, 302).header.Get("Location")
	if got := d.anybody().get(link).is(t, 200); !strings.HasPrefix(string(got.body), "%PDF-1.4") {
		t.Errorf("attachment is %.40q", got.body)
	}
	d.readsBack(r, "tag succeeded")
	if !strings.Contains(string(r.Steps[0].Input), `"money"`) || !strings.Contains(string(r.Steps[0].Output), `"claim"`) {
		t.Errorf("input %s, output %s", r.Steps[0].Input, r.Steps[0].Output)
	}

	// Why the others did not fire.
	if v := d.verdict(r.Trigger.EventID, tagging); !v.Matched || v.Reason != "matched" || v.RunID != r.ID || v.Version != 1 {
		t.Errorf("verdict of the one that fired: %+v", v)
	}
	if v := d.verdict(r.Trigger.EventID, other); v.Matched || v.Reason != "conditions" || v.Failed == nil || v.Failed.Field != "message.fromDomain" ||
		v.Failed.Op != "is" || v.Failed.Value != "nobody.example" || v.Failed.Actual != d.domain("koehler") {
		t.Errorf("verdict of the other: %+v %+v", v, v.Failed)
	}
	if v := d.verdict(r.Trigger.EventID, off); v.Matched || v.Reason != "disabled" {
		t.Errorf("verdict of the disabled one: %+v", v)
	}

	// The word stands only in what the writer quotes: not said by them.
	calm := "ines@" + d.domain("ortega")
	d.deliver(letter{file: "word_in_quote.eml", from: calm, to: care})
	quoted := d.conversationWith(calm)
	if len(quoted.Tags) != 0 || !strings.Contains(quoted.Messages[0].FullText, "Rückerstattung") || strings.Contains(quoted.Messages[0].Text, "Rückerstattung") {
		t.Errorf("quoted: tags %q, text %q", quoted.Tags, quoted.Messages[0].Text)
	}
	if v := d.verdict(d.eventOf("message.received", quoted.ID).ID, tagging); v.Matched || v.Reason != "conditions" || v.Failed == nil {
		t.Errorf("verdict on the quoted word: %+v", v)
	}
	if n := len(d.runs(tagging)); n != 1 {
		t.Errorf("%d runs, want one", n)
	}
}

func TestRouteByDomain(t *testing.T) {
	d := sharedDesk(t)
	inbox, front := d.inbox("front")
	billing, _ := d.inbox("billing")
	team, rest := d.group("billing", "", d.staff("bea")), d.group("rest", "", d.staff("sam"))
	known := d.domain("acme")
	w := d.publish("route", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[
		 {"id":"whose","type":"branch","params":{"cases":[{"id":"known","when":{"any":[{"field":"message.fromDomain","op":"in","value":[%q]},{"field":"message.fromDomain","op":"ends_with","value":[%q]}]}}]}},
		 {"id":"to_inbox","type":"conversation.assign","params":{"inbox":%q}},
		 {"id":"to_team","type":"conversation.assign","params":{"group":%q}},
		 {"id":"to_rest","type":"conversation.assign","params":{"group":%q}}],
		"edges":[{"from":"trigger","to":"whose"},{"from":"whose","output":"known","to":"to_inbox"},{"from":"to_inbox","to":"to_team"},{"from":"whose","output":"otherwise","to":"to_rest"}]}`,
		d.in(inbox), known, "."+known, billing, team, rest))
	for _, c := range []struct{ name, file, from, inbox, group, steps string }{
		{"the domain", "order_cp1252.eml", "zoe@" + known, billing, team, "whose succeeded, to_inbox succeeded, to_team succeeded"},
		{"a subdomain", "order_cp1252.eml", "ZOE@EU." + strings.ToUpper(known), billing, team, "whose succeeded, to_inbox succeeded, to_team succeeded"},
		{"another domain that ends alike", "html_only_russian.eml", "olga@not" + known, inbox, rest, "whose succeeded, to_rest succeeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := *d
			d.t = t
			d.deliver(letter{file: c.file, from: c.from, to: front})
			conv := d.conversationWith(strings.ToLower(c.from))
			if conv.Inbox != c.inbox || conv.Group != c.group {
				t.Errorf("in inbox %q, group %q; want %q, %q", conv.Inbox, conv.Group, c.inbox, c.group)
			}
			var r runRead
			d.until("the run", func() bool { r = d.runs(w)[0]; return r.Status == "succeeded" })
			if r.ConversationID != conv.ID {
				t.Fatalf("run %s is about %s, not %s", r.ID, r.ConversationID, conv.ID)
			}
			d.readsBack(d.run(r.ID), strings.Split(c.steps, ", ")...)
			m := conv.Messages[0]
			switch c.file {
			case "order_cp1252.eml":
				if m.FromName != "Zoë O’Brien (Purchasing)" || !strings.Contains(m.Text, "88-1204 – 40 × “Basic” at €12 each") {
					t.Errorf("read as %q %q", m.FromName, m.Text)
				}
			case "html_only_russian.eml":
				if m.FromName != "Ольга Петрова" || !strings.Contains(m.Text, "Когда придёт мой заказ?") || strings.Contains(m.HTML, "script") {
					t.Errorf("read as %q %q %q", m.FromName, m.Text, m.HTML)
				}
			}
		})
	}
}

// answering is the pattern of a drafted, approved answer.
func (d *desk) answering(inbox, team, timeout string) string {
	return fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s,{"field":"message.isAutomatic","op":"is_false"}]}},
		"nodes":[
		 {"id":"draft","type":"ai.reply","params":{"instructions":"Be brief.","tone":"friendly"}},
		 {"id":"ok","type":"approval","params":{"approvers":[{"group":%q}],"subject":"Answer to {{contact.name | default: \"a customer\"}}","message":"{{message.text}}","draft":"{{steps.draft.text}}","timeout":%q}},
		 {"id":"send","type":"message.reply","params":{"body":"{{steps.ok.text}}"}},
		 {"id":"by_hand","type":"conversation.tag","params":{"add":["by-hand"]}},
		 {"id":"late","type":"notify","params":{"to":{"managerOf":%q},"subject":"Nobody decided","body":"About **{{conversation.subject}}**"}}],
		"edges":[{"from":"trigger","to":"draft"},{"from":"draft","to":"ok"},{"from":"ok","output":"approved","to":"send"},{"from":"ok","output":"rejected","to":"by_hand"},{"from":"ok","output":"timed_out","to":"late"}]}`,
		d.in(inbox), team, timeout, team)
}

func TestAnswerWithApproval(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	team := d.group("care", d.staff("boss"), d.staff("sam"))
	w := d.publish("answer", d.answering(inbox, team, "30m"))

	t.Run("edited and approved", func(t *testing.T) {
		d := d.inSub(t)
		customer := "priya@" + d.domain("raman")
		id := d.deliver(letter{file: "question.eml", from: customer, to: care})
		r := d.newest(w, "waiting")
		if r.WaitingFor == nil || !slices.Equal(r.WaitingFor.Approvers, []string{d.staff("sam")}) {
			t.Errorf("waits for %+v", r.WaitingFor)
		}
		if s := r.Steps[len(r.Steps)-1]; s.NodeID != "ok" || s.Status != "waiting" || s.EndedAt != nil {
			t.Errorf("the open step is %+v", s)
		}
		ask := d.newestSent(d.staff("sam"))
		if ask.Subject != "Answer to Priya Raman" || !strings.Contains(ask.Text, "Can I change the delivery address of order A-1932") {
			t.Errorf("the mail that asks: %q %q", ask.Subject, ask.Text)
		}
		p := d.openPage(ask)
		if !strings.Contains(p.text, "stand-in") || !strings.Contains(p.text, "Priya") {
			t.Errorf("draft on the page: %q", p.text)
		}
		edited := "Dear Priya,\n\nyes: **until it is loaded** <today>.\n\nSam & team"
		d.decide(p, "approve", edited, "looks fine").is(t, 200).has(t, "changed")

		got := d.oneSent(customer)
		if !strings.Contains(got.Text, "yes: until it is loaded <today>.") && !strings.Contains(got.Text, "yes: **until it is loaded** <today>.") {
			t.Errorf("the customer got %q", got.Text)
		}
		if strings.Contains(got.Text, "stand-in") || strings.Contains(got.HTML, "<today>") {
			t.Errorf("the customer got text %q html %q", got.Text, got.HTML)
		}
		if got.Subject != "Re: Delivery address — order A-1932" || got.Headers["In-Reply-To"] != "<"+id+">" || !strings.Contains(got.Headers["References"], id) || got.From != care {
			t.Errorf("not in the thread: %q %q %q from %q", got.Subject, got.Headers["In-Reply-To"], got.Headers["References"], got.From)
		}
		if got.Headers["Auto-Submitted"] != "auto-replied" {
			t.Errorf("Auto-Submitted is %q", got.Headers["Auto-Submitted"])
		}
		done := d.runAt(r.ID, "succeeded")
		d.readsBack(done, "draft succeeded", "ok succeeded", "send succeeded")
		var out struct {
			Decision, By, Comment, Text string
			Edited                      bool
		}
		if err := json.Unmarshal(done.Steps[1].Output, &out); err != nil || out.Decision != "approved" || out.By != d.staff("sam") || out.Text != edited || !out.Edited || out.Comment != "looks fine" {
			t.Errorf("output of the approval: %s %v", done.Steps[1].Output, err)
		}
		var a approvalRead
		d.admin().get("/v1/approvals/"+r.WaitingFor.ApprovalID).into(t, &a)
		if a.Status != "approved" || a.Text != edited || !strings.Contains(a.Draft, "stand-in") || !a.Edited || len(a.Votes) != 1 || a.Votes[0].Via != "link" {
			t.Errorf("both texts are kept: %+v", a)
		}
		c := d.conversationWith(customer)
		if len(c.Messages) != 2 || c.Messages[1].Direction != "out" || c.Messages[1].RunID != r.ID {
			t.Errorf("the conversation remembers %+v", c.Messages)
		}
	})
	t.Run("rejected", func(t *testing.T) {
		d := d.inSub(t)
		customer := "rahel@" + d.domain("other")
		d.deliver(letter{file: "question.eml", from: customer, to: care})
		r := d.newest(w, "waiting")
		d.decide(d.openPage(d.newestSent(d.staff("sam"))), "reject", "", "wrong tone").is(t, 200)
		d.readsBack(d.runAt(r.ID, "succeeded"), "draft succeeded", "ok succeeded", "by_hand succeeded")
		if c := d.conversationWith(customer); !slices.Equal(c.Tags, []string{"by-hand"}) {
			t.Errorf("tags %q", c.Tags)
		}
		if got := d.sent(customer); len(got) != 0 {
			t.Errorf("the customer got %+v", got)
		}
	})
	t.Run("nobody decides", func(t *testing.T) {
		d := d.inSub(t)
		customer := "lena@" + d.domain("third")
		d.deliver(letter{file: "question.eml", from: customer, to: care})
		r := d.newest(w, "waiting")
		ask := d.newestSent(d.staff("sam"))
		d.pass(32 * time.Minute)
		d.readsBack(d.runAt(r.ID, "succeeded"), "draft succeeded", "ok succeeded", "late succeeded")
		if m := d.oneSent(d.staff("boss")); m.Subject != "Nobody decided" || !strings.Contains(m.Text, "Delivery address — order A-1932") {
			t.Errorf("the manager got %q %q", m.Subject, m.Text)
		}
		if got := d.sent(customer); len(got) != 0 {
			t.Errorf("the customer got %+v", got)
		}
		d.anybody().get(approvalLink(t, ask)).is(t, 410)
	})
}

func TestEscalation(t *testing.T) {
	d := sharedDesk(t)
	d.inbox("desk") // to send from
	team := d.group("second", d.staff("boss"), d.staff("tim"))
	w := d.publish("escalate", fmt.Sprintf(`{"trigger":{"type":"ticket.status_changed","conditions":{"all":[{"field":"ticket.status","op":"is","value":"open"},{"field":"ticket.group","op":"is","value":%q}]}},
		"nodes":[
		 {"id":"a_day","type":"wait","params":{"for":"24h","cancelOn":[{"type":"ticket.status_changed"}]}},
		 {"id":"still","type":"branch","params":{"cases":[{"id":"open","when":{"field":"ticket.status","op":"is","value":"open"}}]}},
		 {"id":"tell","type":"notify","params":{"to":{"managerOf":%q},"subject":"Still open: {{ticket.subject}}","body":"Since {{ticket.openedAt | date}}"}}],
		"edges":[{"from":"trigger","to":"a_day"},{"from":"a_day","output":"elapsed","to":"still"},{"from":"still","output":"open","to":"tell"}]}`, team, team))
	ticket := func(subject string) (id, run string) {
		var out struct{ ID string }
		d.admin().post("/v1/tickets", map[string]any{"subject": subject, "group": team, "contactEmail": "max@" + d.domain("customer")}).is(t, 201).into(t, &out)
		r := d.newest(w, "paused")
		if r.PausedUntil == nil || r.Steps[0].Status != "paused" {
			t.Errorf("paused until %v, step %+v", r.PausedUntil, r.Steps[0])
		}
		return out.ID, r.ID
	}
	_, forgotten := ticket("Printer on fire")
	solved, early := ticket("Screen too bright")
	d.pass(3 * time.Hour)
	d.admin().patch("/v1/tickets/"+solved, map[string]any{"status": "solved"}).is(t, 200)
	r := d.runAt(early, "succeeded")
	d.readsBack(r, "a_day succeeded")
	if !strings.Contains(string(r.Steps[0].Output), `"cancelled"`) {
		t.Errorf("the wait of the solved ticket ended with %s", r.Steps[0].Output)
	}
	if got := d.sent(d.staff("boss")); len(got) != 0 {
		t.Fatalf("too early: %+v", got)
	}
	d.pass(21*time.Hour + time.Minute)
	r = d.runAt(forgotten, "succeeded")
	d.readsBack(r, "a_day succeeded", "still succeeded", "tell succeeded")
	if ms := r.Steps[0].DurationMs; *ms < (24*time.Hour).Milliseconds() || *ms > (24*time.Hour+time.Minute).Milliseconds() {
		t.Errorf("the wait took %s", time.Duration(*ms)*time.Millisecond)
	}
	if m := d.oneSent(d.staff("boss")); m.Subject != "Still open: Printer on fire" {
		t.Errorf("the manager got %q", m.Subject)
	}
	if got := d.sent(d.staff("tim")); len(got) != 0 {
		t.Errorf("the group got what its manager should: %+v", got)
	}
}

func TestWelcome(t *testing.T) {
	d := sharedDesk(t)
	_, care := d.inbox("hello")
	w := d.publish("welcome", fmt.Sprintf(`{"trigger":{"type":"contact.created","conditions":{"all":[{"field":"contact.domain","op":"is","value":%q}]}},
		"nodes":[{"id":"welcome","type":"message.send","params":{"to":"{{contact.email}}","subject":"Welcome, {{contact.name | default: \"and thanks\"}}","body":"Hello {{contact.name}},\n\nask us **anything**."}}],
		"edges":[{"from":"trigger","to":"welcome"}]}`, d.domain("new")))
	hanako := "hanako@" + d.domain("new")
	d.deliver(letter{file: "hello_japanese.eml", from: hanako, to: care})
	r := d.oneRun(w, "succeeded")
	d.readsBack(r, "welcome succeeded")
	if m := d.oneSent(hanako); m.Subject != "Welcome, 田中花子" || !strings.Contains(m.HTML, "<strong>anything</strong>") || m.From != care {
		t.Errorf("welcomed by %q with %q %q", m.From, m.Subject, m.HTML)
	}
	d.deliver(letter{file: "hello_japanese.eml", from: strings.ToUpper(hanako), to: care})
	d.deliver(letter{file: "question.eml", from: hanako, to: care})
	if got := d.sent(hanako); len(got) != 1 {
		t.Errorf("%d mails after the second message, want the one", len(got))
	}
	if n := len(d.runs(w)); n != 1 {
		t.Errorf("%d runs, want one", n)
	}
	if n := len(d.conversations(hanako)); n != 3 {
		t.Errorf("%d conversations, want three", n)
	}
}
