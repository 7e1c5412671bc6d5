package e2e_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/smtp"
	"slices"
	"strings"
	"testing"
)

type failedRead struct {
	ID, From, Subject, Error string
	Recipients               []string
}

// failedTo are the failed mails to an address.
func (d *desk) failedTo(address string) (out []failedRead) {
	d.t.Helper()
	for _, f := range all[failedRead](d, "/v1/inbound/failed", nil) {
		if slices.Contains(f.Recipients, address) {
			out = append(out, f)
		}
	}
	return out
}

func TestMailThatCannotBeProcessed(t *testing.T) {
	d := sharedDesk(t)
	t.Run("it names no inbox", func(t *testing.T) {
		d := d.inSub(t)
		priya, later := "priya@"+d.domain("raman"), "later@desk-"+d.name+".example"
		d.deliver(letter{file: "question.eml", from: priya, to: later})
		list := d.failedTo(later)
		if len(list) != 1 || list[0].From != priya || !strings.Contains(list[0].Subject, "A-1932") || !strings.Contains(list[0].Error, later) {
			t.Fatalf("listed: %+v", list)
		}
		if n := len(d.conversations(priya)); n != 0 {
			t.Errorf("%d conversations", n)
		}
		again := "/v1/inbound/failed/" + list[0].ID + "/reprocess"
		d.as(d.staff("sam"), "viewer").post(again, nil).is(t, 403)
		d.admin().post(again, nil).is(t, 200).has(t, `"failed"`) // nothing has changed: it stays
		if n := len(d.failedTo(later)); n != 1 {
			t.Fatalf("%d listed after a reprocess in vain, want one", n)
		}
		inbox, _ := d.inbox("later")
		w := d.publish("tag", d.tagOnly(inbox, "late"))
		d.admin().post(again, nil).is(t, 200).has(t, `"accepted"`)
		d.oneRun(w, "succeeded")
		if c := d.conversationWith(priya); !slices.Equal(c.Tags, []string{"late"}) {
			t.Errorf("tags %q", c.Tags)
		}
		if n := len(d.failedTo(later)); n != 0 {
			t.Errorf("%d still listed", n)
		}
		d.admin().post(again, nil).is(t, 404)
	})
	for name, raw := range map[string][]byte{
		"it is no mail": append([]byte("\x00\x01\x02"), bytes.Repeat([]byte{0xff, 0, 7, 'x'}, 200)...),
		"it is empty":   []byte("\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			d := d.inSub(t)
			_, care := d.inbox(strings.ReplaceAll(name, " ", "-"))
			d.smtpIn("someone@"+d.domain("odd"), []string{care}, raw)
			list := d.failedTo(care)
			if len(list) != 1 || !strings.Contains(list[0].Error, "cannot be parsed") || list[0].From != "someone@"+d.domain("odd") {
				t.Fatalf("listed: %+v; conversations %+v", list, d.conversations("someone@"+d.domain("odd")))
			}
			d.admin().post("/v1/inbound/failed/"+list[0].ID+"/reprocess", nil).is(t, 200).has(t, `"failed"`)
			if n := len(d.failedTo(care)); n != 1 {
				t.Errorf("%d listed after the reprocess, want one", n)
			}
		})
	}
	t.Run("it names no sender", func(t *testing.T) {
		d := d.inSub(t)
		_, care := d.inbox("nameless")
		d.smtpIn("", []string{care}, []byte("To: "+care+"\r\nSubject: boo\r\n\r\nboo\r\n"))
		if list := d.failedTo(care); len(list) != 1 || list[0].Subject != "boo" || !strings.Contains(list[0].Error, "sender") {
			t.Fatalf("listed: %+v", list)
		}
	})
}

// large is a message of about n bytes with one attachment, which it gives too.
func large(from, to string, n int) (raw, content []byte) {
	content = make([]byte, n*57/78)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range content {
		content[i] = byte(random.Uint32())
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: Large Sender <%s>\r\nTo: %s\r\nSubject: Scans of the contract\r\nMessage-ID: <large.%d@%s>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n"+
		"--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe scans you asked for, see the attachment.\r\n\r\n"+
		"--b1\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"scans.zip\"\r\n\r\n", from, to, n, strings.SplitN(from, "@", 2)[1])
	line := make([]byte, 76)
	for rest := content; len(rest) > 0; {
		k := min(57, len(rest))
		base64.StdEncoding.Encode(line[:base64.StdEncoding.EncodedLen(k)], rest[:k])
		b.Write(line[:base64.StdEncoding.EncodedLen(k)])
		b.WriteString("\r\n")
		rest = rest[k:]
	}
	b.WriteString("\r\n--b1--\r\n")
	return b.Bytes(), content
}

func TestLargeMail(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("scans")
	w := d.publish("tag", d.tagOnly(inbox, "large"))
	from := "large@" + d.domain("sender")
	raw, content := large(from, care, 40<<20-4096)
	if err := smtp.SendMail(d.smtp, nil, from, []string{care}, raw); err != nil {
		t.Fatal(err)
	}
	d.readsBack(d.oneRun(w, "succeeded"), "tag succeeded")
	m := d.conversationWith(from).Messages[0]
	if len(m.Attachments) != 1 || m.Attachments[0].Size != int64(len(content)) || m.Attachments[0].Name != "scans.zip" || m.Text != "The scans you asked for, see the attachment." {
		t.Fatalf("message %+v", m)
	}
	got := d.anybody().get(d.admin().get("/v1/messages/"+m.ID+"/attachments/"+m.Attachments[0].ID).is(t, 302).header.Get("Location")).is(t, 200)
	if !bytes.Equal(got.body, content) {
		t.Errorf("the attachment came back with %d bytes, changed", len(got.body))
	}
	whole := d.anybody().get(d.admin().get("/v1/messages/"+m.ID+"/raw").is(t, 302).header.Get("Location")).is(t, 200)
	if !bytes.HasSuffix(whole.body, raw) {
		t.Errorf("the raw mail came back with %d bytes, sent were %d", len(whole.body), len(raw))
	}
	if err := smtp.SendMail(d.smtp, nil, from, []string{care}, append(raw, bytes.Repeat([]byte("more\r\n"), 4000)...)); err == nil || !strings.HasPrefix(err.Error(), "552") {
		t.Errorf("a message over 40 MB: %v", err)
	}
	// A text that is far longer than what a run carries.
	long := []byte("From: Long Writer <long@" + d.domain("sender") + ">\r\nTo: " + care + "\r\nSubject: Long\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		strings.Repeat("Größe \"\\ <&> äöü 12345 und noch mehr.\r\n", 60_000))
	d.smtpIn("long@"+d.domain("sender"), []string{care}, long)
	d.until("the second run", func() bool { r := d.runs(w); return len(r) == 2 && r[0].Status == "succeeded" })
}
