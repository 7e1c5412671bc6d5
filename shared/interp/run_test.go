package interp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/interp"
)

const invoke = "arn:aws:states:::lambda:invoke"

var dawn = time.Date(2026, 5, 1, 6, 0, 0, 0, time.UTC)

// machine is one Task state T, with F and D to go to.
func machine(s asl.State) *asl.Machine {
	s.Type = asl.Task
	if s.Resource == "" {
		s.Resource = invoke
	}
	if s.Next == "" {
		s.End = true
	}
	m := &asl.Machine{QueryLanguage: asl.JSONata, StartAt: "T", States: map[string]*asl.State{"T": &s}}
	for _, c := range s.Catch {
		m.States[c.Next] = &asl.State{Type: asl.Succeed}
	}
	if s.Next != "" {
		m.States[s.Next] = &asl.State{Type: asl.Succeed}
	}
	return m
}

func mustRun(t *testing.T, m *asl.Machine, input string, o interp.Options) *interp.Execution {
	t.Helper()
	if o.Clock == nil {
		o.Clock = interp.NewClock(dawn)
	}
	e, err := interp.Run(t.Context(), m, json.RawMessage(input), o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func types(e *interp.Execution) string {
	var out []string
	for _, ev := range e.Events {
		out = append(out, ev.Type)
	}
	return strings.Join(out, " ")
}

func fails(name string) interp.Reply {
	f := interp.Fault(name, "because")
	return interp.Reply{Err: &f}
}

func TestRetry(t *testing.T) {
	for _, c := range []struct {
		name  string
		retry []asl.Retrier
		fail  []string // what the first attempts fail with; then it succeeds
		want  []time.Duration
		ends  interp.Status
	}{
		{"defaults: 1, 2, 4 s", []asl.Retrier{{ErrorEquals: []string{"States.ALL"}}}, []string{"a", "a", "a"}, []time.Duration{0, 1e9, 3e9, 7e9}, interp.Succeeded},
		{"and no fourth retry", []asl.Retrier{{ErrorEquals: []string{"States.ALL"}}}, []string{"a", "a", "a", "a"}, []time.Duration{0, 1e9, 3e9, 7e9}, interp.Failed},
		{"interval, rate and bound", []asl.Retrier{{ErrorEquals: []string{"a"}, IntervalSeconds: 3, BackoffRate: 2, MaxDelaySeconds: 5}}, []string{"a", "a", "a"},
			[]time.Duration{0, 3e9, 8e9, 13e9}, interp.Succeeded},
		{"another error", []asl.Retrier{{ErrorEquals: []string{"a"}}}, []string{"b"}, []time.Duration{0}, interp.Failed},
		{"each retrier counts for itself", []asl.Retrier{{ErrorEquals: []string{"a"}, MaxAttempts: asl.Int(1)}, {ErrorEquals: []string{"b"}, MaxAttempts: asl.Int(1), IntervalSeconds: 10}},
			[]string{"a", "b", "a"}, []time.Duration{0, 1e9, 11e9}, interp.Failed},
		{"no attempts", []asl.Retrier{{ErrorEquals: []string{"a"}, MaxAttempts: asl.Int(0)}}, []string{"a"}, []time.Duration{0}, interp.Failed},
		{"States.TaskFailed", []asl.Retrier{{ErrorEquals: []string{"States.TaskFailed"}}}, []string{"x"}, []time.Duration{0, 1e9}, interp.Succeeded},
		{"States.TaskFailed is no time-out", []asl.Retrier{{ErrorEquals: []string{"States.TaskFailed"}}}, []string{"States.Timeout"}, []time.Duration{0}, interp.Failed},
		{"States.ALL is not for States.Runtime", []asl.Retrier{{ErrorEquals: []string{"States.ALL"}}}, []string{"States.Runtime"}, []time.Duration{0}, interp.Failed},
		{"nor is its name", []asl.Retrier{{ErrorEquals: []string{"States.Runtime"}}}, []string{"States.Runtime"}, []time.Duration{0}, interp.Failed},
		{"States.ALL is not for States.DataLimitExceeded", []asl.Retrier{{ErrorEquals: []string{"States.ALL"}}}, []string{"States.DataLimitExceeded"}, []time.Duration{0}, interp.Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := interp.NewClock(dawn)
			var at []time.Duration
			tasks := interp.TaskFunc(func(_ context.Context, task interp.Task) interp.Reply {
				if task.Attempt != len(at) {
					t.Errorf("attempt %d is numbered %d", len(at), task.Attempt)
				}
				at = append(at, clock.Now().Sub(dawn))
				if n := len(at); n <= len(c.fail) {
					return fails(c.fail[n-1])
				}
				return interp.Reply{Output: json.RawMessage(`1`)}
			})
			e := mustRun(t, machine(asl.State{Retry: c.retry}), `{}`, interp.Options{Tasks: tasks, Clock: clock})
			if diff := cmp.Diff(c.want, at); diff != "" || e.Status != c.ends {
				t.Errorf("%s %s", e.Status, diff)
			}
		})
	}
	t.Run("full jitter stays below the interval", func(t *testing.T) {
		clock := interp.NewClock(dawn)
		calls := 0
		tasks := interp.TaskFunc(func(context.Context, interp.Task) interp.Reply { calls++; return fails("a") })
		mustRun(t, machine(asl.State{Retry: []asl.Retrier{{ErrorEquals: []string{"a"}, IntervalSeconds: 100, MaxAttempts: asl.Int(1), JitterStrategy: "FULL"}}}), `{}`,
			interp.Options{Tasks: tasks, Clock: clock, Seed: 7})
		if d := clock.Now().Sub(dawn); d <= 0 || d >= 100*time.Second || calls != 2 {
			t.Errorf("retried after %s, %d calls", d, calls)
		}
	})
}

func TestCatch(t *testing.T) {
	catch := func(names ...string) asl.State {
		return asl.State{Catch: []asl.Catcher{{ErrorEquals: names, Next: "C", Assign: map[string]any{"e": "{% $states.errorOutput.Error %}"},
			Output: map[string]any{"why": "{% $states.errorOutput.Cause %}", "in": "{% $states.input %}"}}}}
	}
	failing := func(name string) interp.Tasks {
		return interp.TaskFunc(func(context.Context, interp.Task) interp.Reply { return fails(name) })
	}
	t.Run("output and variables of the catcher", func(t *testing.T) {
		e := mustRun(t, machine(catch("boom")), `{"a":1}`, interp.Options{Tasks: failing("boom")})
		if string(e.Output) != `{"in":{"a":1},"why":"because"}` || string(e.Variables["e"]) != `"boom"` {
			t.Errorf("%s %s", e.Output, e.Variables)
		}
	})
	for name, c := range map[string]struct {
		names  []string
		err    string
		caught bool
	}{
		"by name":                  {[]string{"a", "b"}, "b", true},
		"another name":             {[]string{"a"}, "b", false},
		"all":                      {[]string{"States.ALL"}, "b", true},
		"task failed":              {[]string{"States.TaskFailed"}, "b", true},
		"task failed, not timeout": {[]string{"States.TaskFailed"}, "States.Timeout", false},
		"runtime, never":           {[]string{"States.Runtime"}, "States.Runtime", false},
		"too large, by name":       {[]string{"States.DataLimitExceeded"}, "States.DataLimitExceeded", true},
		"too large, not by all":    {[]string{"States.ALL"}, "States.DataLimitExceeded", false},
	} {
		t.Run(name, func(t *testing.T) {
			e := mustRun(t, machine(catch(c.names...)), `{}`, interp.Options{Tasks: failing(c.err)})
			if caught := e.Status == interp.Succeeded; caught != c.caught {
				t.Errorf("%s %s", e.Status, e.Error)
			}
		})
	}
	t.Run("an expression that fails in the task is caught", func(t *testing.T) {
		s := catch("States.QueryEvaluationError")
		s.Arguments = map[string]any{"x": "{% $states.input.missing %}"}
		e := mustRun(t, machine(s), `{}`, interp.Options{})
		want := "ExecutionStarted TaskStateEntered EvaluationFailed TaskStateExited SucceedStateEntered SucceedStateExited ExecutionSucceeded"
		if diff := cmp.Diff(want, types(e)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a time-out has an empty cause", func(t *testing.T) {
		s := asl.State{TimeoutSeconds: 4, Catch: []asl.Catcher{{ErrorEquals: []string{"States.ALL"}, Next: "C"}}}
		never := interp.TaskFunc(func(context.Context, interp.Task) interp.Reply { return interp.Reply{Never: true} })
		e := mustRun(t, machine(s), `{}`, interp.Options{Tasks: never})
		if want := `{"Error":"States.Timeout","Cause":""}`; string(e.Output) != want {
			t.Errorf("%s, want %s", e.Output, want)
		}
	})
	t.Run("an expression that fails in the catcher is not", func(t *testing.T) {
		s := catch("States.ALL")
		s.Catch[0].Output = "{% $states.input.missing %}"
		e := mustRun(t, machine(s), `{}`, interp.Options{Tasks: failing("boom")})
		if e.Status != interp.Failed || e.Error != "States.QueryEvaluationError" || !strings.Contains(e.Cause, "'Catch[0]/Output' returned nothing (undefined).") {
			t.Errorf("%s %s %s", e.Status, e.Error, e.Cause)
		}
	})
}

func TestTimeouts(t *testing.T) {
	silent := interp.TaskFunc(func(context.Context, interp.Task) interp.Reply { return interp.Reply{Never: true} })
	for _, c := range []struct {
		name  string
		state asl.State
		tasks interp.Tasks
		after time.Duration
		ends  interp.Status
		err   string
	}{
		{"TimeoutSeconds", asl.State{TimeoutSeconds: 30}, silent, 30 * time.Second, interp.Failed, "States.Timeout"},
		{"an expression", asl.State{TimeoutSeconds: "{% $states.input.n * 2 %}"}, silent, 10 * time.Second, interp.Failed, "States.Timeout"},
		{"HeartbeatSeconds", asl.State{HeartbeatSeconds: 7, TimeoutSeconds: 30}, silent, 7 * time.Second, interp.Failed, "States.Timeout"},
		{"heartbeats put it off, the time-out stays", asl.State{HeartbeatSeconds: 7, TimeoutSeconds: 20, Resource: invoke + ".waitForTaskToken"},
			interp.TaskFunc(func(context.Context, interp.Task) interp.Reply {
				return interp.Reply{Callbacks: []interp.Callback{{After: 6 * time.Second}, {After: 12 * time.Second}, {After: 18 * time.Second}}}
			}), 20 * time.Second, interp.Failed, "States.Timeout"},
		{"the year", asl.State{}, silent, interp.MaxDuration, interp.TimedOut, ""},
		{"a heartbeat has a name of its own", asl.State{HeartbeatSeconds: 7, Catch: []asl.Catcher{{ErrorEquals: []string{"States.HeartbeatTimeout"}, Next: "C"}}}, silent, 7 * time.Second, interp.Succeeded, ""},
		{"an answer at the last moment is late", asl.State{TimeoutSeconds: 5}, interp.TaskFunc(func(context.Context, interp.Task) interp.Reply { return interp.Reply{After: 5 * time.Second} }), 5 * time.Second, interp.Failed, "States.Timeout"},
		{"an answer before it", asl.State{TimeoutSeconds: 5}, interp.TaskFunc(func(context.Context, interp.Task) interp.Reply { return interp.Reply{After: 4 * time.Second} }), 4 * time.Second, interp.Succeeded, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := interp.NewClock(dawn)
			e := mustRun(t, machine(c.state), `{"n":5}`, interp.Options{Tasks: c.tasks, Clock: clock})
			if e.Status != c.ends || e.Error != c.err || clock.Now().Sub(dawn) != c.after {
				t.Errorf("%s %s after %s", e.Status, e.Error, clock.Now().Sub(dawn))
			}
		})
	}
	t.Run("of the execution", func(t *testing.T) {
		m := machine(asl.State{})
		m.TimeoutSeconds = 90
		e := mustRun(t, m, `{}`, interp.Options{Tasks: silent})
		if e.Status != interp.TimedOut || e.StopTime.Sub(e.StartTime) != 90*time.Second {
			t.Errorf("%s after %s", e.Status, e.StopTime.Sub(e.StartTime))
		}
	})
}

func TestLimits(t *testing.T) {
	t.Run("25,000 events", func(t *testing.T) {
		m := &asl.Machine{QueryLanguage: asl.JSONata, StartAt: "A", States: map[string]*asl.State{
			"A": {Type: asl.Choice, Choices: []asl.Rule{{Condition: "{% $states.input.on %}", Next: "A"}}, Default: "B"}, "B": {Type: asl.Succeed}}}
		e := mustRun(t, m, `{"on":true}`, interp.Options{})
		last := e.Events[len(e.Events)-1]
		if e.Status != interp.Failed || len(e.Events) != interp.MaxEvents || last.Type != "ExecutionFailed" || last.ID != interp.MaxEvents {
			t.Errorf("%s with %d events: %s", e.Status, len(e.Events), e.Cause)
		}
	})
	big := strings.Repeat("x", interp.MaxPayload)
	t.Run("a result", func(t *testing.T) {
		e := mustRun(t, machine(asl.State{}), `{}`, interp.Options{Tasks: interp.TaskFunc(func(context.Context, interp.Task) interp.Reply {
			return interp.Reply{Output: json.RawMessage(`"` + big + `"`)}
		})})
		if e.Error != "States.DataLimitExceeded" {
			t.Errorf("%s %s", e.Status, e.Error)
		}
	})
	t.Run("an output", func(t *testing.T) {
		m := &asl.Machine{QueryLanguage: asl.JSONata, StartAt: "A", States: map[string]*asl.State{
			"A": {Type: asl.Pass, Output: "{% $states.input & $states.input %}", End: true}}}
		e := mustRun(t, m, `"`+big[:200_000]+`"`, interp.Options{})
		if e.Error != "States.DataLimitExceeded" || !strings.Contains(e.Cause, "The state/task 'A' returned a result with a size exceeding") {
			t.Errorf("%s %s %s", e.Status, e.Error, e.Cause)
		}
	})
	t.Run("an input", func(t *testing.T) {
		if _, err := interp.Run(t.Context(), machine(asl.State{}), json.RawMessage(`"`+big+`"`), interp.Options{}); err == nil {
			t.Error("accepted")
		}
	})
}

func TestContextObject(t *testing.T) {
	m := machine(asl.State{Resource: invoke + ".waitForTaskToken", Arguments: "{% $states.context %}", Retry: []asl.Retrier{{ErrorEquals: []string{"a"}, MaxAttempts: asl.Int(1)}}})
	var seen []map[string]any
	var tokens []string
	mustRun(t, m, `{"k":[1]}`, interp.Options{Name: "n1", MachineName: "m1", Tasks: interp.TaskFunc(func(_ context.Context, task interp.Task) interp.Reply {
		var c map[string]any
		if err := json.Unmarshal(task.Arguments, &c); err != nil {
			t.Fatal(err)
		}
		seen, tokens = append(seen, c), append(tokens, task.Token)
		f := interp.Fault("a", "")
		return interp.Reply{Callbacks: []interp.Callback{{After: time.Second, Err: &f}}}
	})})
	if len(seen) != 2 || tokens[0] == tokens[1] {
		t.Fatalf("%d attempts, tokens %v", len(seen), tokens)
	}
	want := map[string]any{
		"Execution": map[string]any{"Id": "arn:aws:states:us-east-1:123456789012:execution:m1:n1", "Input": map[string]any{"k": []any{1.0}}, "Name": "n1",
			"RoleArn": "arn:aws:iam::123456789012:role/machine", "StartTime": "2026-05-01T06:00:00.000Z", "RedriveCount": 0.0},
		"State":        map[string]any{"EnteredTime": "2026-05-01T06:00:00.000Z", "Name": "T", "RetryCount": 1.0},
		"StateMachine": map[string]any{"Id": "arn:aws:states:us-east-1:123456789012:stateMachine:m1", "Name": "m1"},
		"Task":         map[string]any{"Token": tokens[1]},
	}
	if diff := cmp.Diff(want, seen[1]); diff != "" {
		t.Error(diff)
	}
}

func TestWaits(t *testing.T) {
	for _, c := range []struct {
		name  string
		state asl.State
		after time.Duration
		ends  interp.Status
	}{
		{"seconds", asl.State{Seconds: 30}, 30 * time.Second, interp.Succeeded},
		{"an expression", asl.State{Seconds: "{% $states.input.n %}"}, 90 * time.Second, interp.Succeeded},
		{"a time", asl.State{Timestamp: "2026-05-02T06:00:00+00:00"}, 24 * time.Hour, interp.Succeeded},
		{"a time in an expression, from $now", asl.State{Timestamp: "{% $fromMillis($millis() + 60000) %}"}, time.Minute, interp.Succeeded},
		{"a time gone by", asl.State{Timestamp: "2020-01-01T00:00:00Z"}, 0, interp.Succeeded},
		{"not whole", asl.State{Seconds: "{% 1.5 %}"}, 0, interp.Failed},
		{"not a number", asl.State{Seconds: "{% 'x' %}"}, 0, interp.Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.state
			s.Type, s.End = asl.Wait, true
			clock := interp.NewClock(dawn)
			e := mustRun(t, &asl.Machine{QueryLanguage: asl.JSONata, StartAt: "W", States: map[string]*asl.State{"W": &s}}, `{"n":90}`, interp.Options{Clock: clock})
			if e.Status != c.ends || clock.Now().Sub(dawn) != c.after {
				t.Errorf("%s %s after %s", e.Status, e.Cause, clock.Now().Sub(dawn))
			}
		})
	}
}

func TestChoice(t *testing.T) {
	m := &asl.Machine{QueryLanguage: asl.JSONata, StartAt: "C", States: map[string]*asl.State{
		"C": {Type: asl.Choice, Choices: []asl.Rule{{Condition: "{% $states.input.x %}", Next: "D"}}}, "D": {Type: asl.Succeed}}}
	for input, want := range map[string]string{
		`{"x":true}`:  "",
		`{"x":false}`: "States.NoChoiceMatched: An error occurred while executing the state 'C' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state.",
		`{"x":"yes"}`: "States.QueryEvaluationError: An error occurred while executing the state 'C' (entered at the event id #2). The JSONata expression '$states.input.x' specified for the field 'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'string' for value: \"yes\"",
		`{}`:          "States.QueryEvaluationError: An error occurred while executing the state 'C' (entered at the event id #2). The JSONata expression '$states.input.x' specified for the field 'Choices[0]/Condition' returned nothing (undefined).",
	} {
		e := mustRun(t, m, input, interp.Options{})
		got := ""
		if e.Status != interp.Succeeded {
			got = e.Error + ": " + e.Cause
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", input, diff)
		}
	}
}

func TestVariables(t *testing.T) {
	m := &asl.Machine{QueryLanguage: asl.JSONata, StartAt: "A", States: map[string]*asl.State{
		"A": {Type: asl.Pass, Assign: map[string]any{"x": 1, "big": json.RawMessage("12345678901234567890")}, Output: map[string]any{"seen": "{% $exists($x) %}"}, Next: "B"},
		"B": {Type: asl.Pass, Assign: map[string]any{"x": "{% $x + 1 %}", "y": "{% $x %}", "z": nil}, Next: "C"},
		"C": {Type: asl.Succeed, Output: []any{"{% $x %}", "{% $y %}", "{% $big %}", "{% $z %}", "{% $states.input.seen %}"}}}}
	e := mustRun(t, m, `{}`, interp.Options{})
	if want := `[2,1,12345678901234567890,null,false]`; string(e.Output) != want {
		t.Errorf("%s %s, want %s", e.Output, e.Cause, want)
	}
}

func TestNegativeZero(t *testing.T) {
	m := &asl.Machine{QueryLanguage: asl.JSONata, StartAt: "A", States: map[string]*asl.State{
		"A": {Type: asl.Pass, Assign: map[string]any{"kept": "{% [-0] %}"}, Output: `{% [-0, {"deep": [-0, "-0", -0.5]}] %}`, End: true}}}
	e := mustRun(t, m, `{}`, interp.Options{})
	if want := `[0,{"deep":[0,"-0",-0.5]}]`; string(e.Output) != want || string(e.Variables["kept"]) != "[0]" {
		t.Errorf("%s %s, want %s and [0]", e.Output, e.Variables["kept"], want)
	}
}

func TestRefusals(t *testing.T) {
	m := machine(asl.State{Next: "nowhere"})
	delete(m.States, "nowhere")
	var invalid *asl.Error
	if _, err := interp.Run(t.Context(), m, nil, interp.Options{}); !errors.As(err, &invalid) {
		t.Errorf("%v", err)
	}
	if _, err := interp.Run(t.Context(), machine(asl.State{}), json.RawMessage(`{`), interp.Options{}); err == nil {
		t.Error("input that is not JSON was accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := interp.Run(ctx, machine(asl.State{}), nil, interp.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func ExampleRun() {
	m, err := asl.Parse([]byte(`{
		"QueryLanguage": "JSONata", "StartAt": "Draft",
		"States": {
			"Draft": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
				"Arguments": {"FunctionName": "act", "Payload": "{% $states.input.text %}"},
				"Output": "{% $uppercase($states.result.Payload) %}", "Next": "Sleep"},
			"Sleep": {"Type": "Wait", "Seconds": 86400, "End": true}
		}
	}`))
	if err != nil {
		panic(err)
	}
	clock := interp.NewClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	e, err := interp.Run(context.Background(), m, json.RawMessage(`{"text": "hello"}`), interp.Options{
		Clock: clock,
		Tasks: interp.TaskFunc(func(_ context.Context, t interp.Task) interp.Reply {
			return interp.Reply{Output: json.RawMessage(`{"Payload": "hi"}`)}
		}),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(e.Status, string(e.Output), e.Path(), clock.Now().Format(time.DateOnly))
	// Output: SUCCEEDED "HI" [Draft Sleep] 2026-01-02
}
