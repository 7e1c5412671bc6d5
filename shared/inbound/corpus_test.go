package inbound_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/inbound"
)

// TestCorpus gives every mail of the corpus to Receive: each becomes exactly one message
// with exactly one event, or is kept and listed with the reason. What is expected of the
// contents is held in package mail; here what the desk keeps must agree with it.
func TestCorpus(t *testing.T) {
	const root = "../../../shared/corpora/mail"
	data, err := os.ReadFile(filepath.Join(root, "index.json"))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the mail corpus is missing: %v", err)
		}
		t.Skipf("the mail corpus is not beside the project: its mails were not received: %v", err)
	}
	var index []struct{ ID, Source, Kind string }
	if err := json.Unmarshal(data, &index); err != nil {
		t.Fatal(err)
	}
	w := open(t)
	ctx := context.Background()
	type count struct{ all, accepted, duplicate, failed, kind int }
	counts := map[string]*count{}
	for i, entry := range index {
		raw, err := os.ReadFile(filepath.Join(root, entry.ID+".eml"))
		if err != nil {
			t.Fatal(err)
		}
		c := counts[entry.Source]
		if c == nil {
			c = &count{}
			counts[entry.Source] = c
		}
		c.all++
		d := inbound.Delivery{ID: fmt.Sprintf("corpus%04d", i), Key: fmt.Sprintf("inbound/corpus%04d", i), From: "sender@corpus.test",
			Recipients: []string{"support@demo.test"}, At: w.Now()}
		w.blobs.objs[d.Key] = messageID.ReplaceAll(raw, []byte("X-Was-Message-Id:")) // many of the corpus share one
		out, err := w.r.Receive(ctx, d)
		if err != nil {
			t.Errorf("%s: %v", entry.ID, err)
			continue
		}
		switch out.Result {
		case "accepted":
			c.accepted++
			m, err := w.Message(ctx, out.ConversationID, out.MessageID)
			if err != nil {
				t.Errorf("%s: %v", entry.ID, err)
				continue
			}
			if m.Kind == entry.Kind {
				c.kind++
			}
			if len(m.Text) > desk.MaxTextBytes || len(m.FullText) > desk.MaxTextBytes || strings.ContainsRune(m.Text, 0) {
				t.Errorf("%s: the text that is kept breaks its limits", entry.ID)
			}
			events, err := w.EventsOf(ctx, out.ConversationID, "", 100)
			if err != nil {
				t.Fatal(err)
			}
			if n := received(events, out.MessageID); n != 1 {
				t.Errorf("%s: %d message.received events, want 1", entry.ID, n)
			}
		case "duplicate":
			c.duplicate++
		case "failed":
			c.failed++
			if f, err := w.FailedMail(ctx, d.ID); err != nil || f.Error == "" {
				t.Errorf("%s: failed, and not listed with a reason: %+v, %v", entry.ID, f, err)
			}
			t.Logf("kept aside: %s: %s", entry.ID, out.Reason)
		default:
			t.Errorf("%s: %+v", entry.ID, out)
		}
	}
	sources := make([]string, 0, len(counts))
	for s := range counts {
		sources = append(sources, s)
	}
	slices.Sort(sources)
	var sum count
	for _, s := range sources {
		c := counts[s]
		t.Logf("%-22s %4d mails: %4d messages, %3d seen before, %2d kept aside; kind as stated %d", s, c.all, c.accepted, c.duplicate, c.failed, c.kind)
		sum.all, sum.accepted, sum.duplicate, sum.failed, sum.kind = sum.all+c.all, sum.accepted+c.accepted, sum.duplicate+c.duplicate, sum.failed+c.failed, sum.kind+c.kind
	}
	t.Logf("%-22s %4d mails: %4d messages, %3d seen before, %2d kept aside; kind as stated %d", "together", sum.all, sum.accepted, sum.duplicate, sum.failed, sum.kind)
	if sum.accepted+sum.duplicate+sum.failed != sum.all || sum.accepted < sum.all*9/10 {
		t.Errorf("%+v: mail was lost, or too much of it kept aside", sum)
	}
	if sum.kind < sum.accepted*98/100 {
		t.Errorf("the kind is as stated for %d of %d messages", sum.kind, sum.accepted)
	}
}

var messageID = regexp.MustCompile(`(?im)^message-id:`)

func received(events []event.Stored, messageID string) (n int) {
	for _, e := range events {
		if e.Type == event.MessageReceived && e.Subject.MessageID == messageID {
			n++
		}
	}
	return n
}
