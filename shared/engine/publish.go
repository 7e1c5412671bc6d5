package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
// in the same call. For a machine that somebody deleted a new one is made under another
// name: its versions count from 1 again, and must not be taken for those of the old one.
func (e *Engine) Publish(ctx context.Context, p Publication) (machineArn, versionArn string, err error) {
	if n := len(p.Definition); n > MaxDefinition {
		return "", "", fault.New(fault.Unprocessable, "the compiled workflow has %d bytes; Step Functions takes at most %d: split it in two", n, MaxDefinition)
	}
	return e.publish(ctx, p, p.MachineArn, e.MachineName(p.WorkflowID))
}

// publish updates the machine of the ARN; without one it makes one of the name.
func (e *Engine) publish(ctx context.Context, p Publication, arn, name string) (machineArn, versionArn string, err error) {
	note := p.Description
	if r := []rune(note); len(r) > 256 {
		note = string(r[:256])
	}
	if arn == "" {
		out, err := e.client.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{
			Name: aws.String(name), RoleArn: aws.String(p.RoleArn),
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
		if arn, err = arnOf(exists.ErrorMessage()); err != nil {
			return "", "", err
		}
	}
	out, err := e.client.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{
		StateMachineArn: aws.String(arn), RoleArn: aws.String(p.RoleArn),
		Definition: aws.String(string(p.Definition)), Publish: true, VersionDescription: aws.String(note),
	})
	if gone := (*types.StateMachineDoesNotExist)(nil); errors.As(err, &gone) {
		sum := sha256.Sum256(p.Definition)
		return e.publish(ctx, p, "", e.MachineName(p.WorkflowID)+"-"+hex.EncodeToString(sum[:4]))
	}
	if err != nil {
		return "", "", mend(err, "update the state machine of %s", p.WorkflowID)
	}
	return arn, aws.ToString(out.StateMachineVersionArn), nil
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
