// Command openapi prints the OpenAPI document of /v1 as the API serves it, without a
// stack: for clients that are generated, and for `npm run api`, which makes the console's
// types of it. It writes nothing; the document itself is made by shared/rest.
package main

import (
	"fmt"
	"os"

	"github.com/deskhand/deskhand/shared/rest"
)

func main() {
	doc, err := rest.Document()
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
	fmt.Printf("%s\n", doc)
}
