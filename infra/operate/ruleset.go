package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
)

// ruleSet is one of SES's receipt rule sets.
type ruleSet struct {
	Name  string `xml:"Metadata>Name"`
	Rules []struct {
		Name       string
		Enabled    bool
		Recipients []string `xml:"Recipients>member"`
	} `xml:"Rules>member"`
}

func (p *place) activeRuleSet(ctx context.Context) (ruleSet, error) {
	var out ruleSet
	return out, p.query(ctx, classicSES, "DescribeActiveReceiptRuleSet", nil, &out)
}

// activateRuleSet does what CloudFormation cannot: SES has one active receipt rule set
// for each account and Region, and activating one switches the present one off.
// https://docs.aws.amazon.com/ses/latest/dg/receiving-email-managing-receipt-rule-sets.html
func activateRuleSet(ctx context.Context, p *place, _ []string) error {
	want, err := p.output(ctx, "RuleSetName")
	if err != nil {
		return err
	}
	active, err := p.activeRuleSet(ctx)
	if err != nil {
		return err
	}
	var mine ruleSet
	if err := p.query(ctx, classicSES, "DescribeReceiptRuleSet", url.Values{"RuleSetName": {want}}, &mine); err != nil {
		return err
	}
	if active.Name == want {
		p.say("%s is the active receipt rule set already: mail is taken in by", want)
		p.rules(mine)
		return nil
	}
	p.say("Receipt rule set of the stack: %s", want)
	p.rules(mine)
	if active.Name == "" {
		p.say("\nNo receipt rule set is active now: SES takes in no mail in %s.", p.aws.Region)
	} else {
		p.say("\nWARNING: %s is active now, for the whole account in %s. It will be switched off, and with it", active.Name, p.aws.Region)
		p.rules(active)
		p.say("If those are needed, add this stack's rule to that set instead: deploy with ReceiptRuleSetName=%s.", active.Name)
	}
	if !on("YES") || on("DRY") {
		p.say("\nDry run: nothing was changed. YES=1 activates %s.", want)
		return nil
	}
	if err := p.query(ctx, classicSES, "SetActiveReceiptRuleSet", url.Values{"RuleSetName": {want}}, nil); err != nil {
		return err
	}
	if active, err = p.activeRuleSet(ctx); err != nil {
		return err
	}
	if active.Name != want {
		return fmt.Errorf("SES says that %q is active, not %s: try again", active.Name, want)
	}
	p.say("\n%s is active.", want)
	return nil
}

func (p *place) rules(s ruleSet) {
	if len(s.Rules) == 0 {
		p.say("  no rules")
	}
	for _, r := range s.Rules {
		state, who := "", "every verified domain"
		if !r.Enabled {
			state = " (disabled)"
		}
		if rcpt := slices.DeleteFunc(slices.Clone(r.Recipients), func(s string) bool { return s == "" }); len(rcpt) > 0 {
			who = fmt.Sprint(rcpt)
		}
		p.say("  rule %s%s, for %s", r.Name, state, who)
	}
}
