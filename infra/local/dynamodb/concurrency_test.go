package dynamodb_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/dynamodb"
)

// TestConcurrency counts from many sides at once, while the clock moves and keeps its
// offset in the same file.
func TestConcurrency(t *testing.T) {
	const clients, rounds = 8, 40
	d := disk.OpenT(t)
	if err := d.Buckets("clock"); err != nil {
		t.Fatal(err)
	}
	c := clock.New(0, func(offset time.Duration) error {
		return d.Update(func(tx *bbolt.Tx) error { return disk.PutJSON(tx.Bucket([]byte("clock")), "offset", offset) })
	})
	defer c.Close()
	s, err := dynamodb.New(dynamodb.Config{DB: d, Clock: c, Tables: []dynamodb.TableSpec{desk}})
	if err != nil {
		t.Fatal(err)
	}
	db := dynamodb.ServeT(t, s, c)
	told := make(chan struct{}, clients*rounds*4)
	s.OnStream(deskStream, func() { told <- struct{}{} })
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			for round := range rounds {
				if _, err := db.UpdateItem(ctx, &sdk.UpdateItemInput{TableName: aws.String("desk"), Key: key("counter", "1"), UpdateExpression: aws.String("ADD n :one"), ExpressionAttributeValues: item{":one": num("1")}}); err != nil {
					t.Error(err)
				}
				expires := strconv.FormatInt(c.Now().Add(time.Minute).Unix(), 10)
				in := &sdk.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
					{Update: &types.Update{TableName: aws.String("desk"), Key: key("counter", "2"), UpdateExpression: aws.String("ADD n :one"), ExpressionAttributeValues: item{":one": num("1")}}},
					{Put: &types.Put{TableName: aws.String("desk"), Item: with(key(fmt.Sprint(client), fmt.Sprint(round)), item{"ttl": num(expires)})}}}}
				if _, err := db.TransactWriteItems(ctx, in); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 30 {
		if err := c.Advance(ctx, 10*time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	all.Wait()
	if err := c.Advance(ctx, 3*time.Hour); err != nil {
		t.Fatal(err)
	}
	want := num(strconv.Itoa(clients * rounds))
	same(t, with(key("counter", "1"), item{"n": want}), get(t, db, "counter", "1"))
	same(t, with(key("counter", "2"), item{"n": want}), get(t, db, "counter", "2"))
	if out := must(db.Scan(ctx, &sdk.ScanInput{TableName: aws.String("desk")}))(t); out.Count != 2 {
		t.Errorf("%d items left", out.Count)
	}
	if n := len(told); n < 2*clients*rounds {
		t.Errorf("told %d times of %d commits", n, 2*clients*rounds)
	}
	// Every item came and went once, and both counters never went back.
	last := map[string]int{}
	after, seen := "", 0
	for {
		page := must(s.StreamRecords(deskStream, after, 200))(t)
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			if r.DynamoDB.SequenceNumber <= after {
				t.Errorf("%s after %s", r.DynamoDB.SequenceNumber, after)
			}
			after = r.DynamoDB.SequenceNumber
			seen++
			if n := r.DynamoDB.NewImage["n"]; n.Text != "" {
				id := r.DynamoDB.Keys["sk"].Text
				if v, _ := strconv.Atoi(n.Text); v != last[id]+1 {
					t.Errorf("counter %s: %d after %d", id, v, last[id])
				} else {
					last[id] = v
				}
			}
		}
	}
	if want := 4 * clients * rounds; seen != want {
		t.Errorf("%d records, want %d", seen, want)
	}
}
