// Command counts plays one run of each gallery workflow on a local stack of its own and
// prints what it took, by phase: Lambda invocations, AWS calls by service and action,
// DynamoDB request units, state transitions, and the money of these at public prices.
//
//	go run ./infra/bench/counts [-template template.yaml] [-brief] [-write shared/cost/counted.json]
//
// Every workflow is published; one at a time is enabled. Each is played once to warm up,
// so that the functions run and the sender is known, and then some times, of which the
// median counts. What people do over REST is counted apart. It measures no time: see
// ../cold. -write counts each type of node as well, and keeps all of it for shared/cost.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/deskhand/deskhand/infra/bench/rig"
	"github.com/deskhand/deskhand/shared/cost"
)

func main() {
	template := flag.String("template", "template.yaml", "path of template.yaml")
	brief := flag.Bool("brief", false, "only the table of all workflows")
	write := flag.String("write", "", "count each type of node too, and write what was counted to this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *template, *brief, *write); err != nil {
		fmt.Fprintln(os.Stderr, "counts:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, template string, brief bool, write string) error {
	if write != "" { // http.request calls a server of this program
		if err := os.Setenv("ALLOW_PRIVATE_HTTP", "1"); err != nil {
			return err
		}
	}
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
	if write == "" {
		return nil
	}
	return keep(ctx, r, c, all, tick, write)
}

// keep counts the nodes too, and writes the file that shared/cost reads.
func keep(ctx context.Context, r *rig.Rig, c *counter, all []result, tick *use, path string) error {
	a, err := assume()
	if err != nil {
		return err
	}
	counted, err := nodes(ctx, r, c, a, tick)
	if err != nil {
		return err
	}
	counted.Date, counted.How = time.Now().UTC().Format(time.DateOnly), "go run ./infra/bench/counts -write shared/cost/counted.json"
	counted.Flows = map[string]cost.Use{}
	for _, res := range all {
		u := units(res.phases(tick), a, memory(r))
		u[cost.Transition] = float64(res.transitions)
		if res.byPhase["receive"] != nil {
			u = less(u, mailed(counted.Mail))
		}
		counted.Flows[res.id] = u
	}
	data, err := json.MarshalIndent(counted, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}
