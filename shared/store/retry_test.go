package store_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/store"
)

// drop removes an item behind the store's back.
func (w *world) drop(tb testing.TB, pk, sk string) {
	tb.Helper()
	_, err := w.db.DeleteItem(w.ctx, &sdk.DeleteItemInput{TableName: aws.String(table), Key: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}}})
	ok(tb, err)
}

func TestRetry(t *testing.T) {
	w := open(t)
	throttled := &awshttp.Error{Code: "ThrottlingException", Message: "slow down"}
	conflict := &awshttp.Error{Code: "TransactionConflictException", Message: "ongoing"}

	t.Run("conflicts of transactions", func(t *testing.T) {
		w.db.Service.ForceConflicts(4)
		c := w.received("ann@acme.test")
		same(t, "calls", w.calls(func() { ok(t, w.Commit(w.ctx, c)) }), map[string]int{"TransactWriteItems": 5})
	})
	t.Run("conflicts with a single write", func(t *testing.T) {
		w.db.Service.FailNext("PutItem", conflict, conflict)
		ok(t, w.PutInbox(w.ctx, desk.Inbox{Slug: "a"}))
	})
	t.Run("throttling", func(t *testing.T) {
		w.db.Service.FailNext("GetItem", throttled, throttled, throttled, throttled)
		must[desk.Settings](t)(w.Settings(w.ctx))
		w.db.Service.FailNext("Query", throttled, throttled, throttled, throttled)
		must[[]desk.Inbox](t)(w.Inboxes(w.ctx))
	})
	t.Run("not for ever", func(t *testing.T) {
		w.db.Service.ForceConflicts(1000)
		defer w.db.Service.ForceConflicts(0)
		c := w.received("bob@acme.test")
		wantCode(t, w.Commit(w.ctx, c), fault.Unavailable)
		same(t, "revision", c.Contact.Revision, 0)
	})
	t.Run("until the caller goes away", func(t *testing.T) {
		w.db.Service.ForceConflicts(1000)
		defer w.db.Service.ForceConflicts(0)
		ctx, cancel := context.WithTimeout(w.ctx, 20*time.Millisecond)
		defer cancel()
		if err := w.Commit(ctx, w.received("bob@acme.test")); err == nil || fault.Is(err, fault.Unavailable) {
			t.Fatalf("error is %v", err)
		}
	})
	t.Run("other errors at once", func(t *testing.T) {
		w.db.Service.FailNext("GetItem", &awshttp.Error{Code: "AccessDeniedException", Message: "no"})
		did := w.calls(func() {
			_, err := w.Settings(w.ctx)
			wantCode(t, err, fault.Internal)
		})
		same(t, "calls", did, map[string]int{"GetItem": 1})
	})
}

// lossy does the first request of an action and loses its answer.
type lossy struct {
	action string
	lost   bool
}

func (l *lossy) Do(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultClient.Do(r)
	if err == nil && !l.lost && strings.HasSuffix(r.Header.Get("X-Amz-Target"), l.action) {
		l.lost = true
		res.Body.Close()
		return nil, &timeout{}
	}
	return res, err
}

type timeout struct{}

func (*timeout) Error() string   { return "connection reset" }
func (*timeout) Timeout() bool   { return true }
func (*timeout) Temporary() bool { return true }

// An answer that is lost on the way makes the SDK ask again; what was done is done.
func TestLostAnswers(t *testing.T) {
	w := open(t)
	losing := func(action string) (*store.Store, *lossy) {
		l := &lossy{action: action}
		return store.New(sdk.New(w.db.Client.Options(), func(o *sdk.Options) { o.HTTPClient = l }), table, w.now), l
	}
	t.Run("a claim is ours", func(t *testing.T) {
		s, l := losing("PutItem")
		_, claimed, err := s.BeginSend(w.ctx, "run_1", "send", 0)
		same(t, "claimed", []any{claimed, err, l.lost}, []any{true, nil, true})
	})
	t.Run("a revision is ours", func(t *testing.T) {
		s, l := losing("UpdateItem")
		ok(t, s.PutSettings(w.ctx, desk.DefaultSettings()))
		same(t, "lost", l.lost, true)
	})
	t.Run("a transaction is done once", func(t *testing.T) {
		s, l := losing("TransactWriteItems")
		ok(t, s.Commit(w.ctx, w.received("ann@acme.test")))
		same(t, "lost", l.lost, true)
		r := w.newRun("wf_1", "evt_1")
		s, _ = losing("TransactWriteItems")
		_, err := s.StartRun(w.ctx, r, nil)
		ok(t, err)
		same(t, "counted once", w.counters(t, "wf_1").Running, 1)
	})
}

func TestTooLarge(t *testing.T) {
	w := open(t)
	detail := must[[]byte](t)(marshalText(incompressible(450 << 10)))
	e := event.Event{ID: w.ids.New(id.Event), Type: "order.paid", Time: w.now(), Detail: detail}
	wantCode(t, w.PutEvents(w.ctx, e), fault.Unprocessable)
	c := w.received("ann@acme.test")
	c.Events[1].Detail = detail
	wantCode(t, w.Commit(w.ctx, c), fault.Unprocessable)
}
