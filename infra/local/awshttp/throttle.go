package awshttp

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Limit is a quota that the endpoint keeps: a bucket of Burst calls that fills up with
// PerSecond, as the services of AWS have them. What does not fit is answered as the
// service would. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
type Limit struct {
	Service   string  `json:"service"`          // signing name
	Action    string  `json:"action,omitempty"` // "" is every action of the service; SendEmail for ses
	PerSecond float64 `json:"perSecond"`
	Burst     int     `json:"burst"`
	Code      string  `json:"code,omitempty"` // of the answer; "" is the service's own
	Taken     int     `json:"taken"`
	Refused   int     `json:"refused"`
}

// refusals by service: the error of a call past its quota.
var refusals = map[string]Error{
	"dynamodb":  {Code: "ThrottlingException", Message: "Throughput exceeds the current capacity of your table or index.", Status: http.StatusBadRequest},
	"states":    {Code: "ThrottlingException", Message: "Rate exceeded", Status: http.StatusBadRequest},
	"events":    {Code: "ThrottlingException", Message: "Rate exceeded", Status: http.StatusBadRequest},
	"sqs":       {Code: "RequestThrottled", Message: "Request is throttled.", Status: http.StatusForbidden},
	"ses":       {Code: "TooManyRequestsException", Message: "Maximum sending rate exceeded.", Status: http.StatusTooManyRequests},
	"lambda":    {Code: "TooManyRequestsException", Message: "Rate Exceeded.", Status: http.StatusTooManyRequests},
	"scheduler": {Code: "ThrottlingException", Message: "Rate exceeded", Status: http.StatusTooManyRequests},
	"s3":        {Code: "SlowDown", Message: "Please reduce your request rate.", Status: http.StatusServiceUnavailable},
}

// Throttle keeps quotas for the endpoint; the zero value keeps none.
type Throttle struct {
	Now func() time.Time // the clock by which buckets fill

	mu      sync.Mutex
	buckets []*bucket
}

type bucket struct {
	Limit
	tokens float64
	last   time.Time
}

// Set keeps a quota, in place of an earlier one of the same service and action; one that
// lets through nothing at all is refused, because nothing would ever come to its end.
func (t *Throttle) Set(l Limit) error {
	if _, ok := refusals[l.Service]; !ok {
		return fmt.Errorf("service: there is no service %q here", l.Service)
	}
	if l.PerSecond <= 0 || l.Burst < 1 {
		return fmt.Errorf("perSecond and burst: give numbers above zero")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	b := &bucket{Limit: l, tokens: float64(l.Burst), last: t.Now()}
	for i, old := range t.buckets {
		if old.Service == l.Service && old.Action == l.Action {
			t.buckets[i] = b
			return nil
		}
	}
	t.buckets = append(t.buckets, b)
	return nil
}

// Clear keeps no quotas any more.
func (t *Throttle) Clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buckets = nil
}

// Limits are the quotas with what they let through and what they did not.
func (t *Throttle) Limits() []Limit {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := []Limit{}
	for _, b := range t.buckets {
		out = append(out, b.Limit)
	}
	return out
}

// refuse tells whether a call is past a quota, and how it is answered.
func (t *Throttle) refuse(service, action string) *Error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var hit *bucket
	for _, b := range t.buckets {
		if b.Service != service || b.Action != "" && b.Action != action {
			continue
		}
		now := t.Now()
		b.tokens = min(float64(b.Burst), b.tokens+now.Sub(b.last).Seconds()*b.PerSecond)
		b.last = now
		if b.tokens < 1 && hit == nil {
			hit = b
		}
	}
	for _, b := range t.buckets {
		switch {
		case b.Service != service || b.Action != "" && b.Action != action:
		case hit == nil:
			b.tokens--
			b.Taken++
		case hit == b:
			b.Refused++
		}
	}
	if hit == nil {
		return nil
	}
	e := refusals[service]
	if hit.Code != "" {
		e.Code = hit.Code
	}
	return &e
}

// named is the action of a call; that of the REST protocols is told from method and path.
func named(c *Call) string {
	switch {
	case c.Action != "":
		return c.Action
	case c.Service == "ses" && c.HTTP.Method == http.MethodPost && strings.HasSuffix(c.HTTP.URL.Path, "/outbound-emails"):
		return "SendEmail"
	case c.Service == "s3":
		return map[string]string{http.MethodGet: "GetObject", http.MethodPut: "PutObject", http.MethodDelete: "DeleteObject", http.MethodHead: "HeadObject"}[c.HTTP.Method]
	}
	return ""
}

// throttled answers calls past their quota, and hands on the others.
type throttled struct {
	Service
	by *Throttle
}

func (t throttled) ServeAWS(w http.ResponseWriter, c *Call) {
	e := t.by.refuse(c.Service, named(c))
	switch {
	case e == nil:
		t.Service.ServeAWS(w, c)
	case c.Service == "s3":
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(e.Status)
		_ = xml.NewEncoder(w).Encode(struct {
			XMLName xml.Name `xml:"Error"`
			Code    string
			Message string
		}{Code: e.Code, Message: e.Message})
	default:
		WriteJSON(w, "application/x-amz-json-1.0", nil, e)
	}
}
