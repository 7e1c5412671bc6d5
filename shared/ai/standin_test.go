package ai_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/ai"
)

func TestStandinClassify(t *testing.T) {
	for _, c := range []struct {
		labels             []string
		instructions, text string
		want               string
		sure               bool
	}{
		{[]string{"refund", "shipping"}, "", "Where is my shipment? The shipping took a week, and shipping was paid.", "shipping", true},
		{[]string{"refunds", "shipping"}, "", "I want a REFUND now", "refunds", true},
		{[]string{"money", "shipping"}, "money: refund, return, charged\nshipping: parcel", "I was charged twice", "money", true},
		{[]string{"a", "Other"}, "", "hello", "Other", false},
		{[]string{"refund", "bug"}, "", "hello", "refund", false},
	} {
		l, err := ai.Standin{}.Classify(t.Context(), ai.Classify{Labels: c.labels, Instructions: c.instructions, Message: ai.Message{Text: c.text}})
		if err != nil || l.Label != c.want || l.Confidence < 0 || l.Confidence > 1 || (l.Confidence > 0.5) != c.sure {
			t.Errorf("%q: %+v, %v; want %s", c.text, l, err, c.want)
		}
	}
	if _, err := (ai.Standin{}).Classify(t.Context(), ai.Classify{}); err == nil {
		t.Error("no labels is no error")
	}
}

func TestStandinExtract(t *testing.T) {
	m := ai.Message{Subject: "Order number: A-1007", Text: "Hello,\nmy orderDate was 2026-11-02. Total amount: 1,249.50 EUR, please.\nGift: no\nName is Anna Lee. Bye"}
	v, err := ai.Standin{}.Extract(t.Context(), ai.Extract{Message: m, Fields: map[string]string{"order": "string", "amount": "number", "gift": "boolean", "order_date": "date", "name": "string", "phone": "string", "vip": "boolean"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"order": "A-1007", "amount": 1249.5, "gift": false, "order_date": "2026-11-02", "name": "Anna Lee"}, v.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestStandinSummarise(t *testing.T) {
	a, err := ai.Standin{}.Summarise(t.Context(), ai.Summarise{Message: ai.Message{FromName: "Anna", Subject: "Broken", Text: "It is\nbroken. " + strings.Repeat("x", 1000)}})
	if err != nil || !strings.HasPrefix(a.Text, ai.StandinSummary) || !strings.Contains(a.Text, "Anna writes about “Broken”: It is broken.") || len(a.Text) > 600 {
		t.Errorf("%q, %v", a.Text, err)
	}
}
