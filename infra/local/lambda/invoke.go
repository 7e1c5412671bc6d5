package lambda

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// Call is one invocation.
type Call struct {
	Function  string // ARN or name, may be qualified
	Payload   []byte // JSON; empty counts as {} as on the wire
	Caller    awshttp.Principal
	SourceARN string // when the caller is a service: the rule, the API, …
	Trace     string // X-Ray trace header, made up when empty
}

// Result is what a synchronous invocation gives. FunctionError is "" or "Unhandled";
// then Payload is {"errorType", "errorMessage", …}.
type Result struct {
	Payload       []byte
	FunctionError string
	RequestID     string
	Version       string // executed: $LATEST, or 1 behind an alias
	LogTail       []byte // the last 4 KB that the process wrote during the call
	Duration      time.Duration
}

// invocation is a call on its way through a process.
type invocation struct {
	id       string
	arn      string
	payload  []byte
	trace    string
	deadline time.Time
	done     chan outcome // capacity 1
}

type outcome struct {
	payload []byte
	err     []byte // JSON of the error, nil on success
}

func (i *invocation) finish(o outcome) {
	select {
	case i.done <- o:
	default:
	}
}

// newID is a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func newTrace() string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", time.Now().Unix(), b[:12], b[12:])
}

// admit finds the function and checks the caller and the payload. The error is an *awshttp.Error:
// ResourceNotFoundException, AccessDeniedException, RequestTooLargeException, InvalidRequestContentException.
func (s *Service) admit(call *Call, limit int, operation string) (fn *function, arn, version string, err error) {
	fn, arn, version, err = s.find(call.Function)
	if err != nil {
		return nil, "", "", err
	}
	if err := s.allow(call, arn); err != nil {
		return nil, "", "", &awshttp.Error{Code: "AccessDeniedException", Status: http.StatusForbidden, Message: err.Error()}
	}
	if len(call.Payload) > limit {
		return nil, "", "", &awshttp.Error{Code: "RequestTooLargeException", Status: http.StatusRequestEntityTooLarge,
			Message: fmt.Sprintf("Request must be smaller than %d bytes for the %s operation", limit, operation)}
	}
	if len(call.Payload) == 0 {
		call.Payload = []byte("{}")
	}
	if !json.Valid(call.Payload) {
		var x any
		return nil, "", "", &awshttp.Error{Code: "InvalidRequestContentException", Status: http.StatusBadRequest,
			Message: "Could not parse request body into json: " + json.Unmarshal(call.Payload, &x).Error()}
	}
	return fn, arn, version, nil
}

func (s *Service) allow(call *Call, arn string) error {
	if s.cfg.Auth == nil || call.Caller.Admin {
		return nil
	}
	if strings.HasPrefix(call.Caller.ARN, "arn:") {
		return s.cfg.Auth.Authorize(call.Caller, "lambda:InvokeFunction", arn, nil)
	}
	return s.cfg.Auth.AllowService(call.Caller.ARN, "lambda:InvokeFunction", arn, call.SourceARN)
}

// Invoke runs a function and waits for its answer. When ctx ends first the function
// runs on and its answer is dropped, as when a client of AWS hangs up.
func (s *Service) Invoke(ctx context.Context, call Call) (Result, error) {
	fn, arn, version, err := s.admit(&call, MaxSync, "InvokeFunction")
	if err != nil {
		return Result{}, err
	}
	done := s.cfg.Clock.Busy("lambda " + fn.spec.LogicalID)
	res, err := fn.run(ctx, arn, call.Payload, call.Trace, done)
	res.Version = version
	return res, err
}

// run gives the payload to a process and waits. done is called when the function has
// ended, which may be after run returns (ctx ended).
func (f *function) run(ctx context.Context, arn string, payload []byte, trace string, done func()) (Result, error) {
	in, err := f.acquire(ctx)
	if err != nil {
		done()
		return Result{}, err
	}
	if trace == "" {
		trace = newTrace()
	}
	inv := &invocation{id: newID(), arn: arn, payload: payload, trace: trace, done: make(chan outcome, 1)}
	if ctx.Done() == nil {
		defer done()
		return f.deliver(in, inv)
	}
	end := make(chan Result, 1)
	var failed error
	go func() {
		defer done()
		r, err := f.deliver(in, inv)
		failed = err
		end <- r
	}()
	select {
	case r := <-end:
		return r, failed
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// deliver drives a call, with another process when the first one ended while it was
// idle and never saw the call.
func (f *function) deliver(in *instance, inv *invocation) (Result, error) {
	for {
		r, err := f.drive(in, inv)
		if !errors.Is(err, errUndelivered) {
			return r, err
		}
		if in, err = f.acquire(f.s.ctx); err != nil {
			return Result{}, err
		}
	}
}

var errUndelivered = errors.New("the process ended before it took the call")

// drive waits for the process's init, hands over the call and waits for the end of it.
func (f *function) drive(in *instance, inv *invocation) (Result, error) {
	limit := time.NewTimer(initLimit + f.spec.Timeout)
	defer limit.Stop()
	select {
	case <-in.ready:
	case <-in.gone:
		return f.result(in, inv, 0, outcome{err: in.exitError(inv.id)})
	case <-limit.C:
		in.kill()
		<-in.gone
		return f.result(in, inv, 0, outcome{err: f.timedOut(inv.id)})
	}
	begin := time.Now()
	inv.deadline = begin.Add(f.spec.Timeout)
	in.calls <- inv
	limit.Reset(f.spec.Timeout)
	select {
	case o := <-inv.done:
		return f.result(in, inv, time.Since(begin), o)
	case <-in.gone:
		select { // the answer may have come just before the end
		case o := <-inv.done:
			return f.result(in, inv, time.Since(begin), o)
		case <-in.calls:
			return Result{}, errUndelivered
		default:
		}
		return f.result(in, inv, time.Since(begin), outcome{err: in.exitError(inv.id)})
	case <-limit.C:
		select {
		case <-in.calls: // it hangs since the call before
			in.kill()
			return Result{}, errUndelivered
		default:
		}
		in.kill()
		<-in.gone
		return f.result(in, inv, f.spec.Timeout, outcome{err: f.timedOut(inv.id)})
	}
}

func (f *function) timedOut(id string) []byte {
	return failure("Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", id, f.spec.Timeout.Seconds()))
}

// exitError is what Lambda says of a process that ended by itself.
func (in *instance) exitError(id string) []byte {
	in.mu.Lock()
	posted := in.initError
	in.mu.Unlock()
	if posted != nil {
		return posted
	}
	if in.exit == nil {
		return failure("Runtime.ExitError", "RequestId: "+id+" Error: Runtime exited without providing a reason")
	}
	return failure("Runtime.ExitError", "RequestId: "+id+" Error: Runtime exited with error: "+in.exit.Error())
}

func (f *function) result(in *instance, inv *invocation, took time.Duration, o outcome) (Result, error) {
	if f.s.ctx.Err() != nil && o.err != nil {
		return Result{}, errClosed // killed by Close, not by a fault of its own
	}
	r := Result{Payload: o.payload, RequestID: inv.id, Duration: took}
	if o.err != nil {
		r.Payload, r.FunctionError = o.err, "Unhandled"
	} else if !json.Valid(r.Payload) {
		if len(r.Payload) == 0 {
			r.Payload = []byte("null")
		} else {
			r.Payload, r.FunctionError = failure("Runtime.InvalidResponse", "RequestId: "+inv.id+" Error: the function's response is not JSON"), "Unhandled"
		}
	}
	in.mu.Lock()
	r.LogTail = append([]byte(nil), in.tail...)
	in.mu.Unlock()
	f.mu.Lock()
	f.stats.Invocations++
	f.stats.LastRun = took
	if r.FunctionError != "" {
		f.stats.Errors++
	}
	f.mu.Unlock()
	if r.FunctionError != "" {
		f.logs.add("REPORT RequestId: " + inv.id + fmt.Sprintf(" Duration: %.2f ms Status: error Error Type: ", float64(took.Microseconds())/1000) + errorType(r.Payload))
		slog.Warn("function failed", "function", f.spec.LogicalID, "request", inv.id, "error", errorType(r.Payload))
	}
	return r, nil
}

// errorType reads the kind of an error payload; the text may hold mail and stays out of the log.
func errorType(payload []byte) string {
	var e struct {
		ErrorType string `json:"errorType"`
	}
	_ = json.Unmarshal(payload, &e)
	return e.ErrorType
}

// IsStopping tells whether an error means that the local stack is going down.
func IsStopping(err error) bool { return errors.Is(err, errClosed) }
