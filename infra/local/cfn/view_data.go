package cfn

import (
	"encoding/json"
	"fmt"
	"time"
)

// Key is one attribute of a key schema.
type Key struct {
	Name string
	Type string // S, N or B
	Kind string // HASH or RANGE
}

// Index is a secondary index.
type Index struct {
	Name       string
	Keys       []Key
	Projection string   // ALL, KEYS_ONLY or INCLUDE
	NonKey     []string // of INCLUDE
	Local      bool
}

// Table is a DynamoDB table.
type Table struct {
	LogicalID    string
	Name         string
	ARN          string
	Keys         []Key
	Indexes      []Index
	StreamView   string // KEYS_ONLY NEW_IMAGE OLD_IMAGE NEW_AND_OLD_IMAGES, or "" without a stream
	StreamARN    string
	TTLAttribute string // "" when off
}

// Queue is an SQS queue. Times and sizes have AWS's defaults.
type Queue struct {
	LogicalID         string
	Name              string
	ARN               string
	URL               string
	FIFO              bool
	ContentDedupe     bool
	VisibilityTimeout time.Duration // default 30 s
	Delay             time.Duration
	Retention         time.Duration // default 4 days
	WaitTime          time.Duration
	MaxMessageBytes   int    // default 1 MiB
	DeadLetterARN     string // RedrivePolicy
	MaxReceiveCount   int
}

// Bucket is an S3 bucket.
type Bucket struct {
	LogicalID  string
	Name       string
	ARN        string
	Versioning bool
	Expire     []Expiry
}

// Expiry is a lifecycle rule that deletes objects.
type Expiry struct {
	ID     string
	Prefix string
	After  time.Duration
}

func (s *Stack) fillTables() error {
	type schema []struct{ AttributeName, KeyType string }
	type index struct {
		IndexName  string
		KeySchema  schema
		Projection struct {
			ProjectionType   string
			NonKeyAttributes []string
		}
	}
	type props struct {
		AttributeDefinitions    []struct{ AttributeName, AttributeType string }
		KeySchema               schema
		GlobalSecondaryIndexes  []index
		LocalSecondaryIndexes   []index
		StreamSpecification     *struct{ StreamViewType string }
		TimeToLiveSpecification *struct {
			AttributeName string
			Enabled       boolean
		}
	}
	return each(s, "AWS::DynamoDB::Table", func(r Resource, p props) error {
		types := map[string]string{}
		for _, d := range p.AttributeDefinitions {
			types[d.AttributeName] = d.AttributeType
		}
		used := map[string]bool{}
		keys := func(sc schema) ([]Key, error) {
			var out []Key
			for _, k := range sc {
				t, ok := types[k.AttributeName]
				if !ok {
					return nil, fmt.Errorf("key %s is not in AttributeDefinitions", k.AttributeName)
				}
				if t != "S" && t != "N" && t != "B" {
					return nil, fmt.Errorf("attribute %s: type %q is not S, N or B", k.AttributeName, t)
				}
				used[k.AttributeName] = true
				out = append(out, Key{Name: k.AttributeName, Type: t, Kind: k.KeyType})
			}
			if len(out) == 0 || out[0].Kind != "HASH" {
				return nil, fmt.Errorf("KeySchema must begin with a HASH key")
			}
			return out, nil
		}
		t := Table{LogicalID: r.LogicalID, Name: r.Name, ARN: s.arn("dynamodb", "table/"+r.Name)}
		var err error
		if t.Keys, err = keys(p.KeySchema); err != nil {
			return err
		}
		add := func(list []index, local bool) error {
			for _, i := range list {
				k, err := keys(i.KeySchema)
				if err != nil {
					return fmt.Errorf("index %s: %w", i.IndexName, err)
				}
				t.Indexes = append(t.Indexes, Index{Name: i.IndexName, Keys: k, Projection: i.Projection.ProjectionType,
					NonKey: i.Projection.NonKeyAttributes, Local: local})
			}
			return nil
		}
		if err := add(p.GlobalSecondaryIndexes, false); err != nil {
			return err
		}
		if err := add(p.LocalSecondaryIndexes, true); err != nil {
			return err
		}
		for _, a := range sortedKeys(types) {
			if !used[a] {
				return fmt.Errorf("AttributeDefinitions has %s, which is no key of the table or an index", a)
			}
		}
		if p.StreamSpecification != nil {
			t.StreamView = p.StreamSpecification.StreamViewType
			t.StreamARN = t.ARN + "/stream/" + StreamLabel
		}
		if ttl := p.TimeToLiveSpecification; ttl != nil && bool(ttl.Enabled) {
			t.TTLAttribute = ttl.AttributeName
		}
		s.tables = append(s.tables, t)
		return nil
	})
}

func (s *Stack) fillQueues() error {
	type redrive struct {
		DeadLetterTargetArn string   `json:"deadLetterTargetArn"`
		MaxReceiveCount     *integer `json:"maxReceiveCount"`
	}
	type props struct {
		FifoQueue, ContentBasedDeduplication                                        *boolean
		VisibilityTimeout, DelaySeconds, MessageRetentionPeriod, MaximumMessageSize *integer
		ReceiveMessageWaitTimeSeconds                                               *integer
		RedrivePolicy                                                               *document
	}
	return each(s, "AWS::SQS::Queue", func(r Resource, p props) error {
		sc := &scope{env: s.Env}
		q := Queue{LogicalID: r.LogicalID, Name: r.Name, ARN: s.arn("sqs", r.Name), URL: sc.queueURL(r.Name),
			FIFO: p.FifoQueue.or(false), ContentDedupe: p.ContentBasedDeduplication.or(false),
			VisibilityTimeout: p.VisibilityTimeout.seconds(30), Delay: p.DelaySeconds.seconds(0),
			Retention: p.MessageRetentionPeriod.seconds(345600), WaitTime: p.ReceiveMessageWaitTimeSeconds.seconds(0),
			MaxMessageBytes: p.MaximumMessageSize.or(1 << 20)}
		if p.RedrivePolicy != nil {
			var d redrive
			if err := json.Unmarshal(*p.RedrivePolicy, &d); err != nil {
				return fmt.Errorf("RedrivePolicy: %w", err)
			}
			if d.DeadLetterTargetArn == "" || d.MaxReceiveCount.or(0) < 1 {
				return fmt.Errorf("RedrivePolicy needs deadLetterTargetArn and maxReceiveCount of at least 1")
			}
			q.DeadLetterARN, q.MaxReceiveCount = d.DeadLetterTargetArn, d.MaxReceiveCount.or(0)
		}
		s.queues = append(s.queues, q)
		return nil
	})
}

func (s *Stack) fillBuckets() error {
	type props struct {
		VersioningConfiguration struct{ Status string }
		LifecycleConfiguration  struct {
			Rules []struct {
				Id, Prefix, Status string
				ExpirationInDays   *integer
			}
		}
	}
	return each(s, "AWS::S3::Bucket", func(r Resource, p props) error {
		b := Bucket{LogicalID: r.LogicalID, Name: r.Name, ARN: "arn:aws:s3:::" + r.Name, Versioning: p.VersioningConfiguration.Status == "Enabled"}
		for _, l := range p.LifecycleConfiguration.Rules {
			if l.Status == "Enabled" && l.ExpirationInDays != nil {
				b.Expire = append(b.Expire, Expiry{ID: l.Id, Prefix: l.Prefix, After: time.Duration(*l.ExpirationInDays) * 24 * time.Hour})
			}
		}
		s.buckets = append(s.buckets, b)
		return nil
	})
}
