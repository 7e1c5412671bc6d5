package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
)

// maxForm bounds a posted form: the draft and the comment, percent-encoded, with a
// browser's line ends.
const maxForm = 6 * (approval.MaxText + approval.MaxComment)

type pageStore interface {
	ApprovalByLink(ctx context.Context, hash string) (approval.Link, *approval.Request, error)
	Messages(ctx context.Context, conversationID string) ([]desk.Message, error)
	Secret(ctx context.Context, name string) ([]byte, error)
	PutAudit(ctx context.Context, e audit.Entry) error
}

type page struct {
	store     pageStore
	approvals *approval.Service
	links     linker
	now       func() time.Time
	newID     func(prefix string) string
}

// view is what the template draws.
type view struct {
	Style   string // nonce of the style element
	Title   string
	Request *approval.Request
	Asked   template.HTML  // what the author of the workflow wrote, as shared/mail renders it
	Message *desk.Message  // that the request is about
	Earlier []desk.Message // of its conversation, newest first
	Who     string
	Nonce   string
	Text    string // of the draft, as typed so far
	Theirs  string // the text as somebody else left it, when that happened meanwhile
	Comment string
	Choice  string
	Error   string
	Note    string
	Until   string
	Left    string
	Lines   int
}

func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	link := strings.TrimPrefix(r.URL.Path, "/a/")
	v := view{Style: random()}
	headers(w.Header(), v.Style)
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		p.plain(w, v, http.StatusMethodNotAllowed, "This page can be opened, and its form can be sent", "Nothing was changed.")
		return
	}
	hash := approval.Hash(link)
	l, req, err := p.store.ApprovalByLink(r.Context(), hash)
	if fault.Is(err, fault.NotFound) || (err == nil && req == nil) {
		p.plain(w, v, http.StatusNotFound, "There is nothing here", "The link is not complete, or it was never one. Open it from the mail, or copy all of it.")
		return
	}
	if err == nil {
		v.Message, v.Earlier, err = p.thread(r.Context(), req)
	}
	var secret []byte
	if err == nil {
		secret, err = p.store.Secret(r.Context(), approval.SecretName)
	}
	if err != nil {
		p.broken(w, r, v, err)
		return
	}
	v.show(req, l.Approver, p.now())
	v.Nonce = approval.Nonce(secret, hash, time.Now()) // wall time: a person sits before the page
	if err := req.Open(p.now()); err != nil {
		p.over(w, v, req)
		return
	}
	for _, vote := range req.Votes {
		if vote.By == l.Approver {
			v.Title, v.Note = "You have decided already", fmt.Sprintf("You chose to %s. It takes %d approvals.", vote.Decision, req.Quorum)
			draw(w, http.StatusConflict, "over", v)
			return
		}
	}
	if r.Method == http.MethodPost {
		p.decide(w, r, v, secret, hash)
		return
	}
	if name := r.URL.Query().Get("attachment"); name != "" {
		p.attachment(w, r, v, name)
		return
	}
	draw(w, http.StatusOK, "ask", v)
}

// decide takes the form.
func (p *page) decide(w http.ResponseWriter, r *http.Request, v view, secret []byte, hash string) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		v.Error = "The form could not be read, perhaps because the text is too long. Nothing was decided."
		draw(w, http.StatusBadRequest, "ask", v)
		return
	}
	f := r.PostForm
	v.Choice, v.Comment = f.Get("decision"), f.Get("comment")
	if f.Has("text") {
		v.Text = strings.ReplaceAll(f.Get("text"), "\r\n", "\n")
	}
	if !approval.NonceValid(secret, hash, f.Get("nonce"), time.Now()) {
		v.Error = "This page was open for too long, or was not sent from here. Nothing was decided: look once more and send it again."
		draw(w, http.StatusForbidden, "ask", v)
		return
	}
	if v.Choice == "" {
		v.Error = "Choose approve or reject."
		draw(w, http.StatusUnprocessableEntity, "ask", v)
		return
	}
	d := approval.Decision{By: v.Who, Decision: v.Choice, Comment: strings.TrimSpace(v.Comment), Via: "link"}
	if f.Has("text") {
		text := v.Text
		d.Text = &text
	}
	if seen, err := strconv.Atoi(f.Get("seen")); err == nil {
		d.Seen = &seen
	}
	req, err := p.approvals.Decide(r.Context(), v.Request.ID, d)
	switch {
	case err == nil:
		p.note(r.Context(), req, d)
		v.Request = req
		v.Title = "You chose to " + v.Choice
		if req.Status == approval.Pending {
			v.Note = fmt.Sprintf("It takes %d approvals; yours is counted.", req.Quorum)
		}
		draw(w, http.StatusOK, "done", v)
	case fault.Is(err, fault.Unprocessable):
		v.Error = fault.Message(err)
		draw(w, http.StatusUnprocessableEntity, "ask", v)
	case fault.Name(err) == "changed":
		v.Request, v.Theirs, v.Choice, v.Error = req, req.Text, "", fault.Message(err)+". Nothing was decided."
		draw(w, http.StatusConflict, "ask", v)
	case fault.Is(err, fault.Conflict):
		if req != nil {
			v.Request = req
		}
		if v.Request.Open(p.now()) == nil { // still open: this person has voted already
			v.Title, v.Note = "You have decided already", fault.Message(err)
			draw(w, http.StatusConflict, "over", v)
			return
		}
		p.over(w, v, v.Request)
	case fault.Is(err, fault.Forbidden):
		p.plain(w, v, http.StatusForbidden, "This is not yours to decide", fault.Message(err))
	default:
		p.broken(w, r, v, err)
	}
}

// note tells the audit log who decided what. The decision stands when the note cannot be
// kept; then the function's log has it.
func (p *page) note(ctx context.Context, req *approval.Request, d approval.Decision) {
	entry := p.newID(id.Audit)
	e := audit.Entry{ID: entry, At: id.Time(entry), Who: d.By, Role: "approver", Action: "approval.decide",
		What: audit.What{Kind: "approval", ID: req.ID}, Summary: "decision " + d.Decision + ", by the link"}
	if err := p.store.PutAudit(ctx, e); err != nil {
		slog.ErrorContext(ctx, "the audit log misses an entry", "action", e.Action, "error", err)
	}
}

// over tells how the request ended: 409 when somebody decided, else 410.
func (p *page) over(w http.ResponseWriter, v view, req *approval.Request) {
	status := http.StatusGone
	switch req.Status {
	case approval.Approved, approval.Rejected:
		status, v.Title = http.StatusConflict, "Already "+string(req.Status)
		v.Note = fmt.Sprintf("%s %s this request on %s.", req.DecidedBy, req.Status, stamp(*req.DecidedAt))
	case approval.Withdrawn:
		v.Title, v.Note = "Withdrawn", "The run that asked has ended, so there is nothing to decide any more."
	default:
		v.Title, v.Note = "The time is over", "This request could be decided until "+stamp(req.ExpiresAt)+"."
	}
	draw(w, status, "over", v)
}

func (p *page) plain(w http.ResponseWriter, v view, status int, title, note string) {
	v.Title, v.Note, v.Request = title, note, nil
	draw(w, status, "over", v)
}

func (p *page) broken(w http.ResponseWriter, r *http.Request, v view, err error) {
	slog.ErrorContext(r.Context(), "approval page", "error", err)
	p.plain(w, v, fault.Status(fault.CodeOf(err)), "Something went wrong", "Nothing was decided. Try again in a moment.")
}

func (v *view) show(req *approval.Request, who string, now time.Time) {
	v.Request, v.Who, v.Text, v.Asked = req, who, req.Draft, template.HTML(req.MessageHTML)
	if n := len(req.Votes); n > 0 && req.HasDraft {
		v.Text = req.Text
	}
	v.Title, v.Until, v.Left = req.Subject, stamp(req.ExpiresAt), left(req.ExpiresAt.Sub(now))
	if v.Title == "" {
		v.Title = "Approval"
	}
	v.Lines = min(max(strings.Count(v.Text, "\n")+3, 8), 24)
}

// headers keep the page out of caches, frames and referrers, and scripts out of it.
func headers(h http.Header, style string) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+style+"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
}

func random() string {
	b := make([]byte, 12)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func stamp(t time.Time) string { return t.UTC().Format("Mon 2 Jan 2006, 15:04 UTC") }

func left(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days left", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours left", int(d.Hours()))
	}
	if minutes := int(d.Minutes()); minutes > 1 {
		return fmt.Sprintf("%d minutes left", minutes)
	}
	return "1 minute left"
}
