package rest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/trail"
)

// maxHook is how many bytes a webhook may carry, as they come and as JSON: with what else
// a run gets to see, 256,000 stay under the 256 KiB of Step Functions.
const maxHook = 256_000

// hookPath is where webhooks come in, and hookAction the audit log's name for a new secret.
const (
	hookPath   = "/hooks/{id}/{secret}"
	hookAction = "workflow.hook"
)

// HookSecret is a webhook's new address. It is told this once.
type HookSecret struct {
	URL    string `json:"url"`
	Path   string `json:"path"`
	Secret string `json:"secret"`
}

// HookAccepted names the event that a webhook made.
type HookAccepted struct {
	EventID string `json:"eventId"`
}

// newHook gives the workflow's webhook a new secret, shown this once: only its hash is
// kept. The address before it is void at once.
func (s *Server) newHook(r *http.Request) (*answer, error) {
	if err := read(r, &struct{}{}); err != nil {
		return nil, err
	}
	h, err := s.head(r)
	if err != nil {
		return nil, err
	}
	secret := strings.ToLower(rand.Text()) // 130 bits
	if err := s.Store.SetHook(r.Context(), h.ID, secret, s.Now()); err != nil {
		return nil, err
	}
	path := "/hooks/" + h.ID + "/" + secret
	return &answer{status: http.StatusCreated, body: HookSecret{URL: strings.TrimSuffix(s.PublicURL, "/") + path, Path: path, Secret: secret}}, nil
}

// hook takes a webhook in: an event for this one workflow, whose body is detail. Whoever
// has the address may call it; there is no other sign-in.
func (s *Server) hook(r *http.Request) (*answer, error) {
	ctx := r.Context()
	wrong := fault.New(fault.NotFound, "there is no webhook at this address: its secret is wrong, or was replaced")
	wf := r.PathValue("id")
	if !id.Valid(wf, id.Workflow) {
		return nil, wrong
	}
	if err := s.Store.CheckHook(ctx, wf, r.PathValue("secret")); err != nil {
		return nil, err
	}
	h, err := s.Store.Workflow(ctx, wf)
	if err != nil || h.Archived {
		return nil, wrong
	}
	if h.ActiveVersion == 0 || h.RouteType != event.Webhook {
		return nil, fault.New(fault.Conflict, "the workflow has no active version with a webhook trigger: publish one")
	}
	detail, err := hookDetail(r)
	if err != nil {
		return nil, err
	}
	e := event.Stored{Event: event.Event{ID: s.NewID(id.Event), Type: event.Webhook, Time: s.Now(), Actor: "webhook", WorkflowID: h.ID, Detail: detail}}
	if err := s.Store.PutEvent(ctx, e); err != nil {
		return nil, err
	}
	slog.InfoContext(trail.With(ctx, trail.Event, e.ID, trail.Workflow, h.ID), "webhook taken in")
	return accepted(HookAccepted{EventID: e.ID})
}

// hookDetail makes detail of a body: a JSON object as it is, any other JSON value as
// {"body": …}; a form as its fields, with a list where one comes more than once; text as
// {"text": …}; nothing as {}.
func hookDetail(r *http.Request) (json.RawMessage, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxHook+1))
	if err != nil {
		return nil, fault.New(fault.Invalid, "the body cannot be read")
	}
	if len(body) > maxHook {
		return nil, tooLarge("the body has more than 256,000 bytes, the most that a webhook carries: send a reference to the data instead")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return json.RawMessage("{}"), nil
	}
	if !utf8.Valid(body) {
		return nil, &httpError{status: http.StatusUnsupportedMediaType, detail: "the body is not UTF-8: a webhook takes JSON, a form or text"}
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	isJSON := kind == "application/json" || strings.HasSuffix(kind, "+json")
	var detail any
	switch {
	case isJSON || (kind == "" || kind == "text/plain") && json.Valid(body) && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")):
		if !json.Valid(body) {
			return nil, fault.New(fault.Invalid, "the body is not JSON: %s", syntax(body))
		}
		var out bytes.Buffer
		if err := json.Compact(&out, body); err != nil {
			return nil, err
		}
		if out.Bytes()[0] == '{' {
			return out.Bytes(), nil
		}
		detail = map[string]json.RawMessage{"body": out.Bytes()}
	case kind == "application/x-www-form-urlencoded":
		fields, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, fault.New(fault.Invalid, "the form cannot be read: %s", err)
		}
		form := map[string]any{}
		for name, values := range fields {
			if form[name] = values; len(values) == 1 {
				form[name] = values[0]
			}
		}
		detail = form
	case kind == "" || strings.HasPrefix(kind, "text/") || kind == "application/xml" || strings.HasSuffix(kind, "+xml"):
		detail = map[string]string{"text": string(body)}
	default:
		return nil, &httpError{status: http.StatusUnsupportedMediaType, detail: "a webhook takes JSON, a form (application/x-www-form-urlencoded) or text, not " + kind}
	}
	data, err := event.Encode(detail)
	if err == nil && len(data) > maxHook {
		return nil, tooLarge("the body has more than 256,000 bytes when it is written as JSON, the most that a webhook carries: send a reference to the data instead")
	}
	return data, err
}

func tooLarge(detail string) error {
	return &httpError{status: http.StatusRequestEntityTooLarge, detail: detail}
}

// anID is one of ours: whoever calls may write anything else into a path.
var anID = regexp.MustCompile(`^[a-z]{2,5}_[0-9A-Z]{26}$`)

// shownID is the id in a request's path, for the log.
func shownID(r *http.Request) string {
	if v := r.PathValue("id"); anID.MatchString(v) {
		return v
	}
	return ""
}
