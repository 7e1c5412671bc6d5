package awshttp

import (
	"net/http"
	"time"
)

// Observation is one call that was answered.
type Observation struct {
	Caller  Principal
	Service string  // signing name
	Action  string  // of the JSON protocols; else the first action that IAM was asked for, without its service
	Units   float64 // DynamoDB's request units, of the kind that Action consumes; 0 elsewhere
	Status  int     // of the HTTP answer
	Began   time.Time
	Ended   time.Time // wall time
}

// Observe has every call told to f, after its answer was written and in the goroutine
// that wrote it: calls may be told at the same time. nil ends it.
func (e *Endpoint) Observe(f func(Observation)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.observe = f
}

// Consume adds request units to what the call cost.
func (c *Call) Consume(units float64) { c.units += units }

// serve hands the call on, and tells the observer when there is one.
func (e *Endpoint) serve(s Service, w http.ResponseWriter, c *Call, tell func(Observation)) {
	if tell == nil {
		s.ServeAWS(w, c)
		return
	}
	seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	began := time.Now()
	s.ServeAWS(seen, c)
	o := Observation{Caller: c.Caller, Service: c.Service, Action: c.Action, Units: c.units, Status: seen.status, Began: began, Ended: time.Now()}
	if o.Action == "" {
		o.Action = c.asked
	}
	tell(o)
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
