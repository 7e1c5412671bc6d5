package rest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	s3client "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/deskhand/deskhand/shared/desk"
)

// holds lists the items of the table and the objects of the bucket with one of the words.
func (w *world) holds(words ...string) []string {
	w.tb.Helper()
	var found []string
	var start map[string]types.AttributeValue
	for {
		out, err := w.db.Scan(w.tb.Context(), &sdk.ScanInput{TableName: aws.String("Table"), ExclusiveStartKey: start})
		ok(w.tb, err)
		for _, it := range out.Items {
			text := fmt.Sprint(it["pk"].(*types.AttributeValueMemberS).Value, " ", it["sk"].(*types.AttributeValueMemberS).Value)
			whole := text
			for name, v := range it {
				switch v := v.(type) {
				case *types.AttributeValueMemberS:
					whole += " " + name + "=" + v.Value
				case *types.AttributeValueMemberB:
					whole += " " + name + "=" + string(unzip(w.tb, v.Value))
				}
			}
			for _, word := range words {
				if strings.Contains(whole, word) {
					found = append(found, word+" in "+text)
				}
			}
		}
		if start = out.LastEvaluatedKey; start == nil {
			break
		}
	}
	objects, err := w.bucket.Client.ListObjectsV2(w.tb.Context(), &s3client.ListObjectsV2Input{Bucket: aws.String("bucket")})
	ok(w.tb, err)
	for _, o := range objects.Contents {
		found = append(found, "object "+*o.Key)
	}
	return found
}

func TestErase(t *testing.T) {
	for _, work := range []int{0, 1} { // all at once, and a bit at a time
		t.Run(fmt.Sprint("work ", work), func(t *testing.T) {
			w := open(t)
			w.server.Eraser.Work = work
			w.inbox()
			kept, keptConv, _ := w.person("bob@example.com")
			contact, conv, _ := w.person("anna@secret.example")
			wf := w.published(strings.Replace(refund, `"message.received","conditions":{"all":[{"field":"message.text","op":"contains","value":"refund"}]}`, `"message.received"`, 1))
			done := w.published(strings.Replace(manual, `detail.why`, `contact.email`, 1))
			w.call("editor", "POST", "/v1/workflows/"+done+"/runs", `{"conversationId":"`+conv.ID+`"}`).is(202)
			w.call("editor", "POST", "/v1/workflows/"+done+"/runs", `{"contactId":"`+contact.ID+`"}`).is(202)
			open := w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", `{"conversationId":"`+conv.ID+`"}`).is(202).text("id")
			w.idle()
			apr := w.call("viewer", "GET", "/v1/runs/"+open, "").text("waitingFor.approvalId")
			tkt := w.call("editor", "POST", "/v1/tickets", `{"subject":"anna@secret.example has lost the key","conversationId":"`+conv.ID+`"}`).is(201).text("id")
			alone := w.call("editor", "POST", "/v1/tickets", `{"subject":"of anna@secret.example","contactEmail":"anna@secret.example"}`).is(201).text("id")
			w.call("editor", "POST", "/v1/conversations/"+conv.ID+"/messages", `{"body":"Dear anna@secret.example"}`).is(201)
			w.call("editor", "PATCH", "/v1/conversations/"+conv.ID, `{"subject":"anna@secret.example"}`).is(200)
			ok(t, w.bucket.Put(t.Context(), "inbound/broken", []byte("x"), "text/plain"))
			ok(t, w.store.PutFailedMail(t.Context(), desk.FailedMail{ID: "ses9", Key: "inbound/broken", From: "anna@secret.example", At: w.db.Clock.Now()}))
			if n := len(w.holds("anna@secret.example", "Refund")); n < 15 {
				t.Fatalf("the test has only %d traces to erase", n)
			}

			told := func() int { // how often the run's pages name her
				return strings.Count(string(w.call("viewer", "GET", "/v1/runs/"+open, "").is(200).body)+
					string(w.call("viewer", "GET", "/v1/runs/"+open+"/history", "").is(200).body), "anna@secret.example")
			}
			if told() == 0 {
				t.Fatal("the run has nothing to hide")
			}
			calls := 0
			for status := 202; status == 202; calls++ {
				p := w.call("admin", "DELETE", "/v1/contacts/"+contact.ID, "")
				if status = p.status; status == 202 && (p.at("done") != false || p.header.Get("Retry-After") == "") || status != 202 && status != 204 || calls > 300 {
					t.Fatalf("%d: %v %s", p.status, p.header, p.body)
				}
			}
			w.idle()
			t.Logf("%d calls", calls)
			if (work == 0) != (calls == 1) {
				t.Errorf("%d calls with work %d", calls, work)
			}
			left := w.holds("anna@secret.example", "secret")
			for _, l := range left {
				if !strings.Contains(l, keptConv.ID) && !strings.Contains(l, "DESK") && !strings.HasPrefix(l, "object inbound/"+keptConv.ID) && !strings.HasPrefix(l, "object message/") {
					t.Error("left:", l)
				}
			}
			if n := len(w.holds("no such word")); n != 2 { // Bob's mail and attachment
				t.Errorf("%d objects are left: %v", n, w.holds("no such word"))
			}
			w.call("viewer", "GET", "/v1/contacts/"+contact.ID, "").is(404)
			w.call("viewer", "GET", "/v1/conversations/"+conv.ID, "").is(404)
			w.call("viewer", "GET", "/v1/runs/"+open, "").is(200, `"status":"stopped"`, `"erased":true`)
			if n := told(); n != 0 {
				t.Errorf("the run names her %d times", n)
			}
			w.call("viewer", "GET", "/v1/approvals/"+apr, "").is(200, `"status":"withdrawn"`, "(erased)")
			for _, id := range []string{tkt, alone} {
				w.call("viewer", "GET", "/v1/tickets/"+id, "").is(200, "(erased)")
			}
			w.call("viewer", "GET", "/v1/contacts/"+kept.ID, "").is(200)
			if p := w.call("viewer", "GET", "/v1/conversations/"+keptConv.ID, "").is(200); p.len("messages") != 1 {
				t.Errorf("%s", p.body)
			}
			if n := w.call("viewer", "GET", "/v1/inbound/failed", "").len("items"); n != 0 {
				t.Errorf("%d failed mails", n)
			}
			w.call("admin", "DELETE", "/v1/contacts/"+contact.ID, "").is(204) // as often as one likes
			w.call("admin", "DELETE", "/v1/contacts/con_x", "").is(404)
			if p := w.call("editor", "POST", "/v1/contacts", `{"email":"anna@secret.example"}`).is(201); p.text("id") == contact.ID {
				t.Error("the contact came back")
			}
		})
	}
}

func unzip(tb testing.TB, data []byte) []byte {
	tb.Helper()
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data
	}
	return gunzip(tb, data)
}

func gunzip(tb testing.TB, data []byte) []byte {
	tb.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	ok(tb, err)
	out, err := io.ReadAll(r)
	ok(tb, err)
	return out
}
