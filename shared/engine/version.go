package engine

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// lookedAt is how many executions of a version are looked at before it counts as in use.
const lookedAt = 1000

// InUse tells whether an execution of a version is open, or failed so lately that it can
// be redriven. A version of more executions than one call lists counts as in use.
func (e *Engine) InUse(ctx context.Context, versionArn string, now time.Time) (bool, error) {
	out, err := e.client.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: aws.String(versionArn), MaxResults: lookedAt})
	if err != nil {
		return false, mend(err, "list executions of a version")
	}
	for _, x := range out.Executions {
		switch x.Status {
		case types.ExecutionStatusSucceeded:
		case types.ExecutionStatusFailed, types.ExecutionStatusAborted, types.ExecutionStatusTimedOut:
			if x.StopDate == nil || now.Sub(*x.StopDate) <= RedriveWithin {
				return true, nil
			}
		default:
			return true, nil
		}
	}
	return out.NextToken != nil, nil
}

// DeleteVersion removes a version; executions of it go on. One that is not there is no
// error.
func (e *Engine) DeleteVersion(ctx context.Context, versionArn string) error {
	_, err := e.client.DeleteStateMachineVersion(ctx, &sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: aws.String(versionArn)})
	var none *types.StateMachineDoesNotExist
	if errors.As(err, &none) {
		return nil
	}
	return mend(err, "delete a version")
}
