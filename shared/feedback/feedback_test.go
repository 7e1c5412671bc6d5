package feedback_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/feedback"
	"github.com/deskhand/deskhand/shared/inbound"
	"github.com/deskhand/deskhand/shared/mail"
)

const domain = "eu-west-1.amazonses.com"

// report is one as SES publishes it, about a mail with these headers.
func report(tb testing.TB, kind, headers, body string) feedback.Report {
	tb.Helper()
	text := fmt.Sprintf(`{"eventType":%q,"mail":{"timestamp":"2027-05-04T09:00:00.000Z","source":"support@demo.test","messageId":"0102-sent","destination":["Ivo@Quay.example"],
		"headersTruncated":false,"headers":[%s],"commonHeaders":{"from":["support@demo.test"]},"tags":{"ses:configuration-set":["desk"]}},%s}`, kind, headers, body)
	var r feedback.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		tb.Fatalf("%v in %s", err, text)
	}
	return r
}

const bounced = `"bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"Ivo@Quay.example","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 nobody here"}],"timestamp":"2027-05-04T09:00:01.000Z","feedbackId":"fb-1","reportingMTA":"dsn; mx.quay.example"}`

func TestTake(t *testing.T) {
	const ivo = "ivo@quay.example"
	soft := func(kind, sub, status, words string) string {
		return fmt.Sprintf(`"bounce":{"bounceType":%q,"bounceSubType":%q,"bouncedRecipients":[{"emailAddress":%q,"status":%q,"diagnosticCode":%q}],"timestamp":"2027-05-04T09:00:01.000Z","feedbackId":"fb-2"}`, kind, sub, ivo, status, words)
	}
	complained := func(kind, sub string) string {
		return fmt.Sprintf(`"complaint":{"complainedRecipients":[{"emailAddress":%q}],"timestamp":"2027-05-04T09:00:01.000Z","feedbackId":"fb-3","complaintFeedbackType":%q,"complaintSubType":%s}`, ivo, kind, sub)
	}
	for _, c := range []struct {
		name, kind, body string
		stopped          bool
		rejected         int
		line             string
	}{
		{"permanent", "Bounce", bounced, true, 1, "mail to ivo@quay.example could not be delivered: 550 5.1.1 nobody here; automatic mail to this address stops until it writes"},
		{"on the account's list", "Bounce", soft("Permanent", "OnAccountSuppressionList", "", ""), true, 1, "account's suppression list in SES"},
		{"on SES's list", "Bounce", soft("Permanent", "Suppressed", "5.1.1", "Amazon SES did not send"), true, 1, "global suppression list"},
		{"for now", "Bounce", soft("Transient", "MailboxFull", "4.2.2", "smtp; 452 mailbox full"), false, 1, "mail to ivo@quay.example could not be delivered this time: 4.2.2 452 mailbox full"},
		{"nobody knows", "Bounce", soft("Undetermined", "Undetermined", "", ""), false, 1, "this time: undetermined undetermined"},
		{"complaint", "Complaint", complained("abuse", "null"), true, 1, "ivo@quay.example complained about our mail (complaint abuse)"},
		{"complaint of before", "Complaint", complained("", `"OnAccountSuppressionList"`), true, 1, "because of a complaint"},
		{"taken back", "Complaint", complained("not-spam", "null"), false, 0, "says that our mail is no spam"},
		{"late", "DeliveryDelay", `"deliveryDelay":{"delayType":"TransientCommunicationFailure","delayedRecipients":[{"emailAddress":"ivo@quay.example","status":"4.4.1","diagnosticCode":""}],"timestamp":"2027-05-04T09:00:01.000Z","expirationTime":"2027-05-04T21:00:00.000Z"}`, false, 0, "mail to ivo@quay.example is late: 4.4.1"},
		{"refused", "Reject", `"reject":{"reason":"Bad content"}`, false, 1, "Amazon SES refused to send mail to ivo@quay.example: Bad content"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := testdesk.Open(t)
			_, conv, _ := w.Talk(t, false)
			d := &feedback.Desk{Store: w.Store, Domain: domain, Now: w.Now}
			key, err := w.Secret(t.Context(), inbound.SecretName)
			if err != nil {
				t.Fatal(err)
			}
			r := report(t, c.kind, fmt.Sprintf(`{"name":"From","value":"x"},{"name":"reply-to","value":"Care of\r\n <%s>"}`, mail.ReplyAddress("support@demo.test", conv.ID, key)), c.body)
			for i := range 2 { // the bus delivers at least once
				out, err := d.Take(t.Context(), "evt-1", r)
				if err != nil {
					t.Fatal(err)
				}
				if out.ConversationID != conv.ID || out.Rejected != c.rejected*(1-i) || (len(out.Stopped) == 1) != c.stopped {
					t.Errorf("outcome %+v", out)
				}
			}
			b, err := w.Bounce(t.Context(), ivo)
			if err != nil || (b != nil) != c.stopped {
				t.Fatalf("mail is stopped: %+v, %v", b, err)
			}
			if b != nil && (b.ConversationID != conv.ID || b.Complaint != (c.kind == "Complaint") || b.At.IsZero()) {
				t.Errorf("bounce %+v", b)
			}
			now, err := w.Conversation(t.Context(), conv.ID)
			if err != nil || now.Bounced != c.stopped {
				t.Errorf("the conversation is marked: %v, %v", now.Bounced, err)
			}
			lines, err := w.Timeline(t.Context(), conv.ID)
			if err != nil {
				t.Fatal(err)
			}
			var told []string
			for _, l := range lines {
				if l.Actor == "Amazon SES" {
					told = append(told, l.What)
				}
			}
			if len(told) != 1 || !strings.Contains(told[0], c.line) {
				t.Errorf("told %q, want once %q", told, c.line)
			}
		})
	}
}

// The conversation is found by Message-ID where the mail carries no address of ours, and
// an address is stopped also when it is in none.
func TestWhichConversation(t *testing.T) {
	w := testdesk.Open(t)
	_, conv, _ := w.Talk(t, false)
	m := desk.Message{ID: w.NewID("msg_"), ConversationID: conv.ID, Direction: "out", From: desk.Address{Email: "support@demo.test"}, MessageID: "0102-sent@" + domain, At: w.Now(), Kind: "human"}
	if err := w.Commit(t.Context(), desk.Change{Conversation: &conv, Messages: []desk.Message{m}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, headers, domain, want string
	}{
		{"by its Message-ID", "", domain, conv.ID},
		{"an address that nobody signed", `{"name":"Reply-To","value":"support+01arz3ndektsv4rrffq69g5fav.aaaaaaaaaaaaaaaa@demo.test"}`, domain, conv.ID},
		{"mail of none", "", "elsewhere.amazonses.com", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &feedback.Desk{Store: w.Store, Domain: c.domain, Now: w.Now}
			out, err := d.Take(t.Context(), c.name, report(t, "Bounce", c.headers, strings.Replace(bounced, "fb-1", c.name, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(feedback.Outcome{ConversationID: c.want, Stopped: []string{"ivo@quay.example"}, Rejected: 1}, out); d != "" {
				t.Error(d)
			}
			if b, err := w.Bounce(t.Context(), "ivo@quay.example"); err != nil || b == nil {
				t.Errorf("not stopped: %v", err)
			}
		})
	}
}
