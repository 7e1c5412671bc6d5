package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// purge deletes what workflows made at run time and CloudFormation therefore does not
// know: their state machines and schedules. It is for after a stack was deleted.
func purge(ctx context.Context, p *place, _ []string) error {
	found, err := p.madeByWorkflows(ctx)
	if err != nil {
		return err
	}
	if len(found.machines)+len(found.schedules) == 0 {
		p.say("There is nothing to purge: no state machine %s-wf-… and no schedule of one in %s.", p.stack, p.aws.Region)
		return nil
	}
	running := 0
	for _, m := range found.machines {
		running += m.running
		note := ""
		if m.running > 0 {
			note = fmt.Sprintf(", %s running", count(m.running, "execution"))
		}
		p.say("  state machine %s%s", m.name, note)
	}
	for _, s := range found.schedules {
		p.say("  schedule      %s", s)
	}
	what := count(len(found.machines), "state machine") + " and " + count(len(found.schedules), "schedule")
	switch _, err := p.describe(ctx); {
	case err == nil:
		p.say("\nThe stack %s is still there: without these its workflows start nothing until each is published again.", p.stack)
	case !errors.Is(err, errNoStack):
		return err
	}
	if running > 0 && !on("FORCE") {
		return fmt.Errorf("%s still running would end: wait for them or stop them, or say FORCE=1. Nothing was deleted", count(running, "execution"))
	}
	if !on("YES") || on("DRY") {
		p.say("\nDry run: %s would be deleted, histories of executions with them. YES=1 deletes.", what)
		return nil
	}
	machines, schedules := sfn.NewFromConfig(p.aws), scheduler.NewFromConfig(p.aws)
	for _, m := range found.machines {
		if _, err := machines.DeleteStateMachine(ctx, &sfn.DeleteStateMachineInput{StateMachineArn: aws.String(m.arn)}); err != nil {
			return err
		}
	}
	for _, s := range found.schedules {
		if _, err := schedules.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{Name: aws.String(s)}); err != nil {
			return err
		}
	}
	p.say("\nDeleted: %s.", what)
	return nil
}

func count(n int, noun string) string {
	if n != 1 {
		if strings.HasSuffix(noun, "x") {
			noun += "e"
		}
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// made is what the workflows of a stack made.
type made struct {
	machines  []madeMachine
	schedules []string
}

type madeMachine struct {
	name, arn string
	running   int
}

// madeByWorkflows lists them by their whole names: a stack a does not touch a stack a-wf-b.
func (p *place) madeByWorkflows(ctx context.Context) (*made, error) {
	const workflow = `wf_[0-9A-HJKMNP-TV-Z]{26}`
	machine := regexp.MustCompile(`^` + regexp.QuoteMeta(p.stack) + `-wf-` + workflow + `(-[0-9a-f]{8})?$`) // the ending: one made after another was deleted
	schedule := regexp.MustCompile(`^` + regexp.QuoteMeta(p.stack) + `-` + workflow + `$`)
	out := &made{}
	client := sfn.NewFromConfig(p.aws)
	for pages := sfn.NewListStateMachinesPaginator(client, &sfn.ListStateMachinesInput{MaxResults: 1000}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, m := range page.StateMachines {
			if machine.MatchString(aws.ToString(m.Name)) {
				out.machines = append(out.machines, madeMachine{name: aws.ToString(m.Name), arn: aws.ToString(m.StateMachineArn)})
			}
		}
	}
	for i := range out.machines {
		m := &out.machines[i]
		for pages := sfn.NewListExecutionsPaginator(client, &sfn.ListExecutionsInput{StateMachineArn: aws.String(m.arn), StatusFilter: types.ExecutionStatusRunning, MaxResults: 1000}); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			m.running += len(page.Executions)
		}
	}
	for pages := scheduler.NewListSchedulesPaginator(scheduler.NewFromConfig(p.aws), &scheduler.ListSchedulesInput{GroupName: aws.String("default"), NamePrefix: aws.String(p.stack + "-wf_")}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Schedules {
			if schedule.MatchString(aws.ToString(s.Name)) {
				out.schedules = append(out.schedules, aws.ToString(s.Name))
			}
		}
	}
	return out, nil
}
