package engine

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/deskhand/deskhand/shared/fault"
)

// Publication is one version to be.
type Publication struct {
	WorkflowID  string
	MachineArn  string // "" before the first one
	RoleArn     string
	Definition  []byte // ASL; differs from the last one by its Comment at least
	Description string // ≤ 256 characters
}

// Publish makes the workflow's state machine, or updates it, and publishes a version
// in the same call.
func (e *Engine) Publish(ctx context.Context, p Publication) (machineArn, versionArn string, err error) {
	if n := len(p.Definition); n > MaxDefinition {
		return "", "", fault.New(fault.Unprocessable, "the compiled workflow has %d bytes; Step Functions takes at most %d: split it in two", n, MaxDefinition)
	}
	note := p.Description
	if r := []rune(note); len(r) > 256 {
		note = string(r[:256])
	}
	if p.MachineArn == "" {
		out, err := e.client.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{
			Name: aws.String(e.MachineName(p.WorkflowID)), RoleArn: aws.String(p.RoleArn),
			Definition: aws.String(string(p.Definition)), Type: types.StateMachineTypeStandard,
			Publish: true, VersionDescription: aws.String(note),
			Tags: []types.Tag{{Key: aws.String("deskhand:stack"), Value: aws.String(e.stack)}, {Key: aws.String("deskhand:workflow"), Value: aws.String(p.WorkflowID)}},
		})
		var exists *types.StateMachineAlreadyExists
		switch {
		case err == nil:
			return aws.ToString(out.StateMachineArn), aws.ToString(out.StateMachineVersionArn), nil
		case !errors.As(err, &exists):
			return "", "", mend(err, "create the state machine of %s", p.WorkflowID)
		}
		if p.MachineArn, err = arnOf(exists.ErrorMessage()); err != nil {
			return "", "", err
		}
	}
	out, err := e.client.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{
		StateMachineArn: aws.String(p.MachineArn), RoleArn: aws.String(p.RoleArn),
		Definition: aws.String(string(p.Definition)), Publish: true, VersionDescription: aws.String(note),
	})
	if err != nil {
		return "", "", mend(err, "update the state machine of %s", p.WorkflowID)
	}
	return p.MachineArn, aws.ToString(out.StateMachineVersionArn), nil
}

// arnOf finds the ARN that StateMachineAlreadyExists quotes: a publish that created
// the machine and then crashed before it could be noted.
func arnOf(message string) (string, error) {
	for start := 0; start < len(message); start++ {
		if len(message)-start > 4 && message[start:start+4] == "arn:" {
			end := start
			for end < len(message) && message[end] != '\'' && message[end] != '"' && message[end] != ' ' && message[end] != ',' {
				end++
			}
			return message[start:end], nil
		}
	}
	return "", fault.New(fault.Conflict, "a state machine of this workflow exists already, and Step Functions does not say which: %s", message)
}
