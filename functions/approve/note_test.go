package main

import (
	"testing"

	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/desk"
)

// A decision by the link is in the audit log once; opening the page, choosing nothing and
// coming too late are not.
func TestDecisionIsNoted(t *testing.T) {
	w := open(t, nil)
	who := "lead@demo.test"
	entries := func() []audit.Entry {
		t.Helper()
		list, _, err := w.Audit(t.Context(), audit.Filter{}, desk.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	w.ask("POST", w.link(who), w.form(t, who))
	form := w.form(t, who, "decision", "approve", "comment", "fine by me")
	if list := entries(); len(list) != 0 {
		t.Fatalf("%+v", list)
	}
	for i, want := range []int{200, 409} {
		if rec := w.ask("POST", w.link(who), form); rec.Code != want {
			t.Fatalf("%d: %d", i, rec.Code)
		}
	}
	list := entries()
	if len(list) != 1 || list[0].What != (audit.What{Kind: "approval", ID: w.req.ID}) || list[0].Who != who || list[0].Action != "approval.decide" || list[0].Summary != "decision approve, by the link" {
		t.Errorf("%+v", list)
	}
}
