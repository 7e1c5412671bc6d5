package interp_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/interp"
)

// host keeps an execution as JSON between steps, as a database does.
type host struct {
	t       *testing.T
	p       *interp.Program
	stored  []byte
	history []interp.Event
	now     time.Time
	tokens  int
}

func newHost(t *testing.T, m *asl.Machine) *host {
	t.Helper()
	p, err := interp.Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, p: p, now: dawn}
	h.store(&interp.Execution{ARN: "arn", Name: "n", Input: json.RawMessage(`{"a":1}`)})
	return h
}

func (h *host) store(e *interp.Execution) {
	h.t.Helper()
	h.history = append(h.history, e.Events...)
	var err error
	if h.stored, err = json.Marshal(e); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) load() *interp.Execution {
	h.t.Helper()
	e := &interp.Execution{}
	if err := json.Unmarshal(h.stored, e); err != nil {
		h.t.Fatal(err)
	}
	return e
}

func (h *host) signal(s interp.Signal) (interp.Effects, error) {
	h.t.Helper()
	e := h.load()
	effects, err := h.p.Advance(e, s, interp.Env{Now: h.now, Token: func() string { h.tokens++; return fmt.Sprint("token", h.tokens) }})
	h.store(e)
	return effects, err
}

func (h *host) must(s interp.Signal) interp.Effects {
	h.t.Helper()
	effects, err := h.signal(s)
	if err != nil {
		h.t.Fatal(err)
	}
	return effects
}

func (h *host) types() []string {
	var out []string
	for i, ev := range h.history {
		if ev.ID != int64(i+1) {
			h.t.Errorf("event %d has the id %d", i+1, ev.ID)
		}
		out = append(out, ev.Type)
	}
	return out
}

func TestAdvanceAcrossStorage(t *testing.T) {
	m := machine(asl.State{Resource: invoke + ".waitForTaskToken", TimeoutSeconds: 100, Assign: map[string]any{"r": "{% $states.result %}"},
		Retry: []asl.Retrier{{ErrorEquals: []string{"again"}, IntervalSeconds: 10}}, Next: "D"})
	m.States["D"] = &asl.State{Type: asl.Wait, Seconds: 60, Output: "{% $r %}", End: true}
	h := newHost(t, m)
	task := h.must(interp.Start()).Task
	if task == nil || task.Token != "token1" || !h.load().Due().Equal(dawn.Add(100*time.Second)) {
		t.Fatalf("%+v, due %s", task, h.load().Due())
	}
	if again := h.load().Task(); again == nil || again.ID != task.ID || again.Submitted {
		t.Fatalf("after a restart: %+v", again)
	}
	h.must(interp.Submit(task.ID, json.RawMessage(`{"sent":true}`)))
	if !h.load().Task().Submitted {
		t.Error("not submitted")
	}
	h.must(interp.Fail(task.ID, interp.Fault("again", "")))
	if _, err := h.signal(interp.Succeed(task.ID, json.RawMessage(`1`))); !errors.Is(err, interp.ErrStale) {
		t.Errorf("a second answer: %v", err)
	}
	h.now = h.now.Add(9 * time.Second)
	if effects := h.must(interp.Tick()); effects.Task != nil {
		t.Error("retried a second early")
	}
	h.now = h.now.Add(time.Second)
	second := h.must(interp.Tick()).Task
	if second == nil || second.Token == task.Token || second.Attempt != 1 {
		t.Fatalf("the retry is %+v", second)
	}
	h.must(interp.Succeed(second.ID, json.RawMessage(`"done"`)))
	h.now = h.now.Add(time.Minute)
	if effects := h.must(interp.Tick()); !effects.Closed {
		t.Error("not closed")
	}
	e := h.load()
	if e.Status != interp.Succeeded || string(e.Output) != `"done"` || !e.Due().IsZero() {
		t.Errorf("%s %s", e.Status, e.Output)
	}
	if _, err := h.signal(interp.Stop(interp.Failure{})); !errors.Is(err, interp.ErrClosed) {
		t.Errorf("stop after the end: %v", err)
	}
	want := []string{"ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskFailed", "TaskScheduled", "TaskStarted",
		"TaskSucceeded", "TaskStateExited", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"}
	if diff := cmp.Diff(want, h.types()); diff != "" {
		t.Error(diff)
	}
}

func TestAdvanceLate(t *testing.T) {
	h := newHost(t, machine(asl.State{TimeoutSeconds: 100}))
	task := h.must(interp.Start()).Task
	h.now = h.now.Add(time.Hour) // the process was away
	if _, err := h.signal(interp.Succeed(task.ID, json.RawMessage(`1`))); !errors.Is(err, interp.ErrClosed) {
		t.Errorf("%v", err)
	}
	if e := h.load(); e.Status != interp.Failed || e.Error != "States.Timeout" {
		t.Errorf("%s %s", e.Status, e.Error)
	}
}

func TestRedrive(t *testing.T) {
	t.Run("a task is scheduled anew", func(t *testing.T) {
		h := newHost(t, machine(asl.State{Retry: []asl.Retrier{{ErrorEquals: []string{"x"}, MaxAttempts: asl.Int(0)}}, Arguments: "{% $states.context.Execution.RedriveCount %}"}))
		first := h.must(interp.Start()).Task
		if _, err := h.signal(interp.Redrive()); !errors.Is(err, interp.ErrClosed) {
			t.Errorf("redrive while running: %v", err)
		}
		h.must(interp.Fail(first.ID, interp.Fault("x", "")))
		h.now = h.now.Add(time.Hour)
		second := h.must(interp.Redrive()).Task
		if second == nil || string(second.Arguments) != "1" || second.Attempt != 0 {
			t.Fatalf("%+v", second)
		}
		if _, err := h.signal(interp.Succeed(first.ID, json.RawMessage(`1`))); !errors.Is(err, interp.ErrStale) {
			t.Errorf("the first attempt answers: %v", err)
		}
		h.must(interp.Succeed(second.ID, json.RawMessage(`2`)))
		e := h.load()
		if e.Status != interp.Succeeded || e.RedriveCount != 1 || e.Error != "" {
			t.Errorf("%s, %d, %s", e.Status, e.RedriveCount, e.Error)
		}
		want := []string{"ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed", "ExecutionFailed", "ExecutionRedriven",
			"TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"}
		if diff := cmp.Diff(want, h.types()); diff != "" {
			t.Error(diff)
		}
		if _, err := h.signal(interp.Redrive()); !errors.Is(err, interp.ErrClosed) {
			t.Errorf("redrive after success: %v", err)
		}
	})
	t.Run("a Fail state fails again", func(t *testing.T) {
		h := newHost(t, &asl.Machine{StartAt: "F", States: map[string]*asl.State{"F": {Type: asl.Fail, Error: "E"}}})
		h.must(interp.Start())
		h.must(interp.Redrive())
		if e := h.load(); e.Status != interp.Failed || e.RedriveCount != 1 {
			t.Errorf("%s %d", e.Status, e.RedriveCount)
		}
	})
	t.Run("a stopped wait waits again", func(t *testing.T) {
		h := newHost(t, &asl.Machine{StartAt: "W", States: map[string]*asl.State{"W": {Type: asl.Wait, Seconds: 60, End: true}}})
		h.must(interp.Start())
		h.must(interp.Stop(interp.Fault("by", "me")))
		if e := h.load(); e.Status != interp.Aborted || e.Error != "by" || e.Cause != "me" {
			t.Errorf("%s %s %s", e.Status, e.Error, e.Cause)
		}
		h.now = h.now.Add(time.Hour)
		h.must(interp.Redrive())
		if due := h.load().Due(); !due.Equal(h.now.Add(time.Minute)) {
			t.Errorf("due %s", due)
		}
	})
}

// FuzzRun: no definition and no input may do worse than fail.
func FuzzRun(f *testing.F) {
	f.Add(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":"{% $states.input %}"},"Next":"B"},"B":{"Type":"Choice","Choices":[{"Condition":"{% $x.a=1 %}","Next":"C","Output":["{% $x %}"]}],"Default":"C"},"C":{"Type":"Fail","Cause":"{% $string($states.input) %}"}}}`, `{"a":1}`)
	f.Add(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","TimeoutSeconds":"{% $states.input.t %}","HeartbeatSeconds":3,"Retry":[{"ErrorEquals":["States.ALL"],"BackoffRate":99999,"MaxAttempts":9}],"End":true}}}`, `{"t":10}`)
	f.Add(`{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":99999999,"End":true}}}`, `null`)
	f.Fuzz(func(t *testing.T, definition, input string) {
		m, err := asl.Parse([]byte(definition))
		if err != nil {
			return
		}
		_, _ = interp.Run(t.Context(), m, json.RawMessage(input), interp.Options{Clock: interp.NewClock(dawn), Limits: interp.Limits{Events: 200}})
	})
}
