package approval_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/fault"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func request(quorum int, approvers ...string) approval.Request {
	return approval.Request{ID: "apr_1", RunID: "run_1", Node: "ok", Status: approval.Pending, Approvers: approvers, Quorum: quorum,
		Subject: "Reply?", Draft: "Dear you\n", HasDraft: true, CreatedAt: now.Add(-time.Hour), ExpiresAt: now.Add(time.Hour),
		RemindAt: []time.Time{now.Add(time.Minute)}}
}

func text(s string) *string { return &s }

func TestDecide(t *testing.T) {
	type d = approval.Decision
	for _, c := range []struct {
		name   string
		quorum int
		votes  []d
		code   fault.Code // of the last one
		words  string     // in its error
		status approval.Status
		result approval.Result
	}{
		{"approved as it is", 1, []d{{By: "a", Decision: "approve", Text: text("Dear you\r\n")}}, "", "", approval.Approved,
			approval.Result{Output: "approved", Decision: "approved", By: "a", Text: "Dear you\n"}},
		{"approved without a word on the text", 1, []d{{By: "a", Decision: "approve"}}, "", "", approval.Approved,
			approval.Result{Output: "approved", Decision: "approved", By: "a", Text: "Dear you\n"}},
		{"approved, edited", 1, []d{{By: "b", Decision: "approve", Text: text("Dear\r\nall"), Comment: "shorter"}}, "", "", approval.Approved,
			approval.Result{Output: "approved", Decision: "approved", By: "b", Comment: "shorter", Text: "Dear\nall", Edited: true}},
		{"rejected", 2, []d{{By: "a", Decision: "reject", Comment: "no"}}, "", "", approval.Rejected,
			approval.Result{Output: "rejected", Decision: "rejected", By: "a", Comment: "no", Text: "Dear you\n"}},
		{"one of two", 2, []d{{By: "a", Decision: "approve", Text: text("X")}}, "", "", approval.Pending, approval.Result{}},
		{"two of two, the second sees the first one's text", 2, []d{{By: "a", Decision: "approve", Text: text("X")}, {By: "b", Decision: "approve"}}, "", "", approval.Approved,
			approval.Result{Output: "approved", Decision: "approved", By: "b", Text: "X", Edited: true}},
		{"one rejects after one approved", 2, []d{{By: "a", Decision: "approve", Comment: "fine"}, {By: "b", Decision: "reject"}}, "", "", approval.Rejected,
			approval.Result{Output: "rejected", Decision: "rejected", By: "b", Comment: "fine", Text: "Dear you\n"}},
		{"twice the same person", 2, []d{{By: "a", Decision: "approve"}, {By: "a", Decision: "approve"}}, fault.Conflict, "you have already chosen to approve; it takes 2", approval.Pending, approval.Result{}},
		{"not an approver", 1, []d{{By: "x", Decision: "approve"}}, fault.Forbidden, "x is not among", approval.Pending, approval.Result{}},
		{"on behalf of them", 1, []d{{By: "admin", Decision: "approve", OnBehalf: true}}, "", "", approval.Approved,
			approval.Result{Output: "approved", Decision: "approved", By: "admin", Text: "Dear you\n"}},
		{"no choice", 1, []d{{By: "a", Decision: "maybe"}}, fault.Unprocessable, "choose approve or reject", approval.Pending, approval.Result{}},
		{"nothing to send", 1, []d{{By: "a", Decision: "approve", Text: text(" \n")}}, fault.Unprocessable, "nothing to send", approval.Pending, approval.Result{}},
		{"nothing to send is fine for a reject", 1, []d{{By: "a", Decision: "reject", Text: text("")}}, "", "", approval.Rejected,
			approval.Result{Output: "rejected", Decision: "rejected", By: "a", Edited: true}},
		{"too long", 1, []d{{By: "a", Decision: "approve", Text: text(strings.Repeat("x", approval.MaxText+1))}}, fault.Unprocessable, "shorten it", approval.Pending, approval.Result{}},
		{"as long as may be, with a browser's line ends", 1, []d{{By: "a", Decision: "approve", Text: text(strings.Repeat("\r\n", approval.MaxText-1) + "x")}}, "", "", approval.Approved,
			approval.Result{Output: "approved", Decision: "approved", By: "a", Text: strings.Repeat("\n", approval.MaxText-1) + "x", Edited: true}},
		{"comment too long", 1, []d{{By: "a", Decision: "reject", Comment: strings.Repeat("x", approval.MaxComment+1)}}, fault.Unprocessable, "shorten it", approval.Pending, approval.Result{}},
		{"after it was decided", 1, []d{{By: "a", Decision: "approve"}, {By: "b", Decision: "reject"}}, fault.Conflict, "a has already approved this request at 2026-11-22T09:00:00Z", approval.Approved,
			approval.Result{Output: "approved", Decision: "approved", By: "a", Text: "Dear you\n"}},
		{"at the very end", 1, []d{{By: "a", Decision: "approve", At: now.Add(time.Hour)}}, fault.Conflict, "the time to decide was over at 2026-11-22T10:00:00Z", approval.Pending, approval.Result{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(c.quorum, "a", "b")
			var err error
			for i, v := range c.votes {
				if v.At.IsZero() {
					v.At = now
				}
				if err = r.Decide(v); err != nil && i < len(c.votes)-1 {
					t.Fatal(err)
				}
			}
			if got := fault.CodeOf(err); got != c.code || err != nil && !strings.Contains(err.Error(), c.words) {
				t.Errorf("error %q: %v; want %q with %q", got, err, c.code, c.words)
			}
			if r.Status != c.status {
				t.Fatalf("it is %s, want %s", r.Status, c.status)
			}
			if r.Draft != "Dear you\n" {
				t.Errorf("the draft became %q", r.Draft)
			}
			if r.Status == approval.Pending {
				if len(r.RemindAt) != 1 || r.DecidedAt != nil {
					t.Errorf("pending, and %+v", r)
				}
				return
			}
			if r.RemindAt != nil || r.DecidedAt == nil || r.Delivered {
				t.Errorf("settled, and %+v", r)
			}
			if d := cmp.Diff(c.result, r.Result()); d != "" {
				t.Errorf("result (-want +got):\n%s", d)
			}
		})
	}
}

func TestWithoutDraft(t *testing.T) {
	r := request(1, "a")
	r.Draft, r.HasDraft = "", false
	if err := r.Decide(approval.Decision{By: "a", Decision: "approve", Text: text("smuggled"), At: now}); err != nil {
		t.Fatal(err)
	}
	if got := r.Result(); got.Text != "" || got.Edited {
		t.Errorf("%+v", got)
	}
}

func TestSettled(t *testing.T) {
	for _, c := range []struct {
		name   string
		settle func(*approval.Request) bool
		status approval.Status
		words  string
	}{
		{"expired", func(r *approval.Request) bool { return r.Expire(now) }, approval.TimedOut, "the time to decide was over"},
		{"withdrawn", func(r *approval.Request) bool { return r.Withdraw(now) }, approval.Withdrawn, "withdrawn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(2, "a", "b")
			if err := r.Decide(approval.Decision{By: "a", Decision: "approve", Text: text("X"), At: now}); err != nil {
				t.Fatal(err)
			}
			if !c.settle(&r) || r.Status != c.status || !r.Delivered || c.settle(&r) {
				t.Fatalf("%+v", r)
			}
			err := r.Decide(approval.Decision{By: "b", Decision: "approve", At: now})
			if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("late: %v", err)
			}
			if d := cmp.Diff(approval.Result{Output: "timed_out", Decision: "timed_out", Text: "Dear you\n"}, r.Result()); d != "" {
				t.Errorf("result (-want +got):\n%s", d)
			}
			if !r.Due(now).IsZero() {
				t.Error("it is looked at again")
			}
		})
	}
	done := request(1, "a")
	if err := done.Decide(approval.Decision{By: "a", Decision: "approve", At: now}); err != nil {
		t.Fatal(err)
	}
	if done.Expire(now) || done.Withdraw(now) || done.Status != approval.Approved {
		t.Errorf("a decision was undone: %s", done.Status)
	}
	if got := done.Due(now); !got.Equal(now.Add(approval.DeliverGrace)) {
		t.Errorf("not delivered, and due %s", got)
	}
}

func TestDue(t *testing.T) {
	r := request(1, "a")
	if got := r.Due(now); !got.Equal(now.Add(time.Minute)) {
		t.Errorf("reminder due %s", got)
	}
	r.RemindAt = nil
	if got := r.Due(now); !got.Equal(r.ExpiresAt) {
		t.Errorf("expiry due %s", got)
	}
}

func TestLinks(t *testing.T) {
	secret, other := []byte("0123456789abcdef0123456789abcdef"), []byte("another")
	r := request(1, "a@x.test", "b@x.test")
	links := approval.Links(secret, &r)
	seen := map[string]bool{}
	for i, l := range links {
		id := approval.LinkID(secret, "apr_1", r.Approvers[i])
		if l.Hash != approval.Hash(id) || l.Approver != r.Approvers[i] || l.ApprovalID != "apr_1" || !l.ExpiresAt.Equal(r.ExpiresAt) {
			t.Errorf("%+v", l)
		}
		if len(id) != 32 || strings.ContainsAny(id, "+/=") || strings.Contains(id, "apr") {
			t.Errorf("id %q", id)
		}
		seen[id] = true
	}
	seen[approval.LinkID(secret, "apr_2", "a@x.test")] = true
	seen[approval.LinkID(other, "apr_1", "a@x.test")] = true
	if len(seen) != 4 {
		t.Error("links are alike")
	}
}

func TestNonce(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	n := approval.Nonce(secret, "hash", now)
	for _, c := range []struct {
		name   string
		secret string
		hash   string
		given  string
		wall   time.Time
		want   bool
	}{
		{"at once", string(secret), "hash", n, now, true},
		{"at the end of its life", string(secret), "hash", n, now.Add(approval.NonceLife), true},
		{"too old", string(secret), "hash", n, now.Add(approval.NonceLife + time.Hour), false},
		{"from the future", string(secret), "hash", n, now.Add(-time.Hour), false},
		{"of another link", string(secret), "hush", n, now, false},
		{"of another desk", "x", "hash", n, now, false},
		{"none", string(secret), "hash", "", now, false},
	} {
		if got := approval.NonceValid([]byte(c.secret), c.hash, c.given, c.wall); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// An edit of somebody else is never lost to a form that was opened before it.
func TestSeen(t *testing.T) {
	none, one := 0, 1
	for _, c := range []struct {
		name     string
		decision string
		text     *string
		seen     *int
		want     string // error name
	}{
		{"the old text, opened before", "approve", text("Dear you\n"), &none, "changed"},
		{"another text, opened before", "approve", text("Y"), &none, "changed"},
		{"the same text, opened before", "approve", text("X"), &none, ""},
		{"another text, opened after", "approve", text("Y"), &one, ""},
		{"without a text", "approve", nil, &none, ""},
		{"a reject", "reject", text("Dear you\n"), &none, ""},
		{"it does not say", "approve", text("Dear you\n"), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(2, "a", "b")
			if err := r.Decide(approval.Decision{By: "a", Decision: "approve", Text: text("X"), Seen: &none, At: now}); err != nil {
				t.Fatal(err)
			}
			err := r.Decide(approval.Decision{By: "b", Decision: c.decision, Text: c.text, Seen: c.seen, At: now})
			if c.want == "" && err != nil || c.want != "" && fault.Name(err) != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
			if err != nil && (r.Text != "X" || len(r.Votes) != 1) {
				t.Errorf("refused, and changed: %+v", r)
			}
		})
	}
}
