package ses_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/ses"
)

const defaultBus = "arn:aws:events:us-east-1:123456789012:event-bus/default"

func TestConfigurationSets(t *testing.T) {
	var got []ses.Event
	s := MustNew(t, ses.Config{ConfigurationSets: []ses.ConfigurationSet{
		{Name: "told", Destinations: []ses.EventDestination{{Enabled: true, Types: []string{"bounce", "COMPLAINT", "deliveryDelay"}, Bus: defaultBus}}},
		{Name: "off", Destinations: []ses.EventDestination{{Types: []string{"bounce"}, Bus: defaultBus}}},
	}, PutEvent: func(bus string, e ses.Event) error {
		if bus != defaultBus {
			t.Errorf("bus %s", bus)
		}
		got = append(got, e)
		return nil
	}})
	cl := MustClient(t, s, nil)
	send := func(set, to string) (id string, err error) {
		got = nil
		in := simple()
		in.Destination = &types.Destination{ToAddresses: []string{to}}
		in.ReplyToAddresses = []string{"care+x@demo.test"}
		in.EmailTags = []types.MessageTag{{Name: aws.String("kind"), Value: aws.String("test")}}
		if set != "" {
			in.ConfigurationSetName = aws.String(set)
		}
		out, err := cl.SendEmail(context.Background(), in)
		if err == nil {
			id = *out.MessageId
		}
		return id, err
	}
	type part struct {
		BounceType, BounceSubType, ComplaintFeedbackType, FeedbackID string
		BouncedRecipients, ComplainedRecipients                      []struct{ EmailAddress, Status, DiagnosticCode string }
	}
	for _, c := range []struct{ to, detailType, eventType, kind string }{
		{"bounce@simulator.amazonses.com", "Email Bounced", "Bounce", "Permanent General"},
		{"bounce+one@simulator.amazonses.com", "Email Bounced", "Bounce", "Permanent General"},
		{"suppressionlist@simulator.amazonses.com", "Email Bounced", "Bounce", "Permanent Suppressed"},
		{"complaint@simulator.amazonses.com", "Email Complaint Received", "Complaint", "abuse "},
	} {
		t.Run(c.to, func(t *testing.T) {
			id, err := send("told", c.to)
			if err != nil || len(got) != 1 {
				t.Fatalf("%v, %d events", err, len(got))
			}
			var d struct {
				EventType         string
				Bounce, Complaint *part
				Mail              struct {
					MessageID   string
					Destination []string
					Headers     []struct{ Name, Value string }
					Tags        map[string][]string
				}
			}
			if err := json.Unmarshal(got[0].Detail, &d); err != nil {
				t.Fatal(err)
			}
			p, to := d.Bounce, []string(nil)
			if p == nil {
				p = d.Complaint
				p.BounceType, p.BouncedRecipients = p.ComplaintFeedbackType, p.ComplainedRecipients
			}
			for _, r := range p.BouncedRecipients {
				to = append(to, r.EmailAddress)
			}
			if got[0].DetailType != c.detailType || d.EventType != c.eventType || p.BounceType+" "+p.BounceSubType != c.kind || p.FeedbackID == "" {
				t.Errorf("%s: %s", got[0].DetailType, got[0].Detail)
			}
			if diff := cmp.Diff([]string{c.to}, to); diff != "" {
				t.Error(diff)
			}
			headers := map[string]string{}
			for _, h := range d.Mail.Headers {
				headers[h.Name] = h.Value
			}
			if d.Mail.MessageID != id || headers["Reply-To"] != "<care+x@demo.test>" || d.Mail.Tags["ses:configuration-set"][0] != "told" || d.Mail.Tags["kind"][0] != "test" {
				t.Errorf("about %+v, sent %s", d.Mail, id)
			}
			if diff := cmp.Diff([]string{"arn:aws:ses:us-east-1:123456789012:configuration-set/told"}, got[0].Resources); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, c := range map[string][2]string{"delivered": {"told", "success@simulator.amazonses.com"}, "anybody": {"told", "bounce@example.com"},
		"destination off": {"off", "bounce@simulator.amazonses.com"}, "no set": {"", "bounce@simulator.amazonses.com"}} {
		t.Run(name, func(t *testing.T) {
			if _, err := send(c[0], c[1]); err != nil || len(got) > 0 {
				t.Errorf("%v, events %v", err, got)
			}
		})
	}
	t.Run("no such set", func(t *testing.T) {
		if _, err := send("other", "a@example.com"); code(err) != "NotFoundException" {
			t.Error(err)
		}
	})
	t.Run("another bus", func(t *testing.T) {
		_, err := ses.New(ses.Config{DB: disk.OpenT(t), Clock: clock.Manual(start), Account: "123456789012", Region: "us-east-1",
			ConfigurationSets: []ses.ConfigurationSet{{Name: "x", Destinations: []ses.EventDestination{{Bus: defaultBus + "2"}}}}})
		if err == nil {
			t.Error("accepted")
		}
	})
}
