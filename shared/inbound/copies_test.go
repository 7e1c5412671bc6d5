package inbound_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A copy of a mail leaves nothing in the bucket, however often its delivery comes; what
// the mail itself brought stays.
func TestCopiesLeaveNothing(t *testing.T) {
	w := open(t)
	mail := letter{id: "ses1", from: "anna@example.com", headers: "Message-ID: <one@example.com>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n",
		body: "--b\nContent-Type: text/plain\n\nSee there\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"a.pdf\"\n\nPDF\n--b--\n"}
	o := w.receive(t, mail)
	keys := func() []string { return slices.Sorted(maps.Keys(w.blobs.objs)) }
	want := []string{"inbound/ses1", "message/" + o.MessageID + "/a1"}
	if d := cmp.Diff(want, keys()); d != "" {
		t.Fatalf("(-want +got):\n%s", d)
	}
	again := mail
	again.id, again.to = "ses2", "billing@demo.test"
	d := w.delivery(again)
	for i := range 3 { // the function is called at least once for each delivery
		got, err := w.r.Receive(t.Context(), d)
		if err != nil || got.Result != "duplicate" {
			t.Fatalf("%d: %+v, %v", i, got, err)
		}
	}
	if got := w.receive(t, mail); got.Result != "duplicate" {
		t.Fatalf("%+v", got)
	}
	if d := cmp.Diff(want, keys()); d != "" {
		t.Errorf("after copies (-want +got):\n%s", d)
	}
	if n := len(w.failed(t)); n != 0 {
		t.Errorf("%d failed mails", n)
	}
}
