// Command reach does the actions that leave the account: language models and HTTP
// requests. It has no permission on the desk.
package main

import (
	"context"
	"net/netip"
	"net/url"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/ai"
	"github.com/deskhand/deskhand/shared/ai/bedrock"
	"github.com/deskhand/deskhand/shared/ai/openai"
	"github.com/deskhand/deskhand/shared/fetch"
	"github.com/deskhand/deskhand/shared/host"
)

func main() {
	h := host.New()
	fetcher := &fetch.Client{Agent: "Deskhand"}
	if os.Getenv("ALLOW_PRIVATE_HTTP") == "1" && onThisMachine() { // never where AWS is not this machine
		fetcher.Allow = func(netip.Addr) bool { return true }
	}
	actions := (&action.Reach{Model: model(h), Fetcher: fetcher}).Actions()
	lambda.Start(host.Handler(action.Request.Trail, func(ctx context.Context, r action.Request) (*action.Response, error) {
		resp, err := actions.Do(ctx, &r)
		return resp, host.Fail(ctx, err, "type", r.Type)
	}))
}

// model is who answers; the stand-in only where the AWS endpoint is this machine.
func model(h *host.Host) ai.Model {
	switch host.Env("AI_PROVIDER") {
	case "bedrock":
		id := host.Env("AI_MODEL_ID")
		return ai.Prompted{Name: id, Provider: bedrock.Model{Client: bedrockruntime.NewFromConfig(h.AWS), ID: id}}
	case "openai":
		id := host.Env("AI_MODEL_ID")
		return ai.Prompted{Name: id, Provider: openai.Model{Endpoint: host.Env("AI_ENDPOINT"), ID: id, Key: os.Getenv("AI_KEY")}}
	case "standin":
		if !onThisMachine() {
			panic("AiProvider standin answers by rule, for the local stack only: set AiProvider to bedrock, openai or off")
		}
		return ai.Standin{}
	}
	return nil
}

// onThisMachine tells the local stack from AWS by where AWS is.
func onThisMachine() bool {
	u, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL"))
	return err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
}
