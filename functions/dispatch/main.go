// Command dispatch takes events off the queue, matches them against the published
// workflows, starts the runs and keeps the match record.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/host"
	"github.com/deskhand/deskhand/shared/launch"
)

func main() {
	h := host.New()
	st, en := h.Store(), h.Engine()
	st.Blobs = h.Bucket()
	d := &dispatcher{store: st, answer: en, gone: engine.ErrGone, now: h.Now, queue: dispatchQueue{sqs.NewFromConfig(h.AWS), host.Env("DISPATCH_QUEUE_URL")},
		launcher: &launch.Launcher{Store: st, Engine: en, NewID: h.IDs.New, Now: h.Now}}
	lambda.Start(host.Handler(nil, d.batch))
}
