package e2e_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// A webhook starts the one workflow that it is of, with the body as detail.
func TestWebhook(t *testing.T) {
	d := sharedDesk(t)
	d.inbox("care") // mail is sent as an inbox
	boss := d.staff("boss")
	publish := func(name string) (workflow, path string) {
		t.Helper()
		workflow = d.publish(name, fmt.Sprintf(`{"trigger":{"type":"webhook","conditions":{"field":"detail.skip","op":"is_empty"}},
			"nodes":[{"id":"tell","type":"notify","params":{"to":{"email":%q},"subject":"%s {{detail.name | default: \"nobody\"}}","body":"{{detail | json | truncate: 500}}"}}],
			"edges":[{"from":"trigger","to":"tell"}]}`, boss, name))
		var hook struct{ URL, Path, Secret string }
		d.admin().post("/v1/workflows/"+workflow+"/hook", nil).is(t, 201).into(t, &hook)
		if hook.URL != d.url+hook.Path || len(hook.Secret) < 20 || !strings.HasSuffix(hook.Path, "/"+workflow+"/"+hook.Secret) {
			t.Fatalf("hook %+v", hook)
		}
		return workflow, hook.Path
	}
	one, path := publish("one")
	two, _ := publish("two")
	caller := d.anybody()
	var got struct{ EventID string }
	caller.post(path, map[string]any{"name": "Ana", "list": []int{1, 2}}).is(t, 202).into(t, &got)
	r := d.oneRun(one, "succeeded")
	if r.Trigger.EventID != got.EventID || r.Trigger.Type != "webhook" {
		t.Errorf("trigger %+v, answered %s", r.Trigger, got.EventID)
	}
	if m := d.oneSent(boss); m.Subject != "one Ana" || !strings.Contains(m.Text, `"list":[1,2]`) {
		t.Errorf("sent %q: %q", m.Subject, m.Text)
	}
	if e := d.event(got.EventID); len(e.Matches) != 1 || e.Matches[0].WorkflowID != one {
		t.Errorf("matches %+v: only the webhook's own workflow is asked", e.Matches)
	}
	if n := len(d.runs(two)); n != 0 {
		t.Errorf("%d runs of the other workflow", n)
	}

	for _, c := range []struct {
		name, contentType, body string
		status                  int
		want                    string // in the mail
	}{
		{"form", "application/x-www-form-urlencoded", url.Values{"name": {"Bo & Co"}, "n": {"1", "2"}}.Encode(), 202, `"n":["1","2"]`},
		{"text", "text/plain; charset=utf-8", "all is down", 202, `{"text":"all is down"}`},
		{"text that is JSON", "text/plain", ` {"name": "Sns"} `, 202, `"name":"Sns"`},
		{"list", "application/json", "[1, 2]", 202, `{"body":[1,2]}`},
		{"vendor JSON", "application/vnd.x+json", `{"name": "V"}`, 202, `"name":"V"`},
		{"nothing", "", "", 202, "{}"},
		{"broken JSON", "application/json", `{"name": `, 400, ""},
		{"an image", "image/png", "x", 415, ""},
		{"not UTF-8", "text/plain", "\xff\xfe", 415, ""},
		{"as large as may be", "application/json", `{"name":"big","x":"` + strings.Repeat("x", 256_000-len(`{"name":"big","x":""}`)) + `"}`, 202, `"name":"big"`},
		{"too large", "application/json", `{"x": "` + strings.Repeat("x", 256_000) + `"}`, 413, ""},
		{"too large as JSON", "text/plain", strings.Repeat("\x01", 50_000), 413, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := d.inSub(t)
			before := len(d.runs(one))
			reply := caller.send("POST", path, c.contentType, strings.NewReader(c.body)).is(t, c.status)
			if c.status != 202 {
				reply.has(t, `"detail":"`)
				return
			}
			d.until("a run", func() bool { return len(d.runs(one)) == before+1 })
			d.newest(one, "succeeded")
			if m := d.newestSent(boss); !strings.Contains(m.Text, c.want) {
				t.Errorf("sent %q: %.600q", m.Subject, m.Text)
			}
		})
	}

	// The same key is the same call; another body under it is refused.
	before := len(d.runs(one))
	var again struct{ EventID string }
	keyed := caller.with("Idempotency-Key", "k-"+d.name)
	keyed.post(path, map[string]any{"name": "Kim"}).is(t, 202).into(t, &got)
	keyed.post(path, map[string]any{"name": "Kim"}).is(t, 202).into(t, &again)
	if got.EventID != again.EventID {
		t.Errorf("events %s and %s", got.EventID, again.EventID)
	}
	keyed.post(path, map[string]any{"name": "Lee"}).is(t, 422)
	d.until("a run", func() bool { return len(d.runs(one)) == before+1 })

	// Whoever does not know the secret learns nothing.
	caller.post("/hooks/"+one+"/wrong", map[string]any{}).is(t, 404)
	caller.post("/hooks/wf_01ARZ3NDEKTSV4RRFFQ69G5FAV/wrong", map[string]any{}).is(t, 404)
	caller.post(strings.Replace(path, one, two, 1), map[string]any{}).is(t, 404)

	// A filter and a disabled workflow leave their verdict.
	caller.post(path, map[string]any{"skip": "yes"}).is(t, 202).into(t, &got)
	d.until("a verdict", func() bool { return len(d.event(got.EventID).Matches) == 1 })
	if v := d.verdict(got.EventID, one); v.Reason != "conditions" || v.Failed == nil || v.Failed.Actual != "yes" {
		t.Errorf("verdict %+v", v)
	}
	d.admin().post("/v1/workflows/"+one+"/disable", nil).ok(t)
	caller.post(path, map[string]any{}).is(t, 202).into(t, &got)
	d.until("a verdict", func() bool { return len(d.event(got.EventID).Matches) == 1 })
	if v := d.verdict(got.EventID, one); v.Matched || v.Reason != "disabled" {
		t.Errorf("verdict %+v", v)
	}

	// A new secret makes the old address void; only editors get one.
	d.as("v@staff.example", "viewer").post("/v1/workflows/"+one+"/hook", nil).is(t, 403)
	d.admin().post("/v1/workflows/"+one+"/hook", nil).is(t, 201)
	caller.post(path, map[string]any{}).is(t, 404)
}
