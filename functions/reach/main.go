// Command reach does the actions that leave the account: language models. It has no
// permission on the desk.
package main

import (
	"context"
	"net/url"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/ai"
	"github.com/deskhand/deskhand/shared/ai/bedrock"
	"github.com/deskhand/deskhand/shared/host"
)

func main() {
	h := host.New()
	actions := (&action.Reach{Model: model(h)}).Actions()
	lambda.Start(func(ctx context.Context, r action.Request) (*action.Response, error) {
		resp, err := actions.Do(ctx, &r)
		return resp, host.Fail(ctx, err, "run", r.RunID, "node", r.Node, "type", r.Type)
	})
}

// model is who answers; the stand-in only where the AWS endpoint is this machine.
func model(h *host.Host) ai.Model {
	switch host.Env("AI_PROVIDER") {
	case "bedrock":
		return bedrock.Model{Client: bedrockruntime.NewFromConfig(h.AWS), ID: host.Env("AI_MODEL_ID")}
	case "standin":
		if u, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL")); err != nil || (u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost") {
			panic("AiProvider standin writes texts by rule, for the local stack only: set AiProvider to bedrock or off")
		}
		return ai.Standin{}
	}
	return nil
}
