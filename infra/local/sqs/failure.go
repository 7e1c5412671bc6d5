package sqs

import (
	"errors"
	"net/http"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// failure is an SQS error: kind is the shape's name in the JSON protocol, query the
// code of the old query protocol, which the x-amzn-query-error header carries.
type failure struct {
	kind, query, text string
	status            int // 0 means 400
}

func (f *failure) Error() string { return f.query + ": " + f.text }

const shapes = "com.amazonaws.sqs#"

func errNoQueue() error {
	return &failure{kind: "QueueDoesNotExist", query: "AWS.SimpleQueueService.NonExistentQueue", text: "The specified queue does not exist."}
}

func errParameter(text string) error {
	return &failure{kind: "InvalidParameterValueException", query: "InvalidParameterValue", text: text}
}

func errMissing(name string) error {
	return &failure{kind: "MissingRequiredParameterException", query: "MissingParameter", text: "The request must contain the parameter " + name + "."}
}

func errReceipt(text string) error {
	return &failure{kind: "ReceiptHandleIsInvalid", query: "ReceiptHandleIsInvalid", text: text}
}

func errNotInFlight() error {
	return &failure{kind: "MessageNotInflight", query: "AWS.SimpleQueueService.MessageNotInflight", text: "The message referred to isn't in flight."}
}

func isNotInFlight(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.kind == "MessageNotInflight"
}

func errUnsupported(text string) error {
	return &failure{kind: "UnsupportedOperation", query: "AWS.SimpleQueueService.UnsupportedOperation", text: text}
}

// IsNoQueue tells whether err says that the queue does not exist.
func IsNoQueue(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.kind == "QueueDoesNotExist"
}

func write(w http.ResponseWriter, v any, err error) {
	const contentType = "application/x-amz-json-1.0"
	var f *failure
	switch e := (*awshttp.Error)(nil); {
	case err == nil:
	case errors.As(err, &f):
		w.Header().Set("x-amzn-query-error", f.query+";Sender")
		err = &awshttp.Error{Code: shapes + f.kind, Message: f.text, Status: f.status}
	case errors.As(err, &e) && e.Code == "AccessDeniedException":
		w.Header().Set("x-amzn-query-error", "AccessDenied;Sender")
		err = &awshttp.Error{Code: e.Code, Message: e.Message, Status: http.StatusForbidden}
	}
	awshttp.WriteJSON(w, contentType, v, err)
}
