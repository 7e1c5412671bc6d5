package bus_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/bus"
)

type sent struct{ EventBusName, Source, DetailType, Detail string }

// wire is a bus that refuses an entry so many times, by the id of its event.
func wire(tb testing.TB, refuse map[string]int) (*bus.Bus, *[][]sent) {
	var calls [][]sent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Entries []sent }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			tb.Error(err)
		}
		calls = append(calls, in.Entries)
		out := map[string]any{"FailedEntryCount": 0}
		var list []map[string]string
		for _, e := range in.Entries {
			var ev struct{ ID string }
			_ = json.Unmarshal([]byte(e.Detail), &ev)
			if refuse[ev.ID] > 0 {
				refuse[ev.ID]--
				list = append(list, map[string]string{"ErrorCode": "ThrottlingException"})
			} else {
				list = append(list, map[string]string{"EventId": "e"})
			}
		}
		out["Entries"] = list
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(out)
	}))
	tb.Cleanup(server.Close)
	return &bus.Bus{Name: "desk", Tries: 5, Client: eventbridge.New(eventbridge.Options{Region: "us-east-1", BaseEndpoint: aws.String(server.URL),
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), Retryer: aws.NopRetryer{}})}, &calls
}

func many(n, size int) (out []json.RawMessage) {
	for i := range n {
		out = append(out, json.RawMessage(fmt.Sprintf(`{"id":"evt_%d","type":"order.paid","time":"2026-11-22T09:00:00Z","subject":{},"detail":%q}`, i, strings.Repeat("x", size))))
	}
	return out
}

func TestBatches(t *testing.T) {
	for _, c := range []struct {
		name    string
		n, size int
		refuse  map[string]int
		calls   []int
		failed  []int
	}{
		{"none", 0, 0, nil, nil, nil},
		{"one", 1, 0, nil, []int{1}, nil},
		{"ten to a call", 23, 0, nil, []int{10, 10, 3}, nil},
		{"no more than the bytes of a call", 5, 60_000, nil, []int{4, 1}, nil},
		{"taken at another try", 12, 0, map[string]int{"evt_3": 1, "evt_7": 3}, []int{10, 2, 1, 1, 2}, nil},
		{"those not taken, in order", 12, 0, map[string]int{"evt_3": 99, "evt_11": 99}, []int{10, 1, 1, 1, 1, 2, 1, 1, 1, 1}, []int{3, 11}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, calls := wire(t, c.refuse)
			in := many(c.n, c.size)
			failed, err := b.Publish(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			var sizes []int
			i, seen := 0, map[string]bool{}
			for _, call := range *calls {
				sizes = append(sizes, len(call))
				for _, e := range call {
					if seen[e.Detail] { // it comes again
						continue
					}
					seen[e.Detail] = true
					if e.EventBusName != "desk" || e.Source != "deskhand" || e.DetailType != "order.paid" || e.Detail != string(in[i]) {
						t.Errorf("entry %d: %+v", i, e)
					}
					i++
				}
			}
			if d := cmp.Diff([][]int{c.calls, c.failed}, [][]int{sizes, failed}); d != "" {
				t.Errorf("calls and failures (-want +got):\n%s", d)
			}
		})
	}
	b, _ := wire(t, nil)
	if _, err := b.Publish(t.Context(), []json.RawMessage{json.RawMessage(`7`)}); err == nil {
		t.Error("what is no envelope was published")
	}
}
