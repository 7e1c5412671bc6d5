package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/bus"
	"github.com/deskhand/deskhand/shared/store"
)

func batch(docs ...string) (e events.DynamoDBEvent) {
	for i, doc := range docs {
		image := map[string]events.DynamoDBAttributeValue{}
		if doc != "" {
			image[store.EventAttribute] = events.NewStringAttribute(doc)
		}
		e.Records = append(e.Records, events.DynamoDBEventRecord{Change: events.DynamoDBStreamRecord{SequenceNumber: string(rune('a' + i)), NewImage: image}})
	}
	return e
}

func TestRelay(t *testing.T) {
	const good = `{"id":"evt_1","type":"order.paid","time":"2026-11-22T09:00:00Z","subject":{}}`
	refused := `{"id":"evt_2","type":"refused","time":"2026-11-22T09:00:00Z","subject":{}}`
	for _, c := range []struct {
		name   string
		batch  events.DynamoDBEvent
		failed []string
		err    bool
	}{
		{"all taken", batch(good, good), nil, false},
		{"from the first that was not taken", batch(good, refused, good, refused), []string{"b"}, false},
		{"an item without an envelope", batch(good, ""), nil, true},
		{"an item with another envelope", batch(`7`), nil, true},
		{"nothing", batch(), nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var in struct{ Entries []struct{ DetailType string } }
				_ = json.NewDecoder(r.Body).Decode(&in)
				var list []map[string]string
				for _, e := range in.Entries {
					if e.DetailType == "refused" {
						list = append(list, map[string]string{"ErrorCode": "x"})
					} else {
						list = append(list, map[string]string{"EventId": "x"})
					}
				}
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				_ = json.NewEncoder(w).Encode(map[string]any{"Entries": list, "FailedEntryCount": 0})
			}))
			defer server.Close()
			b := &bus.Bus{Name: "desk", Client: eventbridge.New(eventbridge.Options{Region: "us-east-1", BaseEndpoint: aws.String(server.URL),
				Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), Retryer: aws.NopRetryer{}})}
			resp, err := relay(t.Context(), b, c.batch)
			var failed []string
			for _, f := range resp.BatchItemFailures {
				failed = append(failed, f.ItemIdentifier)
			}
			if d := cmp.Diff(c.failed, failed); d != "" || (err != nil) != c.err {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
		})
	}
}
