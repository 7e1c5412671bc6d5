package approval

import (
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
)

// Limits of a decision.
const (
	MaxText    = 32 << 10 // bytes of the edited draft
	MaxComment = 4 << 10
)

// Decision is what one person says to a request.
type Decision struct {
	By       string
	Decision string // approve or reject
	Comment  string
	Text     *string // the draft as edited; nil leaves it as it is
	Via      string  // link or rest
	OnBehalf bool    // an admin decides for the approvers
	Seen     *int    // how many votes there were when the voter looked; nil does not say
	At       time.Time
}

// Decide applies a vote: one reject rejects, a quorum of approvals approves. The
// request is only changed when the error is nil; Unprocessable says that the vote
// itself is not one, Conflict that the request is over, Forbidden that it is not the
// voter's to decide.
func (r *Request) Decide(d Decision) error {
	if d.Decision != "approve" && d.Decision != "reject" {
		return fault.New(fault.Unprocessable, "decision is %q: choose approve or reject", d.Decision)
	}
	if len(d.Comment) > MaxComment {
		return fault.New(fault.Unprocessable, "comment has %d bytes, at most %d are kept: shorten it", len(d.Comment), MaxComment)
	}
	if d.Text != nil {
		text := normalise(*d.Text)
		d.Text = &text
	}
	if d.Text != nil && len(*d.Text) > MaxText {
		return fault.New(fault.Unprocessable, "text has %d bytes, at most %d can be sent: shorten it", len(*d.Text), MaxText)
	}
	if err := r.Open(d.At); err != nil {
		return err
	}
	if !d.OnBehalf && !slices.Contains(r.Approvers, d.By) {
		return fault.New(fault.Forbidden, "%s is not among the approvers of this request", d.By)
	}
	for _, v := range r.Votes {
		if v.By == d.By {
			return fault.New(fault.Conflict, "you have already chosen to %s; it takes %d approvals", v.Decision, r.Quorum)
		}
	}
	text := r.current()
	if d.Text != nil && r.HasDraft {
		text = *d.Text
		if d.Decision == "approve" && strings.TrimSpace(text) == "" && strings.TrimSpace(r.Draft) != "" {
			return fault.New(fault.Unprocessable, "text is empty: there would be nothing to send; write something, or reject")
		}
	}
	if d.Seen != nil && *d.Seen != len(r.Votes) && d.Decision == "approve" && text != r.current() {
		return fault.Named(fault.Conflict, "changed", "%s has changed the text meanwhile: look at it, then decide", r.Votes[len(r.Votes)-1].By)
	}
	edited := r.HasDraft && text != normalise(r.Draft)
	r.Votes = append(r.Votes, Vote{By: d.By, Decision: d.Decision, Comment: d.Comment, Text: text, Edited: edited, At: d.At, Via: d.Via})
	r.Text, r.Edited = text, edited
	if d.Comment != "" {
		r.Comment = d.Comment
	}
	switch {
	case d.Decision == "reject":
		r.settle(Rejected, d)
	case r.approvals() >= max(r.Quorum, 1):
		r.settle(Approved, d)
	}
	return nil
}

// current is the text as the last voter left it.
func (r *Request) current() string {
	if len(r.Votes) == 0 {
		return r.Draft
	}
	return r.Text
}

func (r *Request) settle(to Status, d Decision) {
	at := d.At
	r.Status, r.DecidedAt, r.DecidedBy, r.RemindAt, r.EscalateAt, r.Delivered = to, &at, d.By, nil, nil, false
}

func (r *Request) approvals() int {
	n := 0
	for _, v := range r.Votes {
		if v.Decision == "approve" {
			n++
		}
	}
	return n
}

// Open tells whether the request can still be decided at a time; the Conflict says why not.
func (r *Request) Open(now time.Time) error {
	switch {
	case r.Status == Approved || r.Status == Rejected:
		return fault.Named(fault.Conflict, "decided", "%s has already %s this request at %s", r.DecidedBy, r.Status, r.DecidedAt.UTC().Format(time.RFC3339))
	case r.Status == Withdrawn:
		return fault.Named(fault.Conflict, "withdrawn", "the request was withdrawn: its run has ended")
	case r.Status == TimedOut || !now.Before(r.ExpiresAt):
		return fault.Named(fault.Conflict, "expired", "the time to decide was over at %s", r.ExpiresAt.UTC().Format(time.RFC3339))
	}
	return nil
}

// Expire settles a pending request whose time is over: the text is then the draft.
func (r *Request) Expire(now time.Time) bool {
	if r.Status != Pending {
		return false
	}
	r.Status, r.DecidedAt, r.RemindAt, r.EscalateAt, r.Delivered = TimedOut, &now, nil, nil, true
	r.Text, r.Edited = r.Draft, false
	return true
}

// Withdraw settles a pending request whose run has ended.
func (r *Request) Withdraw(now time.Time) bool {
	if r.Status != Pending {
		return false
	}
	r.Status, r.DecidedAt, r.RemindAt, r.EscalateAt, r.Delivered = Withdrawn, &now, nil, nil, true
	return true
}

// Result is what the step's later nodes see (steps.<node>.*).
type Result struct {
	Output   string `json:"output"`
	Decision string `json:"decision"`
	By       string `json:"by,omitempty"`
	Comment  string `json:"comment,omitempty"`
	Text     string `json:"text"`
	Edited   bool   `json:"edited"`
}

// Result of a settled request.
func (r *Request) Result() Result {
	out := Result{Output: string(r.Status), Decision: string(r.Status), By: r.DecidedBy, Comment: r.Comment, Text: r.Text, Edited: r.Edited}
	if r.Status != Approved && r.Status != Rejected {
		out.Output, out.Decision, out.Text, out.Edited = string(TimedOut), string(TimedOut), r.Draft, false
	}
	return out
}

// normalise undoes what a browser's form does to line ends.
func normalise(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
