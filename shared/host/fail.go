package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/metric"
	"github.com/deskhand/deskhand/shared/trail"
)

// maxMessage bounds the words of an error: they go into the history of the execution,
// and may quote what a template gave.
const maxMessage = 2000

// Handler is what lambda.Start is given: handle, with the ids of the invocation and those
// that ids finds in the event (pairs, as trail.With takes them; nil finds none) on every
// line of the log. A panic becomes an error of the invocation, and the log has its stack.
func Handler[E, R any](ids func(E) []string, handle func(context.Context, E) (R, error)) func(context.Context, E) (R, error) {
	return func(ctx context.Context, e E) (answered R, err error) {
		if lc, ok := lambdacontext.FromContext(ctx); ok {
			ctx = trail.With(ctx, trail.Request, lc.AwsRequestID)
		}
		if header, ok := ctx.Value("x-amzn-trace-id").(string); ok { // as aws-lambda-go names it
			ctx = trail.With(ctx, trail.Trace, traceRoot(header))
		}
		if ids != nil {
			ctx = trail.With(ctx, ids(e)...)
		}
		ctx, tally := metric.With(ctx)
		defer func() {
			if err := tally.Write(out, os.Getenv("STACK"), time.Now()); err != nil {
				slog.ErrorContext(ctx, "metrics are lost", "error", err)
			}
		}()
		defer func() {
			if p := recover(); p != nil {
				slog.ErrorContext(ctx, "panic", "error", fmt.Sprint(p), trail.Stack, string(debug.Stack()))
				err = answer(fault.Internal, "internal error")
			}
		}()
		return handle(ctx, e)
	}
}

// traceRoot is the trace's id out of X-Ray's header.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
func traceRoot(header string) string {
	for part := range strings.SplitSeq(header, ";") {
		if id, ok := strings.CutPrefix(strings.TrimSpace(part), "Root="); ok {
			return id
		}
	}
	return ""
}

// Fail is err as Step Functions is to see it: our error name, words for people. The log
// has all of it, but for what must not be there (package trail).
func Fail(ctx context.Context, err error, attrs ...any) error {
	if err == nil {
		return nil
	}
	name, message := fault.Name(err), fault.Message(err)
	var api interface {
		ErrorCode() string
		ErrorMessage() string
	}
	if fault.CodeOf(err) == fault.Internal && errors.As(err, &api) {
		switch code := api.ErrorCode(); {
		case strings.HasPrefix(code, "AccessDenied"):
			name, message = "access_denied", fmt.Sprintf("%s: %s", code, api.ErrorMessage())
		case strings.Contains(code, "Throttl") || code == "ProvisionedThroughputExceededException" || code == "RequestLimitExceeded" || code == "SlowDown":
			name, message = string(fault.Unavailable), "AWS is throttling: "+code
		}
	}
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + "…"
	}
	slog.ErrorContext(ctx, "failed", append([]any{"name", name, "error", err}, attrs...)...)
	return answer(fault.Code(name), message)
}

func answer(name fault.Code, message string) error {
	said.Store(message)
	return messages.InvokeResponse_Error{Type: string(name), Message: message}
}
