// Command sweep runs every minute: it does again what was lost on the way, compares
// open runs with Step Functions, reminds approvers and settles what is over.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	schedulerservice "github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/bus"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/erase"
	"github.com/deskhand/deskhand/shared/host"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/mail/ses"
	"github.com/deskhand/deskhand/shared/record"
	"github.com/deskhand/deskhand/shared/schedule/scheduler"
)

func main() {
	h := host.New()
	st, en := h.Store(), h.Engine()
	s := &sweeper{store: st, engine: en, now: h.Now, publicURL: host.Env("PUBLIC_URL"),
		schedules: &scheduler.Keeper{Client: schedulerservice.NewFromConfig(h.AWS), Stack: host.Env("STACK")},
		bus:       &bus.Bus{Client: eventbridge.NewFromConfig(h.AWS), Name: host.Env("BUS")},
		launcher:  &launch.Launcher{Store: st, Engine: en, NewID: h.IDs.New, Now: h.Now},
		recorder:  &record.Recorder{Store: st, Engine: en, NewID: h.IDs.New, Now: h.Now},
		approvals: &approval.Service{Store: st, Answer: en, Gone: engine.ErrGone, NewID: h.IDs.New, Now: h.Now},
		mailer:    ses.Sender{Client: sesv2.NewFromConfig(h.AWS), Region: h.AWS.Region, ConfigurationSet: host.Env("CONFIGURATION_SET")},
	}
	s.desk = &action.Desk{Store: st, Mailer: s.mailer, Answerer: en, Gone: engine.ErrGone, NewID: h.IDs.New, Now: h.Now, PublicURL: s.publicURL}
	s.ager = &erase.Ager{Store: st, Engine: en, Record: s.recorder, Objects: h.Bucket(), NewID: h.IDs.New, Now: h.Now}
	lambda.Start(host.Handler(nil, func(ctx context.Context, _ struct{}) (tally, error) {
		t, err := s.sweep(ctx)
		return t, host.Fail(ctx, err)
	}))
}
