package interp

import (
	"encoding/json"
	"errors"
)

// ErrStale answers a signal for a task that is not, or no longer, awaited.
var ErrStale = errors.New("interp: the task is not awaited")

// ErrClosed answers a signal for an execution that is over (or, Redrive, is not).
var ErrClosed = errors.New("interp: the execution's status does not allow this")

// Signal is something that happened to an execution.
type Signal struct {
	kind   kind
	task   int64
	output json.RawMessage
	fault  Failure
}

type kind int

const (
	start kind = iota
	taskSucceeded
	taskFailed
	taskSubmitted
	taskBeat
	tick
	stop
	redrive
)

// Start begins a new execution.
func Start() Signal { return Signal{kind: start} }

// Succeed answers a task, be it by its result or by its token.
func Succeed(task int64, output json.RawMessage) Signal {
	return Signal{kind: taskSucceeded, task: task, output: output}
}

// Fail answers a task with an error.
func Fail(task int64, f Failure) Signal { return Signal{kind: taskFailed, task: task, fault: f} }

// Submit tells that the request of a task with a token (or a .sync task) was made.
func Submit(task int64, output json.RawMessage) Signal {
	return Signal{kind: taskSubmitted, task: task, output: output}
}

// Beat is a heartbeat of a task.
func Beat(task int64) Signal { return Signal{kind: taskBeat, task: task} }

// Tick lets what is due at Env.Now happen.
func Tick() Signal { return Signal{kind: tick} }

// Stop aborts the execution.
func Stop(f Failure) Signal { return Signal{kind: stop, fault: f} }

// Redrive goes on from the state in which the execution failed, was stopped or timed out.
func Redrive() Signal { return Signal{kind: redrive} }

// Fault makes a Failure of two texts; an empty one is absent.
func Fault(name, cause string) Failure {
	var f Failure
	if name != "" {
		f.Error = &name
	}
	if cause != "" {
		f.Cause = &cause
	}
	return f
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
