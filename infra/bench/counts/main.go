// Command counts plays one run of each gallery workflow on a local stack of its own and
// prints what it took, by phase: Lambda invocations, AWS calls by service and action,
// DynamoDB request units, state transitions, and the money of these at public prices.
//
//	go run ./infra/bench/counts [-template template.yaml] [-brief]
//
// Every workflow is published; one at a time is enabled. Each is played once to warm up,
// so that the functions run and the sender is known, and then some times, of which the
// median counts. What people do over REST is counted apart. It measures no time: see
// ../cold.
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
	brief := flag.Bool("brief", false, "only the table of all workflows")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *template, *brief); err != nil {
		fmt.Fprintln(os.Stderr, "counts:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, template string, brief bool) error {
	r, err := rig.Start(ctx, template)
	if err != nil {
		return err
	}
	defer r.Close()
	c := newCounter(r.Stack)
	scenes, err := publish(ctx, r)
	if err != nil {
		return err
	}
	var all []result
	for _, s := range scenes {
		res, err := count(ctx, r, c, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.id, err)
		}
		all = append(all, res)
		if !brief {
			res.print(os.Stdout)
		}
	}
	tick, err := idle(ctx, r, c)
	if err != nil {
		return err
	}
	summary(os.Stdout, all, tick)
	return nil
}
