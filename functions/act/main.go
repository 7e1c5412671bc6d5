// Command act does every action that changes the desk or writes to people.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/host"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/mail/ses"
)

func main() {
	h := host.New()
	st, en := h.Store(), h.Engine()
	d := &action.Desk{Store: st, Mailer: ses.Sender{Client: sesv2.NewFromConfig(h.AWS), Region: h.AWS.Region, ConfigurationSet: host.Env("CONFIGURATION_SET")},
		Launcher: &launch.Launcher{Store: st, Engine: en, NewID: h.IDs.New, Now: h.Now},
		Answerer: en, Gone: engine.ErrGone, NewID: h.IDs.New, Now: h.Now, PublicURL: host.Env("PUBLIC_URL")}
	actions := d.Actions()
	lambda.Start(host.Handler(action.Request.Trail, func(ctx context.Context, r action.Request) (*action.Response, error) {
		resp, err := actions.Do(ctx, &r)
		return resp, host.Fail(ctx, err, "type", r.Type)
	}))
}
