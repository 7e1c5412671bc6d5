package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/deskhand/deskhand/infra/bench/rig"
	"github.com/deskhand/deskhand/shared/gallery"
)

// scene is a gallery workflow and what has to happen for one run of it from beginning
// to end.
type scene struct {
	id, name string
	workflow string
	play     func(ctx context.Context, r *rig.Rig, try int) error
}

const sender = "pat@customer.example"

// plays by the id of the gallery workflow.
var plays = map[string]func(ctx context.Context, r *rig.Rig, try int) error{
	"auto-tag": func(ctx context.Context, r *rig.Rig, try int) error {
		return r.Mail(sender, fmt.Sprint("Order ", try), "I would like a refund for my order, please.")
	},
	"route-by-domain": func(ctx context.Context, r *rig.Rig, try int) error {
		return r.Mail(sender, fmt.Sprint("Question ", try), "Who can help me with my contract?")
	},
	"ai-reply-approval": func(ctx context.Context, r *rig.Rig, try int) error {
		if err := r.Mail(sender, fmt.Sprint("Hours ", try), "When are you open on Saturdays?"); err != nil {
			return err
		}
		if err := r.Settle(ctx); err != nil {
			return err
		}
		return r.Approve(ctx, "mona@bench.example")
	},
	"escalate-open-ticket": func(ctx context.Context, r *rig.Rig, try int) error {
		body := map[string]any{"subject": fmt.Sprint("Broken screen ", try), "group": "accounts", "contactEmail": sender}
		if err := r.Call(ctx, http.MethodPost, "/v1/tickets", body, nil); err != nil {
			return err
		}
		if err := r.Settle(ctx); err != nil {
			return err
		}
		return r.Advance(ctx, 24*time.Hour+time.Minute)
	},
	"welcome-contact": func(ctx context.Context, r *rig.Rig, try int) error {
		return r.Mail(fmt.Sprintf("new%d@newcomer.example", try), "Hello", "I have just signed up.")
	},
}

// publish publishes every gallery workflow, enables none, and makes the sender known.
func publish(ctx context.Context, r *rig.Rig) ([]scene, error) {
	var out []scene
	for _, t := range gallery.All() {
		play := plays[t.ID]
		if play == nil {
			return nil, fmt.Errorf("the gallery has a workflow %q that nobody plays here: add it to plays", t.ID)
		}
		definition, err := rig.Adapt(t)
		if err != nil {
			return nil, err
		}
		id, revision, err := r.Draft(ctx, t.Name, definition)
		if err != nil {
			return nil, err
		}
		if err := r.Publish(ctx, id, revision); err != nil {
			return nil, err
		}
		out = append(out, scene{t.ID, t.Name, id, play})
	}
	if err := r.Mail(sender, "First", "Hello, this is my first message."); err != nil {
		return nil, err
	}
	return out, r.Settle(ctx)
}

// result is what one run took.
type result struct {
	scene
	byPhase     map[string]*use
	transitions int
}

// plays of each scene after the one that warms up. Of them the median counts: now and
// then two functions meet at one record, and one of them writes again.
const tries = 5

// count plays a scene.
func count(ctx context.Context, r *rig.Rig, c *counter, s scene) (result, error) {
	res := result{scene: s}
	if err := r.Enable(ctx, s.workflow, true); err != nil {
		return res, err
	}
	var all []map[string]*use
	for try := range tries + 1 {
		if err := r.Settle(ctx); err != nil {
			return res, err
		}
		c.empty()
		if err := s.play(ctx, r, try); err != nil {
			return res, err
		}
		if err := r.Settle(ctx); err != nil {
			return res, err
		}
		if took := c.take(); try > 0 {
			all = append(all, took)
		}
	}
	res.byPhase = median(all)
	if err := r.Enable(ctx, s.workflow, false); err != nil {
		return res, err
	}
	var runs struct {
		Items []struct{ Status, ExecutionArn, Reason string }
	}
	if err := r.Call(ctx, http.MethodGet, "/v1/workflows/"+s.workflow+"/runs", nil, &runs); err != nil {
		return res, err
	}
	if len(runs.Items) != tries+1 {
		return res, fmt.Errorf("%d runs were to be there: %+v", tries+1, runs.Items)
	}
	for _, run := range runs.Items {
		if run.Status != "succeeded" {
			return res, fmt.Errorf("a run is %s: %s", run.Status, run.Reason)
		}
	}
	var err error
	res.transitions, err = transitions(ctx, r.Sfn, runs.Items[0].ExecutionArn)
	return res, err
}

// median of plays by what they cost.
func median(all []map[string]*use) map[string]*use {
	slices.SortFunc(all, func(a, b map[string]*use) int { return cmp.Compare(dollars(a), dollars(b)) })
	return all[len(all)/2]
}

// transitions of an execution: every state entered, and every further try of a task.
// https://aws.amazon.com/step-functions/pricing/
func transitions(ctx context.Context, c *sfn.Client, execution string) (n int, err error) {
	pages := sfn.NewGetExecutionHistoryPaginator(c, &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(execution)})
	tries := 0 // of the state that was entered last
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return n, err
		}
		for _, e := range page.Events {
			switch {
			case e.StateEnteredEventDetails != nil:
				n, tries = n+1, 0
			case e.TaskScheduledEventDetails != nil || e.LambdaFunctionScheduledEventDetails != nil:
				if tries++; tries > 1 {
					n++
				}
			}
		}
	}
	return n, nil
}

// idle is what one tick of the sweep takes on a desk where nothing is due.
func idle(ctx context.Context, r *rig.Rig, c *counter) (*use, error) {
	c.empty()
	if err := r.Advance(ctx, 10*time.Minute); err != nil {
		return nil, err
	}
	u := c.take()["sweep"]
	if u == nil {
		return nil, fmt.Errorf("the sweep did not run in ten minutes")
	}
	return u, nil
}
