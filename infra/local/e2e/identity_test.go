package e2e_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/infra/local/stack"
)

// An inbox that SES does not send as is saved, with what to do.
func TestSenderIdentity(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := dataDir(data); err != nil {
		t.Fatal(err)
	}
	s, err := stack.Start(context.Background(), stack.Config{Template: template, DataDir: data, AuthRequired: true, Unverified: []string{"fresh.example"}, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	d := deskOn(t, s)
	put := func(slug, address string) string {
		t.Helper()
		var in struct {
			Slug, Address string
			Warnings      []string
		}
		d.admin().put("/v1/inboxes/"+slug, map[string]any{"address": address}).is(t, 200).into(t, &in)
		if in.Slug != slug || in.Address != address || in.Warnings == nil {
			t.Errorf("%+v", in)
		}
		return strings.Join(in.Warnings, "\n")
	}
	if got := put("old", "hello@known.example"); !strings.Contains(got, "sandbox") || strings.Contains(got, "identity") {
		t.Errorf("a verified one: %q", got)
	}
	if got := put("new", "hello@fresh.example"); !strings.Contains(got, "create-email-identity --email-identity fresh.example") || !strings.Contains(got, "sandbox") {
		t.Errorf("an unknown one: %q", got)
	}
	// Below a domain that is verified, everything is; a name that only ends like it is not.
	if got := put("below", "hello@desk.known.example"); strings.Contains(got, "identity") {
		t.Errorf("below a verified one: %q", got)
	}
	d.admin().get("/v1/inboxes/new").is(t, 200).has(t, "hello@fresh.example")
	d.admin().get("/v1/audit?kind=inbox").is(t, 200).has(t, "inbox.put")
}
