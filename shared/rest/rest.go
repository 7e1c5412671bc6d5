// Package rest is the HTTP interface under /v1 (contract.md, "REST"): routes, roles,
// reading requests, answering JSON and problem+json. What the requests do is in the
// packages that it calls; it knows net/http and no AWS.
package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/erase"
	"github.com/deskhand/deskhand/shared/inbound"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/publish"
	"github.com/deskhand/deskhand/shared/record"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
)

// Engine is what the handlers need of package engine beyond publishing and starting.
type Engine interface {
	WholeHistory(ctx context.Context, executionArn string, limit int) ([]run.HistoryEvent, error)
	History(ctx context.Context, executionArn, cursor string, limit int, newestFirst bool) ([]run.HistoryEvent, string, error)
	Stop(ctx context.Context, executionArn, code, cause string) error
	Redrive(ctx context.Context, executionArn, token string) error
}

// Links makes short-lived addresses of objects in the bucket.
type Links interface {
	Link(ctx context.Context, key, fileName string, life time.Duration) (string, error)
}

// Reprocessor gives a mail that failed to receive once more.
type Reprocessor interface {
	Reprocess(ctx context.Context, m desk.FailedMail) (inbound.Outcome, error)
}

// Senders knows what keeps mail from going out as an address; nothing, when it can.
type Senders interface {
	Warnings(ctx context.Context, address string) ([]string, error)
}

// Config is what clients need to sign in.
type Config struct {
	Issuer   string `json:"issuer"`
	ClientID string `json:"clientId"`
}

// Server answers /v1.
type Server struct {
	Store     *store.Store
	Engine    Engine
	Publisher *publish.Publisher
	Launcher  *launch.Launcher
	Approvals *approval.Service
	Recorder  *record.Recorder
	Mailer    action.Mailer
	Senders   Senders // nil: nothing is known of who may be sent as
	Links     Links
	Eraser    *erase.Eraser
	Mail      Reprocessor
	NewID     func(prefix string) string
	Now       func() time.Time
	RoleClaim string
	PublicURL string // where webhooks are called
	Config    Config
}

// handler answers one route: a value for JSON, or an error for problem+json.
type handler func(r *http.Request) (*answer, error)

// answer is a successful one; a nil body is none, as with 204.
type answer struct {
	status int
	body   any
	header map[string]string
}

func ok(body any) (*answer, error) { return &answer{status: http.StatusOK, body: body}, nil }

func created(location string, body any) (*answer, error) {
	return &answer{status: http.StatusCreated, body: body, header: map[string]string{"Location": location}}, nil
}

func accepted(body any) (*answer, error) {
	return &answer{status: http.StatusAccepted, body: body}, nil
}

func done() (*answer, error) { return &answer{status: http.StatusNoContent}, nil }
