package ses

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// ConfigurationSet is what mail can be sent with, and where SES tells what becomes of it.
type ConfigurationSet struct {
	Name         string
	Destinations []EventDestination
}

// EventDestination is an event bus that is told of some types of events.
type EventDestination struct {
	Enabled bool
	Types   []string // send delivery bounce complaint reject deliveryDelay …, in any case and with or without _
	Bus     string   // ARN; SES takes the default bus only
}

// Event is what a bus gets.
type Event struct {
	DetailType string
	Time       time.Time
	Resources  []string
	Detail     json.RawMessage
}

// detailTypes of the events that are played.
// https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html
var detailTypes = map[string]string{"Send": "Email Sent", "Delivery": "Email Delivered", "Bounce": "Email Bounced", "Complaint": "Email Complaint Received"}

func plainType(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

func (d EventDestination) wants(eventType string) bool {
	return d.Enabled && slices.ContainsFunc(d.Types, func(t string) bool { return plainType(t) == plainType(eventType) })
}

// configurationSet finds one; without any in the configuration every name is one.
func (s *Service) configurationSet(name string) (ConfigurationSet, error) {
	i := slices.IndexFunc(s.cfg.ConfigurationSets, func(c ConfigurationSet) bool { return c.Name == name })
	if i >= 0 {
		return s.cfg.ConfigurationSets[i], nil
	}
	if name == "" || len(s.cfg.ConfigurationSets) == 0 {
		return ConfigurationSet{}, nil
	}
	return ConfigurationSet{}, &awshttp.Error{Code: "NotFoundException", Status: 404, Message: "Configuration set <" + name + "> does not exist."}
}

// simulator is the domain whose mailboxes behave as their name says; + and a label may
// follow the name. https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
const simulator = "simulator.amazonses.com"

// fate is what becomes of mail to an address: an event type and the part of the event
// that is named after it.
type fate struct {
	eventType string
	part      map[string]any
}

func fates(recipient string, id string, now time.Time) []fate {
	at := now.Format(eventStamp)
	name, domain, _ := strings.Cut(recipient, "@")
	name, _, _ = strings.Cut(name, "+")
	if domain != simulator {
		name = "success"
	}
	delivered := fate{"Delivery", map[string]any{"timestamp": at, "processingTimeMillis": 500, "recipients": []string{recipient},
		"smtpResponse": "250 2.6.0 Message received", "reportingMTA": "a8-70.smtp-out.amazonses.com"}}
	bounce := func(subType, status, diagnostic string) fate {
		to := map[string]any{"emailAddress": recipient, "action": "failed", "status": status, "diagnosticCode": diagnostic}
		return fate{"Bounce", map[string]any{"feedbackId": id + "-feedback", "bounceType": "Permanent", "bounceSubType": subType, "bouncedRecipients": []any{to},
			"timestamp": at, "reportingMTA": "dns; amazonses.com"}}
	}
	switch name {
	case "bounce":
		return []fate{bounce("General", "5.1.1", "smtp; 550 5.1.1 user unknown")}
	case "suppressionlist":
		return []fate{bounce("Suppressed", "5.1.1", "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.")}
	case "complaint":
		return []fate{delivered, {"Complaint", map[string]any{"feedbackId": id + "-feedback", "complaintSubType": nil, "complaintFeedbackType": "abuse",
			"complainedRecipients": []any{map[string]any{"emailAddress": recipient}}, "timestamp": at, "userAgent": "Amazon SES Mailbox Simulator"}}}
	}
	return []fate{delivered}
}

const eventStamp = "2006-01-02T15:04:05.000Z"

// publish tells the set's destinations what becomes of a mail that was taken. The mail is
// sent whatever comes of it: SES publishes as well as it can.
func (s *Service) publish(set ConfigurationSet, in *sendRequest, id, sender string, to []string, raw []byte, caller string) {
	if s.cfg.PutEvent == nil || len(set.Destinations) == 0 {
		return
	}
	now := s.cfg.Clock.Now()
	mail := s.aboutMail(set, in, id, sender, to, raw, caller, now)
	tell := func(f fate) {
		for _, d := range set.Destinations {
			if !d.wants(f.eventType) {
				continue
			}
			detail, err := json.Marshal(map[string]any{"eventType": f.eventType, "mail": mail, strings.ToLower(f.eventType[:1]) + f.eventType[1:]: f.part})
			if err == nil {
				err = s.cfg.PutEvent(d.Bus, Event{DetailType: detailTypes[f.eventType], Time: now, Resources: []string{s.arn("configuration-set", set.Name)}, Detail: detail})
			}
			if err != nil {
				slog.Error("ses: an event is lost", "type", f.eventType, "mail", id, "error", err.Error())
			}
		}
	}
	tell(fate{"Send", map[string]any{}})
	for _, a := range to {
		for _, f := range fates(a, id, now) {
			tell(f)
		}
	}
}

// aboutMail is the part of every event that names the mail.
func (s *Service) aboutMail(set ConfigurationSet, in *sendRequest, id, sender string, to []string, raw []byte, caller string, now time.Time) map[string]any {
	fields, _ := splitHeader(raw)
	headers, size, cut := []eventHeader{}, 0, false
	for _, f := range fields {
		h := eventHeader{f.name, strings.ReplaceAll(f.value, "\r\n", "")}
		if size += len(h.Name) + len(h.Value); size > maxEventHeaders {
			cut = true
			break
		}
		headers = append(headers, h)
	}
	tags := map[string][]string{"ses:operation": {"SendEmail"}, "ses:configuration-set": {set.Name}, "ses:source-ip": {"127.0.0.1"},
		"ses:from-domain": {domainOf(sender)}, "ses:caller-identity": {caller[strings.LastIndexAny(caller, "/:")+1:]}}
	for _, t := range in.EmailTags {
		tags[t.Name] = []string{t.Value}
	}
	common := map[string]any{"from": []string{get(fields, "From")}, "to": addresses(get(fields, "To")), "messageId": id, "subject": decodeWords(get(fields, "Subject"))}
	return map[string]any{"timestamp": now.Format(eventStamp), "source": sender, "sourceArn": s.arn("identity", domainOf(sender)), "sendingAccountId": s.cfg.Account,
		"messageId": id, "destination": to, "headersTruncated": cut, "headers": headers, "commonHeaders": common, "tags": tags}
}

// check refuses a bus that is not the default one, as SES does.
func (c ConfigurationSet) check(region, account string) error {
	want := fmt.Sprintf("arn:aws:events:%s:%s:event-bus/default", region, account)
	for _, d := range c.Destinations {
		if d.Bus != want {
			return fmt.Errorf("configuration set %s: SES publishes to %s only, not to %s", c.Name, want, d.Bus)
		}
	}
	return nil
}
