package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	s3client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go/middleware"
	"go.yaml.in/yaml/v3"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/dynamodb"
	"github.com/deskhand/deskhand/infra/local/s3"
	"github.com/deskhand/deskhand/infra/local/states"
	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/blob"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/erase"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/inbound"
	"github.com/deskhand/deskhand/shared/lambdahttp"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/publish"
	"github.com/deskhand/deskhand/shared/record"
	"github.com/deskhand/deskhand/shared/rest"
	"github.com/deskhand/deskhand/shared/store"
)

const (
	account = "123456789012"
	roleARN = "arn:aws:iam::123456789012:role/workflows"
)

// world is the API on the real store, Step Functions and S3 of the local stack; act is
// played by the real actions, called in this process.
type world struct {
	tb      testing.TB
	db      *dynamodb.T
	store   *store.Store
	server  *rest.Server
	handler http.Handler
	bucket  blob.Bucket
	ids     *id.Source
	mailer  *mailer
	mail    *reprocessor
	doc     document

	mu    sync.Mutex
	sent  map[string]int // calls of DynamoDB by action
	fails map[string]error
}

// mailer keeps what is sent.
type mailer struct {
	mu   sync.Mutex
	sent []string
	err  error
}

func (m *mailer) Send(_ context.Context, from string, to []string, _ []byte) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return "", m.err
	}
	m.sent = append(m.sent, from+" to "+strings.Join(to, ","))
	return fmt.Sprintf("sent-%d@ses.test", len(m.sent)), nil
}

func (m *mailer) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.sent)
}

// reprocessor answers as receive would.
type reprocessor struct {
	got []string
	err error
}

func (p *reprocessor) Reprocess(_ context.Context, m desk.FailedMail) (inbound.Outcome, error) {
	p.got = append(p.got, m.ID)
	return inbound.Outcome{Result: "accepted", MessageID: "msg_1"}, p.err
}

func open(tb testing.TB) *world {
	tb.Helper()
	w := &world{tb: tb, db: dynamodb.NewT(tb, templateTable(tb)), sent: map[string]int{}, mailer: &mailer{}, mail: &reprocessor{}}
	now := w.db.Clock.Now
	w.ids = id.NewSource(now)
	w.store = store.New(w.counting(), "Table", now)
	db := disk.OpenT(tb)
	objects, err := s3.New(s3.Config{DB: db, Clock: w.db.Clock, Account: account, Region: "us-east-1", Buckets: []string{"bucket"}, Dir: tb.TempDir()})
	ok(tb, err)
	recorder := &record.Recorder{Store: w.store, NewID: w.ids.New, Now: now}
	machines, err := states.New(states.Config{DB: db, Clock: w.db.Clock, Account: account, InvokeLambda: w.lambda,
		EmitStatus: func(ctx context.Context, e states.StatusChange) error { return recorder.Status(ctx, e.Detail) }})
	ok(tb, err)
	endpoint := &awshttp.Endpoint{Account: account, Region: "us-east-1"}
	endpoint.Handle("states", machines)
	endpoint.Handle("s3", objects)
	srv := httptest.NewServer(endpoint)
	tb.Cleanup(func() { srv.Close(); machines.Close() })
	keys := credentials.NewStaticCredentialsProvider("api", "secret", "")
	en := engine.New(sfn.New(sfn.Options{BaseEndpoint: aws.String(srv.URL), Region: "us-east-1", Credentials: keys}), "t")
	recorder.Engine = en
	w.bucket = blob.Bucket{Name: "bucket", Client: s3client.New(s3client.Options{BaseEndpoint: aws.String(srv.URL), Region: "us-east-1", UsePathStyle: true, Credentials: keys})}
	w.store.Blobs = w.bucket
	w.server = &rest.Server{Store: w.store, Engine: en, Links: w.bucket, NewID: w.ids.New, Now: now, RoleClaim: "deskhand:role", PublicURL: "https://desk.test",
		Publisher: &publish.Publisher{Store: w.store, Engine: en, Now: now, ActArn: "act", ReachArn: "reach", RoleArn: roleARN, AI: true},
		Launcher:  &launch.Launcher{Store: w.store, Engine: en, NewID: w.ids.New, Now: now},
		Approvals: &approval.Service{Store: w.store, Answer: en, Gone: engine.ErrGone, NewID: w.ids.New, Now: now},
		Recorder:  recorder,
		Eraser:    &erase.Eraser{Store: w.store, Engine: en, Recorder: recorder, Objects: w.bucket, Now: now},
		Mailer:    w.mailer, Mail: w.mail, Config: rest.Config{Issuer: "https://issuer.test", ClientID: "deskhand"}}
	w.handler = w.server.Handler()
	w.doc = readDocument(tb, w)
	return w
}

// in lets a subtest report for the rest of its time.
func (w *world) in(t *testing.T) {
	before := w.tb
	w.tb = t
	t.Cleanup(func() { w.tb = before })
}

// lambda plays act with the real actions, and reach.
func (w *world) lambda(ctx context.Context, _, function string, payload []byte) ([]byte, string, string, error) {
	var r action.Request
	if err := json.Unmarshal(payload, &r); err != nil {
		return nil, "", "", err
	}
	w.mu.Lock()
	err := w.fails[r.Node]
	w.mu.Unlock()
	var out any = map[string]any{"result": map[string]any{"text": "a draft"}}
	if err == nil && function == "act" {
		d := &action.Desk{Store: w.store, Mailer: w.mailer, Answerer: w.server.Engine.(*engine.Engine), NewID: w.ids.New, Now: w.db.Clock.Now, Gone: engine.ErrGone, PublicURL: "https://desk.test"}
		out, err = d.Actions().Do(ctx, &r)
	}
	if err != nil {
		data, _ := json.Marshal(map[string]string{"errorType": fault.Name(err), "errorMessage": err.Error()})
		return data, "1", "Unhandled", nil
	}
	data, err := json.Marshal(out)
	return data, "1", "", err
}

// failing lets the node fail until it is called again with nil.
func (w *world) failing(node string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fails = map[string]error{node: err}
}

// counting is a client that counts its calls.
func (w *world) counting() *sdk.Client {
	return sdk.New(w.db.Client.Options(), func(o *sdk.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Initialize.Add(middleware.InitializeMiddlewareFunc("count", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				w.mu.Lock()
				w.sent[middleware.GetOperationName(ctx)]++
				w.mu.Unlock()
				return next.HandleInitialize(ctx, in)
			}), middleware.After)
		})
	})
}

// counted does f and tells which calls of DynamoDB it made.
func (w *world) counted(f func()) map[string]int {
	w.mu.Lock()
	w.sent = map[string]int{}
	w.mu.Unlock()
	f()
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.sent)
}

// idle waits until nothing is under way in Step Functions.
func (w *world) idle() {
	w.tb.Helper()
	ctx, cancel := context.WithTimeout(w.tb.Context(), time.Minute)
	defer cancel()
	ok(w.tb, w.db.Clock.Idle(ctx))
}

func (w *world) advance(d time.Duration) {
	w.tb.Helper()
	ctx, cancel := context.WithTimeout(w.tb.Context(), time.Minute)
	defer cancel()
	ok(w.tb, w.db.Clock.Advance(ctx, d))
}

func templateTable(tb testing.TB) dynamodb.TableSpec {
	tb.Helper()
	data, err := os.ReadFile("../../template.yaml")
	ok(tb, err)
	var t struct {
		Resources map[string]struct {
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	ok(tb, yaml.Unmarshal(data, &t))
	properties := map[string]any{}
	node := t.Resources["Table"].Properties
	ok(tb, node.Decode(&properties))
	spec, err := dynamodb.FromTemplate("Table", properties)
	ok(tb, err)
	return spec
}

func ok(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// response is an answer of the API.
type response struct {
	tb     testing.TB
	what   string
	status int
	header http.Header
	body   []byte
}

// call makes a request as somebody of the role ("" is nobody), with headers in pairs.
// Every answer is held against the OpenAPI document.
func (w *world) call(role, method, target, body string, headers ...string) *response {
	w.tb.Helper()
	r := httptest.NewRequest(method, "https://desk.test"+target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if role != "" {
		r = r.WithContext(lambdahttp.WithClaims(r.Context(), map[string]string{"email": role + "@demo.test", "deskhand:role": role}))
	}
	return w.serve(r)
}

func (w *world) serve(r *http.Request) *response {
	w.tb.Helper()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	out := &response{tb: w.tb, what: r.Method + " " + r.URL.RequestURI(), status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}
	if w.doc != nil {
		if err := w.doc.checkResponse(r.Method, r.URL.Path, out); err != nil {
			w.tb.Errorf("%s: %d does not answer as documented: %v\n%s", out.what, out.status, err, out.body)
		}
	}
	return out
}

// is demands the status, and words in the detail of an error.
func (p *response) is(status int, words ...string) *response {
	p.tb.Helper()
	if p.status != status {
		p.tb.Fatalf("%.150s: %d, want %d: %.600s", p.what, p.status, status, p.body)
	}
	for _, word := range words {
		if !bytes.Contains(p.body, []byte(word)) {
			p.tb.Errorf("%s: %q is not in %s", p.what, word, p.body)
		}
	}
	return p
}

// at is a member of the answer, by a path as items.0.id; nil when there is none.
func (p *response) at(path string) any {
	p.tb.Helper()
	var v any
	if err := json.Unmarshal(p.body, &v); err != nil {
		p.tb.Fatalf("%s: %v in %s", p.what, err, p.body)
	}
	for _, name := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func (p *response) text(path string) string {
	p.tb.Helper()
	s, _ := p.at(path).(string)
	return s
}

func (p *response) len(path string) int {
	p.tb.Helper()
	l, _ := p.at(path).([]any)
	return len(l)
}

// ids are those of the items.
func (p *response) ids() []string {
	p.tb.Helper()
	out := []string{}
	list, _ := p.at("items").([]any)
	for _, x := range list {
		m := x.(map[string]any)
		s, _ := m["id"].(string)
		if s == "" {
			s, _ = m["slug"].(string)
		}
		out = append(out, s)
	}
	return out
}

const manual = `{"trigger":{"type":"manual"},"nodes":[{"id":"keep","type":"set","params":{"values":{"why":"{{detail.why | default: \"-\"}}"}}}],"edges":[{"from":"trigger","to":"keep"}]}`

// workflow makes a workflow of the definition.
func (w *world) workflow(definition string) string {
	w.tb.Helper()
	return w.call("editor", "POST", "/v1/workflows", `{"name":"W","definition":`+definition+`}`).is(201).text("id")
}

// published makes, publishes and enables one.
func (w *world) published(definition string) string {
	w.tb.Helper()
	wf := w.workflow(definition)
	w.call("editor", "POST", "/v1/workflows/"+wf+"/publish", `{}`, "If-Match", `"1"`).is(201)
	w.call("editor", "POST", "/v1/workflows/"+wf+"/enable", "").is(200)
	return wf
}

// person is a contact with a conversation of one message, raw mail and an attachment.
func (w *world) person(email string) (contact desk.Contact, conv desk.Conversation, msg desk.Message) {
	w.tb.Helper()
	ctx, now := w.tb.Context(), w.db.Clock.Now()
	contact = desk.NewContact(w.ids.New(id.Contact), email, "Anna", now)
	conv = desk.Conversation{ID: w.ids.New(id.Conversation), Subject: "Refund", Status: "open", Priority: "normal", Inbox: "support", Tags: []string{}, ContactID: contact.ID, ContactEmail: email, CreatedAt: now}
	conv.Receive(now, []string{email})
	msg = desk.Message{ID: w.ids.New(id.Message), ConversationID: conv.ID, Direction: "in", From: desk.Address{Name: "Anna", Email: email}, To: []desk.Address{{Email: "support@demo.test"}},
		Subject: "Refund", At: now, Text: "I want a refund", FullText: "I want a refund", Kind: "human", Inbox: "support", MessageID: w.ids.New("mid_") + "@example.com", RawKey: "inbound/" + conv.ID}
	msg.Attachments = []desk.Attachment{{ID: "1", Name: "bill.pdf", Type: "application/pdf", Size: 3, Key: "message/" + msg.ID + "/1"}}
	conv.LastMessageID = msg.ID
	for _, key := range []string{msg.RawKey, msg.Attachments[0].Key} {
		ok(w.tb, w.bucket.Put(ctx, key, []byte("abc"), "text/plain"))
	}
	ok(w.tb, w.store.Commit(ctx, desk.Change{Contact: &contact, Conversation: &conv, Messages: []desk.Message{msg},
		Mail:     &desk.MailMark{SESID: w.ids.New("ses_"), MessageID: msg.MessageID, Sender: email},
		Timeline: []desk.Entry{{At: now.Format(time.RFC3339Nano), Actor: email, What: "wrote"}},
		Events: []event.Event{{ID: w.ids.New(id.Event), Type: event.MessageReceived, Time: now, Actor: email,
			Subject: event.Subject{MessageID: msg.ID, ConversationID: conv.ID, ContactID: contact.ID}}}}))
	return contact, conv, msg
}

// inbox makes the inbox that replies are sent from.
func (w *world) inbox() {
	w.tb.Helper()
	w.call("admin", "PUT", "/v1/inboxes/support", `{"name":"Support","address":"support@demo.test"}`).is(200)
}

// entering makes another request while it sends.
type entering struct {
	again func() *response
	got   *response
	sent  int
}

func (m *entering) Send(context.Context, string, []string, []byte) (string, error) {
	m.sent++
	m.got = m.again()
	return "sent@ses.test", nil
}
