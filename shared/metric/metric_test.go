package metric_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/metric"
)

var at = time.UnixMilli(1_900_000_000_123)

// document is a line as the specification has it; members that it does not know are
// refused where it allows none.
type document struct {
	AWS *struct {
		Timestamp         *int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct {
				Name, Unit        string
				StorageResolution int
			}
		}
	} `json:"_aws"`
}

// unitsOfAWS are those that we use of the valid ones.
var unitsOfAWS = map[string]bool{"Count": true, "Seconds": true, "None": true}

func TestLine(t *testing.T) {
	ctx, tally := metric.With(context.Background())
	metric.Add(ctx, metric.EventsIn, 2)
	metric.Add(ctx, metric.EventsIn, 1)
	metric.Add(ctx, metric.OldestApprovalSeconds, 0)
	metric.Add(ctx, metric.RunCostMicroUSD, 130)
	var b bytes.Buffer
	if err := tally.Write(&b, "desk-a", at); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b.Bytes(), []byte("\n")); n != 1 || !bytes.HasSuffix(b.Bytes(), []byte("}\n")) || b.Len() > 1<<20 {
		t.Errorf("%d lines, %d bytes", n, b.Len())
	}
	dec := json.NewDecoder(bytes.NewReader(b.Bytes()))
	var root map[string]json.RawMessage
	if err := dec.Decode(&root); err != nil {
		t.Fatal(err)
	}
	strict := json.NewDecoder(bytes.NewReader([]byte(`{"_aws":` + string(root["_aws"]) + `}`)))
	strict.DisallowUnknownFields()
	var doc document
	if err := strict.Decode(&doc); err != nil || doc.AWS == nil || doc.AWS.Timestamp == nil || *doc.AWS.Timestamp != at.UnixMilli() {
		t.Fatalf("%v in %s", err, b.Bytes())
	}
	if len(doc.AWS.CloudWatchMetrics) != 1 {
		t.Fatalf("%s", b.Bytes())
	}
	d := doc.AWS.CloudWatchMetrics[0]
	if diff := cmp.Diff([][]string{{"Stack"}}, d.Dimensions); diff != "" || d.Namespace != "Deskhand" || len(d.Metrics) > 100 {
		t.Errorf("%s %s", d.Namespace, diff)
	}
	got := map[string]any{}
	for _, m := range d.Metrics {
		var n float64
		if err := json.Unmarshal(root[m.Name], &n); err != nil || !unitsOfAWS[m.Unit] {
			t.Errorf("%s (%s) is %s: %v", m.Name, m.Unit, root[m.Name], err)
		}
		got[m.Name+" "+m.Unit] = n
	}
	if diff := cmp.Diff(map[string]any{"EventsIn Count": 3.0, "OldestApprovalSeconds Seconds": 0.0, "RunCostMicroUSD None": 130.0}, got); diff != "" {
		t.Error(diff)
	}
	for _, dim := range d.Dimensions[0] {
		var v string
		if err := json.Unmarshal(root[dim], &v); err != nil || v != "desk-a" {
			t.Errorf("the dimension %s is %s", dim, root[dim])
		}
	}
	if len(root) != 2+len(d.Metrics) {
		t.Errorf("members that are neither: %s", b.Bytes())
	}
}

func TestNothing(t *testing.T) {
	metric.Add(t.Context(), metric.MailIn, 1) // nobody counts
	_, tally := metric.With(t.Context())
	if err := tally.Write(failing{}, "x", at); err != nil {
		t.Error("a line about nothing")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
