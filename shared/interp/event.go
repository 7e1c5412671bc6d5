package interp

import (
	"encoding/json"
	"strconv"
	"time"
)

// Event is one event of an execution's history; it marshals to an element of
// GetExecutionHistory's events.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
type Event struct {
	ID         int64     `json:"id"`
	PreviousID int64     `json:"previousEventId"`
	Timestamp  Timestamp `json:"timestamp"`
	Type       string    `json:"type"`

	ExecutionStarted   *ExecutionStarted   `json:"executionStartedEventDetails,omitempty"`
	ExecutionSucceeded *ExecutionSucceeded `json:"executionSucceededEventDetails,omitempty"`
	ExecutionFailed    *Failure            `json:"executionFailedEventDetails,omitempty"`
	ExecutionAborted   *Failure            `json:"executionAbortedEventDetails,omitempty"`
	ExecutionTimedOut  *Failure            `json:"executionTimedOutEventDetails,omitempty"`
	ExecutionRedriven  *ExecutionRedriven  `json:"executionRedrivenEventDetails,omitempty"`
	StateEntered       *StateEntered       `json:"stateEnteredEventDetails,omitempty"`
	StateExited        *StateExited        `json:"stateExitedEventDetails,omitempty"`
	EvaluationFailed   *EvaluationFailed   `json:"evaluationFailedEventDetails,omitempty"`

	TaskScheduled *TaskScheduled `json:"taskScheduledEventDetails,omitempty"`
	TaskStarted   *TaskStarted   `json:"taskStartedEventDetails,omitempty"`
	TaskSubmitted *TaskOutput    `json:"taskSubmittedEventDetails,omitempty"`
	TaskSucceeded *TaskOutput    `json:"taskSucceededEventDetails,omitempty"`
	TaskFailed    *TaskFailed    `json:"taskFailedEventDetails,omitempty"`
	TaskTimedOut  *TaskFailed    `json:"taskTimedOutEventDetails,omitempty"`

	LambdaFunctionScheduled *LambdaFunctionScheduled `json:"lambdaFunctionScheduledEventDetails,omitempty"`
	LambdaFunctionSucceeded *ExecutionSucceeded      `json:"lambdaFunctionSucceededEventDetails,omitempty"`
	LambdaFunctionFailed    *Failure                 `json:"lambdaFunctionFailedEventDetails,omitempty"`
	LambdaFunctionTimedOut  *Failure                 `json:"lambdaFunctionTimedOutEventDetails,omitempty"`
}

// Details says whether a text was cut short; here it never is.
type Details struct {
	Truncated bool `json:"truncated"`
}

// ExecutionStarted is the detail of that event; Input is JSON text.
type ExecutionStarted struct {
	Input                  string  `json:"input,omitempty"`
	InputDetails           Details `json:"inputDetails"`
	RoleARN                string  `json:"roleArn,omitempty"`
	StateMachineVersionARN string  `json:"stateMachineVersionArn,omitempty"`
}

// ExecutionSucceeded is the detail of that event and of LambdaFunctionSucceeded.
type ExecutionSucceeded struct {
	Output        string  `json:"output,omitempty"`
	OutputDetails Details `json:"outputDetails"`
}

// Failure is an error name and its cause; either may be absent.
type Failure struct {
	Error *string `json:"error,omitempty"`
	Cause *string `json:"cause,omitempty"`
}

// ExecutionRedriven counts the redrives.
type ExecutionRedriven struct {
	RedriveCount int `json:"redriveCount"`
}

// StateEntered is the detail of the …StateEntered events.
type StateEntered struct {
	Name         string  `json:"name"`
	Input        string  `json:"input,omitempty"`
	InputDetails Details `json:"inputDetails"`
}

// StateExited is the detail of the …StateExited events; AssignedVariables holds JSON text.
type StateExited struct {
	Name                     string            `json:"name"`
	Output                   string            `json:"output,omitempty"`
	OutputDetails            Details           `json:"outputDetails"`
	AssignedVariables        map[string]string `json:"assignedVariables,omitempty"`
	AssignedVariablesDetails *Details          `json:"assignedVariablesDetails,omitempty"`
}

// EvaluationFailed tells an expression that failed; Location is its field.
type EvaluationFailed struct {
	Error    string `json:"error"`
	Cause    string `json:"cause"`
	Location string `json:"location"`
	State    string `json:"state"`
}

// TaskScheduled tells what is asked of a service; Parameters is JSON text, times are seconds.
type TaskScheduled struct {
	HeartbeatInSeconds int64           `json:"heartbeatInSeconds,omitempty"`
	Parameters         string          `json:"parameters"`
	Region             string          `json:"region"`
	Resource           string          `json:"resource"`
	ResourceType       string          `json:"resourceType"`
	TaskCredentials    json.RawMessage `json:"taskCredentials,omitempty"`
	TimeoutInSeconds   int64           `json:"timeoutInSeconds,omitempty"`
}

// TaskStarted names the service.
type TaskStarted struct {
	Resource     string `json:"resource"`
	ResourceType string `json:"resourceType"`
}

// TaskOutput is the detail of TaskSubmitted and TaskSucceeded.
type TaskOutput struct {
	Output        string  `json:"output,omitempty"`
	OutputDetails Details `json:"outputDetails"`
	Resource      string  `json:"resource"`
	ResourceType  string  `json:"resourceType"`
}

// TaskFailed is the detail of TaskFailed and TaskTimedOut.
type TaskFailed struct {
	Cause        *string `json:"cause,omitempty"`
	Error        *string `json:"error,omitempty"`
	Resource     string  `json:"resource"`
	ResourceType string  `json:"resourceType"`
}

// LambdaFunctionScheduled is for tasks whose Resource is a function's ARN.
type LambdaFunctionScheduled struct {
	Input            string          `json:"input,omitempty"`
	InputDetails     Details         `json:"inputDetails"`
	Resource         string          `json:"resource"`
	TaskCredentials  json.RawMessage `json:"taskCredentials,omitempty"`
	TimeoutInSeconds int64           `json:"timeoutInSeconds,omitempty"`
}

// Timestamp is a time that marshals to seconds since 1970 with milliseconds, as on the wire.
type Timestamp struct{ time.Time }

// MarshalJSON writes seconds.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(t.UnixMilli())/1000, 'f', -1, 64), nil
}

// UnmarshalJSON reads seconds.
func (t *Timestamp) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return err
	}
	t.Time = time.UnixMilli(int64(f*1000 + 0.5)).UTC()
	return nil
}
