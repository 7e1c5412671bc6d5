package event_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/event"
)

var at = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func TestNewInput(t *testing.T) {
	s := &event.Stored{Source: event.Source, Event: event.Event{ID: "evt_1", Type: event.MessageReceived, Time: at, Actor: "a@x.test",
		Subject: event.Subject{MessageID: "msg_1", ConversationID: "conv_1"}, Detail: json.RawMessage(`{"automatic":["x"]}`)},
		Snapshot: event.Snapshot{Conversation: json.RawMessage(`{"id":"conv_1","tags":[],"participants":["b@x.test"]}`), Ticket: json.RawMessage(`{"id":"tkt_1","description":"long"}`)}}
	in := event.NewInput(s, map[string]any{"id": "msg_1", "text": "<b>"}, event.WorkflowRef{ID: "wf_1", Name: "N", Version: 2}, "run_1")
	got, err := event.Encode(in)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"v":1,"run":{"id":"run_1"},"workflow":{"id":"wf_1","name":"N","version":2},"event":{"id":"evt_1","type":"message.received","time":"2026-11-22T09:00:00Z","actor":"a@x.test","subject":{"messageId":"msg_1","conversationId":"conv_1"}},"message":{"id":"msg_1","text":"<b>"},"conversation":{"id":"conv_1","tags":[]},"ticket":{"id":"tkt_1"}}`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	ctx, err := in.Context()
	if err != nil || ctx["v"] != nil || ctx["message"].(map[string]any)["text"] != "<b>" {
		t.Errorf("context %v, %v", ctx, err)
	}
}

func TestDetail(t *testing.T) {
	for _, c := range []struct {
		source, typ string
		want        bool
	}{
		{event.Source, event.MessageReceived, false}, {event.Source, event.Webhook, true}, {event.Source, event.Manual, true},
		{event.Source, "order.paid", true}, {"shop", "order.paid", true}, {"shop", "ticket.imported", true}, {"shop", event.MessageReceived, true},
	} {
		s := &event.Stored{Source: c.source, Event: event.Event{Type: c.typ, Detail: json.RawMessage(`{}`)}}
		if got := event.NewInput(s, nil, event.WorkflowRef{}, "").Detail != nil; got != c.want {
			t.Errorf("%s of %s: detail %v", c.typ, c.source, got)
		}
	}
}

func TestMessageID(t *testing.T) {
	conv := event.Snapshot{Conversation: json.RawMessage(`{"id":"conv_1","lastMessageId":"msg_9"}`)}
	for _, c := range []struct {
		name string
		s    event.Stored
		want string
	}{
		{"its own", event.Stored{Source: event.Source, Event: event.Event{Type: event.MessageReceived, Subject: event.Subject{MessageID: "msg_1"}}, Snapshot: conv}, "msg_1"},
		{"the newest of the conversation", event.Stored{Source: event.Source, Event: event.Event{Type: event.ConversationTagged}, Snapshot: conv}, "msg_9"},
		{"none for tickets", event.Stored{Source: event.Source, Event: event.Event{Type: event.TicketCreated}, Snapshot: conv}, ""},
		{"no conversation", event.Stored{Source: event.Source, Event: event.Event{Type: event.ConversationClosed}}, ""},
		{"of another system", event.Stored{Source: "shop", Event: event.Event{Type: event.ConversationClosed}, Snapshot: conv}, ""},
	} {
		if got := c.s.MessageID(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// The worst that every field may hold still makes an input that Step Functions takes:
// each control character is six bytes as JSON.
func TestInputFits(t *testing.T) {
	if event.MaxInput != engine.MaxPayload {
		t.Fatal("two limits")
	}
	for _, worst := range []string{"\x01", `"`, "\\", "\u2028", "\xff", "<", "😀", "ü", "a"} {
		t.Run(fmt.Sprintf("%q", worst), func(t *testing.T) {
			fill := func(n int) string { return strings.Repeat(worst, n/len(worst)) }
			m := desk.Message{ID: "msg_1", Subject: fill(desk.MaxSubjectText), Text: fill(desk.MaxTextBytes), FullText: fill(desk.MaxTextBytes),
				From: desk.Address{Name: fill(200), Email: fill(254)}}
			for range 200 {
				m.To, m.Cc = append(m.To, desk.Address{Email: fill(254)}), append(m.Cc, desk.Address{Email: fill(254)})
				m.Attachments = append(m.Attachments, desk.Attachment{Name: fill(800)})
			}
			var tags []string
			for i := range desk.MaxTags {
				tags = append(tags, fmt.Sprint(i)+fill(desk.MaxTagLength-3))
			}
			tags, _ = desk.Retag(nil, tags, nil)
			conv := desk.Conversation{ID: "conv_1", Subject: fill(desk.MaxSubjectText), Tags: tags}
			for range desk.MaxParticipants {
				conv.Participants = append(conv.Participants, fill(254))
			}
			contact := desk.Contact{ID: "con_1", Name: fill(200), Tags: tags, Attributes: map[string]any{}}
			for n := desk.MaxAttributeBytes; ; n -= 100 {
				contact.Attributes["notes"] = fill(n)
				if desk.CheckAttributes(contact.Attributes) == nil {
					break
				}
			}
			ticket := desk.Ticket{ID: "tkt_1", Subject: fill(desk.MaxSubjectText), Description: fill(desk.MaxTextBytes)}
			s := &event.Stored{Source: event.Source, Event: event.Event{ID: "evt_1", Type: event.MessageReceived, Time: at, Actor: fill(254)}}
			for to, v := range map[*json.RawMessage]any{&s.Snapshot.Conversation: conv, &s.Snapshot.Contact: contact, &s.Snapshot.Ticket: ticket} {
				data, err := event.Encode(v)
				if err != nil {
					t.Fatal(err)
				}
				*to = data
			}
			full := m.View()
			in := event.NewInput(s, full, event.WorkflowRef{ID: "wf_1", Name: fill(200), Version: 100}, "run_1")
			data, err := event.Encode(in)
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > event.MaxInput {
				t.Errorf("%d bytes, at most %d", len(data), event.MaxInput)
			}
			if full["text"] != m.Text {
				t.Error("the given view was changed")
			}
			whole := in.Message["text"] == m.Text && in.Message["fullText"] == m.FullText
			if !whole && in.Message["textTruncated"] != true {
				t.Error("cut, and it does not say so")
			}
			if plain := worst == "a" || worst == "ü" || worst == "<" || worst == "😀"; plain && !whole {
				t.Error("an ordinary text was cut")
			}
			if room := event.MaxInput - len(data); !whole && in.Message["text"] != "" && room > 16<<10 {
				t.Errorf("cut although %d bytes are free", room)
			}
		})
	}
}

func TestTypes(t *testing.T) {
	for typ, want := range map[string][2]bool{
		"message.received": {true, false}, "run.failed": {true, true}, "approval.decided": {true, true}, "manual": {true, false}, "webhook": {true, false},
		"event": {true, false}, "order.paid": {false, false}, "messages": {false, false}, "workflow.x": {true, false},
	} {
		if got := [2]bool{event.Own(typ), event.Silent(typ)}; got != want {
			t.Errorf("%s: own, silent %v, want %v", typ, got, want)
		}
	}
}
