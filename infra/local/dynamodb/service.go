// Package dynamodb plays Amazon DynamoDB and DynamoDB Streams on their own wire
// protocols (JSON 1.0, targets DynamoDB_20120810 and DynamoDBStreams_20120810) over
// the local stack's database file. Use it through an unmodified AWS SDK or the CLI.
//
// Supported: CreateTable, DescribeTable, ListTables, DeleteTable, UpdateTimeToLive,
// DescribeTimeToLive; GetItem, PutItem, UpdateItem, DeleteItem, Query, Scan (with
// segments), BatchGetItem, BatchWriteItem, TransactGetItems, TransactWriteItems; the
// whole expression language; global secondary indexes with the three projections;
// consumed capacity, return values, sizes, limits and AWS's error texts; streams
// (ListStreams, DescribeStream, GetShardIterator, GetRecords) and TTL.
// Partly: reads are always consistent, also those of indexes; a stream has one shard;
// TTL removes within the hour after expiry on the stack's clock; tables are active at once.
// Not: local secondary indexes, index keys of several attributes, PartiQL, UpdateTable,
// backups, global tables, throttling, and the legacy parameters (AttributeUpdates,
// Expected, KeyConditions, …). What is not supported is refused by name, never ignored.
//
// Neighbours: attribute (values) and expression (the language) below it; awshttp brings
// it calls and IAM's verdict, disk keeps its data, clock tells its time; the Lambda
// stand-in reads its streams through OnStream and StreamRecords.
package dynamodb

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// Config is what a Service needs.
type Config struct {
	DB      *disk.DB
	Clock   *clock.Clock
	Account string      // default 123456789012
	Region  string      // default us-east-1
	Tables  []TableSpec // made if missing; changed indexes, TTL and stream are brought in line
}

// Service is the stand-in; see the package comment.
type Service struct {
	db      *disk.DB
	clock   *clock.Clock
	account string
	region  string

	mu       sync.RWMutex // the tables; held for reading during every item call
	tables   map[string]*table
	watchers map[string][]func() // by stream ARN

	sweepMu sync.Mutex
	sweepAt time.Time // when the TTL timer fires; zero when none is set
	timer   *clock.Timer

	hookMu    sync.Mutex
	failures  map[string][]*awshttp.Error // by action: answers of the next calls
	conflicts int
}

// New opens the service over its file. A table whose primary key differs from the one
// on file is an error: its data cannot be kept.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Clock == nil {
		return nil, errors.New("dynamodb: Config needs DB and Clock")
	}
	s := &Service{
		db: cfg.DB, clock: cfg.Clock, account: cfg.Account, region: cfg.Region,
		tables: map[string]*table{}, watchers: map[string][]func(){}, failures: map[string][]*awshttp.Error{},
	}
	if s.account == "" {
		s.account = "123456789012"
	}
	if s.region == "" {
		s.region = "us-east-1"
	}
	if err := s.db.Buckets(rootBucket); err != nil {
		return nil, err
	}
	if err := s.open(cfg.Tables); err != nil {
		return nil, err
	}
	if err := s.scheduleSweep(); err != nil {
		return nil, err
	}
	return s, nil
}

type operation func(s *Service, c *awshttp.Call) (any, error)

var operations = map[string]operation{
	"CreateTable": (*Service).createTable, "DescribeTable": (*Service).describeTable,
	"DescribeContinuousBackups": (*Service).describeContinuousBackups,
	"ListTables":                (*Service).listTables, "DeleteTable": (*Service).deleteTable,
	"UpdateTimeToLive": (*Service).updateTimeToLive, "DescribeTimeToLive": (*Service).describeTimeToLive,
	"GetItem": (*Service).getItem, "PutItem": (*Service).writeItem, "UpdateItem": (*Service).writeItem,
	"DeleteItem": (*Service).writeItem, "Query": (*Service).query, "Scan": (*Service).scan,
	"BatchGetItem": (*Service).batchGetItem, "BatchWriteItem": (*Service).batchWriteItem,
	"TransactGetItems": (*Service).transactGetItems, "TransactWriteItems": (*Service).transactWriteItems,
	"ListStreams": (*Service).listStreams, "DescribeStream": (*Service).describeStream,
	"GetShardIterator": (*Service).getShardIterator, "GetRecords": (*Service).getRecords,
}

// ServeAWS answers one call.
func (s *Service) ServeAWS(w http.ResponseWriter, c *awshttp.Call) {
	const contentType = "application/x-amz-json-1.0"
	w.Header().Set("X-Amzn-Requestid", strings.ToUpper(rand.Text()+rand.Text()))
	op := operations[c.Action]
	if op == nil {
		awshttp.WriteJSON(w, contentType, nil, &awshttp.Error{Code: "UnknownOperationException",
			Message: fmt.Sprintf("the local DynamoDB has no operation %q", c.Action)})
		return
	}
	out, err := any(nil), s.forced(c.Action)
	if err == nil {
		out, err = op(s, c)
	}
	if err != nil {
		awshttp.WriteJSON(w, contentType, nil, asError(err))
		return
	}
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		awshttp.WriteJSON(w, contentType, nil, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body.Bytes())), 10))
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	_, _ = w.Write(body.Bytes())
}

// asError gives the language's errors their code.
func asError(err error) error {
	var invalid attribute.Invalid
	if errors.As(err, &invalid) {
		return &awshttp.Error{Code: "ValidationException", Message: string(invalid)}
	}
	return err
}

// decode reads the request.
func decode(c *awshttp.Call, into any) error {
	if len(bytes.TrimSpace(c.Body)) == 0 {
		return nil
	}
	err := json.Unmarshal(c.Body, into)
	var invalid attribute.Invalid
	if err == nil || errors.As(err, &invalid) {
		return err
	}
	return &awshttp.Error{Code: "SerializationException", Message: err.Error()}
}

func invalidf(format string, args ...any) error {
	return attribute.Invalid(fmt.Sprintf(format, args...))
}

// constraint is the text of a request member that breaks its rule.
func constraint(value, member, rule string) error {
	return invalidf("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s", value, member, rule)
}

func missing(member string) error {
	return invalidf("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

// update runs one write transaction and then tells the watchers of the streams it added to.
func (s *Service) update(f func(w *writer) error) error {
	var w *writer
	// Not in the transaction: the clock writes to the file while it holds its own lock.
	now := s.clock.Now()
	err := s.db.Update(func(tx *bbolt.Tx) error {
		w = &writer{root: tx.Bucket([]byte(rootBucket)), now: now}
		return f(w)
	})
	if err != nil {
		return err
	}
	if !w.expiry.IsZero() {
		s.sweepBy(w.expiry)
	}
	for _, arn := range w.streams {
		s.notify(arn)
	}
	return nil
}
