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

func TestWaitIsCancelled(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	w := d.publish("chase", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s,{"field":"conversation.messageCount","op":"is","value":1}]}},
		"nodes":[{"id":"pause","type":"wait","params":{"for":"90m","cancelOn":[{"type":"message.received","when":{"field":"message.text","op":"contains","value":"new address"}}]}},
		 {"id":"quiet","type":"conversation.tag","params":{"add":["quiet"]}},{"id":"answered","type":"conversation.tag","params":{"add":["answered"]}}],
		"edges":[{"from":"trigger","to":"pause"},{"from":"pause","output":"elapsed","to":"quiet"},{"from":"pause","output":"cancelled","to":"answered"}]}`, d.in(inbox)))
	priya, lena := "priya@"+d.domain("raman"), "lena@"+d.domain("other")
	id := d.deliver(letter{file: "question.eml", from: priya, to: care})
	replied := d.newest(w, "paused")
	d.deliver(letter{file: "question.eml", from: lena, to: care})
	silent := d.newest(w, "paused")
	d.pass(10 * time.Minute)
	// A message that does not meet the condition changes nothing.
	d.deliver(letter{file: "word_in_quote.eml", from: priya, to: care, thread: "", id: "unrelated." + id})
	if r := d.run(replied.ID); r.Status != "paused" {
		t.Fatalf("the run is %s after another message", r.Status)
	}
	d.deliver(letter{file: "reply_top_posted.eml", from: priya, to: care, subject: "Re: x", thread: "In-Reply-To: <" + id + ">\n"})
	d.readsBack(d.runAt(replied.ID, "succeeded"), "pause succeeded", "answered succeeded")
	if r := d.run(silent.ID); r.Status != "paused" {
		t.Fatalf("the other customer's run is %s", r.Status)
	}
	d.pass(85 * time.Minute)
	d.readsBack(d.runAt(silent.ID, "succeeded"), "pause succeeded", "quiet succeeded")
	if c := d.conversation(replied.ConversationID); !slices.Equal(c.Tags, []string{"answered"}) {
		t.Errorf("tags %q", c.Tags)
	}
}

func TestManualRun(t *testing.T) {
	d := sharedDesk(t)
	_, care := d.inbox("care")
	w := d.publish("by hand", `{"trigger":{"type":"manual"},
		"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["{{detail.tag}}"]}}],"edges":[{"from":"trigger","to":"tag"}]}`)
	priya := "priya@" + d.domain("raman")
	d.deliver(letter{file: "question.eml", from: priya, to: care})
	conv := d.conversationWith(priya).ID
	var started runRead
	d.admin().post("/v1/workflows/"+w+"/runs", map[string]any{"conversationId": conv, "detail": map[string]any{"tag": "picked"}}).is(t, 202).into(t, &started)
	r := d.runAt(started.ID, "succeeded")
	d.readsBack(r, "tag succeeded")
	if c := d.conversation(conv); !slices.Equal(c.Tags, []string{"picked"}) {
		t.Errorf("tags %q", c.Tags)
	}
	if e := d.event(r.Trigger.EventID); e.Type != "manual" || e.Actor != "admin@staff-"+d.name+".example" || len(e.Matches) != 1 || e.Matches[0].RunID != r.ID {
		t.Errorf("event %+v", e)
	}
	d.admin().post("/v1/workflows/"+w+"/runs", map[string]any{"conversationId": "conv_01ARZ3NDEKTSV4RRFFQ69G5FAV"}).is(t, 422)
	if n := len(d.runs(w)); n != 1 {
		t.Errorf("%d runs, want one", n)
	}
}

func TestDisableAndEnable(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	w := d.publish("tag", d.tagOnly(inbox, "seen"))
	write := func(who string) string {
		from := who + "@" + d.domain("raman")
		d.deliver(letter{file: "question.eml", from: from, to: care})
		return d.conversationWith(from).ID
	}
	write("one")
	d.admin().post("/v1/workflows/"+w+"/disable", nil).is(t, 200)
	off := write("two")
	if n := len(d.runs(w)); n != 1 {
		t.Fatalf("%d runs, want the one before", n)
	}
	if v := d.verdict(d.eventOf("message.received", off).ID, w); v.Matched || v.Reason != "disabled" {
		t.Errorf("verdict %+v", v)
	}
	d.admin().post("/v1/workflows/"+w+"/enable", nil).is(t, 200)
	write("three")
	d.until("two runs", func() bool { return len(d.runs(w)) == 2 })
	if len(d.conversation(off).Tags) != 0 {
		t.Error("enabling made up for what came while it was disabled")
	}
	var sum struct {
		Enabled bool
		Stats   struct {
			Succeeded   int
			SuccessRate *float64
		}
	}
	d.until("the statistics", func() bool {
		d.admin().get("/v1/workflows/"+w).is(t, 200).into(t, &sum)
		return sum.Stats.Succeeded == 2
	})
	if !sum.Enabled || sum.Stats.SuccessRate == nil || *sum.Stats.SuccessRate != 1 {
		t.Errorf("%+v", sum)
	}
}

func TestVersions(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	w := d.publish("tag", d.tagOnly(inbox, "first"))
	tagged := func(who string) (string, int) {
		from := who + "@" + d.domain("raman")
		d.deliver(letter{file: "question.eml", from: from, to: care})
		r := d.newest(w, "succeeded")
		return strings.Join(d.conversationWith(from).Tags, " "), r.Version
	}
	var draft struct{ Revision int }
	c := d.admin()
	c.put("/v1/workflows/"+w+"/draft", map[string]any{"definition": json.RawMessage(d.tagOnly(inbox, "second"))}).is(t, 428)
	c.with("If-Match", `"1"`).put("/v1/workflows/"+w+"/draft", map[string]any{"definition": json.RawMessage(d.tagOnly(inbox, "second"))}).is(t, 200).into(t, &draft)
	if tags, v := tagged("one"); tags != "first" || v != 1 {
		t.Errorf("before publish: tags %q by version %d", tags, v)
	}
	c.with("If-Match", `"1"`).post("/v1/workflows/"+w+"/publish", nil).is(t, 412)
	d.publishDraft(w, draft.Revision)
	if tags, v := tagged("two"); tags != "second" || v != 2 {
		t.Errorf("after publish: tags %q by version %d", tags, v)
	}
	c.post("/v1/workflows/"+w+"/versions/1/activate", nil).is(t, 200)
	if tags, v := tagged("three"); tags != "first" || v != 1 {
		t.Errorf("after going back: tags %q by version %d", tags, v)
	}
	type version struct {
		Version                      int
		Active                       bool
		Note, StateMachineVersionArn string
		Definition, ASL              json.RawMessage
	}
	list := all[version](d, "/v1/workflows/"+w+"/versions", url.Values{})
	if len(list) != 2 || list[0].Version != 2 || list[0].Active || !list[1].Active || list[0].StateMachineVersionArn == list[1].StateMachineVersionArn {
		t.Errorf("versions %+v", list)
	}
	var old version
	c.get("/v1/workflows/"+w+"/versions/1").is(t, 200).into(t, &old)
	if !strings.Contains(string(old.Definition), `"first"`) || !strings.Contains(string(old.ASL), "StartAt") {
		t.Errorf("version 1: %s %s", old.Definition, old.ASL)
	}
	c.post("/v1/workflows/"+w+"/versions/9/activate", nil).is(t, 404)
	// A draft with a problem is kept, and not published.
	c.with("If-Match", fmt.Sprint(draft.Revision)).put("/v1/workflows/"+w+"/draft", map[string]any{"definition": json.RawMessage(`{"trigger":{"type":"message.received"},"nodes":[{"id":"x","type":"conversation.assign","params":{"group":"nobody-has-this"}}],"edges":[{"from":"trigger","to":"x"}]}`)}).is(t, 200).into(t, &draft)
	c.with("If-Match", fmt.Sprint(draft.Revision)).post("/v1/workflows/"+w+"/publish", nil).is(t, 422).has(t, `"problems"`, "nobody-has-this")
}

func TestRoles(t *testing.T) {
	d := sharedDesk(t)
	inbox, _ := d.inbox("care")
	w := d.publish("tag", d.tagOnly(inbox, "seen"))
	d.anybody().get("/v1/workflows").is(t, 401)
	d.anybody().with("Authorization", "Bearer not.a.token").get("/v1/workflows").is(t, 401)
	d.anybody().get("/v1/config").is(t, 200)
	for _, c := range []struct {
		role                            string
		read, publish, makeInbox, start int
	}{
		{"viewer", 200, 403, 403, 403},
		{"approver", 200, 403, 403, 403},
		{"editor", 200, 412, 403, 400},
		{"admin", 200, 412, 400, 400},
	} {
		t.Run(c.role, func(t *testing.T) {
			d := d.inSub(t)
			as := d.as(d.staff("somebody"), c.role)
			as.get("/v1/workflows/"+w).is(t, c.read)
			as.get("/v1/me").is(t, 200).has(t, c.role, d.staff("somebody"))
			as.with("If-Match", `"77"`).post("/v1/workflows/"+w+"/publish", nil).is(t, c.publish)
			as.put("/v1/inboxes/"+inbox, map[string]any{"name": "x", "address": "no address"}).is(t, c.makeInbox)
			as.send("POST", "/v1/workflows/"+w+"/runs", "application/json", strings.NewReader("{")).is(t, c.start)
		})
	}
	if n := len(all[json.RawMessage](d, "/v1/workflows/"+w+"/versions", url.Values{})); n != 1 {
		t.Errorf("%d versions, want one", n)
	}
}
