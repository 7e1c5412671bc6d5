// Package bedrock asks a model through Amazon Bedrock's Converse API. A form is a tool
// that the model is made to use.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
package bedrock

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/deskhand/deskhand/shared/ai"
	"github.com/deskhand/deskhand/shared/fault"
)

// Model is one Bedrock model or inference profile; it is an ai.Provider.
type Model struct {
	Client *bedrockruntime.Client
	ID     string
}

// Text asks for text.
func (m Model) Text(ctx context.Context, p ai.Prompt) (string, error) {
	blocks, err := m.converse(ctx, p, nil)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, block := range blocks {
		if t, ok := block.(*types.ContentBlockMemberText); ok {
			b.WriteString(t.Value)
		}
	}
	return b.String(), nil
}

// Data asks for a filled-in form.
func (m Model) Data(ctx context.Context, p ai.Prompt, f ai.Form) (json.RawMessage, error) {
	// The schema goes through JSON, as the SDK's document encoder knows plain values only.
	data, err := json.Marshal(f.Schema)
	if err != nil {
		return nil, err
	}
	var schema map[string]any
	if err := json.Unmarshal(data, &schema); err != nil {
		return nil, err
	}
	blocks, err := m.converse(ctx, p, &types.ToolConfiguration{
		Tools: []types.Tool{&types.ToolMemberToolSpec{Value: types.ToolSpecification{Name: aws.String(f.Name), Description: aws.String(f.Description),
			InputSchema: &types.ToolInputSchemaMemberJson{Value: document.NewLazyDocument(schema)}}}},
		ToolChoice: &types.ToolChoiceMemberTool{Value: types.SpecificToolChoice{Name: aws.String(f.Name)}},
	})
	if err != nil {
		return nil, err
	}
	for _, block := range blocks {
		use, ok := block.(*types.ContentBlockMemberToolUse)
		if !ok || aws.ToString(use.Value.Name) != f.Name || use.Value.Input == nil {
			continue
		}
		return use.Value.Input.MarshalSmithyDocument()
	}
	return nil, ai.ErrNoForm
}

func (m Model) converse(ctx context.Context, p ai.Prompt, tools *types.ToolConfiguration) ([]types.ContentBlock, error) {
	out, err := m.Client.Converse(ctx, &bedrockruntime.ConverseInput{
		ModelId:         aws.String(m.ID),
		System:          []types.SystemContentBlock{&types.SystemContentBlockMemberText{Value: p.System}},
		Messages:        []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: p.User}}}},
		InferenceConfig: &types.InferenceConfiguration{MaxTokens: aws.Int32(int32(p.MaxTokens))},
		ToolConfig:      tools,
	})
	if err != nil {
		return nil, mend(err)
	}
	switch out.StopReason {
	case types.StopReasonEndTurn, types.StopReasonStopSequence, types.StopReasonMaxTokens, types.StopReasonToolUse:
	case types.StopReasonMalformedModelOutput, types.StopReasonMalformedToolUse:
		if tools != nil {
			return nil, ai.ErrNoForm
		}
		return nil, fault.Named(fault.Unprocessable, "model_failed", "the model stopped with %s", out.StopReason)
	default:
		return nil, fault.Named(fault.Unprocessable, "model_refused", "the model stopped with %s", out.StopReason)
	}
	msg, ok := out.Output.(*types.ConverseOutputMemberMessage)
	if !ok {
		return nil, fault.Named(fault.Unprocessable, "model_failed", "the model answered with no message")
	}
	return msg.Value.Content, nil
}

// mend gives an SDK error a code: what may pass with time is Unavailable.
func mend(err error) error {
	var throttled *types.ThrottlingException
	var down *types.ServiceUnavailableException
	var late *types.ModelTimeoutException
	var cold *types.ModelNotReadyException
	var inside *types.InternalServerException
	if errors.As(err, &throttled) {
		return fault.Throttled(err, "the model takes no more at this rate")
	}
	if errors.As(err, &down) || errors.As(err, &late) || errors.As(err, &cold) || errors.As(err, &inside) {
		return &fault.Error{Code: fault.Unavailable, Message: "the model is busy", Cause: err}
	}
	return &fault.Error{Code: fault.Unprocessable, Name: "model_failed", Message: "the model did not answer: " + err.Error(), Cause: err}
}
