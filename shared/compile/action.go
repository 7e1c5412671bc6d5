package compile

import (
	"fmt"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/workflow"
)

const (
	invoke      = "arn:aws:states:::lambda:invoke"
	invokeToken = "arn:aws:states:::lambda:invoke.waitForTaskToken"
)

// transient are the errors of the Lambda service itself, and ours for "try again later".
// https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
var transient = []string{
	"Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException", "Lambda.AWSLambdaException",
	"Lambda.SdkClientException", "unavailable",
}

// throttled are the errors of a quota: nothing has happened, and it will be possible
// later. The longest quota is SES's of 24 hours; with full jitter a pause is half of its
// bound on average, so that these retries last 256 × 450 s, a day and eight hours.
var throttled = []string{"throttled", "Lambda.TooManyRequestsException"}

func retryThrottled() asl.Retrier {
	return asl.Retrier{ErrorEquals: throttled, IntervalSeconds: 5, MaxAttempts: asl.Int(256), BackoffRate: 2, MaxDelaySeconds: 900, JitterStrategy: "FULL"}
}

func retryTransient() asl.Retrier {
	return asl.Retrier{ErrorEquals: transient, IntervalSeconds: 2, MaxAttempts: asl.Int(6), BackoffRate: 2, MaxDelaySeconds: 60, JitterStrategy: "FULL"}
}

// longestDelay bounds the growth of a node's own retry interval, in seconds.
const longestDelay = 86_400

// lateness is what a state outlives the timeout by that its function was told.
const lateness = 10 * time.Second

// retries are those of a quota, the transient ones and the node's own. The first that
// names an error counts: a quota uses up no retry of the node's.
func retries(s *step) ([]asl.Retrier, error) {
	out := []asl.Retrier{retryThrottled(), retryTransient()}
	if s.Retry == nil {
		return out, nil
	}
	interval := 2 * time.Second
	if s.Retry.Interval != "" {
		d, err := workflow.ParseDuration(s.Retry.Interval)
		if err != nil {
			return nil, fmt.Errorf("retry: %w", err)
		}
		interval = d
	}
	backoff := s.Retry.Backoff
	if backoff == 0 {
		backoff = 2
	}
	r := asl.Retrier{ErrorEquals: []string{"States.TaskFailed", "States.Timeout"}, IntervalSeconds: int(interval / time.Second), MaxAttempts: asl.Int(s.Retry.MaxAttempts), BackoffRate: backoff}
	if r.IntervalSeconds < longestDelay {
		r.MaxDelaySeconds = longestDelay
	}
	return append(out, r), nil
}

func (b *builder) function(k *workflow.NodeKind) string {
	if k.Function == "reach" {
		return b.opts.ReachARN
	}
	return b.opts.ActARN
}

// arguments are those of a call of a node's function, extra members added to the payload.
func (b *builder) arguments(s *step, extra map[string]any) map[string]any {
	entity := func(name string) string {
		source := b.resolver(s)(workflow.Path{name, "id"})
		if rest, ok := strings.CutPrefix(source, input); ok {
			return "$i" + rest
		}
		return source
	}
	p := map[string]any{
		"v":        1, // of the call, see action.Version
		"type":     s.Type,
		"node":     s.ID,
		"patient":  true, // it knows the error of a quota, see retryThrottled
		"run":      expression(input + ".run.id"),
		"redrive":  expression("$states.context.Execution.RedriveCount"),
		"workflow": expression(input + ".workflow"),
		"refs": expression("($i := " + input + "; " + object(map[string]string{
			"event": "$i.event.id", "actor": "$i.event.actor", "depth": "$i.event.causedBy.depth",
			"message": "$i.message.id", "conversation": entity("conversation"), "contact": entity("contact"), "ticket": entity("ticket"),
		}) + ")"),
	}
	for name, v := range extra {
		p[name] = v
	}
	return map[string]any{"FunctionName": b.function(s.kind), "Payload": p}
}

// aiContext is what the model may see besides its instructions.
func (b *builder) aiContext(s *step) string {
	resolve := b.resolver(s)
	members := func(entity string, names ...string) string {
		m := map[string]string{}
		for _, name := range names {
			m[name] = resolve(workflow.Path{entity, name})
		}
		return object(m)
	}
	return expression(object(map[string]string{
		"message":      members("message", "subject", "text", "from", "fromName"),
		"conversation": members("conversation", "subject"),
		"contact":      members("contact", "name", "email"),
	}))
}

// action compiles a node that calls its function once.
func (b *builder) action(s *step) error {
	params, err := b.params(s)
	if err != nil {
		return err
	}
	extra := map[string]any{"params": params}
	if s.kind.Context {
		extra["context"] = b.aiContext(s)
	}
	timeout := s.kind.DefaultTimeout
	if s.Timeout != "" {
		timeout = s.Timeout
	}
	limit, err := workflow.ParseDuration(timeout)
	if err != nil {
		return fmt.Errorf("timeout: %w", err)
	}
	if s.kind.MaxTimeout != "" {
		// The function keeps the time itself and says what took so long; the state's own
		// time-out is for a function that does not come back.
		extra["timeout"] = int(limit / time.Second)
		limit += lateness
	}
	st := &asl.State{
		Type: asl.Task, Resource: invoke, Arguments: b.arguments(s, extra), TimeoutSeconds: int(limit / time.Second),
		Assign: b.assign(s, b.results(s, false)),
		Output: expression(asObject(payload+".result", "{}")),
	}
	if st.Retry, err = retries(s); err != nil {
		return err
	}
	if st.Next, err = b.target(s, workflow.OutputNext); err != nil {
		return err
	}
	st.End = st.Next == ""
	onError, err := b.target(s, workflow.OutputError)
	if err != nil {
		return err
	}
	if s.edges[workflow.OutputError] != "" {
		if onError == "" { // every node on the way is disabled
			onError = b.done()
		}
		st.Catch = []asl.Catcher{{ErrorEquals: []string{"States.ALL"}, Assign: b.assign(s, b.failure(s)), Next: onError}}
	}
	b.add(s.ID, Source{s.ID, RoleTask}, st)
	return nil
}
