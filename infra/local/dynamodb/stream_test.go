package dynamodb_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/dynamodb"
)

var deskStream = dynamodb.StreamARN("us-east-1", "123456789012", "desk")

func del(tb testing.TB, db *dynamodb.T, pk, sk string) {
	tb.Helper()
	must(db.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: aws.String("desk"), Key: key(pk, sk)}))(tb)
}

func records(tb testing.TB, db *dynamodb.T, after string, n int) []dynamodb.StreamRecord {
	tb.Helper()
	return must(db.Service.StreamRecords(deskStream, after, n))(tb)
}

// story is "INSERT a/1" of each record.
func story(rs []dynamodb.StreamRecord) []string {
	out := []string{}
	for _, r := range rs {
		out = append(out, fmt.Sprintf("%s %s/%s", r.EventName, r.DynamoDB.Keys["pk"].Text, r.DynamoDB.Keys["sk"].Text))
	}
	return out
}

func TestStream(t *testing.T) {
	db := dynamodb.NewT(t, desk)
	told := 0
	db.Service.OnStream(deskStream, func() { told++ })
	put(t, db, with(key("a", "1"), item{"v": num("1"), "l": list(str("x"), &streamNull)}))
	put(t, db, with(key("a", "1"), item{"v": num("1"), "l": list(str("x"), &streamNull)})) // changes nothing
	put(t, db, with(key("a", "1"), item{"v": num("2")}))
	must(db.TransactWriteItems(ctx, transactPuts("b", "c")))(t)
	del(t, db, "a", "1")
	del(t, db, "a", "1") // there is nothing left
	t.Run("order", func(t *testing.T) {
		want := []string{"INSERT a/1", "MODIFY a/1", "INSERT b/1", "INSERT c/1", "REMOVE a/1"}
		all := records(t, db, "", 100)
		if d := cmp.Diff(want, story(all)); d != "" {
			t.Error(d)
		}
		if told != 4 {
			t.Errorf("told %d times", told)
		}
		var got []string
		after := ""
		for {
			page := records(t, db, after, 2)
			if len(page) == 0 {
				break
			}
			got = append(got, story(page)...)
			after = page[len(page)-1].DynamoDB.SequenceNumber
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
	t.Run("as the Lambda event", func(t *testing.T) {
		body := must(json.Marshal(map[string]any{"Records": records(t, db, "", 2)}))(t)
		var e events.DynamoDBEvent
		if err := json.Unmarshal(body, &e); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		r := e.Records[1]
		if r.EventName != "MODIFY" || r.EventSource != "aws:dynamodb" || r.EventSourceArn != deskStream || r.EventVersion != "1.1" || r.AWSRegion != "us-east-1" || len(r.EventID) != 32 || r.UserIdentity != nil {
			t.Errorf("%+v", r)
		}
		c := r.Change
		if c.StreamViewType != "NEW_AND_OLD_IMAGES" || !c.ApproximateCreationDateTime.Equal(dynamodb.Start) || c.NewImage["v"].Number() != "2" || c.OldImage["l"].List()[0].String() != "x" || !c.OldImage["l"].List()[1].IsNull() || len(c.SequenceNumber) != 21 {
			t.Errorf("%+v", c)
		}
		// keys pk a sk 1: 6; new: 6 + v 2: 3; old: 6 + v 1: 3 + l: 1 + 3 + (1+1) + (1+1)
		if c.SizeBytes != 6+9+17 {
			t.Errorf("size %d", c.SizeBytes)
		}
	})
	t.Run("trimmed after a day", func(t *testing.T) {
		if err := db.Clock.Advance(ctx, 23*time.Hour); err != nil {
			t.Fatal(err)
		}
		put(t, db, key("late", "1"))
		if n := len(records(t, db, "", 100)); n != 6 {
			t.Errorf("%d records before", n)
		}
		if err := db.Clock.Advance(ctx, 2*time.Hour); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"INSERT late/1"}, story(records(t, db, "", 100))); d != "" {
			t.Error(d)
		}
	})
	t.Run("no such stream", func(t *testing.T) {
		if _, err := db.Service.StreamRecords(deskStream+"x", "", 1); err == nil {
			t.Error("no error")
		}
	})
}

func TestStreamViews(t *testing.T) {
	for view, want := range map[string][2]bool{"KEYS_ONLY": {false, false}, "NEW_IMAGE": {true, false}, "OLD_IMAGE": {false, true}, "NEW_AND_OLD_IMAGES": {true, true}} {
		t.Run(view, func(t *testing.T) {
			spec := desk
			spec.Stream = view
			db := dynamodb.NewT(t, spec)
			put(t, db, with(key("a", "1"), item{"v": num("1")}))
			put(t, db, with(key("a", "1"), item{"v": num("2")}))
			r := records(t, db, "", 10)[1]
			if got := [2]bool{r.DynamoDB.NewImage != nil, r.DynamoDB.OldImage != nil}; got != want || r.DynamoDB.StreamViewType != view {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestStreamWire(t *testing.T) {
	db := dynamodb.NewT(t, desk)
	c := dynamodbstreams.New(dynamodbstreams.Options{BaseEndpoint: &db.URL, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "x", "")})
	list := must(c.ListStreams(ctx, &dynamodbstreams.ListStreamsInput{TableName: aws.String("desk")}))(t)
	if len(list.Streams) != 1 || *list.Streams[0].StreamArn != deskStream {
		t.Fatalf("%+v", list.Streams)
	}
	d := must(c.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &deskStream}))(t).StreamDescription
	if d.StreamStatus != streamtypes.StreamStatusEnabled || len(d.Shards) != 1 || *d.TableName != "desk" {
		t.Fatalf("%+v", d)
	}
	iterator := func(kind streamtypes.ShardIteratorType, sequence *string) *string {
		t.Helper()
		return must(c.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{StreamArn: &deskStream, ShardId: d.Shards[0].ShardId, ShardIteratorType: kind, SequenceNumber: sequence}))(t).ShardIterator
	}
	read := func(it *string) (*string, []string) {
		t.Helper()
		out := must(c.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: it}))(t)
		var names []string
		for _, r := range out.Records {
			names = append(names, string(r.EventName)+" "+r.Dynamodb.Keys["pk"].(*streamtypes.AttributeValueMemberS).Value)
		}
		return out.NextShardIterator, names
	}
	put(t, db, key("a", "1"))
	latest := iterator(streamtypes.ShardIteratorTypeLatest, nil)
	put(t, db, key("b", "1"))
	del(t, db, "a", "1")
	next, got := read(latest)
	if d := cmp.Diff([]string{"INSERT b", "REMOVE a"}, got); d != "" {
		t.Error(d)
	}
	if _, got := read(next); got != nil {
		t.Errorf("again: %v", got)
	}
	if _, got := read(iterator(streamtypes.ShardIteratorTypeTrimHorizon, nil)); len(got) != 3 {
		t.Errorf("from the horizon: %v", got)
	}
	second := records(t, db, "", 10)[1].DynamoDB.SequenceNumber
	if _, got := read(iterator(streamtypes.ShardIteratorTypeAtSequenceNumber, &second)); !slices.Equal(got, []string{"INSERT b", "REMOVE a"}) {
		t.Errorf("at: %v", got)
	}
	if _, got := read(iterator(streamtypes.ShardIteratorTypeAfterSequenceNumber, &second)); !slices.Equal(got, []string{"REMOVE a"}) {
		t.Errorf("after: %v", got)
	}
	if err := db.Clock.Advance(ctx, 16*time.Minute); err != nil {
		t.Fatal(err)
	}
	_, err := c.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: latest})
	failed(t, err, "ExpiredIteratorException", "")
}

func TestTimeToLive(t *testing.T) {
	db := dynamodb.NewT(t, desk)
	in := func(d time.Duration) string { return fmt.Sprint(dynamodb.Start.Add(d).Unix()) }
	put(t, db, with(key("a", "soon"), item{"ttl": num(in(10 * time.Minute)), "gsi1pk": str("g")}))
	put(t, db, with(key("a", "moved"), item{"ttl": num(in(10 * time.Minute))}))
	put(t, db, with(key("a", "moved"), item{"ttl": num(in(50 * time.Hour))}))
	put(t, db, with(key("a", "text"), item{"ttl": str("1")}))
	put(t, db, with(key("a", "ancient"), item{"ttl": num("1000")}))
	left := func() string {
		out := must(db.Query(ctx, query("pk = :p", item{":p": str("a")})))(t)
		return sks(out.Items)
	}
	advance := func(d time.Duration) {
		if err := db.Clock.Advance(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	advance(11 * time.Minute)
	if got := left(); got != "ancient moved soon text" {
		t.Errorf("expired items may be seen for a while: %q", got)
	}
	advance(2 * time.Hour)
	if got := left(); got != "ancient moved text" {
		t.Errorf("after two hours: %q", got)
	}
	rs := records(t, db, "", 100)
	last := rs[len(rs)-1]
	if d := cmp.Diff("REMOVE a/soon", story(rs)[len(rs)-1]); d != "" || last.UserIdentity == nil || *last.UserIdentity != (dynamodb.Identity{Type: "Service", PrincipalID: "dynamodb.amazonaws.com"}) {
		t.Errorf("%s %+v", d, last)
	}
	if n := must(db.Query(ctx, &sdk.QueryInput{TableName: aws.String("desk"), IndexName: aws.String("keys"), KeyConditionExpression: aws.String("gsi1pk = :g"), ExpressionAttributeValues: item{":g": str("g")}}))(t).Count; n != 0 {
		t.Errorf("%d entries left in the index", n)
	}
	advance(100 * time.Hour)
	if got := left(); got != "ancient text" {
		t.Errorf("in the end: %q", got)
	}
}

// TestReopen goes on with the file of a killed process.
func TestReopen(t *testing.T) {
	path := t.TempDir() + "/local.db"
	open := func(c *clock.Clock, specs ...dynamodb.TableSpec) (*dynamodb.T, func()) {
		d := must(disk.Open(path))(t)
		s, err := dynamodb.New(dynamodb.Config{DB: d, Clock: c, Tables: specs})
		if err != nil {
			t.Fatal(err)
		}
		return dynamodb.ServeT(t, s, c), func() { _ = d.Close() }
	}
	db, stop := open(clock.Manual(dynamodb.Start), desk)
	put(t, db, with(key("a", "1"), item{"v": num("1"), "kind": str("x"), "ttl": num(fmt.Sprint(dynamodb.Start.Add(time.Hour).Unix()))}))
	put(t, db, with(key("a", "2"), item{"v": num("2"), "kind": str("x")}))
	in := transactPuts("tok")
	in.ClientRequestToken = aws.String("once")
	must(db.TransactWriteItems(ctx, in))(t)
	seen := records(t, db, "", 1)[0].DynamoDB.SequenceNumber
	// What is in the file now is what a kill at this moment leaves.
	left := must(os.ReadFile(path))(t)
	stop()
	path += ".left"
	if err := os.WriteFile(path, left, 0o600); err != nil {
		t.Fatal(err)
	}

	changed := desk
	changed.Indexes = append([]dynamodb.IndexSpec{{Name: "kind", PartitionKey: dynamodb.Key{Name: "kind", Type: "S"}, SortKey: dynamodb.Key{Name: "v", Type: "N"}}}, desk.Indexes[:1]...)
	db, stop = open(clock.Manual(dynamodb.Start.Add(time.Minute)), changed)
	defer stop()
	same(t, with(key("a", "2"), item{"v": num("2"), "kind": str("x")}), get(t, db, "a", "2"))
	if d := cmp.Diff([]string{"INSERT a/2", "INSERT tok/1"}, story(records(t, db, seen, 10))); d != "" {
		t.Error(d)
	}
	must(db.TransactWriteItems(ctx, in))(t)
	if n := len(records(t, db, "", 10)); n != 3 {
		t.Errorf("the transaction ran again: %d records", n)
	}
	byKind := &sdk.QueryInput{TableName: aws.String("desk"), IndexName: aws.String("kind"), KeyConditionExpression: aws.String("kind = :k"), ExpressionAttributeValues: item{":k": str("x")}}
	if got := sks(must(db.Query(ctx, byKind))(t).Items); got != "1 2" {
		t.Errorf("a new index holds %q", got)
	}
	byKind.IndexName = aws.String("keys")
	_, err := db.Query(ctx, byKind)
	failed(t, err, "ValidationException", "The table does not have the specified index: keys")
	if err := db.Clock.Advance(ctx, 3*time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := get(t, db, "a", "1"); got != nil {
		t.Errorf("not expired after the restart: %v", got)
	}
	stop()
	other := desk
	other.SortKey.Type = "N"
	d := must(disk.Open(path))(t)
	defer d.Close()
	if _, err := dynamodb.New(dynamodb.Config{DB: d, Clock: clock.Manual(dynamodb.Start), Tables: []dynamodb.TableSpec{other}}); err == nil {
		t.Error("a changed primary key was taken")
	}
}
