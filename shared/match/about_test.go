package match_test

import (
	"encoding/json"
	"testing"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/match"
	"github.com/deskhand/deskhand/shared/run"
)

func TestWhatAWaitIsAbout(t *testing.T) {
	all := []string{"conv_1", "tkt_1", "con_1"}
	for _, c := range []struct {
		name     string
		entities []string
		typ      string
		subject  event.Subject
		want     bool
	}{
		{"its own ticket", all, event.TicketStatusChanged, event.Subject{TicketID: "tkt_1", ContactID: "con_1"}, true},
		{"another ticket of the contact", all, event.TicketStatusChanged, event.Subject{TicketID: "tkt_2", ContactID: "con_1"}, false},
		{"another ticket in the same conversation", all, event.TicketCreated, event.Subject{TicketID: "tkt_2", ConversationID: "conv_1"}, false},
		{"any ticket of the contact, for a run without one", []string{"con_1"}, event.TicketStatusChanged, event.Subject{TicketID: "tkt_2", ContactID: "con_1"}, true},
		{"its own conversation", all, event.ConversationClosed, event.Subject{ConversationID: "conv_1", ContactID: "con_1"}, true},
		{"another conversation of the contact", all, event.ConversationClosed, event.Subject{ConversationID: "conv_2", ContactID: "con_1"}, false},
		{"a message of the contact anywhere", all, event.MessageReceived, event.Subject{ConversationID: "conv_2", ContactID: "con_1"}, true},
		{"a message of somebody else", all, event.MessageReceived, event.Subject{ConversationID: "conv_2", ContactID: "con_2"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := run.Wait{RunID: "run_1", Entities: c.entities, CancelOn: json.RawMessage(`[{"type":"` + c.typ + `"}]`)}
			e := &event.Stored{Source: event.Source, Event: event.Event{ID: "evt_2", Type: c.typ, Subject: c.subject}}
			got, err := match.Cancels(w, e, func() (map[string]any, error) { return nil, nil }, condition.Env{})
			if err != nil || got != c.want {
				t.Errorf("cancels: %v, %v; want %v", got, err, c.want)
			}
		})
	}
}
