package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
)

type links struct{ asked []string }

func (l *links) Link(_ context.Context, key, fileName string, life time.Duration) (string, error) {
	l.asked = append(l.asked, key+" "+fileName+" "+life.String())
	return "https://bucket.test/" + key + "?signed", nil
}

func TestThread(t *testing.T) {
	w := open(t, nil)
	conv, err := w.Conversation(t.Context(), w.req.ConversationID)
	if err != nil {
		t.Fatal(err)
	}
	w.Advance(time.Minute)
	about := desk.Message{ID: w.NewID("msg_"), ConversationID: conv.ID, Direction: "in", From: desk.Address{Email: "anna@example.com"}, At: w.Now(), Text: "the question",
		Attachments: []desk.Attachment{{ID: "a1", Name: "bill <1>.pdf", Size: 2048, Key: "message/about/a1"}}}
	late := desk.Message{ID: w.NewID("msg_"), ConversationID: conv.ID, Direction: "in", From: desk.Address{Email: "anna@example.com"}, At: w.Now(), Text: "written after the request",
		Attachments: []desk.Attachment{{ID: "a1", Name: "photo.jpg", Size: 3 << 20, Key: "message/late/a1"}}}
	if err := w.Commit(t.Context(), desk.Change{Conversation: conv, Messages: []desk.Message{about, late}}); err != nil {
		t.Fatal(err)
	}
	w.req.ID, w.req.Node, w.req.MessageID = w.NewID("apr_"), "again", about.ID
	if _, _, err := w.CreateApproval(t.Context(), w.req, approval.Links(w.secret, &w.req), "token"); err != nil {
		t.Fatal(err)
	}
	l := &links{}
	w.page.links = l

	body := w.ask("GET", w.link("lead@demo.test"), nil).Body.String()
	for _, want := range []string{"the question", "Earlier in this conversation (2)", `href="?attachment=` + about.ID + `/a1"`, "bill &lt;1&gt;.pdf", "2 KB"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, c := range []struct {
		name   string
		file   string
		status int
	}{
		{"of the message", about.ID + "/a1", http.StatusSeeOther},
		{"of none", about.ID + "/a9", http.StatusNotFound},
		{"of a message that is not shown", "msg_other/a1", http.StatusNotFound},
		{"nonsense", "x", http.StatusNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := w.ask("GET", w.link("lead@demo.test")+"?attachment="+c.file, nil)
			if rec.Code != c.status {
				t.Errorf("status %d, want %d", rec.Code, c.status)
			}
			if c.status == http.StatusSeeOther && rec.Header().Get("Location") != "https://bucket.test/message/about/a1?signed" {
				t.Errorf("led to %q", rec.Header().Get("Location"))
			}
		})
	}
	if len(l.asked) != 1 || l.asked[0] != "message/about/a1 bill <1>.pdf 5m0s" {
		t.Errorf("links made: %q", l.asked)
	}
	if rec := w.ask("GET", "/a/none?attachment="+about.ID+"/a1", nil); rec.Code != http.StatusNotFound {
		t.Errorf("without a link: %d", rec.Code)
	}
}
