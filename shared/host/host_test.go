package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/smithy-go"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/host"
)

func TestFail(t *testing.T) {
	api := func(code, message string) error {
		return fmt.Errorf("put item: %w", &smithy.GenericAPIError{Code: code, Message: message})
	}
	long := strings.Repeat("ü", 5000)
	for _, c := range []struct {
		name    string
		err     error
		want    string
		message string
	}{
		{"named", fault.Named(fault.Unprocessable, "no_approvers", "nobody"), "no_approvers", "nobody"},
		{"of a code", fault.Wrap(fault.New(fault.Unavailable, "busy"), "x"), "unavailable", "busy"},
		{"unknown", errors.New("secret"), "internal", "internal error"},
		{"denied", api("AccessDeniedException", "User act is not authorized to perform dynamodb:PutItem"), "access_denied", "AccessDeniedException: User act is not authorized to perform dynamodb:PutItem"},
		{"throttled", api("ThrottlingException", "slow down"), "unavailable", "AWS is throttling: ThrottlingException"},
		{"table throttled", api("ProvisionedThroughputExceededException", "slow down"), "unavailable", "AWS is throttling: ProvisionedThroughputExceededException"},
		{"another answer of AWS", api("ValidationException", "secret"), "internal", "internal error"},
		{"a code of ours wins", &fault.Error{Code: fault.Conflict, Message: "over", Cause: api("AccessDenied", "x")}, "conflict", "over"},
		{"very long", fault.New(fault.Invalid, "%s", long), "invalid", long[:2000] + "…"},
		{"a crash", context.DeadlineExceeded, "internal", "internal error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := host.Fail(t.Context(), c.err)
			var e messages.InvokeResponse_Error
			if !errors.As(err, &e) || e.Type != c.want || e.Message != c.message {
				t.Errorf("%#v, want %s: %s", err, c.want, c.message)
			}
			if strings.HasPrefix(e.Type, "States.") {
				t.Error("the name is reserved")
			}
			if data, err := json.Marshal(e); err != nil || !strings.Contains(string(data), `"errorType":"`+c.want+`"`) {
				t.Errorf("as Lambda tells it: %s, %v", data, err)
			}
		})
	}
	if host.Fail(t.Context(), nil) != nil {
		t.Error("nil is a failure")
	}
}

func TestEnv(t *testing.T) {
	t.Setenv("HOST_TEST", "x")
	if host.Env("HOST_TEST") != "x" {
		t.Error("not read")
	}
	t.Setenv("HOST_TEST", "")
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, "HOST_TEST") {
			t.Errorf("a missing variable: %s", p)
		}
	}()
	host.Env("HOST_TEST")
}
