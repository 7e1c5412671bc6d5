// Package rig is a desk for benchmarks: the local stack in this process, on ports and
// in a folder of its own, with inboxes, groups and workflows that no demo has. What
// comes in comes in by SMTP and REST, as from outside; nothing is called from inside.
// It measures nothing; counts and cold do.
package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/deskhand/deskhand/infra/local/stack"
	"github.com/deskhand/deskhand/shared/gallery"
)

// patience bounds the wait until the stack has settled.
const patience = 3 * time.Minute

// Rig is a desk that runs until Close.
type Rig struct {
	Stack *stack.Stack
	Sfn   *sfn.Client // as a person at the keyboard
	dir   string
	token string
	mails atomic.Int64
}

// slugs that the gallery's workflows name, and what they are called here.
var slugs = map[string]string{"support": "front-desk", "billing": "accounts", "vip": "key-accounts"}

// Address of the desk's first inbox.
const Address = "front@bench.example"

var desk = []struct{ path, body string }{
	{"/v1/inboxes/front-desk", `{"name":"Front desk","address":"` + Address + `"}`},
	{"/v1/inboxes/accounts", `{"name":"Accounts","address":"accounts@bench.example"}`},
	{"/v1/groups/front-desk", `{"name":"Front desk","members":["mona@bench.example"],"manager":"chief@bench.example"}`},
	{"/v1/groups/accounts", `{"name":"Accounts","members":["ravi@bench.example"],"manager":"chief@bench.example"}`},
	{"/v1/groups/key-accounts", `{"name":"Key accounts","members":["ravi@bench.example"],"manager":"chief@bench.example"}`},
}

// Start makes the desk; template is the path of template.yaml.
func Start(ctx context.Context, template string) (r *Rig, err error) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	r = &Rig{}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	if r.dir, err = os.MkdirTemp("", "deskhand-bench-"); err != nil {
		return r, err
	}
	if r.Stack, err = stack.Start(ctx, stack.Config{Template: template, DataDir: filepath.Join(r.dir, "data"), AuthRequired: true}); err != nil {
		return r, err
	}
	if r.token, err = r.Stack.Issuer.Token("bench@bench.example", "admin"); err != nil {
		return r, err
	}
	r.Sfn = sfn.New(sfn.Options{BaseEndpoint: aws.String(r.Stack.AWSURL), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKIABENCH", "bench", "")})
	for _, d := range desk {
		if err := r.Call(ctx, http.MethodPut, d.path, json.RawMessage(d.body), nil); err != nil {
			return r, err
		}
	}
	return r, r.Settle(ctx)
}

// Close ends the stack and removes its folder.
func (r *Rig) Close() {
	r.Stack.Close()
	if r.dir != "" {
		_ = os.RemoveAll(r.dir)
	}
}

// Settle waits until nothing is under way.
func (r *Rig) Settle(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return r.Stack.Clock.Advance(ctx, 0)
}

// Advance moves the desk's clock and waits until everything that fell due is done.
func (r *Rig) Advance(ctx context.Context, d time.Duration) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return r.Stack.Clock.Advance(ctx, d)
}

// Call makes one REST call; a non-nil into reads the answer.
func (r *Rig) Call(ctx context.Context, method, path string, body, into any, header ...string) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	q, err := http.NewRequestWithContext(ctx, method, r.Stack.URL+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+r.token)
	q.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	answer, err := Do(q)
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

// Do makes a request and gives the body; an answer past 2xx is an error.
func Do(q *http.Request) ([]byte, error) {
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %.400s", q.Method, q.URL.Path, resp.Status, data)
	}
	return data, err
}

// Mail brings a message in by SMTP. It returns when the stand-in of SES has taken it.
func (r *Rig) Mail(from, subject, text string) error {
	n := r.mails.Add(1)
	raw := fmt.Sprintf("From: Pat Doe <%s>\r\nTo: <%s>\r\nSubject: %s\r\nMessage-ID: <%d.%d@mail.example>\r\nDate: %s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n",
		from, Address, subject, n, time.Now().UnixNano(), time.Now().Format(time.RFC1123Z), strings.ReplaceAll(text, "\n", "\r\n"))
	return smtp.SendMail(r.Stack.SMTPAddr, nil, from, []string{Address}, []byte(raw))
}

// Adapt is the definition of a gallery workflow for this desk.
func Adapt(t gallery.Template) (json.RawMessage, error) {
	var doc any
	if err := json.Unmarshal(t.Definition, &doc); err != nil {
		return nil, fmt.Errorf("gallery %s: %w", t.ID, err)
	}
	return json.Marshal(renamed(doc))
}

func renamed(v any) any {
	switch v := v.(type) {
	case string:
		if to, ok := slugs[v]; ok {
			return to
		}
	case []any:
		for i := range v {
			v[i] = renamed(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = renamed(v[k])
		}
	}
	return v
}

// Draft makes a workflow and gives its id and the revision to publish.
func (r *Rig) Draft(ctx context.Context, name string, definition json.RawMessage) (id string, revision int, err error) {
	var w struct {
		ID    string
		Draft struct{ Revision int }
	}
	err = r.Call(ctx, http.MethodPost, "/v1/workflows", map[string]any{"name": name, "definition": definition}, &w)
	return w.ID, w.Draft.Revision, err
}

// Publish publishes a draft.
func (r *Rig) Publish(ctx context.Context, id string, revision int) error {
	return r.Call(ctx, http.MethodPost, "/v1/workflows/"+id+"/publish", map[string]any{}, nil, "If-Match", fmt.Sprint(revision))
}

// Enable lets a workflow answer its trigger, or not.
func (r *Rig) Enable(ctx context.Context, id string, on bool) error {
	verb := "/disable"
	if on {
		verb = "/enable"
	}
	return r.Call(ctx, http.MethodPost, "/v1/workflows/"+id+verb, map[string]any{}, nil)
}

// Binary is the compiled function of a folder under functions.
func (r *Rig) Binary(name string) string { return filepath.Join(r.dir, "data", "bin", name) }

// Dir is a folder that Close removes.
func (r *Rig) Dir() string { return r.dir }
