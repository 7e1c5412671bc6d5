// Command approve serves the page behind the link in an approval mail. GET shows and
// never changes anything; the POST of that page's form decides.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/host"
	"github.com/deskhand/deskhand/shared/lambdahttp"
)

func main() {
	h := host.New()
	st := h.Store()
	p := &page{store: st, links: h.Bucket(), now: h.Now, newID: h.IDs.New,
		approvals: &approval.Service{Store: st, Answer: h.Engine(), Gone: engine.ErrGone, NewID: h.IDs.New, Now: h.Now}}
	lambda.Start(host.Handler(nil, lambdahttp.Serve(p)))
}
