// Command console serves the web console: the files of web/dist, which `make console`
// builds, out of its own binary. It knows nothing of the API; the pages ask that
// themselves. Built without the pages it serves web/index-plain.html, which leads to
// what there is.
package main

import (
	"embed"
	"io/fs"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/deskhand/deskhand/shared/lambdahttp"
)

//go:embed all:web/dist web/index-plain.html
var files embed.FS

func main() {
	web, err := fs.Sub(files, "web")
	if err != nil {
		panic(err) // the folder is in the binary
	}
	// Without an issuer nobody signs in: then the pages talk to their own origin only.
	s, err := newSite(web, os.Getenv("OIDC_ISSUER"), strings.Fields(os.Getenv("SIGN_IN_ORIGINS")))
	if err != nil {
		panic(err) // as above
	}
	lambda.Start(lambdahttp.Serve(s))
}
