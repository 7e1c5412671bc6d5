package main

import (
	"cmp"
	"context"
	"strings"
)

// outputs tells where the stack is and what it made.
func outputs(ctx context.Context, p *place, _ []string) error {
	s, err := p.describe(ctx)
	if err != nil {
		return err
	}
	since := s.Created
	if s.Updated.After(since) {
		since = s.Updated
	}
	where := "account " + s.account() + ", " + p.aws.Region
	if p.local {
		where = "this machine, " + p.endpoint
	}
	p.say("%s: %s since %s (%s)", s.Name, words(s.Status), since.Local().Format("2 January 2006, 15:04"), where)
	if strings.Contains(s.Status, "ROLLBACK") || strings.Contains(s.Status, "FAILED") {
		p.say("  %s", cmp.Or(s.Reason, "the last deployment failed: aws cloudformation describe-stack-events --stack-name "+p.stack))
	}
	for _, o := range s.Outputs {
		about := strings.TrimSuffix(cmp.Or(o.Description, o.OutputKey), ".")
		p.say("\n  %s (%s)\n    %s", about, o.OutputKey, cmp.Or(o.OutputValue, "–"))
	}
	if u := s.output("Url"); u != "" {
		p.say("\n  REST is below %s/v1, described by %s/v1/openapi.json", u, u)
	}
	return nil
}

// words reads UPDATE_COMPLETE as "update complete".
func words(status string) string { return strings.ToLower(strings.ReplaceAll(status, "_", " ")) }
