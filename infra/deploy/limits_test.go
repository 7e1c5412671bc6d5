package deploy_test

import (
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/workflow"
)

// A node's timeout is kept by its state; the function that does the node runs as long.
func TestFunctionsOutlastTheNodesTimeout(t *testing.T) {
	s := load(t, "quay", full)
	seen := 0
	for _, f := range s.Functions() {
		if f.LogicalID != "ActFunction" && f.LogicalID != "ReachFunction" {
			continue
		}
		if seen++; f.Timeout < workflow.MaxTimeout {
			t.Errorf("%s ends after %s, and a node may ask for %s", f.LogicalID, f.Timeout, workflow.MaxTimeout)
		}
	}
	if seen != 2 {
		t.Errorf("%d of the two functions that do nodes were found", seen)
	}
}

// What meets a quota is put back by dispatch itself before its time is over, so that the
// queue's receives count only other failures; while it works, nobody else gets the message.
func TestQueueOutlastsDispatch(t *testing.T) {
	s := load(t, "quay", full)
	for _, e := range s.EventSources() {
		for _, q := range s.Queues() {
			if q.ARN != e.Source {
				continue
			}
			f, ok := s.FunctionByARN(e.Function)
			if !ok {
				t.Fatalf("%s leads to no function", e.LogicalID)
			}
			// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
			if q.VisibilityTimeout < 6*f.Timeout {
				t.Errorf("%s hides a message for %s, which is less than six times the %s of %s", q.LogicalID, q.VisibilityTimeout, f.Timeout, f.LogicalID)
			}
			if left := time.Duration(q.MaxReceiveCount) * q.VisibilityTimeout; left < 20*time.Minute {
				t.Errorf("%s makes a dead letter after %s", q.LogicalID, left)
			}
		}
	}
}
