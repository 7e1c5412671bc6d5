package interp

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/asl"
)

const waitForToken = ".waitForTaskToken"

// schedule evaluates the task's fields and schedules it, for the first time or again.
func (r *run) schedule(st *state) {
	p := r.e.Position
	p.Phase, p.Until, p.Task = "", time.Time{}, nil
	t := &Task{State: st.name, Resource: st.Resource, Attempt: p.RetryCount}
	t.ResourceType, t.Action = service(st.Resource)
	r.token = ""
	if strings.HasSuffix(t.Action, waitForToken) {
		t.Token = r.env.Token()
		r.token = t.Token
	}
	if err := r.prepare(st, t); err != nil {
		r.broke(err)
		return
	}
	now := r.env.Now
	if t.Timeout > 0 {
		t.Deadline = now.Add(t.Timeout)
	}
	if t.Heartbeat > 0 {
		t.BeatDeadline = now.Add(t.Heartbeat)
	}
	if t.Function() {
		r.event("LambdaFunctionScheduled", follow, func(ev *Event) {
			ev.LambdaFunctionScheduled = &LambdaFunctionScheduled{Input: string(t.Arguments), Resource: t.Resource,
				TaskCredentials: credentials(t.Credentials), TimeoutInSeconds: int64(t.Timeout / time.Second)}
		})
		t.ID = r.e.LastID
		r.event("LambdaFunctionStarted", follow, nil)
	} else {
		r.event("TaskScheduled", follow, func(ev *Event) {
			ev.TaskScheduled = &TaskScheduled{Parameters: string(t.Arguments), Region: r.env.Region, Resource: t.Action, ResourceType: t.ResourceType,
				TaskCredentials: credentials(t.Credentials), TimeoutInSeconds: int64(t.Timeout / time.Second), HeartbeatInSeconds: int64(t.Heartbeat / time.Second)}
		})
		t.ID = r.e.LastID
		r.event("TaskStarted", follow, func(ev *Event) { ev.TaskStarted = &TaskStarted{Resource: t.Action, ResourceType: t.ResourceType} })
	}
	p.Phase, p.Task = InTask, t
	if !r.full {
		r.effects.Task = t
	}
}

func (r *run) prepare(st *state, t *Task) (err error) {
	t.Arguments = r.e.Position.Input
	if st.arguments != nil {
		if t.Arguments, err = r.text(st.arguments, scope{}); err != nil {
			return err
		}
	}
	if st.credentials != nil {
		if t.Credentials, err = r.text(st.credentials, scope{}); err != nil {
			return err
		}
	}
	if len(t.Arguments) > r.env.Limits.Payload {
		return tooLarge{}
	}
	for _, f := range []struct {
		from *template
		to   *time.Duration
	}{{st.timeout, &t.Timeout}, {st.heartbeat, &t.Heartbeat}} {
		if f.from == nil {
			continue
		}
		n, err := r.integer(f.from, 1, asl.MaxSeconds)
		if err != nil {
			return err
		}
		*f.to = time.Duration(n) * time.Second
	}
	return nil
}

// service splits arn:aws:states:::lambda:invoke into lambda and invoke; other ARNs are functions.
func service(resource string) (kind, action string) {
	_, rest, ok := strings.Cut(resource, ":states:::")
	if !ok {
		return "", ""
	}
	i := strings.LastIndexByte(rest, ':')
	if i < 0 {
		return rest, ""
	}
	return rest[:i], rest[i+1:]
}

// credentials are shown in events with a small first letter.
func credentials(text json.RawMessage) json.RawMessage {
	if text == nil {
		return nil
	}
	var c struct {
		RoleArn json.RawMessage
	}
	if json.Unmarshal(text, &c) != nil {
		return nil
	}
	out, err := encode(map[string]any{"roleArn": c.RoleArn})
	if err != nil {
		return nil
	}
	return out
}

func (r *run) submitted(t *Task, output json.RawMessage) {
	t.Submitted = true
	r.event("TaskSubmitted", follow, func(ev *Event) {
		ev.TaskSubmitted = &TaskOutput{Output: string(output), Resource: t.Action, ResourceType: t.ResourceType}
	})
}

func (r *run) succeeded(t *Task, output json.RawMessage) {
	st := r.p.states[t.State]
	output = compact(output)
	if len(output) > r.env.Limits.Payload {
		name := t.ResourceType
		if t.Function() {
			name = t.Resource
		}
		r.failed(t, Fault("States.DataLimitExceeded",
			fmt.Sprintf("The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", name)))
		return
	}
	if t.Function() {
		r.event("LambdaFunctionSucceeded", follow, func(ev *Event) {
			ev.LambdaFunctionSucceeded = &ExecutionSucceeded{Output: string(output)}
		})
	} else {
		r.event("TaskSucceeded", follow, func(ev *Event) {
			ev.TaskSucceeded = &TaskOutput{Output: string(output), Resource: t.Action, ResourceType: t.ResourceType}
		})
	}
	r.ended()
	r.exit(st.body, output, st.Next, scope{result: output})
}

// ended forgets the task; its token stays in the context for Assign and Output.
func (r *run) ended() {
	p := r.e.Position
	p.Phase, p.Task = "", nil
}

func (r *run) failed(t *Task, f Failure) {
	if t.Function() {
		r.event("LambdaFunctionFailed", follow, func(ev *Event) { ev.LambdaFunctionFailed = &f })
	} else {
		r.event("TaskFailed", follow, func(ev *Event) {
			ev.TaskFailed = &TaskFailed{Error: f.Error, Cause: f.Cause, Resource: t.Action, ResourceType: t.ResourceType}
		})
	}
	r.ended()
	r.stateFailed(f)
}

func (r *run) timedOut(t *Task, heartbeat bool) {
	r.token = t.Token
	f := Fault("States.Timeout", "")
	if t.Function() {
		r.event("LambdaFunctionTimedOut", follow, func(ev *Event) { ev.LambdaFunctionTimedOut = &f })
	} else {
		r.event("TaskTimedOut", follow, func(ev *Event) {
			ev.TaskTimedOut = &TaskFailed{Error: f.Error, Resource: t.Action, ResourceType: t.ResourceType}
		})
	}
	r.ended()
	also := ""
	if heartbeat {
		also = "States.HeartbeatTimeout"
	}
	r.stateFailed(f, also)
}

// stateFailed retries, catches, or ends the execution. also is a second name of the error.
func (r *run) stateFailed(f Failure, also ...string) {
	p := r.e.Position
	st := r.p.states[p.State]
	if r.full {
		return
	}
	name := deref(f.Error)
	for i, retrier := range st.Retry {
		if !matches(retrier.ErrorEquals, name, also) {
			continue
		}
		if p.Retries == nil {
			p.Retries = make([]int, len(st.Retry))
		}
		limit := 3
		if retrier.MaxAttempts != nil {
			limit = *retrier.MaxAttempts
		}
		if p.Retries[i] >= limit {
			break
		}
		p.Retries[i]++
		p.RetryCount++
		p.Phase = InRetry
		p.Until = r.env.Now.Add(backoff(retrier, p.Retries[i], r.env.Random))
		return
	}
	for i, c := range st.Catch {
		if !matches(c.ErrorEquals, name, also) {
			continue
		}
		if len(also) > 0 { // as seen in executions on AWS, the Cause of a time-out is empty; else what is absent is null
			f.Cause = new(string)
		}
		output, _ := encode(struct{ Error, Cause *string }{f.Error, f.Cause})
		p.Phase = ""
		assigned, out, err := r.outcome(st.catch[i], output, scope{errorOutput: output})
		if err != nil {
			r.uncaught(err)
			return
		}
		r.leave(st, assigned, out, c.Next)
		return
	}
	r.closeWith(f)
}

// uncaught is an error within a Catch, which nothing catches.
func (r *run) uncaught(err error) {
	st := r.p.states[r.e.Position.State]
	ev, ok := err.(*evaluationError)
	if !ok {
		r.closeWith(Fault("States.DataLimitExceeded",
			fmt.Sprintf("The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", st.name)))
		return
	}
	cause := r.within(ev.text)
	r.event("EvaluationFailed", follow, func(x *Event) {
		x.EvaluationFailed = &EvaluationFailed{Error: "States.QueryEvaluationError", Cause: cause, Location: ev.at, State: st.name}
	})
	r.closeWith(Fault("States.QueryEvaluationError", cause))
}

// matches follows https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html:
// States.Runtime is never caught, States.DataLimitExceeded only by its name, and
// States.TaskFailed stands for everything but States.Timeout.
func matches(names []string, name string, also []string) bool {
	if name == "States.Runtime" {
		return false
	}
	for _, n := range names {
		if n == name && n != "" || len(also) > 0 && n == also[0] && n != "" {
			return true
		}
		switch n {
		case "States.ALL":
			if name != "States.DataLimitExceeded" {
				return true
			}
		case "States.TaskFailed":
			if name != "States.DataLimitExceeded" && name != "States.Timeout" {
				return true
			}
		}
	}
	return false
}

// backoff is the wait before the n-th retry.
func backoff(r asl.Retrier, n int, random func() float64) time.Duration {
	interval, rate := float64(r.IntervalSeconds), r.BackoffRate
	if interval == 0 {
		interval = 1
	}
	if rate == 0 {
		rate = 2
	}
	s := interval * math.Pow(rate, float64(n-1))
	if r.MaxDelaySeconds > 0 {
		s = min(s, float64(r.MaxDelaySeconds))
	}
	s = min(s, MaxDuration.Seconds())
	if r.JitterStrategy == "FULL" {
		s *= random()
	}
	return time.Duration(s * float64(time.Second))
}
