package fault_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/deskhand/deskhand/shared/fault"
)

func TestCodes(t *testing.T) {
	secret := errors.New("table Deskhand-1: AccessDenied")
	for _, c := range []struct {
		name    string
		err     error
		code    fault.Code
		public  string
		message string
		status  int
	}{
		{"plain", secret, fault.Internal, "internal", "internal error", 500},
		{"of a code", fault.New(fault.Invalid, "no %s", "name"), fault.Invalid, "invalid", "no name", 400},
		{"named", fault.Named(fault.Unprocessable, "no_approvers", "nobody"), fault.Unprocessable, "no_approvers", "nobody", 422},
		{"wrapped", fault.Wrap(fault.New(fault.Stale, "changed"), "save %d", 1), fault.Stale, "stale", "changed", 412},
		{"wrapped plain", fault.Wrap(secret, "read"), fault.Internal, "internal", "internal error", 500},
		{"joined", errors.Join(fmt.Errorf("x"), fault.New(fault.Unavailable, "busy")), fault.Unavailable, "unavailable", "busy", 503},
		{"internal with a name", fault.Named(fault.Internal, "odd", "secret"), fault.Internal, "odd", "internal error", 500},
		{"forbidden", fault.New(fault.Forbidden, "no"), fault.Forbidden, "forbidden", "no", 403},
		{"not found", fault.New(fault.NotFound, "none"), fault.NotFound, "not_found", "none", 404},
		{"conflict", fault.New(fault.Conflict, "over"), fault.Conflict, "conflict", "over", 409},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := fault.CodeOf(c.err); got != c.code || !fault.Is(c.err, c.code) {
				t.Errorf("code %q, want %q", got, c.code)
			}
			if got := fault.Name(c.err); got != c.public {
				t.Errorf("name %q, want %q", got, c.public)
			}
			if got := fault.Message(c.err); got != c.message {
				t.Errorf("message %q, want %q", got, c.message)
			}
			if got := fault.Status(c.code); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
		})
	}
	if fault.CodeOf(nil) != "" || fault.Is(nil, fault.Internal) || fault.Wrap(nil, "x") != nil {
		t.Error("nil is an error")
	}
	if fault.Status("what") != http.StatusInternalServerError {
		t.Error("an unknown code is not internal")
	}
	cause := errors.New("cause")
	if e := (&fault.Error{Message: "m", Cause: cause}); !errors.Is(e, cause) || e.Error() != "m: cause" {
		t.Errorf("cause: %v", e)
	}
}
