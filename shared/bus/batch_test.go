package bus_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/bus"
)

type sent struct{ EventBusName, Source, DetailType, Detail string }

func wire(tb testing.TB, refuse ...int) (*bus.Bus, *[][]sent) {
	var calls [][]sent
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Entries []sent }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			tb.Error(err)
		}
		calls = append(calls, in.Entries)
		out := map[string]any{"FailedEntryCount": 0}
		var list []map[string]string
		for range in.Entries {
			if slices.Contains(refuse, n) {
				list = append(list, map[string]string{"ErrorCode": "ThrottlingException"})
			} else {
				list = append(list, map[string]string{"EventId": "e"})
			}
			n++
		}
		out["Entries"] = list
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(out)
	}))
	tb.Cleanup(server.Close)
	return &bus.Bus{Name: "desk", Client: eventbridge.New(eventbridge.Options{Region: "us-east-1", BaseEndpoint: aws.String(server.URL),
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
		refuse  []int
		calls   []int
		failed  []int
	}{
		{"none", 0, 0, nil, nil, nil},
		{"one", 1, 0, nil, []int{1}, nil},
		{"ten to a call", 23, 0, nil, []int{10, 10, 3}, nil},
		{"no more than the bytes of a call", 5, 60_000, nil, []int{4, 1}, nil},
		{"those not taken, in order", 12, 0, []int{3, 11}, []int{10, 2}, []int{3, 11}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, calls := wire(t, c.refuse...)
			in := many(c.n, c.size)
			failed, err := b.Publish(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			var sizes []int
			i := 0
			for _, call := range *calls {
				sizes = append(sizes, len(call))
				for _, e := range call {
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
	b, _ := wire(t)
	if _, err := b.Publish(t.Context(), []json.RawMessage{json.RawMessage(`7`)}); err == nil {
		t.Error("what is no envelope was published")
	}
}
