// Command cold measures what people wait for: how long each function takes from exec to
// its first call of the Runtime API, against a function that only says hello, compiled
// and started in the same run; how long a mail takes until its run is started, and a
// publish until the first execution, hop by hop. Medians; the machine is this one, not
// AWS, so that the ratios and shares count and not the milliseconds.
//
//	go run ./infra/bench/cold [-template template.yaml] [-n 15]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/deskhand/deskhand/infra/bench/rig"
)

func main() {
	template := flag.String("template", "template.yaml", "path of template.yaml")
	n := flag.Int("n", 15, "how often each thing is done, 10 at least")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *template, max(*n, 10)); err != nil {
		fmt.Fprintln(os.Stderr, "cold:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, template string, n int) error {
	r, err := rig.Start(ctx, template)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := starts(ctx, r, n); err != nil {
		return err
	}
	return ways(ctx, r, n)
}
