// Package store keeps everything of Deskhand in one DynamoDB table. keys.go is the only
// file that knows key strings; template.yaml has the table and its three indexes.
//
// Every change is one conditional write or one transaction. Conflicts between
// transactions and throttling are retried inside, a bounded number of times; after that
// the error is fault.Unavailable. A missing thing is fault.NotFound and named; a thing
// that changed since it was read is fault.Stale; an item that would be too large is
// fault.Unprocessable. Reads of single things are strongly consistent. Lists come from
// indexes and may lag by moments; one page is one Query, a filtered one a bounded number.
//
// The package decides nothing about the desk, about workflows or about who may do what:
// it keeps records, counts and makes things happen once. It never calls another service,
// except that records too large for an item go through Blobs.
package store

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/run"
)

// Store is the table. It is safe for concurrent use; set Blobs before the first use.
type Store struct {
	Blobs Blobs // for match records too large for an item; nil: such a record is refused

	db      *dynamodb.Client
	table   string
	now     func() time.Time
	ids     *id.Source
	secrets sync.Map // name → []byte
	pruned  sync.Map // workflow id → day on which its counters were last pruned
}

// Blobs is the bucket.
type Blobs interface {
	Put(ctx context.Context, key string, data []byte, contentType string) error
	Get(ctx context.Context, key string) ([]byte, error)
}

// Names of the domain that callers of the store use.
type (
	Page        = desk.Page
	MailRef     = desk.MailRef
	EventFilter = event.Filter
	RunFilter   = run.Filter
	Wait        = run.Wait
)

// What a mark that is already there says; see package desk.
var (
	ErrDone          = desk.ErrDone
	ErrDelivered     = desk.ErrDelivered
	ErrDuplicateMail = desk.ErrDuplicateMail
)

// New is the store in a table, by the given clock. Of the client's retries only the
// pauses are shortened: DynamoDB answers in milliseconds, and a function has seconds.
func New(client *dynamodb.Client, table string, now func() time.Time) *Store {
	quick := dynamodb.New(client.Options(), func(o *dynamodb.Options) {
		o.Retryer = retry.AddWithMaxBackoffDelay(o.Retryer, longWait)
	})
	return &Store{db: quick, table: table, now: now, ids: id.NewSource(now)}
}
