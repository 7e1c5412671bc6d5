// Package fault is the one error type of Deskhand: a code that a program can act on,
// a message that a person can act on, and a cause for the log. It imports nothing of
// the project; everything may import it.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Code says what kind of failure it is.
type Code string

// The codes. An error without one is Internal.
const (
	Invalid       Code = "invalid"       // the request cannot be read or breaks a rule: 400
	Unprocessable Code = "unprocessable" // well formed, but not possible as it stands: 422
	Forbidden     Code = "forbidden"     // known caller, not allowed: 403
	NotFound      Code = "not_found"     // 404
	Conflict      Code = "conflict"      // the state of the thing forbids it now: 409
	Stale         Code = "stale"         // changed since it was read: 412
	Unavailable   Code = "unavailable"   // try again later: 503
	Internal      Code = "internal"      // 500; shown to clients as "internal error"
)

// Error carries a code, words for people and, for the log, a cause.
type Error struct {
	Code    Code
	Name    string // a narrower name for Step Functions and steps.<node>.error.code, e.g. "no_approvers"; "" means Code
	Message string
	Cause   error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// throttled is the name of errors of a quota: nothing has happened, and nothing is wrong.
const throttled = "throttled"

// Throttled makes an error of a quota of AWS (or of who else was asked): it is
// Unavailable, what was asked for did not happen, and it will be possible later. States
// try such a step again for a day and more, where they try other Unavailable ones for minutes.
func Throttled(cause error, format string, args ...any) *Error {
	return &Error{Code: Unavailable, Name: throttled, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// IsThrottled tells whether err is one of a quota.
func IsThrottled(err error) bool { return err != nil && Name(err) == throttled }

// New makes an error of a code.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Named makes an error with a name of its own.
func Named(code Code, name, format string, args ...any) *Error {
	return &Error{Code: code, Name: name, Message: fmt.Sprintf(format, args...)}
}

// Wrap keeps the code of err (Internal if it has none) and puts words before it.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}

// CodeOf finds the code of err; Internal if it has none, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Is tells whether err has the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// Name is what Step Functions and a step's error carry: the error's own name, else its code.
func Name(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Name != "" {
		return e.Name
	}
	return string(CodeOf(err))
}

// Message is what may be shown to whoever asked: "internal error" for Internal.
func Message(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Code != Internal {
		return e.Message
	}
	return "internal error"
}

// Status is the HTTP status of a code.
func Status(code Code) int {
	switch code {
	case Invalid:
		return http.StatusBadRequest
	case Unprocessable:
		return http.StatusUnprocessableEntity
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case Stale:
		return http.StatusPreconditionFailed
	case Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
