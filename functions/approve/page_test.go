package main

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

const hostile = `</textarea></pre><script>alert(1)</script>"' onload=x {{.Nonce}} &amp; Grüße`

type world struct {
	*testdesk.Desk
	answers *testdesk.Answers
	page    *page
	req     approval.Request
	secret  []byte
}

func open(tb testing.TB, change func(*approval.Request)) *world {
	tb.Helper()
	d := testdesk.Open(tb)
	_, conv, _ := d.Talk(tb, false)
	m := desk.Message{ID: d.NewID("msg_"), ConversationID: conv.ID, Direction: "in", From: desk.Address{Name: hostile, Email: "anna@example.com"}, Subject: hostile,
		At: d.Now(), Text: hostile, Kind: "human", Attachments: []desk.Attachment{{ID: "a1", Name: hostile}}}
	if err := d.Commit(tb.Context(), desk.Change{Conversation: &conv, Messages: []desk.Message{m}}); err != nil {
		tb.Fatal(err)
	}
	w := &world{Desk: d, answers: &testdesk.Answers{}}
	service := &approval.Service{Store: d.Store, Answer: w.answers, Gone: testdesk.ErrGone, NewID: d.NewID, Now: d.Now}
	w.page = &page{store: d.Store, now: d.Now, newID: d.NewID, approvals: service}
	w.req = approval.Request{ID: d.NewID("apr_"), RunID: "run_1", Node: "ok", WorkflowName: "Refunds " + hostile, Version: 3, Status: approval.Pending,
		Approvers: []string{"lead@demo.test", "dora@demo.test"}, Quorum: 1, Subject: "Reply? " + hostile, Message: hostile, Draft: "Dear Anna,\n" + hostile, HasDraft: true,
		ConversationID: conv.ID, MessageID: m.ID, CreatedAt: d.Now(), ExpiresAt: d.Now().Add(48 * time.Hour), Votes: []approval.Vote{}}
	if change != nil {
		change(&w.req)
	}
	var err error
	if w.secret, err = d.Secret(tb.Context(), approval.SecretName); err != nil {
		tb.Fatal(err)
	}
	if _, _, err := d.CreateApproval(tb.Context(), w.req, approval.Links(w.secret, &w.req), "token"); err != nil {
		tb.Fatal(err)
	}
	return w
}

func (w *world) link(who string) string { return "/a/" + approval.LinkID(w.secret, w.req.ID, who) }

func (w *world) ask(method, path string, form url.Values) *httptest.ResponseRecorder {
	var r *http.Request
	if form == nil {
		r = httptest.NewRequest(method, path, nil)
	} else {
		r = httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	w.page.ServeHTTP(rec, r)
	return rec
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`)

// form is what the page's form sends when nothing but the given fields is touched.
func (w *world) form(tb testing.TB, who string, fields ...string) url.Values {
	tb.Helper()
	rec := w.ask("GET", w.link(who), nil)
	if rec.Code != 200 {
		tb.Fatalf("GET: %d", rec.Code)
	}
	out := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(rec.Body.String(), -1) {
		out.Set(m[1], html.UnescapeString(m[2]))
	}
	if _, rest, ok := strings.Cut(rec.Body.String(), `<textarea id="text"`); ok {
		_, rest, _ = strings.Cut(rest, ">")
		text, _, _ := strings.Cut(rest, "</textarea>")
		out.Set("text", strings.ReplaceAll(html.UnescapeString(text), "\n", "\r\n"))
	}
	for i := 0; i < len(fields); i += 2 {
		out.Set(fields[i], fields[i+1])
	}
	return out
}

func (w *world) now(tb testing.TB) approval.Request {
	tb.Helper()
	r, err := w.Approval(tb.Context(), w.req.ID)
	if err != nil {
		tb.Fatal(err)
	}
	return *r
}

func TestAuthorsMarkdown(t *testing.T) {
	text, rich := mail.Render([]mail.Segment{{Text: "**Look** at this:\n\n", Value: hostile}})
	w := open(t, func(r *approval.Request) { r.Message, r.MessageHTML = text, rich })
	body := w.ask("GET", w.link("lead@demo.test"), nil).Body.String()
	if !strings.Contains(body, "<strong>Look</strong> at this") || strings.Contains(body, "**Look**") {
		t.Error("the author's Markdown is not rendered")
	}
	if strings.Contains(body, "<script") || strings.Count(body, "<textarea") != 2 || strings.Count(body, "</textarea>") != 2 {
		t.Error("a value became markup")
	}
}

func TestShow(t *testing.T) {
	w := open(t, nil)
	before := w.now(t)
	for _, method := range []string{"GET", "HEAD", "GET"} {
		rec := w.ask(method, w.link("lead@demo.test"), nil)
		if rec.Code != 200 {
			t.Fatalf("%s: %d", method, rec.Code)
		}
		h := rec.Header()
		for name, want := range map[string]string{"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex"} {
			if h.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, h.Get(name), want)
			}
		}
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("policy %q lacks %s", csp, want)
			}
		}
		if strings.Contains(csp, "script") || strings.Contains(csp, "unsafe") {
			t.Errorf("policy %q", csp)
		}
		body := rec.Body.String()
		if nonce := regexp.MustCompile(`style nonce="([^"]+)"`).FindStringSubmatch(body); nonce == nil || !strings.Contains(csp, "'nonce-"+html.UnescapeString(nonce[1])+"'") {
			t.Error("the style is not in the policy")
		}
		if strings.Contains(body, "<script") || strings.Contains(body, `onload=x"`) || strings.Count(body, "<textarea") != 2 || strings.Count(body, "</textarea>") != 2 {
			t.Error("hostile text became markup")
		}
		for _, secret := range []string{w.req.ID, "token", "run_1", "dora@demo.test"} {
			if strings.Contains(strings.ReplaceAll(body, "{{.Nonce}}", ""), secret) {
				t.Errorf("the page tells %s", secret)
			}
		}
		for _, want := range []string{"lead@demo.test", "anna@example.com", "2 days left", "Dear Anna", `value="approve"`, `value="reject"`, "required", `<html lang="en">`, `<label for="text">`} {
			if !strings.Contains(body, want) {
				t.Errorf("no %q", want)
			}
		}
		if strings.Contains(body, " checked") {
			t.Error("a decision is chosen already")
		}
	}
	if got := w.form(t, "lead@demo.test").Get("text"); got != strings.ReplaceAll(w.req.Draft, "\n", "\r\n") {
		t.Errorf("the box holds %q", got)
	}
	if d := cmp.Diff(before, w.now(t)); d != "" || len(w.answers.Got) > 0 {
		t.Errorf("looking changed it (-before +after):\n%s", d)
	}
}

func TestDecide(t *testing.T) {
	for _, c := range []struct {
		name   string
		fields []string
		code   int
		status approval.Status
		edited bool
		says   string
	}{
		{"approve as it is", []string{"decision", "approve"}, 200, approval.Approved, false, "The text, unchanged"},
		{"approve, edited", []string{"decision", "approve", "text", "Short.\r\n" + hostile, "comment", " ok "}, 200, approval.Approved, true, "The text as you changed it"},
		{"reject", []string{"decision", "reject", "comment", hostile}, 200, approval.Rejected, false, "You chose to reject"},
		{"nothing chosen", []string{"comment", "typed already"}, 422, approval.Pending, false, "typed already"},
		{"something else chosen", []string{"decision", "maybe"}, 422, approval.Pending, false, "choose approve or reject"},
		{"nothing to send", []string{"decision", "approve", "text", " "}, 422, approval.Pending, false, "nothing to send"},
		{"too long", []string{"decision", "approve", "text", strings.Repeat("x", approval.MaxText+1)}, 422, approval.Pending, false, "shorten it"},
		{"as long as may be", []string{"decision", "approve", "text", strings.Repeat("\r\n", approval.MaxText-1) + "x"}, 200, approval.Approved, true, "as you changed it"},
		{"far too long", []string{"decision", "approve", "text", strings.Repeat("x", maxForm)}, 400, approval.Pending, false, "Nothing was decided"},
		{"not from the page", []string{"decision", "approve", "nonce", "x"}, 403, approval.Pending, false, "Nothing was decided"},
		{"no nonce", []string{"decision", "approve", "nonce", ""}, 403, approval.Pending, false, "Nothing was decided"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, nil)
			rec := w.ask("POST", w.link("lead@demo.test"), w.form(t, "lead@demo.test", c.fields...))
			body := rec.Body.String()
			if rec.Code != c.code || !strings.Contains(body, c.says) || strings.Contains(body, "<script") {
				t.Errorf("%d, want %d with %q:\n%s", rec.Code, c.code, c.says, body)
			}
			got := w.now(t)
			if got.Status != c.status || got.Edited != c.edited || got.Draft != w.req.Draft {
				t.Errorf("it is %s, edited %v", got.Status, got.Edited)
			}
			told := 0
			if c.status != approval.Pending {
				told = 1
				if v := got.Votes[0]; v.By != "lead@demo.test" || v.Via != "link" || v.Comment != strings.TrimSpace(v.Comment) {
					t.Errorf("%+v", v)
				}
			}
			if len(w.answers.Got) != told {
				t.Errorf("Step Functions was told %v", w.answers.Got)
			}
		})
	}
}

func TestOver(t *testing.T) {
	decide := func(w *world, who, what string) {
		_, err := w.page.approvals.Decide(t.Context(), w.req.ID, approval.Decision{By: who, Decision: what, Comment: "said " + hostile})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		happen func(w *world)
		code   int
		says   []string
	}{
		{"approved by another", func(w *world) { decide(w, "dora@demo.test", "approve") }, 409, []string{"Already approved", "dora@demo.test approved this request"}},
		{"rejected by oneself", func(w *world) { decide(w, "lead@demo.test", "reject") }, 409, []string{"Already rejected", "lead@demo.test"}},
		{"the time is over, and nobody noted it yet", func(w *world) { w.Advance(48 * time.Hour) }, 410, []string{"The time is over"}},
		{"timed out", func(w *world) {
			r := w.now(t)
			r.Expire(w.Now())
			if err := w.SaveApproval(t.Context(), &r); err != nil {
				t.Fatal(err)
			}
		}, 410, []string{"The time is over"}},
		{"withdrawn", func(w *world) {
			if err := w.page.approvals.WithdrawAll(t.Context(), "run_1"); err != nil {
				t.Fatal(err)
			}
		}, 410, []string{"Withdrawn"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, nil)
			form := w.form(t, "lead@demo.test", "decision", "approve")
			c.happen(w)
			before := w.now(t)
			for _, rec := range []*httptest.ResponseRecorder{w.ask("GET", w.link("lead@demo.test"), nil), w.ask("POST", w.link("lead@demo.test"), form)} {
				body := rec.Body.String()
				if rec.Code != c.code || strings.Contains(body, "<form") || strings.Contains(body, "<script") {
					t.Errorf("%d, want %d:\n%s", rec.Code, c.code, body)
				}
				for _, want := range c.says {
					if !strings.Contains(body, want) {
						t.Errorf("no %q:\n%s", want, body)
					}
				}
			}
			if d := cmp.Diff(before, w.now(t)); d != "" {
				t.Errorf("changed (-before +after):\n%s", d)
			}
		})
	}
}

func TestNotFound(t *testing.T) {
	w := open(t, nil)
	for _, path := range []string{"/a/", "/a/x", "/a/" + w.req.ID, w.link("eve@evil.test"), w.link("lead@demo.test") + "x", "/a/" + hostile[:3]} {
		for _, method := range []string{"GET", "POST"} {
			rec := httptest.NewRecorder()
			w.page.ServeHTTP(rec, &http.Request{Method: method, URL: &url.URL{Path: path}, Header: http.Header{}, Body: http.NoBody})
			if rec.Code != 404 || strings.Contains(rec.Body.String(), "Refunds") {
				t.Errorf("%s %s: %d", method, path, rec.Code)
			}
		}
	}
	rec := w.ask("DELETE", w.link("lead@demo.test"), nil)
	if rec.Code != 405 || rec.Header().Get("Allow") == "" {
		t.Errorf("DELETE: %d", rec.Code)
	}
}

func TestQuorum(t *testing.T) {
	w := open(t, func(r *approval.Request) { r.Quorum = 2 })
	early := w.form(t, "dora@demo.test", "decision", "approve")
	rec := w.ask("POST", w.link("lead@demo.test"), w.form(t, "lead@demo.test", "decision", "approve", "text", "Shorter.", "comment", "see"))
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), "It takes 2 approvals; yours is counted.") || len(w.answers.Got) != 0 {
		t.Fatalf("%d\n%s", rec.Code, rec.Body)
	}
	for _, method := range []string{"GET", "POST"} {
		if rec := w.ask(method, w.link("lead@demo.test"), early); rec.Code != 409 || !strings.Contains(rec.Body.String(), "You have decided already") {
			t.Errorf("%s a second time: %d", method, rec.Code)
		}
	}
	// A form that was opened before the other one's edit does not undo it unseen.
	rec = w.ask("POST", w.link("dora@demo.test"), early)
	if rec.Code != 409 || !strings.Contains(rec.Body.String(), "lead@demo.test has changed the text") || !strings.Contains(rec.Body.String(), "Shorter.") || w.now(t).Status != approval.Pending {
		t.Fatalf("%d\n%s", rec.Code, rec.Body)
	}
	form := w.form(t, "dora@demo.test", "decision", "approve")
	if form.Get("text") != "Shorter." || form.Get("seen") != "1" {
		t.Errorf("the second one sees %v", form)
	}
	if rec := w.ask("POST", w.link("dora@demo.test"), form); rec.Code != 200 {
		t.Fatalf("%d", rec.Code)
	}
	if got := w.now(t); got.Status != approval.Approved || got.Text != "Shorter." || len(w.answers.Got) != 1 {
		t.Errorf("%+v", got)
	}
}

// The decision stands although Step Functions cannot be told; the page says so.
func TestUndelivered(t *testing.T) {
	w := open(t, nil)
	w.answers.Fail = fault.New(fault.Unavailable, "busy")
	rec := w.ask("POST", w.link("lead@demo.test"), w.form(t, "lead@demo.test", "decision", "approve"))
	if got := w.now(t); rec.Code != 200 || got.Status != approval.Approved || got.Delivered {
		t.Errorf("%d, %+v", rec.Code, got)
	}
}

func TestBroken(t *testing.T) {
	w := open(t, nil)
	form := w.form(t, "lead@demo.test", "decision", "approve")
	w.Fuse.Set(1)
	rec := w.ask("POST", w.link("lead@demo.test"), form)
	if rec.Code != 500 || !strings.Contains(rec.Body.String(), "Nothing was decided") || strings.Contains(rec.Body.String(), "dead") {
		t.Errorf("%d\n%s", rec.Code, rec.Body)
	}
	w.Fuse.Set(0)
	if w.now(t).Status != approval.Pending {
		t.Error("decided")
	}
}

func TestWithoutDraftOrMessage(t *testing.T) {
	w := open(t, func(r *approval.Request) { r.Draft, r.HasDraft, r.MessageID, r.Message = "", false, "", "" })
	rec := w.ask("GET", w.link("lead@demo.test"), nil)
	if strings.Count(rec.Body.String(), "<textarea") != 1 || strings.Contains(rec.Body.String(), "The message") {
		t.Errorf("%s", rec.Body)
	}
	if rec := w.ask("POST", w.link("lead@demo.test"), w.form(t, "lead@demo.test", "decision", "approve")); rec.Code != 200 {
		t.Errorf("%d", rec.Code)
	}
}

func TestLeft(t *testing.T) {
	for d, want := range map[time.Duration]string{72*time.Hour + time.Minute: "3 days left", 47 * time.Hour: "47 hours left", 90 * time.Minute: "90 minutes left", time.Second: "1 minutes left"} {
		if got := left(d); got != strings.Replace(want, "1 minutes", "1 minute", 1) {
			t.Errorf("%s: %s", d, got)
		}
	}
}

// TestPages writes the pages where APPROVE_PAGES says, for somebody to look at.
func TestPages(t *testing.T) {
	dir := os.Getenv("APPROVE_PAGES")
	if dir == "" {
		t.Skip("APPROVE_PAGES is not set")
	}
	w := open(t, func(r *approval.Request) {
		r.Subject, r.Message, r.Draft, r.WorkflowName, r.Quorum = "Reply to Anna Bell", "Check the amount before you approve.", "Dear Anna,\n\nthank you for your message. We are sorry that the kettle broke. The refund of 49.90 € is on its way and takes three to five days.\n\nKind regards\nSupport", "AI reply with approval", 2
	})
	write := func(name string, rec *httptest.ResponseRecorder) {
		if err := os.WriteFile(filepath.Join(dir, name+".html"), rec.Body.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ask", w.ask("GET", w.link("lead@demo.test"), nil))
	write("error", w.ask("POST", w.link("lead@demo.test"), w.form(t, "lead@demo.test")))
	write("done", w.ask("POST", w.link("lead@demo.test"), w.form(t, "lead@demo.test", "decision", "approve", "text", "Dear Anna,\n\nthe refund is on its way.")))
	early := w.form(t, "dora@demo.test", "decision", "approve")
	early.Set("seen", "0")
	early.Set("text", "Dear Anna, mine is better.")
	write("changed", w.ask("POST", w.link("dora@demo.test"), early))
	w.ask("POST", w.link("dora@demo.test"), w.form(t, "dora@demo.test", "decision", "reject", "comment", "The amount is wrong."))
	write("over", w.ask("GET", w.link("lead@demo.test"), nil))
	write("missing", w.ask("GET", "/a/x", nil))
	t.Logf("pages in %s", dir)
}
