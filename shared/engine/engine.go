// Package engine is Step Functions as Deskhand uses it: one Standard state machine per
// workflow, one version per publish, executions started on a version ARN under the
// run's id, task tokens answered, history read. It decides nothing about workflows or
// runs and keeps nothing.
package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
)

// Limits of Step Functions.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	MaxPayload    = 262_144   // bytes of an execution's input, and of a task's output
	MaxDefinition = 1_048_576 // bytes of a definition
	MaxName       = 80
	RedriveWithin = 14 * 24 * time.Hour
)

// Engine calls Step Functions for one stack.
type Engine struct {
	client *sfn.Client
	stack  string
}

// New wraps the client; stack prefixes the names of the state machines.
func New(client *sfn.Client, stack string) *Engine { return &Engine{client: client, stack: stack} }

// MachineName is the name of a workflow's state machine.
func (e *Engine) MachineName(workflowID string) string { return e.stack + "-wf-" + workflowID }

// Start starts an execution of a version, named after the run. One that exists
// already, running or ended, counts as started: the name is the run's id.
func (e *Engine) Start(ctx context.Context, versionArn, runID string, input []byte) (executionArn string, err error) {
	if len(input) > MaxPayload {
		return "", fault.New(fault.Unprocessable, "the run's input has %d bytes; Step Functions carries at most %d", len(input), MaxPayload)
	}
	out, err := e.client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: aws.String(versionArn), Name: aws.String(runID), Input: aws.String(string(input)),
	}, atOnce)
	var exists *types.ExecutionAlreadyExists
	if errors.As(err, &exists) {
		return run.ExecutionArn(versionArn, runID), nil
	}
	var name *types.InvalidName
	var arn *types.InvalidArn
	var payload *types.InvalidExecutionInput
	if errors.As(err, &name) || errors.As(err, &arn) || errors.As(err, &payload) {
		return "", &fault.Error{Code: fault.Unprocessable, Message: fmt.Sprintf("Step Functions does not take the start of %s: %s", runID, err), Cause: err}
	}
	if err != nil {
		return "", mend(err, "start execution %s", runID)
	}
	return aws.ToString(out.ExecutionArn), nil
}

// atOnce has the SDK not wait when there are too many starts: whoever asked puts the start
// off, and does something else meanwhile.
func atOnce(o *sfn.Options) { o.Retryer = notQuotas{o.Retryer} }

type notQuotas struct{ aws.Retryer }

// IsErrorRetryable is false for what a quota forbids.
func (r notQuotas) IsErrorRetryable(err error) bool {
	var api interface{ ErrorCode() string }
	if errors.As(err, &api) && (api.ErrorCode() == "ThrottlingException" || api.ErrorCode() == "ExecutionLimitExceeded") {
		return false
	}
	return r.Retryer.IsErrorRetryable(err)
}

// ErrGone says that the task behind a token waits no more.
var ErrGone = errors.New("the task does not wait any more")

// Answer ends a token task with output; ErrGone when it waits no more.
func (e *Engine) Answer(ctx context.Context, token string, output []byte) error {
	_, err := e.client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: aws.String(token), Output: aws.String(string(output))})
	var timedOut *types.TaskTimedOut
	var missing *types.TaskDoesNotExist
	if errors.As(err, &timedOut) || errors.As(err, &missing) {
		return ErrGone
	}
	return mend(err, "answer the waiting task")
}

// Execution is what Step Functions says of one.
type Execution struct {
	Status       string // RUNNING SUCCEEDED FAILED TIMED_OUT ABORTED PENDING_REDRIVE
	StartedAt    time.Time
	EndedAt      *time.Time
	Error, Cause string
	Output       string
	RedriveCount int
	Redrivable   bool
	RedriveWhy   string // why it is not redrivable
}

// Describe reads the state of an execution; fault.NotFound once AWS has dropped it.
func (e *Engine) Describe(ctx context.Context, executionArn string) (Execution, error) {
	out, err := e.client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(executionArn)})
	if err != nil {
		return Execution{}, mend(err, "describe execution")
	}
	return Execution{
		Status: string(out.Status), StartedAt: aws.ToTime(out.StartDate), EndedAt: out.StopDate,
		Error: aws.ToString(out.Error), Cause: aws.ToString(out.Cause), Output: aws.ToString(out.Output),
		RedriveCount: int(aws.ToInt32(out.RedriveCount)),
		Redrivable:   out.RedriveStatus == types.ExecutionRedriveStatusRedrivable,
		RedriveWhy:   aws.ToString(out.RedriveStatusReason),
	}, nil
}

// Stop aborts an execution; one that has ended already is no error.
func (e *Engine) Stop(ctx context.Context, executionArn, code, cause string) error {
	_, err := e.client.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: aws.String(executionArn), Error: aws.String(code), Cause: aws.String(cause)})
	var v *types.ValidationException
	if errors.As(err, &v) {
		return nil
	}
	return mend(err, "stop execution")
}

// Redrive runs a failed execution again from the failed state; the token makes a
// repeated call one redrive.
func (e *Engine) Redrive(ctx context.Context, executionArn, token string) error {
	_, err := e.client.RedriveExecution(ctx, &sfn.RedriveExecutionInput{ExecutionArn: aws.String(executionArn), ClientToken: aws.String(token)})
	var no *types.ExecutionNotRedrivable
	if errors.As(err, &no) {
		return fault.New(fault.Conflict, "Step Functions does not redrive this run: %s", no.ErrorMessage())
	}
	return mend(err, "redrive execution")
}

// mend gives an SDK error a code: what is worth trying again is Unavailable.
func mend(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	words := fmt.Sprintf(format, args...)
	var missing *types.ExecutionDoesNotExist
	var noMachine *types.StateMachineDoesNotExist
	if errors.As(err, &missing) || errors.As(err, &noMachine) {
		return &fault.Error{Code: fault.NotFound, Message: words + ": Step Functions does not know it (any more)", Cause: err}
	}
	var api interface{ ErrorCode() string }
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "ThrottlingException", "ExecutionLimitExceeded":
			return fault.Throttled(err, "%s: Step Functions takes no more at this rate", words)
		case "ServiceUnavailable", "InternalFailure", "ConflictException", "StateMachineDeleting":
			return &fault.Error{Code: fault.Unavailable, Message: words + ": Step Functions is busy, try again", Cause: err}
		}
	}
	return fault.Wrap(err, "%s", words)
}
