package interp

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/deskhand/deskhand/shared/asl"
)

// Effects is what the caller must do after an Advance, besides keeping the execution
// and calling again with Tick when Execution.Due has come.
type Effects struct {
	Task   *Task // newly scheduled: carry it out and signal its answer
	Closed bool  // the execution ended in this Advance
}

// Advance applies one signal. Whatever is due at env.Now happens first. New events are
// appended to e.Events. It fails with ErrStale and ErrClosed, and then may still have
// let happen what was due: keep the execution all the same. When env.Context has ended
// it fails with its error, and the execution must be thrown away.
func (p *Program) Advance(e *Execution, s Signal, env Env) (Effects, error) {
	r := &run{p: p, e: e, env: env.filled()}
	err := r.apply(s)
	if ended := r.env.Context.Err(); ended != nil {
		err = ended
	}
	return r.effects, err
}

// run is one Advance.
type run struct {
	p       *Program
	e       *Execution
	env     Env
	effects Effects
	token   string // of the task being scheduled or awaited
	moving  bool   // the state at hand has something to do now
	full    bool   // the history is

	vars         map[string]any
	inputValue   any
	inputDecoded bool
	startValue   any
	startDecoded bool
}

func (r *run) apply(s Signal) error {
	if s.kind != start && s.kind != redrive {
		r.due()
	}
	e := r.e
	switch s.kind {
	case start:
		if e.Status != "" {
			return ErrClosed
		}
		r.start()
	case redrive:
		return r.redrive()
	case tick:
	case stop:
		if e.Status != Running {
			return ErrClosed
		}
		r.event("ExecutionAborted", 0, func(ev *Event) { ev.ExecutionAborted = &s.fault })
		r.finish(Aborted, s.fault)
	default:
		if e.Status != Running {
			return ErrClosed
		}
		t := e.Task()
		if t == nil || t.ID != s.task {
			return ErrStale
		}
		r.token = t.Token
		switch s.kind {
		case taskSucceeded:
			r.succeeded(t, s.output)
		case taskFailed:
			r.failed(t, s.fault)
		case taskSubmitted:
			if t.Submitted {
				return ErrStale
			}
			r.submitted(t, s.output)
		case taskBeat:
			if t.Heartbeat > 0 {
				t.BeatDeadline = r.env.Now.Add(t.Heartbeat)
			}
		}
	}
	r.loop()
	return nil
}

// loop goes on until the execution waits for something or is over.
func (r *run) loop() {
	for r.moving && !r.full && r.e.Status == Running {
		if r.env.Context.Err() != nil {
			return // apply tells it
		}
		r.moving = false
		r.state()
	}
	if r.full && r.e.Status == Running {
		f := Fault("States.Runtime", fmt.Sprintf("The execution reached the maximum number of history events (%d).", r.env.Limits.Events))
		r.closeWith(f)
	}
}

func (r *run) start() {
	e := r.e
	if len(e.Input) == 0 {
		e.Input = json.RawMessage("{}")
	}
	e.Status = Running
	e.StartTime = r.env.Now
	e.Deadline = r.deadline()
	r.event("ExecutionStarted", 0, func(ev *Event) {
		ev.ExecutionStarted = &ExecutionStarted{Input: string(e.Input), RoleARN: e.RoleARN, StateMachineVersionARN: e.VersionARN}
	})
	e.Previous = 0 // as recorded, the first state does not follow ExecutionStarted
	r.enter(r.p.machine.StartAt, compact(e.Input))
}

func (r *run) deadline() time.Time {
	d := r.env.Limits.Duration
	if s := time.Duration(r.p.machine.TimeoutSeconds) * time.Second; s > 0 {
		d = min(d, s)
	}
	return r.env.Now.Add(d)
}

// redrive starts again at the state where the execution ended. A task is scheduled
// anew, other states are entered again.
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
func (r *run) redrive() error {
	e := r.e
	if e.Position == nil || e.Status != Failed && e.Status != Aborted && e.Status != TimedOut {
		return ErrClosed
	}
	e.Status, e.Error, e.Cause, e.StopTime = Running, "", "", time.Time{}
	e.RedriveCount++
	e.RedriveTime = r.env.Now
	e.Deadline = r.deadline()
	e.Previous = e.LastID
	r.event("ExecutionRedriven", e.Previous, func(ev *Event) { ev.ExecutionRedriven = &ExecutionRedriven{e.RedriveCount} })
	p := e.Position
	if st := r.p.states[p.State]; st != nil && st.Type == asl.Task {
		p.RetryCount, p.Retries, p.Task = 0, nil, nil
		r.schedule(st)
	} else {
		r.enter(p.State, p.Input)
	}
	r.loop()
	return nil
}

// due lets time-outs and timers happen, in the order of their times.
func (r *run) due() {
	for {
		e := r.e
		at := e.Due()
		if at.IsZero() || at.After(r.env.Now) {
			return
		}
		p := e.Position
		switch {
		case p.Phase == InWait && !p.Until.After(at):
			p.Phase = ""
			r.exit(r.p.states[p.State].body, p.Input, r.p.states[p.State].Next, scope{})
		case p.Phase == InRetry && !p.Until.After(at):
			r.schedule(r.p.states[p.State])
		case p.Phase == InTask && (reached(p.Task.Deadline, at) || reached(p.Task.BeatDeadline, at)):
			r.timedOut(p.Task, !reached(p.Task.Deadline, at))
		default:
			r.event("ExecutionTimedOut", 0, func(ev *Event) { ev.ExecutionTimedOut = &Failure{} })
			r.finish(TimedOut, Failure{})
			return
		}
		r.loop()
	}
}

func reached(deadline, at time.Time) bool { return !deadline.IsZero() && !deadline.After(at) }

// event appends to the history; previous < 0 is the newest event of the line.
func (r *run) event(kind string, previous int64, set func(*Event)) {
	e := r.e
	last := kind == "ExecutionSucceeded" || kind == "ExecutionFailed" || kind == "ExecutionAborted" || kind == "ExecutionTimedOut"
	if e.LastID+1 >= int64(r.env.Limits.Events) && !last {
		r.full = true
		return
	}
	if previous < 0 {
		previous = e.Previous
	}
	e.LastID++
	ev := Event{ID: e.LastID, PreviousID: previous, Timestamp: Timestamp{r.env.Now.UTC()}, Type: kind}
	if set != nil {
		set(&ev)
	}
	e.Events = append(e.Events, ev)
	e.Previous = e.LastID
}

const follow = -1

func (r *run) enter(name string, input json.RawMessage) {
	st := r.p.states[name]
	r.inputDecoded, r.token = false, ""
	before := r.e.Previous
	r.event(st.Type+"StateEntered", follow, func(ev *Event) {
		ev.StateEntered = &StateEntered{Name: name, Input: string(input)}
	})
	r.e.Position = &Position{State: name, Input: input, Entered: r.env.Now, EnteredID: r.e.LastID, BeforeID: before}
	r.moving = true
}

func (r *run) state() {
	st := r.p.states[r.e.Position.State]
	switch st.Type {
	case asl.Pass:
		out := r.e.Position.Input
		if st.result != nil {
			out = st.result.literal
		}
		r.exit(st.body, out, st.Next, scope{})
	case asl.Succeed:
		r.exit(st.body, r.e.Position.Input, "", scope{})
	case asl.Task:
		r.schedule(st)
	case asl.Choice:
		r.choice(st)
	case asl.Wait:
		r.wait(st)
	case asl.Fail:
		r.fail(st)
	}
}

// exit assigns, makes the output and goes on to next, or ends when next is empty.
func (r *run) exit(b body, out json.RawMessage, next string, s scope) {
	st := r.p.states[r.e.Position.State]
	assigned, out, err := r.outcome(b, out, s)
	if err != nil {
		r.broke(err)
		return
	}
	r.leave(st, assigned, out, next)
}

func (r *run) outcome(b body, out json.RawMessage, s scope) (map[string]json.RawMessage, json.RawMessage, error) {
	assigned := make(map[string]json.RawMessage, len(b.names))
	for i, name := range b.names {
		v, err := r.text(b.values[i], s)
		if err != nil {
			return nil, nil, err
		}
		if len(v) > r.env.Limits.Payload {
			return nil, nil, tooLarge{}
		}
		assigned[name] = v
	}
	if b.output != nil {
		v, err := r.text(b.output, s)
		if err != nil {
			return nil, nil, err
		}
		out = v
	}
	if len(out) > r.env.Limits.Payload {
		return nil, nil, tooLarge{}
	}
	if len(assigned) > 0 {
		total := 0
		for name, v := range r.e.Variables {
			if _, replaced := assigned[name]; !replaced {
				total += len(v)
			}
		}
		for _, v := range assigned {
			total += len(v)
		}
		if total > r.env.Limits.Variables {
			return nil, nil, tooLarge{}
		}
	}
	return assigned, out, nil
}

func (r *run) leave(st *state, assigned map[string]json.RawMessage, out json.RawMessage, next string) {
	e := r.e
	r.event(st.Type+"StateExited", follow, func(ev *Event) {
		d := &StateExited{Name: st.name, Output: string(out)}
		if len(assigned) > 0 {
			d.AssignedVariables = make(map[string]string, len(assigned))
			for k, v := range assigned {
				d.AssignedVariables[k] = string(v)
			}
			d.AssignedVariablesDetails = &Details{}
		}
		ev.StateExited = d
	})
	if r.full {
		return
	}
	for k, v := range assigned {
		if e.Variables == nil {
			e.Variables = map[string]json.RawMessage{}
		}
		e.Variables[k] = v
		r.vars = nil
	}
	if next != "" {
		r.enter(next, out)
		return
	}
	e.Output = out
	r.event("ExecutionSucceeded", follow, func(ev *Event) { ev.ExecutionSucceeded = &ExecutionSucceeded{Output: string(out)} })
	e.Position = nil
	r.finish(Succeeded, Failure{})
}

// broke handles an error of an expression or of a size.
func (r *run) broke(err error) {
	e, p := r.e, r.e.Position
	st := r.p.states[p.State]
	var ev *evaluationError
	if !errors.As(err, &ev) {
		r.stateFailed(Fault("States.DataLimitExceeded",
			fmt.Sprintf("The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", st.name)))
		return
	}
	cause := r.within(ev.text)
	// As recorded: what is evaluated on entry follows what the state followed.
	previous := e.Previous
	if previous == p.EnteredID && st.Type != asl.Wait {
		previous = p.BeforeID
	}
	r.event("EvaluationFailed", previous, func(x *Event) {
		x.EvaluationFailed = &EvaluationFailed{Error: "States.QueryEvaluationError", Cause: cause, Location: ev.at, State: st.name}
	})
	r.stateFailed(Fault("States.QueryEvaluationError", cause))
}

func (r *run) within(text string) string {
	p := r.e.Position
	return fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). %s", p.State, p.EnteredID, text)
}

func (r *run) closeWith(f Failure) {
	r.event("ExecutionFailed", follow, func(ev *Event) { ev.ExecutionFailed = &f })
	r.finish(Failed, f)
}

func (r *run) finish(s Status, f Failure) {
	e := r.e
	e.Status, e.Error, e.Cause, e.StopTime = s, deref(f.Error), deref(f.Cause), r.env.Now
	r.moving = false
	r.effects.Task = nil
	r.effects.Closed = true
}
