package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskhand/deskhand/shared/inbound"
)

func TestDelivery(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, ses string
		want      inbound.Delivery
	}{
		{"a mail", `{"mail":{"messageId":"m1","source":"Anna@Example.com","timestamp":"2026-11-22T09:00:00Z"},"receipt":{"recipients":["support@demo.test"],
		  "spamVerdict":{"status":"PASS"},"virusVerdict":{"status":"FAIL"},"spfVerdict":{"status":"GRAY"},"dkimVerdict":{"status":"PROCESSING_FAILED"},"dmarcVerdict":{}}}`,
			inbound.Delivery{ID: "m1", Key: "inbound/m1", From: "anna@example.com", Recipients: []string{"support@demo.test"}, At: at,
				Verdicts: inbound.Verdicts{Spam: "pass", Virus: "fail", SPF: "gray", DKIM: "unknown", DMARC: "unknown"}}},
		{"the null path", `{"mail":{"messageId":"m2","source":"<>","timestamp":"2026-11-22T09:00:00Z"},"receipt":{}}`,
			inbound.Delivery{ID: "m2", Key: "inbound/m2", At: at, Verdicts: inbound.Verdicts{Spam: "unknown", Virus: "unknown", SPF: "unknown", DKIM: "unknown", DMARC: "unknown"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s events.SimpleEmailService
			if err := json.Unmarshal([]byte(c.ses), &s); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, delivery(s, "inbound/"), cmpopts.IgnoreUnexported(inbound.Delivery{})); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
