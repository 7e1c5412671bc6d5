package interp

import (
	"encoding/json"
	"time"
)

// Status is the state of an execution as DescribeExecution tells it.
type Status string

// Statuses.
const (
	Running   Status = "RUNNING"
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"
	TimedOut  Status = "TIMED_OUT"
	Aborted   Status = "ABORTED"
)

// Execution is one run of a machine. Stored as JSON and read back it goes on where it
// was; Events are not part of that: whoever stores executions takes the new ones after
// each Advance and appends them to the history.
type Execution struct {
	ARN         string
	Name        string
	RoleARN     string
	MachineARN  string // $states.context.StateMachine.Id
	MachineName string
	VersionARN  string `json:",omitempty"`

	Status Status
	Input  json.RawMessage
	Output json.RawMessage `json:",omitempty"` // when Succeeded
	Error  string          `json:",omitempty"` // when it failed, if there is one
	Cause  string          `json:",omitempty"`

	StartTime    time.Time
	StopTime     time.Time `json:",omitzero"`
	Deadline     time.Time // TimeoutSeconds, or one year
	RedriveCount int       `json:",omitempty"`
	RedriveTime  time.Time `json:",omitzero"`

	Variables map[string]json.RawMessage `json:",omitempty"`
	Position  *Position                  `json:",omitempty"` // nil before the start and after success
	LastID    int64                      // the newest event
	Previous  int64                      // the event the next one follows

	Events []Event `json:"-"`
}

// Phase is what an execution in a state is waiting for.
type Phase string

// Phases.
const (
	InTask  Phase = "task"  // the answer of a task
	InRetry Phase = "retry" // the end of a backoff
	InWait  Phase = "wait"  // the end of a Wait state
)

// Position is where an execution stands.
type Position struct {
	State      string
	Input      json.RawMessage
	Entered    time.Time
	EnteredID  int64 // its …StateEntered event
	BeforeID   int64 // what that event followed
	Phase      Phase
	Until      time.Time `json:",omitzero"` // InRetry, InWait
	RetryCount int       `json:",omitempty"`
	Retries    []int     `json:",omitempty"` // per retrier
	Task       *Task     `json:",omitempty"`
}

// Task is one scheduled task.
type Task struct {
	ID           int64 // its …Scheduled event; names it in signals
	State        string
	Resource     string // the state's Resource
	ResourceType string // lambda; empty for a function's ARN
	Action       string // invoke, invoke.waitForTaskToken
	Arguments    json.RawMessage
	Credentials  json.RawMessage `json:",omitempty"`
	Token        string          `json:",omitempty"` // with .waitForTaskToken
	Attempt      int             // 0 is the first of this entry of the state
	Timeout      time.Duration   `json:",omitempty"`
	Heartbeat    time.Duration   `json:",omitempty"`
	Deadline     time.Time       `json:",omitzero"`
	BeatDeadline time.Time       `json:",omitzero"`
	Submitted    bool            `json:",omitempty"` // the request was made, the token is awaited
}

// Function tells a task whose Resource is a Lambda function itself.
func (t *Task) Function() bool { return t.ResourceType == "" }

// WaitsForToken tells a task that is answered by its token.
func (t *Task) WaitsForToken() bool { return t.Token != "" }

// Task is the task whose answer is awaited, nil when there is none. One that is not
// Submitted must be carried out (again, after a restart).
func (e *Execution) Task() *Task {
	if e.Status != Running || e.Position == nil || e.Position.Phase != InTask {
		return nil
	}
	return e.Position.Task
}

// Due is when the next Tick is needed; zero when the execution is over.
func (e *Execution) Due() time.Time {
	if e.Status != Running || e.Position == nil {
		return time.Time{}
	}
	due := e.Deadline
	earlier := func(t time.Time) {
		if !t.IsZero() && t.Before(due) {
			due = t
		}
	}
	switch p := e.Position; p.Phase {
	case InRetry, InWait:
		earlier(p.Until)
	case InTask:
		earlier(p.Task.Deadline)
		earlier(p.Task.BeatDeadline)
	}
	return due
}

// Path lists the states entered, in order, from Events.
func (e *Execution) Path() []string {
	var out []string
	for _, ev := range e.Events {
		if ev.StateEntered != nil {
			out = append(out, ev.StateEntered.Name)
		}
	}
	return out
}
