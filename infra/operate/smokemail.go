package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// mailSink takes mail and tells nobody; it works in the sandbox too.
// https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
const mailSink = "success@simulator.amazonses.com"

// byMail sends a mail to an inbox of its own and follows it to an answer that goes out.
// It is left out, with the reason, where no domain takes mail, and where it would start
// workflows of the desk (unless MAIL=1 says that this is wanted).
func (s *smoker) byMail(ctx context.Context) error {
	domain, why, err := s.mailDomain(ctx)
	if err != nil {
		return s.step("which domain takes mail", err)
	}
	if why != "" {
		s.say("  skipped mail: %s", why)
		return nil
	}
	from, to := s.mark+"-customer@"+domain, s.mark+"@"+domain
	if others, err := s.wouldStart(ctx, from, to); err != nil {
		return s.step("which workflows the mail would start", err)
	} else if len(others) > 0 && !on("MAIL") {
		s.say("  skipped mail: it would start %s of the desk: %s. MAIL=1 sends it all the same.", count(len(others), "workflow"), strings.Join(others, ", "))
		return nil
	}
	at := "/v1/inboxes/" + s.mark
	err = s.desk.call(ctx, http.MethodPut, at, map[string]any{"name": "Smoke test", "address": to}, nil)
	if err := s.step("inbox "+to, err); err != nil {
		return err
	}
	s.later("inbox "+to, func(ctx context.Context) error { return s.desk.call(ctx, http.MethodDelete, at, nil, nil) })
	w, err := s.publish(ctx, "Smoke test by mail "+s.mark, fmt.Sprintf(`{
		"trigger": {"type": "message.received", "conditions": {"all": [{"field": "message.inbox", "op": "is", "value": %[1]q}, {"field": "message.subject", "op": "contains", "value": %[1]q}]}},
		"nodes": [
			{"id": "tag", "type": "conversation.tag", "params": {"add": ["smoke"]}},
			{"id": "answer", "type": "message.send", "params": {"to": %[2]q, "subject": "Smoke test %[1]s", "body": "{{contact.email}} wrote: {{message.text}}"}}],
		"edges": [{"from": "trigger", "to": "tag"}, {"from": "tag", "to": "answer"}]}`, s.mark, mailSink))
	if err != nil {
		return err
	}
	s.later("contact "+from, func(ctx context.Context) error { return s.forget(ctx, from) })
	s.later("contact "+mailSink, func(ctx context.Context) error { return s.forget(ctx, mailSink) })
	if err := s.step("mail from "+from+" to "+to, s.mail(ctx, from, to)); err != nil {
		return err
	}
	err = s.until(ctx, mailPatience, "no run. Is the mail in /v1/inbound/failed? Does the domain's MX record point to SES in this Region?", func() (bool, error) {
		var runs struct{ Items []struct{ ID string } }
		if err := s.desk.call(ctx, http.MethodGet, "/v1/workflows/"+w.id+"/runs", nil, &runs); err != nil || len(runs.Items) == 0 {
			return false, err
		}
		w.run = runs.Items[0].ID
		return true, nil
	})
	if err := s.step("it started a run", err); err != nil {
		return err
	}
	steps, err := s.follow(ctx, w)
	if err == nil {
		err = went(steps, "tag", "answer")
	}
	var sent struct{ Sent *bool }
	if err == nil {
		err = json.Unmarshal(steps[1].Output, &sent)
	}
	if err == nil && sent.Sent != nil && !*sent.Sent {
		err = fmt.Errorf("the answer was not sent: %s", steps[1].Output)
	}
	if err := s.step("the answer went out", err); err != nil {
		return err
	}
	return s.replay(ctx, w)
}

// mailDomain finds a domain whose mail reaches the desk, or says why there is none.
func (s *smoker) mailDomain(ctx context.Context) (domain, why string, err error) {
	if s.role != "admin" {
		return "", "the token is of an " + s.role + ", and only an admin makes inboxes", nil
	}
	info, err := s.describe(ctx)
	if err != nil {
		return "", "", err
	}
	for _, d := range strings.Split(info.parameter("MailDomains"), ",") {
		if d = strings.TrimSpace(d); d != "" && !strings.Contains(d, "@") && domain == "" {
			domain = strings.TrimPrefix(d, ".")
		}
	}
	if domain == "" {
		err := each(ctx, s.desk, "/v1/inboxes", func(i inbox) error {
			if _, d, ok := strings.Cut(i.Address, "@"); ok && domain == "" {
				domain = d
			}
			return nil
		})
		if err != nil {
			return "", "", err
		}
	}
	active, err := s.activeRuleSet(ctx)
	if err != nil {
		return "", "", err
	}
	if want := info.output("RuleSetName"); active.Name != want {
		return "", fmt.Sprintf("the receipt rule set %s is not active (make activate-rule-set)", want), nil
	}
	if domain == "" {
		return "", "the stack has no MailDomains and the desk no inbox, so no domain is known", nil
	}
	id, err := sesv2.NewFromConfig(s.aws).GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String(domain)})
	var none *types.NotFoundException
	if errors.As(err, &none) || err == nil && !id.VerifiedForSendingStatus {
		return "", domain + " is not a verified identity of SES (make sandbox)", nil
	}
	return domain, "", err
}

// wouldStart names the enabled workflows that would start on the mail, by a dry run of
// each; one that cannot be tried counts.
func (s *smoker) wouldStart(ctx context.Context, from, to string) (names []string, err error) {
	_, domain, _ := strings.Cut(from, "@")
	text := smokeText(s.mark)
	event := map[string]any{"type": "message.received", "actor": from,
		"message": map[string]any{"subject": smokeSubject(s.mark), "text": text, "fullText": text, "from": from, "fromDomain": domain, "fromName": "Smoke test", "to": []string{to}, "cc": []string{},
			"inbox": s.mark, "kind": "human", "isAutomatic": false, "hasAttachments": false, "attachments": []string{}, "textTruncated": false,
			"spam": "pass", "virus": "pass", "spf": "pass", "dkim": "pass", "dmarc": "pass"},
		"conversation": map[string]any{"subject": smokeSubject(s.mark), "status": "open", "priority": "normal", "inbox": s.mark, "tags": []string{}, "messageCount": 1},
		"contact":      map[string]any{"email": from, "domain": domain, "name": "Smoke test", "tags": []string{}, "attributes": map[string]any{}, "isNew": true}}
	for _, trigger := range []string{"message.received", "contact.created"} {
		err = each(ctx, s.desk, "/v1/workflows?enabled=true&trigger="+trigger, func(w summary) error {
			event["type"] = trigger
			var report struct{ Verdict struct{ Matched bool } }
			err := s.desk.call(ctx, http.MethodPost, "/v1/workflows/"+w.ID+"/test", map[string]any{"version": *w.ActiveVersion, "event": event}, &report)
			if report.Verdict.Matched || isStatus(err, http.StatusUnprocessableEntity) {
				names = append(names, w.Name)
				return nil
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

func smokeSubject(mark string) string { return "Smoke test " + mark }

func smokeText(mark string) string {
	return "This mail tries the stack out (" + mark + "). It is taken away again."
}

// mail has SES send a mail to the inbox; on this machine, where sent mail does not come
// back in, the mailbox's form delivers it.
func (s *smoker) mail(ctx context.Context, from, to string) error {
	if s.local {
		form := url.Values{"from": {"Smoke test <" + from + ">"}, "to": {to}, "subject": {smokeSubject(s.mark)}, "text": {smokeText(s.mark)}}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.desk.url+"/local/compose", strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", "application/json")
		var ignored json.RawMessage
		return answer(r, &ignored)
	}
	text := func(v string) *types.Content {
		return &types.Content{Data: aws.String(v), Charset: aws.String("UTF-8")}
	}
	_, err := sesv2.NewFromConfig(s.aws).SendEmail(ctx, &sesv2.SendEmailInput{FromEmailAddress: aws.String(from), Destination: &types.Destination{ToAddresses: []string{to}},
		Content: &types.EmailContent{Simple: &types.Message{Subject: text(smokeSubject(s.mark)), Body: &types.Body{Text: text(smokeText(s.mark))}}}})
	return err
}

// forget erases what the desk knows of an address, down to the stored mail.
func (s *smoker) forget(ctx context.Context, address string) error {
	var ids []string
	err := each(ctx, s.desk, "/v1/contacts?q="+url.QueryEscape(address), func(c struct{ ID, Email string }) error {
		if c.Email == address {
			ids = append(ids, c.ID)
		}
		return nil
	})
	for _, id := range ids {
		err = errors.Join(err, s.desk.call(ctx, http.MethodDelete, "/v1/contacts/"+id, nil, nil))
	}
	return err
}
