package reference_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/iam/reference"
)

func TestData(t *testing.T) {
	if !strings.Contains(reference.Source(), "Service Authorization Reference") {
		t.Errorf("source %q", reference.Source())
	}
	for _, s := range reference.Services() {
		if len(reference.Actions(s+":*")) == 0 {
			t.Errorf("%s has no actions", s)
		}
	}
	if d := cmp.Diff([]string{"states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"}, reference.Actions("states:sendtask*")); d != "" {
		t.Errorf("actions by pattern (-want +got):\n%s", d)
	}
	for _, none := range []string{"", "states", "states:", "nothing:*", "states:Nothing"} {
		if got := reference.Actions(none); got != nil {
			t.Errorf("%q is %q", none, got)
		}
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		action, resource string
		want             bool
	}{
		{"states:StartExecution", "arn:aws:states:us-east-1:123456789012:stateMachine:a", true},
		{"states:StartExecution", "arn:aws:states:us-east-1:123456789012:execution:a:b", false},
		{"states:DescribeExecution", "arn:aws:states:us-east-1:123456789012:execution:a:b", true},
		{"states:startexecution", "arn:aws:states:*:*:stateMachine:a-*", true},
		{"states:StartExecution", "*", true},
		{"dynamodb:Query", "arn:aws:dynamodb:us-east-1:123456789012:table/a/index/b", true},
		{"dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:123456789012:table/a", true},
		{"dynamodb:PutItem", "arn:aws:sqs:us-east-1:123456789012:table/a", false},
		{"s3:GetObject", "arn:aws:s3:::bucket/a/b.txt", true},
		{"s3:GetObject", "arn:aws:s3:::bucket", false},
		{"lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:a:live", true},
		{"sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:a", true},
		{"events:PutEvents", "arn:aws:events:us-east-1:123456789012:event-bus/a", true},
		{"events:PutEvents", "arn:aws:events:us-east-1:123456789012:rule/a", false},
		{"iam:PassRole", "arn:aws:iam::123456789012:role/path/a", true},
		{"dynamodb:ListTables", "arn:aws:dynamodb:us-east-1:123456789012:table/a", false},
		{"dynamodb:NoSuch", "arn:aws:dynamodb:us-east-1:123456789012:table/a", false},
	} {
		if got := reference.Fits(c.action, c.resource); got != c.want {
			t.Errorf("%s on %s: %v", c.action, c.resource, got)
		}
	}
}
