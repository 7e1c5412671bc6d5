package dynamodb

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// The wire operations of DynamoDB Streams.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
const (
	shardID      = "shardId-00000000000000000000-00000001" // the only one of a stream
	iteratorLife = 15 * time.Minute
	maxRecords   = 1000
)

func noStream(arn string) error {
	return &awshttp.Error{Code: "ResourceNotFoundException", Message: "Requested resource not found: Stream: " + arn + " not found"}
}

func (s *Service) listStreams(c *awshttp.Call) (any, error) {
	var in struct {
		TableName               string
		Limit                   int
		ExclusiveStartStreamArn string
	}
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	if err := c.Allow("dynamodb:ListStreams", "*", nil); err != nil {
		return nil, err
	}
	if in.Limit <= 0 || in.Limit > 100 {
		in.Limit = 100
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	streams := []map[string]string{}
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.tables)) {
		t := s.tables[name]
		if t.streamARN == "" || in.TableName != "" && s.name(in.TableName) != name || t.streamARN <= in.ExclusiveStartStreamArn {
			continue
		}
		if len(streams) == in.Limit {
			out["LastEvaluatedStreamArn"] = streams[len(streams)-1]["StreamArn"]
			break
		}
		streams = append(streams, map[string]string{"StreamArn": t.streamARN, "StreamLabel": t.label, "TableName": name})
	}
	out["Streams"] = streams
	return out, nil
}

// oldest is the number of the oldest record kept; next if there is none.
func (s *Service) oldest(t *table) (first, next uint64, err error) {
	err = s.view(func(root *bbolt.Bucket) error {
		next = t.data(root).Bucket([]byte(streamBucket)).Sequence() + 1
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	kept, err := s.records(t, 0, 1)
	if err != nil || len(kept) == 0 {
		return next, next, err
	}
	first, err = parseSequence(kept[0].DynamoDB.SequenceNumber)
	return first, next, err
}

func (s *Service) describeStream(c *awshttp.Call) (any, error) {
	var in struct{ StreamArn, ExclusiveStartShardId string }
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	if err := c.Allow("dynamodb:DescribeStream", in.StreamArn, nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.streamTable(in.StreamArn)
	if t == nil {
		return nil, noStream(in.StreamArn)
	}
	shards := []any{}
	if in.ExclusiveStartShardId == "" {
		// One shard that never closes, from the first record on.
		shards = append(shards, map[string]any{"ShardId": shardID,
			"SequenceNumberRange": map[string]string{"StartingSequenceNumber": formatSequence(1)}})
	}
	return map[string]any{"StreamDescription": map[string]any{
		"StreamArn": t.streamARN, "StreamLabel": t.label, "StreamStatus": "ENABLED", "StreamViewType": t.spec.Stream,
		"CreationRequestDateTime": seconds(t.created), "TableName": t.spec.Name, "KeySchema": schemaJSON(t.key), "Shards": shards,
	}}, nil
}

// iterator is a place in a stream: what follows After is next. It is good for 15 minutes.
type iterator struct {
	Stream string
	After  uint64
	Made   int64 // epoch seconds
}

func (s *Service) encodeIterator(stream string, after uint64) string {
	data, _ := json.Marshal(iterator{stream, after, s.clock.Now().Unix()})
	return stream + "|1|" + base64.StdEncoding.EncodeToString(data)
}

func (s *Service) decodeIterator(text string) (iterator, error) {
	var it iterator
	part := strings.Split(text, "|")
	data, err := base64.StdEncoding.DecodeString(part[len(part)-1])
	if err == nil {
		err = json.Unmarshal(data, &it)
	}
	if err != nil || len(part) != 3 || it.Stream == "" {
		return it, invalidf("Invalid ShardIterator")
	}
	if s.clock.Now().Sub(time.Unix(it.Made, 0)) > iteratorLife {
		return it, &awshttp.Error{Code: "ExpiredIteratorException", Message: "Iterator expired; get a new one with GetShardIterator."}
	}
	return it, nil
}

func (s *Service) getShardIterator(c *awshttp.Call) (any, error) {
	var in struct{ StreamArn, ShardId, ShardIteratorType, SequenceNumber string }
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	if err := c.Allow("dynamodb:GetShardIterator", in.StreamArn, nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.streamTable(in.StreamArn)
	if t == nil {
		return nil, noStream(in.StreamArn)
	}
	if in.ShardId != shardID {
		return nil, &awshttp.Error{Code: "ResourceNotFoundException", Message: "Requested resource not found: Shard: " + in.ShardId + " not found"}
	}
	first, next, err := s.oldest(t)
	if err != nil {
		return nil, err
	}
	after := first - 1
	switch in.ShardIteratorType {
	case "TRIM_HORIZON":
	case "LATEST":
		after = next - 1
	case "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER":
		n, err := parseSequence(in.SequenceNumber)
		if err != nil {
			return nil, err
		}
		if n < first {
			return nil, &awshttp.Error{Code: "TrimmedDataAccessException", Message: "The requested sequence number is older than the trim horizon: " + in.SequenceNumber}
		}
		after = n
		if in.ShardIteratorType == "AT_SEQUENCE_NUMBER" {
			after = n - 1
		}
	default:
		return nil, constraint(in.ShardIteratorType, "shardIteratorType", "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]")
	}
	return map[string]string{"ShardIterator": s.encodeIterator(t.streamARN, after)}, nil
}

func (s *Service) getRecords(c *awshttp.Call) (any, error) {
	var in struct {
		ShardIterator string
		Limit         *int
	}
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	it, err := s.decodeIterator(in.ShardIterator)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("dynamodb:GetRecords", it.Stream, nil); err != nil {
		return nil, err
	}
	limit := maxRecords
	if in.Limit != nil {
		if limit = *in.Limit; limit < 1 || limit > maxRecords {
			return nil, constraint(fmt.Sprint(limit), "limit", "Member must have value between 1 and 1000")
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.streamTable(it.Stream)
	if t == nil {
		return nil, noStream(it.Stream)
	}
	got, err := s.records(t, it.After, limit)
	if err != nil {
		return nil, err
	}
	type identity struct{ Type, PrincipalId string }
	type record struct {
		EventID      string       `json:"eventID"`
		EventName    string       `json:"eventName"`
		EventVersion string       `json:"eventVersion"`
		EventSource  string       `json:"eventSource"`
		AWSRegion    string       `json:"awsRegion"`
		DynamoDB     StreamChange `json:"dynamodb"`
		UserIdentity *identity    `json:"userIdentity,omitempty"`
	}
	records := make([]record, len(got))
	after := it.After
	for i, r := range got {
		records[i] = record{EventID: r.EventID, EventName: r.EventName, EventVersion: r.EventVersion, EventSource: r.EventSource, AWSRegion: r.AWSRegion, DynamoDB: r.DynamoDB}
		if r.UserIdentity != nil {
			records[i].UserIdentity = &identity{r.UserIdentity.Type, r.UserIdentity.PrincipalID}
		}
		if after, err = parseSequence(r.DynamoDB.SequenceNumber); err != nil {
			return nil, err
		}
	}
	return map[string]any{"Records": records, "NextShardIterator": s.encodeIterator(t.streamARN, after)}, nil
}
