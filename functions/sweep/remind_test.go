package main

import (
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
)

// A reminder that reaches nobody because SES is busy comes when it is not.
func TestReminderThatNobodyGot(t *testing.T) {
	w := open(t)
	_, r := w.asked(t)
	w.mails.Fail = func(string) error { return fault.New(fault.Unavailable, "busy") }
	w.tick(t, 61*time.Minute)
	if n := len(w.mails.Sent); n != 0 {
		t.Fatalf("%d mails", n)
	}
	w.mails.Fail = nil
	w.tick(t, 6*time.Minute)
	if n := len(w.mails.Sent); n != len(r.Approvers) {
		t.Errorf("%d reminders for %d approvers", n, len(r.Approvers))
	}
	w.tick(t, 6*time.Minute)
	if n := len(w.mails.Sent); n != len(r.Approvers) {
		t.Errorf("%d reminders in the end", n)
	}
}
