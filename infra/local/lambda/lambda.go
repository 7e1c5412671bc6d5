// Package lambda plays AWS Lambda: it builds every function of the template, runs
// the real binaries as processes that speak the Lambda Runtime API, invokes them
// synchronously and asynchronously, and feeds them from queues and streams. It signs
// a function's calls with its own role's key and checks, with iam, who invokes what.
//
// Supported: RequestResponse, Event and DryRun invocations by name, ARN, version or
// alias, also on the wire; time-outs, crashes, init errors and size limits with AWS's
// error shapes; reserved concurrency; a durable asynchronous queue with AWS's two
// retries, destinations and dead-letter queues; event source mappings of SQS queues and
// DynamoDB streams with filters, partial batch responses, bisecting, retry and age limits.
// Partly: a version is always the current code ("1" and aliases run it); batching
// windows count as 0; a stream is one shard; calls past the reserved concurrency wait
// instead of being throttled (unless it is 0).
// Not: layers, extensions (registering is accepted), container images, response
// streaming, function URLs, memory and CPU limits, creating or changing functions.
//
// A deadline is wall time, because the function's process has only that; retries and
// retry delays follow the stack's clock.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/ and
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package lambda

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
)

// Limits of a payload, https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	MaxSync  = 6 * 1024 * 1024
	MaxAsync = 1024 * 1024
)

// DefaultProcesses is how many processes of one function run at a time.
const DefaultProcesses = 4

// Authority is what this package asks of iam.
type Authority interface {
	awshttp.Authorizer
	AllowService(service, action, resource, source string) error
	CanAssume(service, roleARN, source string) error
	AccessKey(roleARN string) string
}

// Config is what New needs.
type Config struct {
	DB        *disk.DB
	Clock     *clock.Clock
	Account   string
	Region    string
	Functions []cfn.Function
	Sources   []cfn.EventSource
	Root      string            // folder of the template; `go build` runs there
	DataDir   string            // bin/ and logs/ are made in it
	Endpoint  string            // AWS_ENDPOINT_URL of the functions
	ExtraEnv  map[string]string // further variables of every function
	Auth      Authority         // nil: nothing is checked
	Queues    Queues            // nil when nothing sends to or reads from queues
	Streams   Streams           // nil when no source is a stream
	Processes int               // of one function at a time; default DefaultProcesses
	IdleAfter time.Duration     // idle processes are ended after this wall time; default 10 min
}

// Service has the functions; it is an awshttp.Service of the signing name "lambda".
type Service struct {
	cfg       Config
	functions map[string]*function // by name
	sources   []source
	runtime   *runtimeAPI
	ctx       context.Context // ended by Close
	stop      context.CancelFunc
	work      sync.WaitGroup // background goroutines
}

// source is an event source mapping at work.
type source interface {
	start() error
}

// New makes the service; nothing runs until Build and Start.
func New(cfg Config) (*Service, error) {
	if cfg.Processes <= 0 {
		cfg.Processes = DefaultProcesses
	}
	if cfg.IdleAfter <= 0 {
		cfg.IdleAfter = 10 * time.Minute
	}
	var err error
	if cfg.DataDir, err = filepath.Abs(cfg.DataDir); err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, functions: map[string]*function{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	for _, f := range cfg.Functions {
		if cfg.Auth != nil {
			if err := cfg.Auth.CanAssume("lambda.amazonaws.com", f.RoleARN, f.ARN); err != nil {
				return nil, fmt.Errorf("function %s: %w", f.LogicalID, err)
			}
		}
		for _, dest := range []string{f.DeadLetter, f.Async.OnFailure, f.Async.OnSuccess} {
			if err := s.checkDestination(dest); err != nil {
				return nil, fmt.Errorf("function %s: %w", f.LogicalID, err)
			}
		}
		fn, err := newFunction(s, f)
		if err != nil {
			return nil, fmt.Errorf("function %s: %w", f.LogicalID, err)
		}
		s.functions[f.Name] = fn
	}
	if err := cfg.DB.Buckets(asyncBucket, checkpointBucket); err != nil {
		return nil, err
	}
	for _, m := range cfg.Sources {
		src, err := s.newSource(m)
		if err != nil {
			return nil, fmt.Errorf("event source %s: %w", m.LogicalID, err)
		}
		s.sources = append(s.sources, src)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("runtime API: %w", err)
	}
	s.runtime = &runtimeAPI{addr: l.Addr().String(), instances: map[string]*instance{}}
	s.runtime.server = &http.Server{Handler: s.runtime, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.runtime.server.Serve(l) }()
	return s, nil
}

// Start takes up the asynchronous invocations left over from the last run and the
// event sources. Call it when everything that functions call is being served.
func (s *Service) Start() error {
	if err := s.resumeAsync(); err != nil {
		return err
	}
	var errs []error
	for _, src := range s.sources {
		errs = append(errs, src.start())
	}
	s.work.Add(1)
	go s.reap()
	return errors.Join(errs...)
}

// Close ends every process. Work under way counts as not done and is made again by the next run.
func (s *Service) Close() {
	s.stop()
	for _, f := range s.functions {
		f.close()
	}
	_ = s.runtime.server.Close()
	s.work.Wait()
	for _, f := range s.functions {
		f.logs.close()
	}
}

func (s *Service) reap() {
	defer s.work.Done()
	tick := time.NewTicker(max(s.cfg.IdleAfter/4, 10*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
			for _, f := range s.functions {
				f.reap(time.Now().Add(-s.cfg.IdleAfter))
			}
		}
	}
}

// find resolves a name, a partial or a full ARN, with or without a qualifier.
func (s *Service) find(name string) (fn *function, arn, version string, err error) {
	qualifier := ""
	plain := name
	if strings.HasPrefix(name, "arn:") {
		part := strings.Split(name, ":")
		if len(part) < 7 || part[2] != "lambda" || part[5] != "function" {
			return nil, "", "", s.notFound(name)
		}
		if part[3] != s.cfg.Region || part[4] != s.cfg.Account {
			return nil, "", "", s.notFound(name)
		}
		plain = strings.Join(part[6:], ":")
	} else if part := strings.Split(name, ":"); len(part) >= 3 && part[1] == "function" { // ACCOUNT:function:NAME
		plain = strings.Join(part[2:], ":")
	}
	plain, qualifier, _ = strings.Cut(plain, ":")
	fn = s.functions[plain]
	if fn == nil {
		return nil, "", "", s.notFound(name)
	}
	arn, version = fn.spec.ARN, "$LATEST"
	if qualifier != "" {
		arn += ":" + qualifier
		switch {
		case qualifier == "$LATEST":
		case qualifier == "1" && len(fn.spec.Aliases) > 0, fn.hasAlias(qualifier):
			version = "1"
		default:
			return nil, "", "", s.notFound(arn)
		}
	}
	return fn, arn, version, nil
}

func (s *Service) notFound(name string) error {
	if !strings.HasPrefix(name, "arn:") {
		name = "arn:aws:lambda:" + s.cfg.Region + ":" + s.cfg.Account + ":function:" + name
	}
	return &awshttp.Error{Code: "ResourceNotFoundException", Status: http.StatusNotFound, Message: "Function not found: " + name}
}
