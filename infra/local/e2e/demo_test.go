package e2e_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/demo"
)

// The desk that somebody finds who starts the stack for the first time: the ready-made
// workflows, all at work on the same mail.
func TestDemoDesk(t *testing.T) {
	s, data := newStack(t, nil)
	d := deskOn(t, s)
	for range 2 { // a second start makes nothing again
		if err := demo.Make(t.Context(), s, data); err != nil {
			t.Fatal(err)
		}
	}
	var list struct {
		Items []struct {
			ID, Name string
			Enabled  bool
		}
		Totals struct{ Total, Enabled int }
	}
	read := func() {
		d.admin().get("/v1/workflows").is(t, 200).into(t, &list)
	}
	if read(); list.Totals.Total != 5 || list.Totals.Enabled != 5 {
		t.Fatalf("workflows %+v", list)
	}
	customer := "cfo@eu.acme.example"
	d.smtpIn(customer, []string{"support@demo.test"}, []byte("From: Carl Fox <"+customer+">\r\nTo: support@demo.test\r\nSubject: Double charge\r\nMessage-ID: <demo.1@acme.example>\r\n\r\n"+
		"Hello,\r\n\r\nwe were charged twice. Can we have our money back?\r\n\r\nCarl\r\n"))
	c := d.conversationWith(customer)
	if !slices.Contains(c.Tags, "refund") || c.Group != "billing" {
		t.Errorf("tags %q, group %q", c.Tags, c.Group)
	}
	if m := d.oneSent(customer); !strings.HasPrefix(m.Subject, "Welcome, Carl Fox") {
		t.Errorf("welcomed with %q", m.Subject)
	}
	d.decide(d.openPage(d.newestSent("sam@demo.test")), "approve", "You get it back today.", "").is(t, 200)
	answered := false
	for _, m := range d.sent(customer) {
		answered = answered || strings.Contains(m.Text, "You get it back today.") && m.Headers["In-Reply-To"] == "<demo.1@acme.example>"
	}
	if !answered {
		t.Errorf("the customer got %+v", d.sent(customer))
	}
	d.admin().post("/v1/tickets", map[string]any{"subject": "Charged twice", "group": "billing"}).is(t, 201)
	d.pass(24*time.Hour + time.Minute)
	if m := d.newestSent("manager@demo.test"); !strings.Contains(m.Subject, "Charged twice") {
		t.Errorf("the manager got %q", m.Subject)
	}
	for read(); len(list.Items) > 0; list.Items = list.Items[1:] {
		w := list.Items[0]
		if runs := d.runs(w.ID); len(runs) != 1 || runs[0].Status != "succeeded" {
			t.Errorf("%s: %+v", w.Name, runs)
		}
	}
}
