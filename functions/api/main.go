// Command api serves REST under /v1.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"
	lambdaservice "github.com/aws/aws-sdk-go-v2/service/lambda"
	schedulerservice "github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/erase"
	"github.com/deskhand/deskhand/shared/host"
	"github.com/deskhand/deskhand/shared/lambdahttp"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/mail/ses"
	"github.com/deskhand/deskhand/shared/publish"
	"github.com/deskhand/deskhand/shared/record"
	"github.com/deskhand/deskhand/shared/rest"
	"github.com/deskhand/deskhand/shared/schedule/scheduler"
)

func main() {
	h := host.New()
	st, en, bucket := h.Store(), h.Engine(), h.Bucket()
	st.Blobs = bucket
	recorder := &record.Recorder{Store: st, Engine: en, NewID: h.IDs.New, Now: h.Now}
	sender := ses.Sender{Client: sesv2.NewFromConfig(h.AWS), Region: h.AWS.Region, ConfigurationSet: host.Env("CONFIGURATION_SET")}
	s := &rest.Server{Store: st, Engine: en, Links: bucket, NewID: h.IDs.New, Now: h.Now, RoleClaim: host.Env("ROLE_CLAIM"), PublicURL: host.Env("PUBLIC_URL"),
		Publisher: &publish.Publisher{Store: st, Engine: en, Now: h.Now, ActArn: host.Env("ACT_ARN"), ReachArn: host.Env("REACH_ARN"),
			RoleArn: host.Env("WORKFLOW_ROLE_ARN"), AI: host.Env("AI_PROVIDER") != "off", Old: en,
			Schedules: &scheduler.Keeper{Client: schedulerservice.NewFromConfig(h.AWS), Stack: host.Env("STACK"), QueueArn: host.Env("DISPATCH_QUEUE_ARN"),
				RoleArn: host.Env("SCHEDULE_ROLE_ARN"), DeadArn: host.Env("DEAD_LETTERS_ARN")}},
		Launcher:  &launch.Launcher{Store: st, Engine: en, NewID: h.IDs.New, Now: h.Now},
		Approvals: &approval.Service{Store: st, Answer: en, Gone: engine.ErrGone, NewID: h.IDs.New, Now: h.Now},
		Recorder:  recorder,
		Eraser:    &erase.Eraser{Store: st, Engine: en, Recorder: recorder, Objects: bucket, Now: h.Now},
		Mailer:    sender,
		Senders:   sender,
		Mail:      &reprocessor{client: lambdaservice.NewFromConfig(h.AWS), receive: host.Env("RECEIVE_ARN")},
		Config:    rest.Config{Issuer: host.Env("OIDC_ISSUER"), ClientID: host.Env("OIDC_AUDIENCE")},
	}
	lambda.Start(host.Handler(nil, lambdahttp.Serve(s.Handler())))
}
