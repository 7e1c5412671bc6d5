package eventbridge

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"strings"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/outbox"
)

const principal = "events.amazonaws.com"

// deliver makes one attempt. A missing permission or target goes straight to the
// dead-letter queue: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
func (s *Service) deliver(it outbox.Item) error {
	var d delivery
	if err := json.Unmarshal(it.Data, &d); err != nil {
		return outbox.Permanent(err)
	}
	action, service := actionOf(d.Target)
	if action == "" {
		return outbox.Permanent(errors.New("the local stack delivers to SQS and Lambda only, not to " + d.Target))
	}
	if err := s.allowed(d.Role, action, d.Target, d.Rule); err != nil {
		return outbox.Permanent(denied{err})
	}
	var err error
	if service == "sqs" {
		err = s.cfg.SendQueue(d.Target, d.Payload, nil)
	} else {
		err = s.cfg.InvokeLambda(d.Target, []byte(d.Payload))
	}
	if err != nil && s.cfg.NotFound != nil && s.cfg.NotFound(err) {
		return outbox.Permanent(missing{err})
	}
	return err
}

type (
	denied  struct{ error }
	missing struct{ error }
)

func actionOf(arn string) (action, service string) {
	part := strings.SplitN(arn, ":", 6)
	if len(part) == 6 {
		switch part[2] {
		case "sqs":
			return "sqs:SendMessage", "sqs"
		case "lambda":
			return "lambda:InvokeFunction", "lambda"
		}
	}
	return "", ""
}

// allowed asks the target's role where it has one, else the target's resource policy.
func (s *Service) allowed(role, action, resource, ruleARN string) error {
	if role != "" && s.cfg.Auth != nil {
		return s.cfg.Auth.Authorize(awshttp.Principal{ARN: role}, action, resource, nil)
	}
	if s.cfg.AllowService == nil {
		return nil
	}
	return s.cfg.AllowService(principal, action, resource, ruleARN)
}

// bury puts what could not be delivered into the target's dead-letter queue; without
// one it is dropped, as EventBridge does, but said aloud.
func (s *Service) bury(it outbox.Item, cause error) {
	var d delivery
	if err := json.Unmarshal(it.Data, &d); err != nil {
		slog.Error("event delivery", "error", err.Error())
		return
	}
	log := slog.With("rule", d.Rule, "target", d.Target, "attempts", it.Attempts, "error", cause.Error())
	if d.DeadARN == "" {
		log.Error("event dropped: the target has no dead-letter queue")
		return
	}
	code := "SDK_CLIENT_ERROR"
	switch {
	case errors.As(cause, new(denied)):
		code = "NO_PERMISSIONS"
	case errors.As(cause, new(missing)):
		code = "NO_RESOURCE"
	}
	body := d.Event
	if body == "" {
		body = d.Payload
	}
	condition := "MaximumRetryAttempts"
	if it.Attempts <= it.Retries {
		condition = "MaximumEventAgeInSeconds"
	}
	if code != "SDK_CLIENT_ERROR" {
		condition = "NonRetryableError"
	}
	err := s.allowed("", "sqs:SendMessage", d.DeadARN, d.Rule)
	if err == nil {
		err = s.cfg.SendQueue(d.DeadARN, body, map[string]string{
			"RULE_ARN": d.Rule, "TARGET_ARN": d.Target, "ERROR_CODE": code, "ERROR_MESSAGE": cause.Error(),
			"RETRY_ATTEMPTS": strconv.Itoa(it.Attempts - 1), "EXHAUSTED_RETRY_CONDITION": condition,
		})
	}
	if err != nil {
		log.Error("event dropped: its dead-letter queue did not take it", "queue", d.DeadARN, "refused", err.Error())
		return
	}
	log.Warn("event sent to the dead-letter queue", "queue", d.DeadARN)
}
