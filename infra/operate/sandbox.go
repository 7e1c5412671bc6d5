package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// maxIdentities are looked at one by one; SES answers one such call a second.
const maxIdentities = 50

// sandbox tells what SES allows this account to do, and what is missing.
func sandbox(ctx context.Context, p *place, _ []string) error {
	client := sesv2.NewFromConfig(p.aws)
	account, err := client.GetAccount(ctx, &sesv2.GetAccountInput{})
	if err != nil {
		return err
	}
	var todo []string
	next := func(format string, args ...any) { todo = append(todo, fmt.Sprintf(format, args...)) }
	if account.ProductionAccessEnabled {
		p.say("SES in %s: out of the sandbox", p.aws.Region)
	} else {
		p.say("SES in %s: in the SANDBOX: mail goes to verified addresses only", p.aws.Region)
		next("Ask for production access: SES console, Account dashboard, Request production access; or aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL --website-url https://… . It takes about a day. Until then approvers and customers need verified addresses.")
	}
	if q := account.SendQuota; q != nil {
		p.say("  may send %.0f mails in 24 hours, %.0f a second; %.0f were sent in the last 24 hours", q.Max24HourSend, q.MaxSendRate, q.SentLast24Hours)
		if q.Max24HourSend > 0 && q.SentLast24Hours > 0.8*q.Max24HourSend {
			next("Ask for a higher sending quota: Service Quotas, Amazon SES; more than 80 %% of the day's is used.")
		}
	}
	if !account.SendingEnabled || aws.ToString(account.EnforcementStatus) != "HEALTHY" {
		p.say("  sending enabled: %t; standing: %s", account.SendingEnabled, strings.ToLower(aws.ToString(account.EnforcementStatus)))
		next("Sending is %s: read the notice of AWS on the SES console's Account dashboard and answer it.", map[bool]string{true: "on probation", false: "paused"}[account.SendingEnabled])
	}
	known, todoIdentities, err := p.identities(ctx, client)
	if err != nil {
		return err
	}
	todo = append(todo, todoIdentities...)
	p.receivesMail(ctx, &todo, known)
	p.say("")
	if len(todo) == 0 {
		p.say("Nothing is left to do.")
		return nil
	}
	p.say("What to do next:")
	for i, t := range todo {
		p.say("  %d. %s", i+1, t)
	}
	return nil
}

// identities tells of each verified domain and address; known holds those by which mail
// can be sent.
func (p *place) identities(ctx context.Context, client *sesv2.Client) (known map[string]bool, todo []string, err error) {
	known = map[string]bool{}
	listed := 0
	for pages := sesv2.NewListEmailIdentitiesPaginator(client, &sesv2.ListEmailIdentitiesInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, nil, err
		}
		for _, i := range page.EmailIdentities {
			name := aws.ToString(i.IdentityName)
			known[name] = i.VerificationStatus == types.VerificationStatusSuccess
			if listed++; listed > maxIdentities {
				continue
			}
			d, err := client.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: i.IdentityName})
			if err != nil {
				return nil, nil, err
			}
			dkim := "no DKIM"
			if d.DkimAttributes != nil {
				dkim = "DKIM " + strings.ToLower(strings.ReplaceAll(string(d.DkimAttributes.Status), "_", " "))
			}
			p.say("  identity %s: verification %s, %s", name, strings.ToLower(string(i.VerificationStatus)), dkim)
			if d.DkimAttributes == nil || i.IdentityType != types.IdentityTypeDomain || d.DkimAttributes.Status == types.DkimStatusSuccess {
				continue
			}
			var records []string
			for _, token := range d.DkimAttributes.Tokens {
				records = append(records, fmt.Sprintf("\n       %s._domainkey.%s CNAME %s.dkim.amazonses.com", token, name, token))
			}
			todo = append(todo, fmt.Sprintf("DKIM of %s is %s: publish these records in the DNS of the domain, then wait (up to 72 hours)%s", name, strings.ToLower(string(d.DkimAttributes.Status)), strings.Join(records, "")))
		}
	}
	if listed > maxIdentities {
		p.say("  … and %d more", listed-maxIdentities)
	}
	if listed == 0 && !p.local {
		todo = append(todo, "Verify the domain of the desk's addresses: aws sesv2 create-email-identity --email-identity example.com, then run this again for its DKIM records.")
	}
	return known, todo, nil
}

// receivesMail compares the stack's domains with the identities and the active rule set.
func (p *place) receivesMail(ctx context.Context, todo *[]string, known map[string]bool) {
	s, err := p.describe(ctx)
	if err != nil {
		p.say("  (the stack %s is not there yet: nothing more to compare)", p.stack)
		return
	}
	for _, domain := range strings.Split(s.parameter("MailDomains"), ",") {
		domain = strings.TrimSpace(domain)
		if _, host, isAddress := strings.Cut(domain, "@"); isAddress {
			domain = host
		}
		if domain == "" || p.local && len(known) == 0 {
			continue
		}
		if verified, listed := known[domain]; !verified {
			how := "create it: aws sesv2 create-email-identity --email-identity " + domain
			if listed {
				how = "its verification is not complete: publish its DKIM records"
			}
			*todo = append(*todo, fmt.Sprintf("%s is one of MailDomains and not a verified identity; %s.", domain, how))
		}
		p.say("  mail to %s needs in the DNS: %s MX 10 inbound-smtp.%s.amazonaws.com", domain, domain, p.aws.Region)
	}
	active, err := p.activeRuleSet(ctx)
	if err != nil {
		p.say("  which receipt rule set is active cannot be read: %v", err)
		return
	}
	want := s.output("RuleSetName")
	if active.Name == want {
		p.say("  mail in: the stack's receipt rule set %s is active", want)
		return
	}
	p.say("  mail in: receipt rule set %q is active, the stack's is %s", active.Name, want)
	*todo = append(*todo, fmt.Sprintf("Mail does not reach the desk: make activate-rule-set STACK=%s (it says what it would switch off).", p.stack))
}
