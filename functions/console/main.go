// Command console serves the pages of the console. Until the console is there, one
// page that leads to what there is.
package main

import (
	_ "embed"
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/deskhand/deskhand/shared/lambdahttp"
)

//go:embed web/index-plain.html
var index []byte

func main() { lambda.Start(lambdahttp.Serve(http.HandlerFunc(serve))) }

func serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	if r.URL.Path != "/" && r.URL.Path != "/index.html" {
		http.Error(w, "There is no page "+r.URL.Path+". Start at /.", http.StatusNotFound)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	_, _ = w.Write(index)
}
