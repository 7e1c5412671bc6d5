package lambda

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// runtimeAPI is the server that the processes talk to. The first part of the path
// is the instance, so that each process has an API of its own on one port.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type runtimeAPI struct {
	addr   string
	server *http.Server

	mu        sync.RWMutex
	instances map[string]*instance
}

func (a *runtimeAPI) add(in *instance) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.instances[in.id] = in
}

func (a *runtimeAPI) drop(in *instance) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.instances, in.id)
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	a.mu.RLock()
	in := a.instances[id]
	a.mu.RUnlock()
	if in == nil {
		http.Error(w, "unknown execution environment", http.StatusForbidden)
		return
	}
	if rest, ok := strings.CutPrefix(path, "2018-06-01/runtime/"); ok {
		switch {
		case rest == "invocation/next" && r.Method == http.MethodGet:
			in.next(w, r)
			return
		case rest == "init/error" && r.Method == http.MethodPost:
			in.failInit(w, r)
			return
		case r.Method == http.MethodPost && strings.HasPrefix(rest, "invocation/"):
			call, what, _ := strings.Cut(strings.TrimPrefix(rest, "invocation/"), "/")
			if what == "response" || what == "error" {
				in.answer(w, r, call, what == "error")
				return
			}
		}
	}
	if rest, ok := strings.CutPrefix(path, "2020-01-01/extension/"); ok {
		in.extension(w, r, rest)
		return
	}
	runtimeError(w, http.StatusNotFound, "NotFound", "no such path of the runtime API: "+path)
}

func runtimeError(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"errorType": kind, "errorMessage": message})
}

// next hands out the next call. The process counts as free since its answer, so that a
// call may be waiting already; one that asks without having answered has failed its call.
func (in *instance) next(w http.ResponseWriter, r *http.Request) {
	in.mu.Lock()
	first := !in.asked
	in.asked = true
	if first {
		in.initTime = time.Since(in.born)
	}
	open := in.current
	in.current = nil
	in.mu.Unlock()
	if first {
		in.f.mu.Lock()
		in.f.stats.LastInit = in.initTime
		in.f.mu.Unlock()
		close(in.ready)
	}
	if open != nil {
		in.f.release(in)
		open.finish(outcome{err: failure("Runtime.Unknown", "RequestId: "+open.id+" Error: the runtime asked for the next call without answering")})
	}
	select {
	case call := <-in.calls:
		in.mu.Lock()
		in.current, in.tail = call, in.tail[:0]
		in.mu.Unlock()
		h := w.Header()
		h["Content-Type"] = []string{"application/json"}
		h["Lambda-Runtime-Aws-Request-Id"] = []string{call.id}
		h["Lambda-Runtime-Deadline-Ms"] = []string{strconv.FormatInt(call.deadline.UnixMilli(), 10)}
		h["Lambda-Runtime-Invoked-Function-Arn"] = []string{call.arn}
		h["Lambda-Runtime-Trace-Id"] = []string{call.trace}
		h["Content-Length"] = []string{strconv.Itoa(len(call.payload))}
		if _, err := w.Write(call.payload); err != nil {
			slog.Debug("runtime api", "function", in.f.spec.LogicalID, "error", err.Error())
		}
	case <-in.gone:
	case <-r.Context().Done():
	}
}

// answer takes the result or the error of a call.
func (in *instance) answer(w http.ResponseWriter, r *http.Request, id string, failed bool) {
	body, err := readAnswer(r)
	in.mu.Lock()
	call := in.current
	match := call != nil && call.id == id
	if match {
		in.current = nil
	}
	in.mu.Unlock()
	if !match {
		runtimeError(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return
	}
	out := outcome{payload: body}
	var tooLarge *tooLargeError
	switch {
	case errors.As(err, &tooLarge):
		out = outcome{err: failure("Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", MaxSync))}
	case err != nil:
		out = outcome{err: failure("Runtime.Unknown", "RequestId: "+id+" Error: "+err.Error())}
	case failed:
		out = outcome{err: body}
	case r.Trailer.Get("Lambda-Runtime-Function-Error-Type") != "":
		text, err := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body"))
		if err != nil || !json.Valid(text) {
			text = failure(r.Trailer.Get("Lambda-Runtime-Function-Error-Type"), "the function's response broke off")
		}
		out = outcome{err: text}
	}
	in.f.release(in) // first, so that a caller's next call finds it
	call.finish(out)
	if tooLarge != nil {
		runtimeError(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", MaxSync))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`+"\n")
}

type tooLargeError struct{}

func (*tooLargeError) Error() string { return "too large" }

func readAnswer(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxSync+1))
	if err != nil {
		return nil, err
	}
	if len(body) > MaxSync {
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 8*MaxSync))
		return nil, &tooLargeError{}
	}
	return body, nil
}

func (in *instance) failInit(w http.ResponseWriter, r *http.Request) {
	body, err := readAnswer(r)
	if err == nil && json.Valid(body) {
		in.mu.Lock()
		in.initError = body
		in.mu.Unlock()
	}
	w.WriteHeader(http.StatusAccepted)
}

// extension accepts what aws-lambda-go's SIGTERM option registers: an extension
// without events, whose call of next never returns.
func (in *instance) extension(w http.ResponseWriter, r *http.Request, rest string) {
	switch rest {
	case "register":
		w.Header().Set("Lambda-Extension-Identifier", in.id)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"functionName": in.f.spec.Name, "functionVersion": "$LATEST", "handler": in.f.spec.Handler})
	case "event/next":
		select {
		case <-in.gone:
		case <-r.Context().Done():
		}
	default:
		runtimeError(w, http.StatusNotFound, "NotFound", "no such path of the extensions API: "+rest)
	}
}

// failure is an error payload in the shape that Lambda gives for its own errors.
func failure(kind, message string) []byte {
	b, _ := json.Marshal(struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{kind, message})
	return b
}
