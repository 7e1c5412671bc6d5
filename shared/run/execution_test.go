package run_test

import (
	"testing"

	"github.com/deskhand/deskhand/shared/run"
)

const (
	machineArn   = "arn:aws:states:eu-west-1:123456789012:stateMachine:desk-wf-wf_1"
	executionArn = "arn:aws:states:eu-west-1:123456789012:execution:desk-wf-wf_1:run_1"
)

func TestExecutionArn(t *testing.T) {
	for in, want := range map[string]string{machineArn: executionArn, machineArn + ":12": executionArn, "x": "", "": ""} {
		if got := run.ExecutionArn(in, "run_1"); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// TestLocated: a run that its own first step moved on has an execution, whether the ARN
// was noted or not; one that was stopped before it started has none.
func TestLocated(t *testing.T) {
	for status, want := range map[run.Status]string{
		run.Starting: "", run.Running: executionArn, run.Waiting: executionArn, run.Paused: executionArn,
		run.Succeeded: executionArn, run.Failed: "", run.Stopped: "",
	} {
		r := run.Run{ID: "run_1", VersionArn: machineArn + ":3", Status: status}
		if got := r.Located().ExecutionArn; got != want {
			t.Errorf("%s: %q, want %q", status, got, want)
		}
	}
	r := run.Run{ID: "run_1", VersionArn: machineArn + ":3", Status: run.Failed, ExecutionArn: executionArn}
	if got := r.Located().ExecutionArn; got != executionArn {
		t.Errorf("noted: %q", got)
	}
}
