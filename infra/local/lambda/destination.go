package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// checkDestination refuses what deliver cannot send to.
func (s *Service) checkDestination(arn string) error {
	switch {
	case arn == "" || strings.Contains(arn, ":lambda:"):
		return nil
	case strings.Contains(arn, ":sqs:"):
		if s.cfg.Queues == nil {
			return fmt.Errorf("destination %s: the local stack has no queues", arn)
		}
		return nil
	}
	return fmt.Errorf("destination %s: the local stack sends to queues and functions", arn)
}

// deliver sends to a queue or a function as the function's own role. As in AWS, what
// cannot be delivered is lost; here it is at least said why.
func (s *Service) deliver(f *function, dest string, body []byte, attributes map[string]string) {
	var err error
	role := awshttp.Principal{ARN: f.spec.RoleARN}
	switch {
	case strings.Contains(dest, ":sqs:"):
		if s.cfg.Auth != nil {
			err = s.cfg.Auth.Authorize(role, "sqs:SendMessage", dest, nil)
		}
		if err == nil {
			err = s.cfg.Queues.Send(dest, string(body), attributes)
		}
	default:
		_, err = s.InvokeAsync(context.Background(), Call{Function: dest, Payload: body, Caller: role})
	}
	if err != nil {
		slog.Error("a destination could not be reached; what was for it is lost", "function", f.spec.LogicalID, "destination", dest, "error", err.Error())
	}
}

const stamp = "2006-01-02T15:04:05.000Z"

// invocationRecord is what a destination of an asynchronous invocation gets.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
func invocationRecord(j *job, res Result, condition string, now time.Time) []byte {
	count := j.Attempts
	if condition == "Success" {
		count++
	}
	arn := j.Function
	if !strings.Contains(arn[strings.Index(arn, ":function:")+len(":function:"):], ":") {
		arn += ":$LATEST"
	}
	response := map[string]any{"statusCode": 200, "executedVersion": j.Version}
	if res.FunctionError != "" {
		response["functionError"] = res.FunctionError
	}
	b, err := json.Marshal(map[string]any{
		"version": "1.0", "timestamp": now.UTC().Format(stamp),
		"requestContext": map[string]any{"requestId": j.ID, "functionArn": arn, "condition": condition, "approximateInvokeCount": count},
		"requestPayload": j.Payload, "responseContext": response, "responsePayload": json.RawMessage(res.Payload),
	})
	if err != nil {
		slog.Error("record of an invocation", "request", j.ID, "error", err.Error())
	}
	return b
}
