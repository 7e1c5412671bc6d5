package inbound_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/shared/event"
)

// Mail with a virus is kept aside; who gives it again gets the text and no attachment.
func TestInfectedMail(t *testing.T) {
	w := open(t)
	l := letter{from: "anna@example.com", headers: "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"bb\"\n",
		body: "--bb\nContent-Type: text/plain\n\nSee the invoice.\n--bb\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"invoice.exe\"\n\nMZ\n--bb--\n"}
	d := w.delivery(l)
	d.Verdicts.Virus, d.Verdicts.DMARC, d.Verdicts.DMARCPolicy = "fail", "fail", "reject"
	out, err := w.r.Receive(t.Context(), d)
	if err != nil || out.Result != "failed" || !strings.Contains(out.Reason, "virus") {
		t.Fatalf("%+v, %v", out, err)
	}
	list := w.failed(t)
	if len(list) != 1 || list[0].Subject != "Money back" || list[0].From != "anna@example.com" || list[0].Virus != "fail" || list[0].DMARCPolicy != "reject" {
		t.Fatalf("listed %+v", list)
	}
	if n := len(w.events(t, event.MessageReceived)); n != 0 {
		t.Fatalf("%d events", n)
	}
	d.Again = true
	out, err = w.r.Receive(t.Context(), d)
	if err != nil || out.Result != "accepted" {
		t.Fatalf("given again: %+v, %v", out, err)
	}
	m, err := w.Message(t.Context(), out.ConversationID, out.MessageID)
	if err != nil || m.Text != "See the invoice." || len(m.Attachments) != 0 || m.Virus != "fail" || m.DMARCPolicy != "reject" {
		t.Errorf("message %+v, %v", m, err)
	}
	for key := range w.blobs.objs {
		if strings.HasPrefix(key, "message/") {
			t.Errorf("%s was kept", key)
		}
	}
	lines, err := w.Timeline(t.Context(), out.ConversationID)
	if err != nil || !strings.Contains(fmt.Sprint(lines), "attachments left out, because the virus scan found something: 1") {
		t.Errorf("timeline %v, %v", lines, err)
	}
	if n := len(w.failed(t)); n != 0 {
		t.Errorf("%d still listed", n)
	}
}
