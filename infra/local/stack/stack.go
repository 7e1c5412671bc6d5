// Package stack is the local stack whole: it reads template.yaml, makes every service
// that the template uses, runs the real functions against them, and serves what a
// person and the AWS CLI reach. It is wiring only; each service is a package of its own.
package stack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/dynamodb"
	"github.com/deskhand/deskhand/infra/local/eventbridge"
	"github.com/deskhand/deskhand/infra/local/iam"
	"github.com/deskhand/deskhand/infra/local/issuer"
	"github.com/deskhand/deskhand/infra/local/lambda"
	"github.com/deskhand/deskhand/infra/local/s3"
	"github.com/deskhand/deskhand/infra/local/scheduler"
	"github.com/deskhand/deskhand/infra/local/ses"
	"github.com/deskhand/deskhand/infra/local/sqs"
	"github.com/deskhand/deskhand/infra/local/states"
)

// Config says where the stack runs. Ports of 0 are chosen.
type Config struct {
	Template     string // path of template.yaml; CodeUri is relative to its folder
	TemplateText []byte // instead of what the file holds
	DataDir      string
	Port         int
	SMTPPort     int
	AWSPort      int
	AuthRequired bool
	Params       map[string]string // of the template, beyond those that the local stack sets
	Unverified   []string          // domains that SES does not know as verified
	Sandbox      bool              // of SES: what it says of itself, not what it does
	Settling     bool              // it is not healthy before Settled is called
}

// Stack runs until Close.
type Stack struct {
	URL      string // console, REST, approval pages, /local/
	SMTPAddr string
	AWSURL   string
	Clock    *clock.Clock
	Template *cfn.Stack
	IAM      *iam.Authority
	Lambda   *lambda.Service
	DynamoDB *dynamodb.Service
	States   *states.Service
	Mail     *ses.Service
	Issuer   *issuer.Issuer
	Quotas   *awshttp.Throttle // of the AWS endpoint; none at first

	db      *disk.DB
	sqs     *sqs.Service
	s3      *s3.Service
	events  *eventbridge.Service
	sched   *scheduler.Service
	front   *http.Server
	aws     *http.Server
	config  Config
	dataDir string

	settling atomic.Bool
}

// Settled says that what had to be on the desk is there: from now on it is healthy.
func (s *Stack) Settled() { s.settling.Store(false) }

const (
	account   = "123456789012"
	region    = "us-east-1"
	audience  = "deskhand"
	roleClaim = "deskhand:role"
)

// Start brings everything up; an error leaves nothing running.
func Start(ctx context.Context, cfg Config) (s *Stack, err error) {
	s = &Stack{config: cfg}
	s.settling.Store(cfg.Settling)
	defer func() {
		if err != nil {
			s.Close()
			s = nil
		}
	}()
	if s.dataDir, err = filepath.Abs(cfg.DataDir); err != nil {
		return s, err
	}
	if err := os.MkdirAll(s.dataDir, 0o755); err != nil {
		return s, fmt.Errorf("data folder: %w", err)
	}
	front, err := listen("PORT", cfg.Port)
	if err != nil {
		return s, err
	}
	aws, err := listen("AWS_PORT", cfg.AWSPort)
	if err != nil {
		return s, err
	}
	smtp, err := listen("SMTP_PORT", cfg.SMTPPort)
	if err != nil {
		return s, err
	}
	s.URL, s.AWSURL, s.SMTPAddr = "http://"+front.Addr().String(), "http://"+aws.Addr().String(), smtp.Addr().String()
	if err := s.make(); err != nil {
		return s, err
	}
	described, err := s.described()
	if err != nil {
		return s, err
	}
	s.Quotas = &awshttp.Throttle{Now: s.Clock.Now}
	endpoint := &awshttp.Endpoint{Account: account, Region: region, Auth: s.IAM, Quotas: s.Quotas}
	for name, service := range map[string]awshttp.Service{"dynamodb": s.DynamoDB, "sqs": s.sqs, "events": s.events, "s3": s.s3,
		"ses": s.Mail, "states": s.States, "lambda": s.Lambda, "scheduler": s.sched,
		"cloudformation": described, "logs": s.logGroups()} {
		endpoint.Handle(name, service)
	}
	s.aws = serve(aws, endpoint)
	handler, err := s.handler()
	if err != nil {
		return s, err
	}
	if err := s.Lambda.Build(ctx); err != nil {
		return s, err
	}
	for _, start := range []func() error{s.Lambda.Start, s.events.Start, s.sched.Start, s.States.Resume} {
		if err := start(); err != nil {
			return s, err
		}
	}
	s.front = serve(front, handler)
	go func() {
		if err := s.Mail.ServeSMTP(smtp); err != nil && !errors.Is(err, net.ErrClosed) {
			slog.Error("smtp", "error", err.Error())
		}
	}()
	return s, nil
}

// Close stops everything; what is durable goes on at the next Start.
func (s *Stack) Close() {
	if s == nil {
		return
	}
	for _, srv := range []*http.Server{s.front, s.aws} {
		if srv != nil {
			_ = srv.Close()
		}
	}
	if s.Mail != nil {
		_ = s.Mail.Close()
	}
	if s.Lambda != nil {
		s.Lambda.Close()
	}
	if s.States != nil {
		s.States.Close()
	}
	if s.Clock != nil {
		s.Clock.Close()
	}
	if s.db != nil {
		_ = s.db.Close()
	}
}

func listen(name string, port int) (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return nil, fmt.Errorf("port %d is taken: stop what uses it, or set %s to another: %w", port, name, err)
	}
	return l, nil
}

func serve(l net.Listener, h http.Handler) *http.Server {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := srv.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			slog.Error("serve", "address", l.Addr().String(), "error", err.Error())
		}
	}()
	return srv
}

// params are what the local stack gives the template.
func (s *Stack) params() map[string]string {
	p := map[string]string{"OidcIssuer": s.URL, "OidcAudience": audience, "RoleClaim": roleClaim, "PublicUrl": s.URL, "AiProvider": "standin"}
	for k, v := range s.config.Params {
		p[k] = v
	}
	return p
}

// clockFile holds how far the clock is ahead; the functions read it too.
func (s *Stack) clockFile() string { return filepath.Join(s.dataDir, "clock") }

func (s *Stack) ahead() time.Duration {
	data, err := os.ReadFile(s.clockFile())
	if err != nil {
		return 0
	}
	d, err := time.ParseDuration(strings.TrimSpace(string(data)))
	if err != nil {
		slog.Warn("the clock's file cannot be read: it starts at wall time", "file", s.clockFile(), "error", err.Error())
	}
	return d
}

// keepAhead writes the file whole or not at all: functions read it at any moment.
func (s *Stack) keepAhead(d time.Duration) error {
	tmp := s.clockFile() + ".new"
	if err := os.WriteFile(tmp, []byte(d.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, s.clockFile())
}
