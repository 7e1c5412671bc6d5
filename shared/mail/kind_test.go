package mail_test

import (
	"strings"
	"testing"

	"github.com/deskhand/deskhand/shared/mail"
)

func TestKind(t *testing.T) {
	human := mail.Envelope{From: "bob@x.test", Recipients: []string{"support@demo.test"}}
	null := mail.Envelope{Recipients: []string{"support@demo.test"}}
	for name, c := range map[string]struct {
		header    string
		env       mail.Envelope
		kind      mail.Kind
		automatic bool
		evidence  string
	}{
		"human":                  {"From: Bob <bob@x.test>\nSubject: Help", human, mail.Human, false, ""},
		"human without envelope": {"From: Bob <bob@x.test>\nSubject: Help", mail.Envelope{}, mail.Human, false, ""},
		"auto-submitted no":      {"From: Bob <bob@x.test>\nAuto-Submitted: no", human, mail.Human, false, ""},
		"auto-replied":           {"From: Bob <bob@x.test>\nAuto-Submitted: auto-replied", human, mail.AutoReply, true, "Auto-Submitted: auto-replied"},
		"auto-generated":         {"From: Bob <bob@x.test>\nAuto-Submitted: auto-generated; owner-email=x", human, mail.AutoReply, true, "Auto-Submitted: auto-generated; owner-email=x"},
		"precedence bulk":        {"From: Bob <bob@x.test>\nPrecedence: bulk", human, mail.List, true, "Precedence: bulk"},
		"precedence junk":        {"From: Bob <bob@x.test>\nPrecedence: Junk", human, mail.List, true, "Precedence: Junk"},
		"precedence auto_reply":  {"From: Bob <bob@x.test>\nPrecedence: auto_reply", human, mail.AutoReply, true, "Precedence: auto_reply"},
		"list id":                {"From: Bob <bob@x.test>\nList-Id: <l.x.test>", human, mail.List, true, "List-Id: <l.x.test>"},
		"list unsubscribe":       {"From: Bob <bob@x.test>\nList-Unsubscribe: <mailto:u@x.test>", human, mail.List, true, "List-Unsubscribe: <mailto:u@x.test>"},
		"suppress":               {"From: Bob <bob@x.test>\nX-Auto-Response-Suppress: All", human, mail.Human, true, "X-Auto-Response-Suppress: All"},
		"suppress none":          {"From: Bob <bob@x.test>\nX-Auto-Response-Suppress: None", human, mail.Human, false, ""},
		"loop header":            {"From: Bob <bob@x.test>\n" + mail.LoopHeader + ": 1", human, mail.Human, true, mail.LoopHeader + ": 1"},
		"no-reply":               {"From: No Reply <no-reply@x.test>", human, mail.Human, true, "sender: no-reply@x.test"},
		"noreply tagged":         {"From: orders-noreply+12@x.test", human, mail.Human, true, "sender: orders-noreply+12@x.test"},
		"donotreply envelope":    {"From: Bob <bob@x.test>", mail.Envelope{From: "DoNotReply@x.test", Recipients: []string{"s@demo.test"}}, mail.Human, true, "sender: donotreply@x.test"},
		"postmaster asks":        {"From: postmaster@x.test\nSubject: a question", human, mail.Human, true, "sender: postmaster@x.test"},
		"norbert reply":          {"From: norbert.reply@x.test", human, mail.Human, false, ""},
		"nullpath":               {"From: Bob <bob@x.test>", null, mail.Human, true, "empty envelope sender"},
		"return path":            {"Return-Path: <>\nFrom: Bob <bob@x.test>", mail.Envelope{}, mail.Human, true, "empty envelope sender"},
		"out of office":          {"From: Bob <bob@x.test>\nSubject: Out of office: Help", human, mail.AutoReply, true, "Subject: Out of office: Help"},
		"automatic reply":        {"From: Bob <bob@x.test>\nSubject: Automatic reply: Help", human, mail.AutoReply, true, "Subject: Automatic reply: Help"},
		"abwesenheit":            {"From: Bob <bob@x.test>\nSubject: Abwesenheitsnotiz: Hilfe", human, mail.AutoReply, true, "Subject: Abwesenheitsnotiz: Hilfe"},
		"absence":                {"From: Bob <bob@x.test>\nSubject: =?utf-8?q?R=C3=A9ponse_automatique_:_Aide?=", human, mail.AutoReply, true, "Subject: Réponse automatique : Aide"},
		"asks about the office":  {"From: Bob <bob@x.test>\nSubject: Is your office open?", human, mail.Human, false, ""},
		"vacation question":      {"From: Bob <bob@x.test>\nSubject: My booking and the urlaub", human, mail.Human, false, ""},
		"delivery question":      {"From: Bob <bob@x.test>\nSubject: Delivery failed?", human, mail.Human, false, ""},
		"receipt":                {"From: Bob <bob@x.test>\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b", human, mail.AutoReply, true, "report-type: disposition-notification"},
		"bounce by daemon":       {"From: MAILER-DAEMON@x.test\nSubject: failure notice", null, mail.Bounced, true, "Subject: failure notice"},
		"bounce in a list":       {"From: MAILER-DAEMON@x.test\nSubject: Returned mail: see transcript\nList-Id: <l.x.test>", null, mail.Bounced, true, "Subject: Returned mail: see transcript"},
		"ses feedback id":        {"From: Bob <bob@x.test>\nFeedback-ID: 1.eu-central-1.x:AmazonSES", human, mail.Human, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := mustParseText(t, c.header+"\n\nSome words.\n", c.env)
			equal(t, "kind", c.kind, m.Kind)
			equal(t, "automatic", c.automatic, m.IsAutomatic)
			if c.evidence != "" && !strings.Contains(strings.Join(m.KindEvidence, "\n"), c.evidence) {
				t.Errorf("evidence %q lacks %q", m.KindEvidence, c.evidence)
			}
			if c.evidence == "" && len(m.KindEvidence) > 0 {
				t.Errorf("evidence %q for a person's mail", m.KindEvidence)
			}
		})
	}
	t.Run("away note", func(t *testing.T) {
		m := mustParse(t, "away_note.eml")
		equal(t, "kind", mail.AutoReply, m.Kind)
		equal(t, "automatic", true, m.IsAutomatic)
	})
}

func TestBounce(t *testing.T) {
	t.Run("report", func(t *testing.T) {
		m := mustParse(t, "bounce_dsn.eml")
		equal(t, "kind", mail.Bounced, m.Kind)
		equal(t, "bounce", &mail.Bounce{
			Recipients: []mail.FailedRecipient{
				{Email: "gone@x.test", Status: "5.1.1", Action: "failed", Diagnostic: "smtp; 550 5.1.1 <gone@x.test>: Recipient address rejected: User unknown"},
				{Email: "full@x.test", Status: "4.2.2", Action: "delayed"},
			},
			Status: "5.1.1", Action: "failed", Diagnostic: "smtp; 550 5.1.1 <gone@x.test>: Recipient address rejected: User unknown",
			MessageID: "sent-1@eu-central-1.amazonses.com", Subject: "Re: Order", From: "support@demo.test",
		}, m.Bounce)
		equal(t, "permanent", true, m.Bounce.Permanent())
	})
	t.Run("home-made", func(t *testing.T) {
		m := mustParseText(t, "From: Mail Delivery System <mailer-daemon@x.test>\nTo: support@demo.test\nSubject: Mail delivery failed\n\n"+
			"A message that you sent could not be delivered:\n\n  gone@x.test\n    mailbox is full\n\n------ This is a copy of the message ------\n\n"+
			"From: support@demo.test\nTo: gone@x.test\nSubject: Re: Order\nMessage-ID: <sent-2@demo.test>\n\ntext\n", mail.Envelope{})
		equal(t, "kind", mail.Bounced, m.Kind)
		equal(t, "recipients", []mail.FailedRecipient{{Email: "gone@x.test"}}, m.Bounce.Recipients)
		equal(t, "status", "5.2.2", m.Bounce.Status)
		equal(t, "action", "failed", m.Bounce.Action)
		equal(t, "message id", "sent-2@demo.test", m.Bounce.MessageID)
	})
}
