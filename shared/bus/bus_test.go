package bus_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/bus"
	"github.com/deskhand/deskhand/shared/event"
)

// TestPublish: calls keep to the limits of PutEvents, no event is lost or sent twice, and
// what fails is told by its place.
func TestPublish(t *testing.T) {
	var sent []event.Event
	largest, seen := 0, map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var in struct{ Entries []struct{ Detail string } }
		if err := json.Unmarshal(body, &in); err != nil {
			t.Error(err)
		}
		if len(in.Entries) > bus.MaxEntries {
			t.Errorf("%d entries in a call", len(in.Entries))
		}
		size, answers := 0, []string{}
		for _, e := range in.Entries {
			size += len(e.Detail)
			var ev event.Event
			if err := json.Unmarshal([]byte(e.Detail), &ev); err != nil {
				t.Error(err)
			}
			answers = append(answers, `{"EventId":"x"}`)
			if ev.ID == "evt_13" {
				answers[len(answers)-1] = `{"ErrorCode":"InternalFailure"}`
			}
			if !seen[ev.ID] { // what is not taken comes again
				sent = append(sent, ev)
			}
			seen[ev.ID] = true
		}
		largest = max(largest, size)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fmt.Fprintf(w, `{"FailedEntryCount":0,"Entries":[%s]}`, strings.Join(answers, ","))
	}))
	defer server.Close()
	client := eventbridge.New(eventbridge.Options{Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
	var envelopes []json.RawMessage
	var want []string
	for i := range 25 {
		n := 10
		switch {
		case i%5 == 0:
			n = 60 << 10
		case i == 7:
			n = 250 << 10
		}
		e := event.Event{ID: fmt.Sprintf("evt_%d", i), Type: "x.y", Detail: json.RawMessage(`"` + strings.Repeat("<", n) + `"`)}
		data, err := event.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		envelopes, want = append(envelopes, data), append(want, fmt.Sprint(e.ID, " ", i != 7))
	}
	b := &bus.Bus{Client: client, Name: "b"}
	failed, err := b.Publish(context.Background(), envelopes)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{13}, failed); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
	var got []string
	for _, e := range sent {
		got = append(got, fmt.Sprint(e.ID, " ", len(e.Detail) > 0 && !e.DetailOmitted))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if largest > 256<<10 {
		t.Errorf("a call has %d bytes of detail", largest)
	}
}
