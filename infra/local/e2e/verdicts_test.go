package e2e_test

import (
	"fmt"
	"strings"
	"testing"
)

// What SES finds out about a mail is there for conditions, and is heeded without any.
func TestVerdicts(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	w := d.publish("answer", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"how","type":"branch","params":{"cases":[{"id":"junk","when":{"field":"message.spam","op":"is","value":"fail"}}]}},
			{"id":"mark","type":"conversation.tag","params":{"add":["junk"]}},{"id":"say","type":"message.reply","params":{"body":"We look into it."}}],
		"edges":[{"from":"trigger","to":"how"},{"from":"how","output":"junk","to":"mark"},{"from":"how","output":"otherwise","to":"say"},{"from":"mark","to":"say"}]}`, d.in(inbox)))
	write := func(from, verdicts string) {
		d.smtpIn(from, []string{care}, []byte("X-Local-Verdicts: "+verdicts+"\nFrom: "+from+"\nTo: "+care+"\nSubject: An offer\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=bb\n\n"+
			"--bb\nContent-Type: text/plain\n\nLook at this.\n--bb\nContent-Type: text/csv\nContent-Disposition: attachment; filename=list.csv\n\na,b\n--bb--\n"))
	}
	for _, c := range []struct{ name, verdicts, suppressed, tags string }{
		{"clean", "spam=PASS; dmarc=PASS", "", "[]"},
		{"spam", "spam=FAIL", "spam", "[junk]"},
		{"forged", "dmarc=FAIL; dmarcpolicy=reject", "dmarc", "[]"},
		{"of a domain that asks for nothing", "dmarc=FAIL", "", "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := d.inSub(t)
			from := strings.ReplaceAll(c.name, " ", ".") + "@" + d.domain("far")
			write(from, c.verdicts)
			out := d.output(d.newest(w, "succeeded"), "say")
			if *out.Sent != (c.suppressed == "") || out.Suppressed != c.suppressed || len(d.sent(from)) > 0 != (c.suppressed == "") {
				t.Errorf("%+v, %d mails", out, len(d.sent(from)))
			}
			conv := d.conversationWith(from)
			if fmt.Sprint(conv.Tags) != c.tags || len(conv.Messages[0].Attachments) != 1 {
				t.Errorf("tags %v, attachments %v", conv.Tags, conv.Messages[0].Attachments)
			}
		})
	}
	t.Run("virus", func(t *testing.T) {
		d := d.inSub(t)
		from := "virus@" + d.domain("far")
		before := len(d.runs(w))
		write(from, "virus=FAIL")
		list := d.failedTo(care)
		if len(list) != 1 || list[0].From != from || !strings.Contains(list[0].Error, "virus") {
			t.Fatalf("listed %+v", list)
		}
		if n := len(d.conversations(from)); n != 0 || len(d.runs(w)) != before {
			t.Fatalf("%d conversations, %d runs more", n, len(d.runs(w))-before)
		}
		d.admin().post("/v1/inbound/failed/"+list[0].ID+"/reprocess", nil).is(t, 200).has(t, `"accepted"`)
		conv := d.conversationWith(from)
		if len(conv.Messages[0].Attachments) != 0 || !strings.Contains(conv.Messages[0].Text, "Look at this.") {
			t.Errorf("message %+v", conv.Messages[0])
		}
		d.until("its run", func() bool { return len(d.runs(w)) == before+1 })
	})
}
