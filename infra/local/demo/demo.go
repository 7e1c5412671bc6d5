// Package demo makes the demo desk at the first start of a local stack: inboxes,
// groups, and the ready-made workflows, published and enabled. It works through REST,
// as any client would, and is the only code that knows the demo desk.
package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/deskhand/deskhand/infra/local/stack"
)

// desk of the demo, in the order in which it is made.
var desk = []struct{ path, body string }{
	{"/v1/inboxes/support", `{"name":"Demo Support","address":"support@demo.test"}`},
	{"/v1/inboxes/billing", `{"name":"Demo Billing","address":"billing@demo.test"}`},
	{"/v1/groups/support", `{"name":"Support","members":["sam@demo.test","sofia@demo.test"],"manager":"manager@demo.test"}`},
	{"/v1/groups/billing", `{"name":"Billing","members":["bea@demo.test","ben@demo.test"],"manager":"manager@demo.test"}`},
	{"/v1/groups/vip", `{"name":"VIP care","members":["vera@demo.test"],"manager":"manager@demo.test"}`},
}

// Make makes the demo desk unless it, or some of it, was made in this data folder.
func Make(ctx context.Context, s *stack.Stack, dataDir string) error {
	mark := filepath.Join(dataDir, "demo-made")
	if _, err := os.Stat(mark); err == nil {
		return nil
	}
	token, err := s.Issuer.Token("admin@demo.test", "admin")
	if err != nil {
		return err
	}
	c := client{url: s.URL, token: token}
	for _, d := range desk {
		if err := c.call(ctx, http.MethodPut, d.path, d.body, "", nil); err != nil {
			return err
		}
	}
	var templates struct{ Items []struct{ ID string } }
	if err := c.call(ctx, http.MethodGet, "/v1/templates", "", "", &templates); err != nil {
		return err
	}
	for _, t := range templates.Items {
		var w struct {
			ID    string
			Draft struct{ Revision int }
		}
		if err := c.call(ctx, http.MethodPost, "/v1/workflows", fmt.Sprintf(`{"template":%q}`, t.ID), "", &w); err != nil {
			return fmt.Errorf("workflow %s: %w", t.ID, err)
		}
		if err := c.call(ctx, http.MethodPost, "/v1/workflows/"+w.ID+"/publish", `{"note":"ready-made"}`, fmt.Sprint(w.Draft.Revision), nil); err != nil {
			return fmt.Errorf("publish %s: %w", t.ID, err)
		}
		if err := c.call(ctx, http.MethodPost, "/v1/workflows/"+w.ID+"/enable", "", "", nil); err != nil {
			return fmt.Errorf("enable %s: %w", t.ID, err)
		}
	}
	return os.WriteFile(mark, []byte("The demo desk was made. Delete the whole folder to start anew.\n"), 0o600)
}

type client struct{ url, token string }

func (c client) call(ctx context.Context, method, path, body, ifMatch string, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	if ifMatch != "" {
		r.Header.Set("If-Match", ifMatch)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, data)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(data, into)
}
