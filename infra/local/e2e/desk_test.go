package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// desk is the product as a test reaches it from outside.
type desk struct {
	t       *testing.T
	url     string // console, REST, approval pages, /local/
	smtp    string
	aws     string
	idle    func() error
	advance func(time.Duration) error
	now     func() time.Time
	token   func(email, role string) (string, error)
	name    string // in every slug, word and domain of the test
}

var tests atomic.Int64

// prefix gives the test a name that no other test has.
func (d *desk) prefix() {
	name := strings.ToLower(d.t.Name()[len("Test"):])
	if i := strings.IndexByte(name, '/'); i >= 0 {
		name = name[:i]
	}
	d.name = fmt.Sprintf("%s%d", name, tests.Add(1))
}

// domain of the test's own; people there are strangers to every other test.
func (d *desk) domain(of string) string { return of + "." + d.name + ".example" }

// in narrows a workflow's trigger to the test's own inbox, so that no other test's mail
// starts it.
func (d *desk) in(inbox string) string {
	return fmt.Sprintf(`{"field":"message.inbox","op":"is","value":%q}`, inbox)
}

// inbox makes an inbox and gives its address.
func (d *desk) inbox(slug string) (id, address string) {
	d.t.Helper()
	id, address = slug+"-"+d.name, slug+"@desk-"+d.name+".example"
	d.admin().put("/v1/inboxes/"+id, map[string]any{"name": "Care " + slug, "address": address}).ok(d.t)
	return id, address
}

// group makes a group of people of the test's own.
func (d *desk) group(slug, manager string, members ...string) string {
	d.t.Helper()
	id := slug + "-" + d.name
	d.admin().put("/v1/groups/"+id, map[string]any{"name": "Team " + slug, "members": members, "manager": manager}).ok(d.t)
	return id
}

// staff is the address of somebody who works at the desk.
func (d *desk) staff(who string) string { return who + "@staff-" + d.name + ".example" }

// publish makes a workflow, publishes it and enables it.
func (d *desk) publish(name, definition string) string {
	d.t.Helper()
	var w struct {
		ID       string
		Draft    struct{ Revision int }
		Problems []json.RawMessage
	}
	c := d.admin()
	c.post("/v1/workflows", map[string]any{"name": name + " " + d.name, "definition": json.RawMessage(definition)}).is(d.t, 201).into(d.t, &w)
	d.publishDraft(w.ID, w.Draft.Revision)
	c.post("/v1/workflows/"+w.ID+"/enable", nil).ok(d.t)
	d.t.Cleanup(func() { c.post("/v1/workflows/"+w.ID+"/disable", nil) })
	return w.ID
}

func (d *desk) publishDraft(id string, revision int) {
	d.t.Helper()
	d.admin().with("If-Match", fmt.Sprintf("%q", fmt.Sprint(revision))).post("/v1/workflows/"+id+"/publish", map[string]any{"note": "by the test"}).is(d.t, 201)
}
